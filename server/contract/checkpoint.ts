import * as v from 'valibot'
import { SubtaskStatus } from './plan.ts'
import { TaskStatus } from './task.ts'

/** Why a checkpoint was taken: `restore` is the one before a restore, which undoes it. */
export const CheckpointCause = v.picklist(['stop', 'subtask', 'interval', 'manual', 'restore'])
export type CheckpointCause = v.InferOutput<typeof CheckpointCause>

export const CheckpointStatus = v.picklist(['taking', 'ready', 'failed'])
export type CheckpointStatus = v.InferOutput<typeof CheckpointStatus>

/** How far the plan was. */
const PlanProgress = v.object({
  plan_version: v.nullable(v.number()),
  completed_subtasks: v.array(v.string()),
  current_subtasks: v.array(v.string()),
  failed_subtasks: v.array(v.string()),
  subtasks: v.array(v.object({ id: v.string(), name: v.string(), status: SubtaskStatus })),
})

/** One agent whose files and conversation are in the checkpoint. */
const SavedAgent = v.object({
  agent_id: v.string(),
  role: v.string(),
  subtask_id: v.optional(v.string()),
  /** The commit with its files (below `files/`), file modes and sessions. */
  commit: v.string(),
  files: v.number(),
  /** Files that changed since the checkpoint before, or since the agent began. */
  files_changed: v.number(),
  /** Files that are in no checkpoint: pipes, sockets, and what holds a login of this installation. */
  left_out: v.number(),
  /** Length of its output when it was saved. */
  output_bytes: v.number(),
})

export const CheckpointSummary = v.object({
  task_status: TaskStatus,
  plan_progress: PlanProgress,
  agent_states: v.array(SavedAgent),
  repo_state: v.nullable(v.object({ branch: v.string(), commit: v.string() })),
})
export type CheckpointSummary = v.InferOutput<typeof CheckpointSummary>

export const Checkpoint = v.object({
  id: v.string(),
  task_id: v.string(),
  cause: CheckpointCause,
  status: CheckpointStatus,
  label: v.optional(v.string()),
  /** Why it could not be taken. */
  error: v.optional(v.string()),
  /** Hash over everything in it. */
  commit: v.optional(v.string()),
  /** What it added on disk. */
  size_bytes: v.number(),
  files_changed: v.number(),
  ...v.partial(CheckpointSummary).entries,
  created_at: v.string(),
  completed_at: v.optional(v.string()),
})
export type Checkpoint = v.InferOutput<typeof Checkpoint>

export const CheckpointList = v.object({ checkpoints: v.array(Checkpoint) })
export type CheckpointList = v.InferOutput<typeof CheckpointList>

export const TakeCheckpoint = v.object({
  label: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(200))),
})
export type TakeCheckpoint = v.InferOutput<typeof TakeCheckpoint>
