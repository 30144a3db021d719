/** Keeping no more than is wanted, and taking away what a crash left half done. */
import { listAgents } from '#db/agents.ts'
import { type CheckpointRow, deleteCheckpoints, listCheckpoints } from '#db/checkpoints.ts'
import { findTask, type TaskRow, updateTask } from '#db/tasks.ts'
import type { CheckpointConfig, CheckpointDeps } from './checkpoints.ts'

/**
 * Which rows go. The newest that is ready always stays: it is what a person would go back to. Failed ones are kept as
 * long as they are newer than that, so that the failure is seen.
 */
export function outdated(
  rows: readonly CheckpointRow[],
  { maxCheckpoints, retentionMs }: Pick<CheckpointConfig, 'maxCheckpoints' | 'retentionMs'>,
  now: number,
): CheckpointRow[] {
  const ready = rows.filter(({ status }) => status === 'ready')
  const [newest] = ready
  const kept = new Set(
    ready
      .slice(0, maxCheckpoints)
      .filter((row) => row === newest || now - row.createdAt <= retentionMs),
  )
  return rows.filter((row) => {
    if (row.status === 'taking') return false
    if (row.status === 'failed') return newest !== undefined && row.createdAt < newest.createdAt
    return !kept.has(row)
  })
}

/** Rows first: a checkpoint without a row is nobody's, and its objects go with the next call. */
export async function prune(deps: CheckpointDeps, taskId: string): Promise<void> {
  const inUse = usedByRestore(findTask(deps.db, taskId))
  const rows = listCheckpoints(deps.db, taskId).filter(({ id }) => !inUse.includes(id))
  const gone = outdated(rows, deps.config, deps.clock.now())
  if (gone.length > 0) remove(deps, taskId, gone)
  await sweep(deps, taskId)
}

/** Ids of the checkpoints that a restore under way needs. */
export function usedByRestore(task: TaskRow | undefined): string[] {
  if (task?.intent !== 'restore' || !task.restore) return []
  const { checkpoint_id: from, undo_id: undo } = task.restore
  return undo === undefined ? [from] : [from, undo]
}

export function remove(
  { eventLog, clock }: CheckpointDeps,
  taskId: string,
  rows: readonly CheckpointRow[],
): void {
  const ids = rows.map(({ id }) => id)
  eventLog.transact((tx, record) => {
    deleteCheckpoints(tx, ids)
    const task = findTask(tx, taskId)
    if (!task) return
    const isLast = listCheckpoints(tx, taskId, ['ready']).length === 0
    if (isLast && task.status !== 'paused') updateTask(tx, taskId, { hasState: false }, clock.now())
    const ready = rows.filter(({ status }) => status === 'ready').map(({ id }) => id)
    if (ready.length > 0) record({ taskId, type: 'checkpoint.removed', data: { ids: ready } })
  })
}

/** Brings the repository to what the rows say. */
export async function sweep({ db, workspaces }: CheckpointDeps, taskId: string): Promise<void> {
  const known = new Set(listCheckpoints(db, taskId).map(({ id }) => id))
  const stray = (await workspaces.sealed(taskId)).filter((id) => !known.has(id))
  const over = listAgents(db, { taskId, holdsResources: false }).map(({ id }) => id)
  const forgotten = await workspaces.forgetSaves(taskId, over)
  if (stray.length > 0 || forgotten) await workspaces.unseal(taskId, stray)
}
