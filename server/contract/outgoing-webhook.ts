/** The outgoing webhook: where the installation tells of what happens, signed as standardwebhooks.com has it (version 1.0.0). */
import * as v from 'valibot'

/** What a person can choose to be told of. */
export const webhookKinds = ['attention.needed', 'task.completed', 'task.failed'] as const
export const WebhookKind = v.picklist(webhookKinds)
export type WebhookKind = v.InferOutput<typeof WebhookKind>

/** `webhook.test` is sent when somebody asks for it. */
export const WebhookType = v.picklist([...webhookKinds, 'webhook.test'])
export type WebhookType = v.InferOutput<typeof WebhookType>

export const WebhookDeliveryState = v.picklist(['waiting', 'delivered', 'failed'])
export type WebhookDeliveryState = v.InferOutput<typeof WebhookDeliveryState>

/** Never with its secret. */
export const Webhook = v.object({
  url: v.string(),
  kinds: v.array(WebhookKind),
  updated_at: v.string(),
})
export type Webhook = v.InferOutput<typeof Webhook>

export const WebhookDelivery = v.object({
  /** The same in every attempt: a receiver drops what it has. */
  id: v.string(),
  type: WebhookType,
  task_id: v.optional(v.string()),
  state: WebhookDeliveryState,
  attempts: v.number(),
  /** HTTP status of the last answer. */
  status: v.optional(v.number()),
  /** Why the last attempt failed. */
  error: v.optional(v.string()),
  created_at: v.string(),
  /** When it is tried next, while it waits. */
  next_at: v.optional(v.string()),
})
export type WebhookDelivery = v.InferOutput<typeof WebhookDelivery>

/** Null where there is none; the newest deliveries first. */
export const WebhookState = v.object({
  webhook: v.nullable(Webhook),
  deliveries: v.array(WebhookDelivery),
})
export type WebhookState = v.InferOutput<typeof WebhookState>

/** As the specification writes a signing secret: `whsec_` and 24 to 64 bytes in base64. */
export const secretPrefix = 'whsec_'
const isSecret = (text: string): boolean => {
  const encoded = text.slice(secretPrefix.length)
  if (!text.startsWith(secretPrefix) || !/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return false
  const bytes = Math.floor((encoded.replace(/=+$/, '').length * 3) / 4)
  return encoded.length % 4 === 0 && bytes >= 24 && bytes <= 64
}

const isAddress = (text: string): boolean => {
  const url = URL.parse(text)
  return (
    (url?.protocol === 'https:' || url?.protocol === 'http:') &&
    url.username === '' &&
    url.password === ''
  )
}

export const SetWebhook = v.object({
  url: v.pipe(
    v.string(),
    v.trim(),
    v.maxLength(2000),
    v.check(
      isAddress,
      'url must begin with https:// or http:// and hold no user name or password.',
    ),
  ),
  /** Left out, the one that is stored stays. */
  secret: v.optional(
    v.pipe(
      v.string(),
      v.maxLength(200),
      v.check(isSecret, 'secret must be whsec_ followed by 24 to 64 bytes in base64.'),
    ),
  ),
  kinds: v.pipe(
    v.array(WebhookKind),
    v.minLength(1, 'kinds must name at least one thing to tell of.'),
    v.maxLength(webhookKinds.length),
  ),
})
export type SetWebhook = v.InferOutput<typeof SetWebhook>

/** What is sent. Thin: it names things, and the API says more of them to those who may ask. */
export const WebhookPayload = v.object({
  type: WebhookType,
  /** When it happened. */
  timestamp: v.string(),
  data: v.object({
    /** Of the installation's events. */
    reason: v.optional(v.string()),
    task: v.optional(v.object({ id: v.string(), name: v.string() })),
    subtask_id: v.optional(v.string()),
    agent_id: v.optional(v.string()),
    /** The page about it, below the address of the installation. */
    path: v.string(),
  }),
})
export type WebhookPayload = v.InferOutput<typeof WebhookPayload>
