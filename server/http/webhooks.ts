import { Hono } from 'hono'
import type { ErrorCode } from '#contract/errors.ts'
import { WebhookAnswer } from '#contract/webhook.ts'
import type { Tasks } from '#tasks/tasks.ts'
import { readBytes } from './body.ts'
import { answers } from './documented.ts'
import type { Env } from './env.ts'

/** What forges send is some ten kilobytes; a push of very many commits is more, and nothing follows from it. */
const maxBytes = 1024 * 1024

/**
 * The one way in without a token: judged by its signature alone, so that neither the Host it comes by nor a cookie counts. Nothing else may
 * look like it.
 */
export const isWebhook = ({ method, url }: Pick<Request, 'method' | 'url'>): boolean =>
  method === 'POST' && /^\/api\/webhooks\/[\w-]{1,100}$/.test(new URL(url).pathname)

export const webhookRoutes = ({ tasks }: { tasks: Pick<Tasks, 'takeWebhook'> }) =>
  new Hono<Env>().post(
    '/:tid',
    answers(
      'For forges: tells that something has happened in the repository of a template, signed with its webhook_secret. Pull requests that it names are looked at now; an issue with the label of the template becomes a task. There is nothing here until the template has a secret.',
      WebhookAnswer,
      {
        errors: [
          ...['template.not-found', 'auth.refused', 'request.too-large', 'credentials.missing'],
          ...['source.invalid', 'delivery.refused', 'forge.failed', 'credential.not-found'],
        ] as ErrorCode[],
        body: { media: 'application/json', schema: { type: 'object' } },
      },
    ),
    async (c) =>
      c.json(
        await tasks.takeWebhook(c.req.param('tid'), {
          header: (name) => c.req.header(name),
          read: () => readBytes(c.req.raw, maxBytes),
        }),
      ),
  )
