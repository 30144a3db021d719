import * as v from 'valibot'

/** What went with a deleted task. */
export const Removed = v.object({
  /** Agents that had a container and volumes; those named in `left` still do. */
  agents: v.number(),
  repository: v.boolean(),
  uploads: v.number(),
  output_bytes: v.number(),
  events: v.number(),
  /** Ids of agents whose container or volumes the engine refused to remove. The next start of the server removes them. */
  left: v.array(v.string()),
})
export type Removed = v.InferOutput<typeof Removed>

/** The reference's answer with what it means. */
export const TaskDeleted = v.object({
  /** `deleting`: it goes on by itself once what is awaited is there. Until then the task is listed, in phase `cancelling`. */
  status: v.picklist(['deleted', 'deleting']),
  removed: v.optional(Removed),
  /** A sentence; present with `deleting`. */
  waiting_for: v.optional(v.string()),
})
export type TaskDeleted = v.InferOutput<typeof TaskDeleted>

/** How far bringing the agents of a task to rest has come, or what a pause has kept. */
export const Halt = v.object({
  asked_at: v.string(),
  /** `shutdown`: the server did it when it ended, and goes on by itself at its next start. */
  by: v.picklist(['person', 'shutdown']),
  /** Agents that were at work. */
  agents: v.number(),
  at_rest: v.number(),
  /** Of those at rest: with files and conversation kept. */
  saved: v.number(),
  /** Ids of those that could not be stopped. */
  lost: v.array(v.string()),
})
export type Halt = v.InferOutput<typeof Halt>
