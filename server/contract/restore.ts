import * as v from 'valibot'

/** Going back to a checkpoint, or making another task of one: the last one of a task, under way or over. */
export const TaskRestore = v.object({
  /** `fork`: the task was made from a checkpoint of another task. */
  kind: v.picklist(['restore', 'fork']),
  checkpoint_id: v.string(),
  /** When that checkpoint was taken. */
  taken_at: v.string(),
  /** The checkpoint of what was there before; restoring that undoes this. Absent with `fork`. */
  undo_id: v.optional(v.string()),
  /** `failed`: nothing was set back, `error` says why. */
  state: v.picklist(['under-way', 'done', 'failed']),
  error: v.optional(v.string()),
  asked_at: v.string(),
  ended_at: v.optional(v.string()),
})
export type TaskRestore = v.InferOutput<typeof TaskRestore>

/** An agent whose files and conversation are laid into the fresh volumes of another. */
export type LaidAgent = {
  from: string
  to: string
  /** Its save. */
  commit: string
  /** HEAD and branch of its clone; null without a clone. */
  head: string | null
  branch: string | null
}

/** As it is stored: with what a restart needs to go on with it. */
export type RestoreRecord = TaskRestore & {
  agents: LaidAgent[]
  /** What the task said as its `error` before. */
  error_before?: string
}

/** The checkpoint a task was made from; both may be gone by now. */
export const ForkOrigin = v.object({ task_id: v.string(), checkpoint_id: v.string() })
export type ForkOrigin = v.InferOutput<typeof ForkOrigin>

/** The agent this one goes on from, and the moment its files and its conversation are of. */
export const RestoredFrom = v.object({
  agent_id: v.string(),
  checkpoint_id: v.string(),
  taken_at: v.string(),
})
export type RestoredFrom = v.InferOutput<typeof RestoredFrom>

export const RestoreCheckpoint = v.object({
  /** A task that plans or runs is stopped first; without it is refused. */
  stop: v.optional(v.boolean(), false),
})
export type RestoreCheckpoint = v.InferOutput<typeof RestoreCheckpoint>
