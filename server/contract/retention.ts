import * as v from 'valibot'

/** What is no longer kept: found by `GET /api/retention`, removed by `POST`. */
export const RetentionReport = v.object({
  items: v.array(
    v.object({
      what: v.picklist(['output', 'events', 'uploads', 'mirrors', 'setups', 'images', 'temporary']),
      /** How many: agents' outputs, events, uploaded files, caches, what setups left, images, files. */
      count: v.number(),
      bytes: v.number(),
    }),
  ),
  /** All of them together. */
  bytes: v.number(),
  /** Bytes of what is kept, before anything is removed. `database` is its file, which keeps the room of rows that went for new ones. */
  kept: v.object({ database: v.number(), output: v.number() }),
  /** What stays larger than its limit, and what to do about it. */
  warning: v.optional(v.string()),
})
export type RetentionReport = v.InferOutput<typeof RetentionReport>
