import * as v from 'valibot'

/**
 * Reading and searching what an agent printed: one file of JSON lines per agent, addressed by byte offset.
 *
 * `GET /api/tasks/:id/agents/:aid/output?from=&to=` answers bytes, at most 8 MiB of them, with `X-Klaudio-From` (where they
 * begin), `X-Klaudio-Size` (what is stored) and `X-Klaudio-Ended`. With `align=line` it answers whole lines: it begins with the line
 * that holds byte `from` and ends with the line that holds the byte before `to`. What is not a whole line yet is left out while the
 * agent may still print. A line of more than 4 MiB is given as asked for, not as a whole.
 *
 * `GET /api/tasks/:id/agents/:aid/output/search?q=&in=&limit=&cursor=` and, over all agents in the order they were made,
 * `GET /api/tasks/:id/output/search` answer an `OutputSearch`. A page ends when it is full or when it has looked at 64 MiB, so it may be
 * empty and still have a `next_cursor`: go on until that is null. Hang up to stop a search.
 */
export const outputAlignments = ['byte', 'line'] as const
export const OutputAlignment = v.picklist(outputAlignments)

/**
 * `text`: what a reader sees, so not the names of fields, ids, or the partial pieces (`stream_event`) of a text that is printed
 * again as a whole. `raw`: the bytes as they were printed. Both ignore upper and lower case.
 */
export const searchScopes = ['text', 'raw'] as const
export const SearchScope = v.picklist(searchScopes)
export type SearchScope = v.InferOutput<typeof SearchScope>

export const OutputMatch = v.object({
  agent_id: v.string(),
  /** Byte at which the text stands in the output, for the first time in its line. */
  offset: v.number(),
  /** First byte of that line. */
  line_offset: v.number(),
  /** The text with what is around it, on one line of at most about 200 characters. */
  excerpt: v.string(),
  /** The line's own `type`, such as `assistant`, `user`, `result`. */
  type: v.optional(v.string()),
})
export type OutputMatch = v.InferOutput<typeof OutputMatch>

/** One match per line, in the order they were printed. */
export const OutputSearch = v.object({
  matches: v.array(OutputMatch),
  /** Pass as `cursor` to go on; null when everything stored was searched. */
  next_cursor: v.nullable(v.string()),
  /** How much of `total_bytes` has been searched, the pages before this one included. */
  searched_bytes: v.number(),
  total_bytes: v.number(),
})
export type OutputSearch = v.InferOutput<typeof OutputSearch>
