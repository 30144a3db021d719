/** What a forge is told about what it has sent. */
import * as v from 'valibot'

export const WebhookAnswer = v.object({
  /** `none`: it concerns nothing here; `repeated`: it came before; `look`: pull requests are looked at; `task`: one was made. */
  effect: v.picklist(['none', 'repeated', 'look', 'task']),
  task_id: v.optional(v.string()),
})
export type WebhookAnswer = v.InferOutput<typeof WebhookAnswer>
