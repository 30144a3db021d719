/** What somebody asks for on a forge. */
import * as v from 'valibot'

export const Issue = v.object({
  number: v.number(),
  url: v.string(),
  title: v.string(),
  body: v.string(),
  labels: v.array(v.string()),
  author: v.string(),
  is_open: v.boolean(),
})
export type Issue = v.InferOutput<typeof Issue>
