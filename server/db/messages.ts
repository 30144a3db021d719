/** Messages between the parts of a team, and from people. Never changed, only added. */
import { and, asc, desc, eq, gt, lte, max } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { messages } from './schema/tables.ts'

export type MessageRow = typeof messages.$inferSelect
export type NewMessage = typeof messages.$inferInsert

export function insertMessage(tx: Tx, row: NewMessage): MessageRow {
  return tx.insert(messages).values(row).returning().get()
}

/** Position of the newest message of a task; 0 when there is none. */
export function lastMessageId(tx: Tx, taskId: string): number {
  const ofTask = eq(messages.taskId, taskId)
  return (
    tx
      .select({ id: max(messages.id) })
      .from(messages)
      .where(ofTask)
      .get()?.id ?? 0
  )
}

/** What managers said to workers, oldest first. */
export function listDirectives(tx: Tx, taskId: string): MessageRow[] {
  return tx
    .select()
    .from(messages)
    .where(and(eq(messages.taskId, taskId), eq(messages.msgType, 'directive')))
    .orderBy(asc(messages.id))
    .all()
}

/** Oldest first: those after `afterId`, or without it the newest `limit`. */
export function listMessages(
  tx: Tx,
  { taskId, afterId, limit }: { taskId: string; afterId?: number; limit: number },
): MessageRow[] {
  if (afterId !== undefined)
    return tx
      .select()
      .from(messages)
      .where(and(eq(messages.taskId, taskId), gt(messages.id, afterId)))
      .orderBy(asc(messages.id))
      .limit(limit)
      .all()
  return tx
    .select()
    .from(messages)
    .where(eq(messages.taskId, taskId))
    .orderBy(desc(messages.id))
    .limit(limit)
    .all()
    .reverse()
}

/** Of one task to another, up to that one; they keep their order and their senders' subtasks. */
export function copyMessages(
  tx: Tx,
  { from, to, upToId }: { from: string; to: string; upToId: number },
): void {
  const rows = tx
    .select()
    .from(messages)
    .where(and(eq(messages.taskId, from), lte(messages.id, upToId)))
    .orderBy(asc(messages.id))
    .all()
  for (const { id: _, fromAgentId: __, toAgentId: ___, ...row } of rows)
    tx.insert(messages)
      .values({ ...row, taskId: to })
      .run()
}
