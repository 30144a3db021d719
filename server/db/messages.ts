/** Messages between the parts of a team, and from people. Never changed, only added. */
import { and, asc, desc, eq, gt } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { messages } from './schema/tables.ts'

export type MessageRow = typeof messages.$inferSelect
export type NewMessage = typeof messages.$inferInsert

export function insertMessage(tx: Tx, row: NewMessage): MessageRow {
  return tx.insert(messages).values(row).returning().get()
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
