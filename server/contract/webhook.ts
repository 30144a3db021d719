/** What a forge is told about what it has sent, and what is shown of it. */
import * as v from 'valibot'

export const WebhookAnswer = v.object({
  /** `none`: it concerns nothing here; `repeated`: it came before; `look`: pull requests are looked at; `task`: one was made. */
  effect: v.picklist(['none', 'repeated', 'look', 'task']),
  task_id: v.optional(v.string()),
})
export type WebhookAnswer = v.InferOutput<typeof WebhookAnswer>

/** What the forge sent last with the right signature. What has none leaves no trace. */
export const WebhookReceipt = v.object({
  received_at: v.string(),
  /** As the forge was told; `failed`: nothing came of it, `error` says why, and it may be sent again. */
  effect: v.picklist(['none', 'repeated', 'look', 'task', 'failed']),
  task_id: v.optional(v.string()),
  error: v.optional(v.string()),
})
export type WebhookReceipt = v.InferOutput<typeof WebhookReceipt>
export type WebhookEffect = WebhookReceipt['effect']

/** What came of it, in words for people. */
export const webhookEffectWords: Record<WebhookEffect, string> = {
  none: 'it concerned nothing here',
  repeated: 'it had come before',
  look: 'pull requests were looked at',
  task: 'it became a task',
  failed: 'nothing came of it',
}

/** Where the forge of a template sends to, on this server. */
export const webhookPath = (templateId: string): string =>
  `/api/webhooks/${encodeURIComponent(templateId)}`
