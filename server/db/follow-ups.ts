/** What pull requests have called for, one row for each time. */
import { and, asc, eq, getTableColumns, inArray, sql } from 'drizzle-orm'
import type { FollowUp, FollowUpState } from '#contract/follow-up.ts'
import { toIso } from '#lib/clock.ts'
import type { Tx } from './open.ts'
import { followUps } from './schema/deliveries.ts'

export type FollowUpRow = typeof followUps.$inferSelect
export type NewFollowUp = typeof followUps.$inferInsert
type Patch = Partial<Omit<FollowUpRow, 'id' | 'taskId' | 'state'>>

export function insertFollowUp(tx: Tx, row: NewFollowUp): FollowUpRow {
  return tx.insert(followUps).values(row).returning().get()
}

/** Oldest first. */
export function listFollowUps(tx: Tx, taskId: string): FollowUpRow[] {
  return tx
    .select()
    .from(followUps)
    .where(eq(followUps.taskId, taskId))
    .orderBy(asc(followUps.createdAt), asc(followUps.id))
    .all()
}

export function findFollowUps(tx: Tx, ids: readonly string[]): FollowUpRow[] {
  return tx
    .select()
    .from(followUps)
    .where(inArray(followUps.id, [...ids]))
    .all()
}

/** What waits for a person; `part` is the row's own number. */
export function listWaiting(
  tx: Tx,
  taskIds: readonly string[],
): (FollowUpRow & { part: number })[] {
  return tx
    .select({ ...getTableColumns(followUps), part: sql<number>`${followUps}.rowid` })
    .from(followUps)
    .where(and(eq(followUps.state, 'waiting'), inArray(followUps.taskId, [...taskIds])))
    .all()
}

/** What this agent was sent, in the order in which it was. */
export function listSentTo(tx: Tx, agentId: string): FollowUpRow[] {
  return tx
    .select()
    .from(followUps)
    .where(eq(followUps.agentId, agentId))
    .orderBy(asc(followUps.startedAt), asc(followUps.id))
    .all()
}

/** Compare-and-set on the state. */
export function changeFollowUp(
  tx: Tx,
  change: { id: string; from: FollowUpState; to: FollowUpState; set?: Patch },
): FollowUpRow | undefined {
  return tx
    .update(followUps)
    .set({ ...change.set, state: change.to })
    .where(and(eq(followUps.id, change.id), eq(followUps.state, change.from)))
    .returning()
    .get()
}

export const toFollowUp = (row: FollowUpRow): FollowUp => ({
  ...{ id: row.id, task_id: row.taskId, kind: row.kind, state: row.state, commit: row.commit },
  ...{ checks: row.checks, comments: row.comments, by_person: row.byPerson },
  ...(row.reason !== null && { reason: row.reason }),
  ...(row.subtaskId !== null && { subtask_id: row.subtaskId }),
  ...(row.agentId !== null && { agent_id: row.agentId }),
  ...(row.why !== null && { why: row.why }),
  ...(row.answer !== null && { answer: row.answer }),
  created_at: toIso(row.createdAt),
  ...(row.startedAt !== null && { started_at: toIso(row.startedAt) }),
  ...(row.endedAt !== null && { ended_at: toIso(row.endedAt) }),
})
