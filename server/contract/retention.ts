import * as v from 'valibot'

/** What is no longer kept: found by `GET /api/retention`, removed by `POST`. */
export const RetentionReport = v.object({
  items: v.array(
    v.object({
      what: v.picklist(['output', 'events', 'mirrors', 'images', 'temporary']),
      /** How many: agents' outputs, events, caches, images, files. */
      count: v.number(),
      bytes: v.number(),
    }),
  ),
  /** All of them together. */
  bytes: v.number(),
  /** Bytes of what is kept, before anything is removed. */
  kept: v.object({ database: v.number(), output: v.number() }),
})
export type RetentionReport = v.InferOutput<typeof RetentionReport>
