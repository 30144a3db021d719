/** Whether a task is due for a checkpoint, from its rows alone: a start after a crash decides the same. */
import type { CheckpointCause } from '#contract/checkpoint.ts'
import type { CheckpointRow } from '#db/checkpoints.ts'
import type { SubtaskRow } from '#db/subtasks.ts'
import type { TaskRow } from '#db/tasks.ts'
import type { CheckpointConfig } from './checkpoints.ts'

export function dueCause({
  task,
  subtasks,
  newest,
  now,
  config,
}: {
  task: Pick<TaskRow, 'status' | 'intent' | 'pausedAt' | 'startedAt' | 'baseCommit'>
  subtasks: readonly Pick<SubtaskRow, 'status' | 'startedAt' | 'completedAt'>[]
  /** Whether it succeeded or not: one that failed is not tried again until there is a new reason. */
  newest: Pick<CheckpointRow, 'createdAt'> | undefined
  now: number
  config: Pick<CheckpointConfig, 'auto' | 'intervalMs'>
}): CheckpointCause | undefined {
  const last = newest?.createdAt ?? 0
  // Without a repository there is nothing to keep it in, and what is being taken away needs none.
  if (task.baseCommit === null || task.intent !== null) return undefined
  if (task.status === 'paused' && (task.pausedAt ?? 0) > last) return 'stop'
  if (task.status !== 'running' && task.status !== 'completed') return undefined
  const hasEnded = ({ status, completedAt }: (typeof subtasks)[number]): boolean =>
    status === 'completed' && (completedAt ?? 0) > last
  if (subtasks.some(hasEnded)) return 'subtask'
  if (!config.auto || task.status !== 'running') return undefined
  const begun = subtasks
    .filter(({ status }) => status === 'running')
    .map((row) => row.startedAt ?? now)
  if (begun.length === 0) return undefined
  return now - Math.max(last, Math.min(...begun)) >= config.intervalMs ? 'interval' : undefined
}
