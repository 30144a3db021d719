/** Messages between the parts of a team, and from people. Never changed, only added. */
import { and, asc, desc, eq, gt, inArray, lt, lte, max, or, sql } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { messageDeliveries } from './schema/comms.ts'
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

export type MessageFilter = {
  /** Only newer ones, from the oldest of them on. */
  afterId?: number
  /** Only older ones, up to the newest of them. */
  beforeId?: number
  types?: readonly MessageRow['msgType'][]
  /** Said by or to this name. */
  name?: string
  /** With `name`: only what was said between the two, in either direction. */
  other?: string
  /** Characters in the text, of any case. */
  search?: string
  limit: number
}

/** Oldest first: those after `afterId`, or without it the newest `limit`. */
export function listMessages(
  tx: Tx,
  { taskId, limit, ...filter }: MessageFilter & { taskId: string },
): MessageRow[] {
  const isForward = filter.afterId !== undefined
  const rows = tx
    .select()
    .from(messages)
    .where(and(eq(messages.taskId, taskId), ...toConditions(filter)))
    .orderBy(isForward ? asc(messages.id) : desc(messages.id))
    .limit(limit)
    .all()
  return isForward ? rows : rows.reverse()
}

const isTo = (name: string) =>
  or(
    eq(messages.toSubtaskId, name),
    sql`exists (select 1 from ${messageDeliveries} d where d.message_id = ${messages.id} and d.recipient = ${name})`,
  )

function isWith(name: string, other: string | undefined) {
  if (other === undefined) return or(eq(messages.fromSubtaskId, name), isTo(name))
  return or(
    and(eq(messages.fromSubtaskId, name), isTo(other)),
    and(eq(messages.fromSubtaskId, other), isTo(name)),
  )
}

function toConditions(filter: Omit<MessageFilter, 'limit'>) {
  const { afterId, beforeId, types, name, other, search } = filter
  return [
    afterId === undefined ? undefined : gt(messages.id, afterId),
    beforeId === undefined ? undefined : lt(messages.id, beforeId),
    types === undefined ? undefined : inArray(messages.msgType, [...types]),
    name === undefined ? undefined : isWith(name, other),
    search === undefined ? undefined : sql`instr(lower(${messages.content}), lower(${search})) > 0`,
  ]
}

/** The message that was sent under this id. */
export function findSentAs(tx: Tx, taskId: string, sentAs: string): MessageRow | undefined {
  return tx
    .select()
    .from(messages)
    .where(and(eq(messages.taskId, taskId), eq(messages.sentAs, sentAs)))
    .get()
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
