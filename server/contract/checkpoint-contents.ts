/** What is in a checkpoint, for whoever looks into it. */
import * as v from 'valibot'
import { AgentKind, AgentStatus } from './agent.ts'
import { Checkpoint } from './checkpoint.ts'
import { FileChange, FileEntry } from './file.ts'
import { Plan, Question } from './plan.ts'

/**
 * Whose files of a checkpoint: `branch`, the task branch; `save:<agent>`, all that was in an agent's hands, whether it was committed or
 * not; `work:<agent>`, what that agent had handed in.
 */
export const KeptPart = v.pipe(
  v.string(),
  v.regex(
    /^(branch|(save|work):[A-Za-z0-9][A-Za-z0-9-]{0,63})$/,
    'must be branch, save:<agent> or work:<agent>.',
  ),
)
export type KeptPart = v.InferOutput<typeof KeptPart>

/**
 * What a part is compared with: `branch`, the task branch as it is now; `saved`, the agent's newest save; `start`, where the task or the
 * agent began; `checkpoint:<id>`, the same part of another checkpoint.
 */
export const KeptAgainst = v.pipe(
  v.string(),
  v.regex(
    /^(branch|saved|start|checkpoint:[A-Za-z0-9][A-Za-z0-9-]{0,63})$/,
    'must be branch, saved, start or checkpoint:<id>.',
  ),
)
export type KeptAgainst = v.InferOutput<typeof KeptAgainst>

/** One file of the CLI's: a conversation from its first line to the last whole one. */
const KeptSession = v.object({
  /** Its path among the CLI's sessions, which names it. */
  name: v.string(),
  size: v.number(),
  /** The agent's own conversation, and not that of a helper it started. */
  main: v.boolean(),
})
export type KeptSession = v.InferOutput<typeof KeptSession>

export const KeptAgent = v.object({
  agent_id: v.string(),
  kind: AgentKind,
  role: v.string(),
  status: AgentStatus,
  attempt: v.number(),
  subtask_id: v.optional(v.string()),
  /** Name of its subtask, or its kind. */
  name: v.string(),
  started_at: v.optional(v.string()),
  /** Its save, when its volumes were there. */
  save: v.optional(
    v.object({
      commit: v.string(),
      files: v.number(),
      /** HEAD and branch of its clone. */
      head: v.optional(v.string()),
      branch: v.optional(v.string()),
      sessions: v.array(KeptSession),
      /** The first few paths that are in no checkpoint, each with the reason. */
      left_out: v.array(v.string()),
      left_out_count: v.number(),
    }),
  ),
  /** The commit it had handed in for its subtask. */
  work: v.optional(v.string()),
})
export type KeptAgent = v.InferOutput<typeof KeptAgent>

const KeptPlan = v.omit(Plan, ['id', 'task_id', 'created_at'])
export type KeptPlan = v.InferOutput<typeof KeptPlan>

export const CheckpointContents = v.object({
  checkpoint: Checkpoint,
  /** The task branch; null when it had no commit of its own yet. */
  branch: v.nullable(v.object({ name: v.string(), commit: v.string() })),
  agents: v.array(KeptAgent),
  plan: v.nullable(KeptPlan),
  questions: v.array(v.pick(Question, ['id', 'text', 'answer'])),
})
export type CheckpointContents = v.InferOutput<typeof CheckpointContents>

export const KeptFiles = v.object({
  files: v.array(FileEntry),
  next_cursor: v.nullable(v.string()),
})
export type KeptFiles = v.InferOutput<typeof KeptFiles>

export const KeptChanges = v.object({
  /** Where the changes begin and end, the earlier moment first. */
  from: v.object({ what: v.picklist(['checkpoint', 'start', 'other']), commit: v.string() }),
  to: v.object({ what: v.picklist(['checkpoint', 'now', 'other']), commit: v.string() }),
  /** The first 5,000. */
  files: v.array(FileChange),
  /** How many there are. */
  total: v.number(),
})
export type KeptChanges = v.InferOutput<typeof KeptChanges>
