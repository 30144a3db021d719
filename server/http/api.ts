import { Hono } from 'hono'
import { accessRoutes } from './access.ts'
import { agentRoutes, allAgentRoutes } from './agents.ts'
import { attentionRoutes } from './attention.ts'
import { changeRoutes } from './changes.ts'
import { checkpointViewRoutes } from './checkpoint-views.ts'
import { checkpointRoutes } from './checkpoints.ts'
import { credentialRoutes } from './credentials.ts'
import { deliveryRoutes } from './delivery.ts'
import { descriptionRoutes } from './description.ts'
import type { Env } from './env.ts'
import { eventRoutes, taskEventRoutes } from './events.ts'
import { fileRoutes } from './files.ts'
import { liveChangeRoutes } from './live-changes.ts'
import { messageRoutes } from './messages.ts'
import { createOpenApi, type Security } from './openapi.ts'
import { outgoingWebhookRoutes } from './outgoing-webhook.ts'
import { outputRoutes } from './outputs.ts'
import { allPermissionRoutes, permissionRoutes } from './permissions.ts'
import { planRoutes } from './plans.ts'
import { questionRoutes } from './questions.ts'
import { repoMemoryRoutes, repoTemplateRoutes } from './repo-templates.ts'
import { restoreRoutes } from './restores.ts'
import { commentRoutes, discardRoutes } from './review.ts'
import type { Services } from './services.ts'
import { keptSetupRoutes, taskSetupRoutes } from './setups.ts'
import { sourceRoutes } from './source.ts'
import { steeringRoutes } from './steering.ts'
import { subtaskRoutes } from './subtasks.ts'
import { configRoutes, healthRoutes, retentionRoutes, systemRoutes } from './system.ts'
import { taskIdRoutes } from './task-ids.ts'
import { taskRoutes } from './tasks.ts'
import { teamTemplateRoutes } from './team-templates.ts'
import { taskUsageRoutes, usageRoutes } from './usage.ts'

import { webhookRoutes } from './webhooks.ts'

/** Every route, one file per resource. */
export function createApi(services: Services) {
  const api = new Hono<Env>()
    .route('/health', healthRoutes(services))
    .route('/api/tasks', taskIdRoutes(services))
    .route('/api/tasks', taskRoutes(services))
    .route('/api/tasks', deliveryRoutes(services))
    .route('/api/tasks', taskSetupRoutes(services))
    .route('/api/tasks', planRoutes(services))
    .route('/api/tasks', subtaskRoutes(services))
    .route('/api/tasks', questionRoutes(services))
    .route('/api/tasks', agentRoutes(services))
    .route('/api/tasks', steeringRoutes(services))
    .route('/api/tasks', permissionRoutes(services))
    .route('/api/tasks', taskUsageRoutes(services))
    .route('/api/tasks', outputRoutes(services))
    .route('/api/tasks', messageRoutes(services))
    .route('/api/tasks', fileRoutes(services))
    .route('/api/tasks', taskEventRoutes(services))
    .route('/api/tasks', changeRoutes(services))
    .route('/api/tasks', liveChangeRoutes(services))
    .route('/api/tasks', checkpointRoutes(services))
    .route('/api/tasks', checkpointViewRoutes(services))
    .route('/api/tasks', restoreRoutes(services))
    .route('/api/tasks', commentRoutes(services))
    .route('/api/tasks', discardRoutes(services))
    .route('/api/agents', allAgentRoutes(services))
    .route('/api/attention', attentionRoutes(services))
    .route('/api/permissions', allPermissionRoutes(services))
    .route('/api/events', eventRoutes(services))
    .route('/api/usage', usageRoutes(services))
    .route('/api/source', sourceRoutes(services))
    .route('/api/team-templates', teamTemplateRoutes(services))
    .route('/api/repo-templates', repoTemplateRoutes(services))
    .route('/api/setups', keptSetupRoutes(services))
    .route('/api/repo-templates', repoMemoryRoutes(services))
    .route('/api/webhooks', webhookRoutes(services))
    .route('/api/credentials', credentialRoutes(services))
    .route('/api/outgoing-webhook', outgoingWebhookRoutes(services))
    .route('/api/config', configRoutes(services))
    .route('/api/retention', retentionRoutes(services))
    .route('/api', accessRoutes(services))
    .route('/api', systemRoutes(services))
  const describe = () =>
    createOpenApi(api.routes, {
      version: services.health.version,
      security: toSecurity(services.access.required),
    })
  return api.route('/api', descriptionRoutes(describe))
}

/** What `hc<Api>` of the UI is made from. */
export type Api = ReturnType<typeof createApi>

/** How programs and browsers say who they are; on loopback nobody has to. */
function toSecurity(isRequired: boolean): Security {
  return {
    securitySchemes: {
      token: { type: 'http', scheme: 'bearer', description: 'A token of "klaudio token create".' },
      session: {
        type: 'apiKey',
        in: 'cookie',
        name: 'klaudio_<instance>',
        description:
          'Of a browser that has signed in; the name has the first eight characters of the instance.',
      },
    },
    security: [...(isRequired ? [] : [{}]), { token: [] }, { session: [] }],
  }
}
