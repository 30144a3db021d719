/** What a start of the server found of the one before it. */
import * as v from 'valibot'
import { TaskStatus } from './task.ts'

/** `waiting`: for an engine, or for the next try; `done`: everything unfinished goes on. */
export const RecoveryState = v.picklist(['waiting', 'looking', 'done'])

/**
 * What became of an agent: its container still runs and is followed again (`adopted`); its turn ended meanwhile and is taken from its
 * output (`finished`); its container is gone and it goes on in a new one (`resumed`); it has no slot yet (`waiting`).
 */
export const recoveredAs = ['adopted', 'finished', 'resumed', 'waiting'] as const

export const RecoveredTask = v.object({
  task_id: v.string(),
  name: v.string(),
  status: TaskStatus,
  agents: v.array(
    v.object({
      agent_id: v.string(),
      subtask_id: v.optional(v.string()),
      role: v.string(),
      found: v.picklist(recoveredAs),
    }),
  ),
})
export type RecoveredTask = v.InferOutput<typeof RecoveredTask>

export const RecoveryReport = v.object({
  state: RecoveryState,
  /** A sentence: what was found, or what is being waited for. */
  detail: v.string(),
  started_at: v.string(),
  finished_at: v.nullable(v.string()),
  /** Tasks that go on by themselves. */
  tasks: v.array(RecoveredTask),
  /** Names of containers and volumes that belonged to nobody and were removed. */
  removed: v.array(v.string()),
  /** What the engine refused to give or to remove; the next start tries again. */
  left: v.array(v.object({ what: v.string(), reason: v.string() })),
})
export type RecoveryReport = v.InferOutput<typeof RecoveryReport>

/** The part that belongs to the state of the installation. */
export const RecoverySummary = v.object({
  state: RecoveryState,
  detail: v.string(),
  started_at: v.string(),
  /** Nothing was found, so there is nothing to tell. */
  is_empty: v.boolean(),
})
export type RecoverySummary = v.InferOutput<typeof RecoverySummary>

/** Also for a start that found nothing. */
export function toSummary(report: RecoveryReport): RecoverySummary {
  const { state, detail, started_at, tasks, removed, left } = report
  return { state, detail, started_at, is_empty: tasks.length + removed.length + left.length === 0 }
}
