import * as v from 'valibot'
import { SubtaskStatus } from './plan.ts'
import { CreateTask, TaskStatus } from './task.ts'

/** How files would differ from what is there now. The first of them by name; the counts are of all. */
export const FilesBack = v.object({
  added: v.number(),
  changed: v.number(),
  removed: v.number(),
  files: v.array(
    v.object({ path: v.string(), change: v.picklist(['added', 'changed', 'removed']) }),
  ),
})
export type FilesBack = v.InferOutput<typeof FilesBack>

/** What going back to a checkpoint would change. Looking changes nothing. */
export const RestorePreview = v.object({
  checkpoint_id: v.string(),
  taken_at: v.string(),
  /** `stop`: after the agents were stopped, which `{"stop": true}` does. `no`: `reason` says why. */
  possible: v.picklist(['now', 'stop', 'no']),
  reason: v.optional(v.string()),
  status: v.object({ from: TaskStatus, to: TaskStatus }),
  /** Versions of the plan. What comes back is a new version with the content of the old one. */
  plan: v.object({
    from: v.nullable(v.number()),
    to: v.nullable(v.number()),
    /** The checkpoint is from before there was a plan: planning goes on, or begins anew. */
    is_planning: v.boolean(),
  }),
  branch: v.object({
    name: v.string(),
    from: v.nullable(v.string()),
    to: v.nullable(v.string()),
    files: FilesBack,
  }),
  /** Those that would not stay as they are. Null: it is not in the plan then, or not in the plan now. */
  subtasks: v.array(
    v.object({
      id: v.string(),
      name: v.string(),
      from: v.nullable(SubtaskStatus),
      to: v.nullable(SubtaskStatus),
    }),
  ),
  agents: v.array(
    v.object({
      agent_id: v.string(),
      role: v.string(),
      subtask_id: v.optional(v.string()),
      /** `goes-back`: its files and its conversation; `ends`: it is of later, or its work is in the branch. */
      becomes: v.picklist(['goes-back', 'ends']),
      /** Against what was kept of it last. Absent when nothing else was. */
      files: v.optional(FilesBack),
      /** When that was kept; what it did since then is in no list here. */
      files_as_of: v.optional(v.string()),
      /** Files that are in no checkpoint and do not come back: pipes, sockets, and what holds a login. */
      left_out: v.optional(v.number()),
    }),
  ),
  /** What is not brought back, in sentences. */
  notes: v.array(v.string()),
})
export type RestorePreview = v.InferOutput<typeof RestorePreview>

/** A new task from a checkpoint. What is absent is as it was there. */
export const ForkCheckpoint = v.object({
  name: v.optional(CreateTask.entries.name),
  prompt: v.optional(CreateTask.entries.prompt),
})
export type ForkCheckpoint = v.InferOutput<typeof ForkCheckpoint>
