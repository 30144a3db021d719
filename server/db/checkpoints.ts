import { and, desc, eq, inArray, lt, sql } from 'drizzle-orm'
import type { CheckpointStatus } from '#contract/checkpoint.ts'
import type { Tx } from './open.ts'
import { checkpoints } from './schema/checkpoints.ts'
import { tasks } from './schema/tables.ts'

export type CheckpointRow = typeof checkpoints.$inferSelect
export type NewCheckpoint = Pick<CheckpointRow, 'id' | 'taskId' | 'cause' | 'createdAt'> &
  Partial<Pick<CheckpointRow, 'label'>>

/** The intent to take one; what is in it comes later. */
export function insertCheckpoint(tx: Tx, row: NewCheckpoint): CheckpointRow {
  return tx
    .insert(checkpoints)
    .values({ ...row, status: 'taking' })
    .returning()
    .get()
}

export function findCheckpoint(tx: Tx, taskId: string, id: string): CheckpointRow | undefined {
  const isIt = and(eq(checkpoints.taskId, taskId), eq(checkpoints.id, id))
  return tx.select().from(checkpoints).where(isIt).get()
}

/** Newest first. */
export function listCheckpoints(
  tx: Tx,
  taskId: string,
  statuses?: readonly CheckpointStatus[],
): CheckpointRow[] {
  const ofStatus = statuses && inArray(checkpoints.status, [...statuses])
  return tx
    .select()
    .from(checkpoints)
    .where(and(eq(checkpoints.taskId, taskId), ofStatus))
    .orderBy(desc(checkpoints.createdAt), desc(sql`rowid`))
    .all()
}

/** Compare-and-set: the end of one that was being taken. Undefined when it is gone or over. */
export function endCheckpoint(
  tx: Tx,
  id: string,
  set: Partial<CheckpointRow> & Pick<CheckpointRow, 'status' | 'completedAt'>,
): CheckpointRow | undefined {
  const isOpen = and(eq(checkpoints.id, id), eq(checkpoints.status, 'taking'))
  return tx.update(checkpoints).set(set).where(isOpen).returning().get()
}

export function deleteCheckpoints(tx: Tx, ids: readonly string[]): void {
  tx.delete(checkpoints)
    .where(inArray(checkpoints.id, [...ids]))
    .run()
}

/** Tasks that may be due for one: those at work, those with one under way, and those with one older than `beforeMs`. */
export function listTaskIdsToCheckpoint(tx: Tx, beforeMs: number): string[] {
  const active = tx
    .select({ id: tasks.id })
    .from(tasks)
    .where(inArray(tasks.status, ['planning', 'running', 'paused']))
    .all()
  const open = tx
    .select({ id: checkpoints.taskId })
    .from(checkpoints)
    .where(sql`${checkpoints.status} = 'taking' or ${lt(checkpoints.createdAt, beforeMs)}`)
    .groupBy(checkpoints.taskId)
    .all()
  return [...new Set([...active, ...open].map(({ id }) => id))]
}
