import { Hono } from 'hono'
import { SetWebhook, WebhookState } from '#contract/outgoing-webhook.ts'
import { answers } from './documented.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'
import { json } from './validate.ts'

export const outgoingWebhookRoutes = ({ webhooks }: Pick<Services, 'webhooks'>) =>
  new Hono<Env>()
    .get(
      '/',
      answers(
        'Where the installation tells of what happens, and its last deliveries.',
        WebhookState,
      ),
      (c) => c.json(webhooks.state()),
    )
    .put(
      '/',
      answers(
        'Sets the address, what is told there and the secret it is signed with, which is never shown again.',
        WebhookState,
      ),
      json(SetWebhook),
      (c) => c.json(webhooks.set(c.req.valid('json'))),
    )
    .delete(
      '/',
      answers('Removes the address and what waited to be told there.', WebhookState),
      (c) => c.json(webhooks.remove()),
    )
    .post(
      '/test',
      answers('Sends something now, to see whether it arrives.', WebhookState, {
        status: 202,
        errors: ['webhook.not-found'],
      }),
      (c) => c.json(webhooks.test(), 202),
    )
