/** Whom messages are for, and how far they have come. */
import { and, asc, desc, eq, gte, inArray, isNotNull, isNull, like, ne, or, sql } from 'drizzle-orm'
import { managerName } from '#contract/team-tools.ts'
import type { MessageRow } from './messages.ts'
import type { Tx } from './open.ts'
import { preparedOnce } from './prepared.ts'
import { messageDeliveries } from './schema/comms.ts'
import { agentInputs, messages } from './schema/tables.ts'

export function insertDeliveries(
  tx: Tx,
  message: Pick<MessageRow, 'id' | 'taskId'>,
  recipients: readonly string[],
): void {
  for (const recipient of recipients)
    tx.insert(messageDeliveries)
      .values({ messageId: message.id, taskId: message.taskId, recipient })
      .onConflictDoNothing()
      .run()
}

/**
 * What a part of the team has yet to be given, oldest first: neither read nor on its way. What was said to an agent that ended
 * before it read it is to be given again.
 */
export function listUndelivered(
  tx: Tx,
  { taskId, recipient, limit = 1000 }: { taskId: string; recipient: string; limit?: number },
): { message: MessageRow; inputId: string | null }[] {
  return undelivered(tx).all({ taskId, recipient, limit })
}

/** Neither read nor on its way: nowhere, or in a prompt that was never begun. */
const isUndelivered = and(
  sql`${messageDeliveries.readAt} is null`,
  isNull(messageDeliveries.callId),
  or(isNull(agentInputs.id), inArray(agentInputs.state, ['refused', 'withdrawn'])),
)

const undelivered = preparedOnce((tx) =>
  tx
    .select({ message: messages, inputId: messageDeliveries.inputId })
    .from(messageDeliveries)
    .innerJoin(messages, eq(messages.id, messageDeliveries.messageId))
    .leftJoin(agentInputs, eq(agentInputs.id, messageDeliveries.inputId))
    .where(
      and(
        eq(messageDeliveries.taskId, sql.placeholder('taskId')),
        eq(messageDeliveries.recipient, sql.placeholder('recipient')),
        isUndelivered,
      ),
    )
    .orderBy(asc(messageDeliveries.messageId))
    .limit(sql.placeholder('limit'))
    .prepare(),
)

/** Nobody will be told any more; the message itself stays. */
export function withdrawDeliveries(tx: Tx, { recipient, messageIds }: Handed): void {
  tx.delete(messageDeliveries).where(mine(recipient, messageIds)).run()
}

/** The parts of a team for which `listUndelivered` has something. */
export const listAwaited = (tx: Tx, taskId: string): ReadonlySet<string> =>
  new Set(
    awaited(tx)
      .all({ taskId })
      .map(({ recipient }) => recipient),
  )

const awaited = preparedOnce((tx) =>
  tx
    .select({ recipient: messageDeliveries.recipient })
    .from(messageDeliveries)
    .leftJoin(agentInputs, eq(agentInputs.id, messageDeliveries.inputId))
    .where(and(eq(messageDeliveries.taskId, sql.placeholder('taskId')), isUndelivered))
    .groupBy(messageDeliveries.recipient)
    .prepare(),
)

/** All that was ever said to a part of the team, or to everybody before there was one: the newest `limit`, oldest first. */
export function listMessagesTo(
  tx: Tx,
  { taskId, recipient, limit }: { taskId: string; recipient: string; limit: number },
): { message: MessageRow; inputId: string | null }[] {
  const own = and(
    eq(messageDeliveries.messageId, messages.id),
    eq(messageDeliveries.recipient, recipient),
  )
  const isForNobody = sql`not exists (select 1 from ${messageDeliveries} d where d.message_id = ${messages.id})`
  return tx
    .select({ message: messages, inputId: messageDeliveries.inputId })
    .from(messages)
    .leftJoin(messageDeliveries, own)
    .where(
      and(
        eq(messages.taskId, taskId),
        or(
          isNotNull(messageDeliveries.messageId),
          and(isNull(messages.toSubtaskId), eq(messages.msgType, 'message'), isForNobody),
          // Of a plan before this one.
          and(eq(messages.toSubtaskId, recipient), isForNobody),
        ),
      ),
    )
    .orderBy(desc(messages.id))
    .limit(limit)
    .all()
    .reverse()
}

/** Something was said to the agent that it has not read: its CLI shows it at the next tool boundary. */
export const isBeingTold = (tx: Tx, agentId: string): boolean =>
  beingTold(tx).get({ agentId }) !== undefined

const beingTold = preparedOnce((tx) =>
  tx
    .select({ id: agentInputs.id })
    .from(agentInputs)
    .where(
      and(
        eq(agentInputs.agentId, sql.placeholder('agentId')),
        eq(agentInputs.kind, 'message'),
        inArray(agentInputs.state, ['pending', 'queued']),
      ),
    )
    .limit(1)
    .prepare(),
)

type Handed = { recipient: string; messageIds: readonly number[] }

/** Names that have a directive since this manager was added; what another manager said does not count. */
export function listDirected(
  tx: Tx,
  taskId: string,
  { id, createdAt }: { id: string; createdAt: number },
): string[] {
  return tx
    .select({ to: messages.toSubtaskId })
    .from(messages)
    .where(
      and(
        eq(messages.taskId, taskId),
        eq(messages.msgType, 'directive'),
        isNotNull(messages.toSubtaskId),
        gte(messages.createdAt, createdAt),
        or(
          isNull(messages.fromSubtaskId),
          ne(messages.fromSubtaskId, managerName),
          eq(messages.fromAgentId, id),
        ),
      ),
    )
    .groupBy(messages.toSubtaskId)
    .all()
    .flatMap(({ to }) => (to === null ? [] : [to]))
}

/** What a manager said to one agent itself: what to change of its work, in order. */
export function listChangeRequests(tx: Tx, agentId: string): MessageRow[] {
  return tx
    .select()
    .from(messages)
    .where(and(eq(messages.toAgentId, agentId), eq(messages.msgType, 'directive')))
    .orderBy(asc(messages.id))
    .all()
}

/** Reminders of the server to a manager since that last said anything. */
export function countReminders(tx: Tx, taskId: string, reminder: string): number {
  const ofTask = eq(messages.taskId, taskId)
  const reminders = tx
    .select({ id: messages.id })
    .from(messages)
    .where(and(ofTask, eq(messages.msgType, 'system'), like(messages.content, `${reminder}%`)))
    .all()
  if (reminders.length === 0) return 0
  const last = tx
    .select({ id: messages.id })
    .from(messages)
    .where(and(ofTask, eq(messages.fromSubtaskId, managerName)))
    .orderBy(desc(messages.id))
    .limit(1)
    .get()
  return reminders.filter(({ id }) => id > (last?.id ?? 0)).length
}

/** They travel with the answer to a tool call. */
export function handWithCall(tx: Tx, callId: string, { recipient, messageIds }: Handed): void {
  tx.update(messageDeliveries)
    .set({ callId, inputId: null })
    .where(mine(recipient, messageIds))
    .run()
}

/** It was said to an agent as a message of its own, or as part of its next prompt, which it may have read by now. */
export function handWithInput(
  tx: Tx,
  inputId: string,
  { recipient, messageId }: { recipient: string; messageId: number },
): void {
  tx.update(messageDeliveries)
    .set({
      inputId,
      readAt: sql`(select coalesce(i.done_at, i.created_at) from ${agentInputs} i where i.id = ${inputId} and i.state in ('read', 'done'))`,
    })
    .where(mine(recipient, [messageId]))
    .run()
}

/** The agent has read what it was told under this id, and with it the messages that came along. */
export function markHeard(tx: Tx, inputId: string, now: number): void {
  tx.update(messageDeliveries)
    .set({ readAt: now })
    .where(and(eq(messageDeliveries.inputId, inputId), sql`${messageDeliveries.readAt} is null`))
    .run()
}

/** They are part of a prompt, which is said until it was heard. */
export function markRead(tx: Tx, { recipient, messageIds }: Handed, now: number): void {
  tx.update(messageDeliveries).set({ readAt: now }).where(mine(recipient, messageIds)).run()
}

const mine = (recipient: string, messageIds: readonly number[]) =>
  and(
    eq(messageDeliveries.recipient, recipient),
    inArray(messageDeliveries.messageId, [...messageIds]),
    sql`${messageDeliveries.readAt} is null`,
  )

type DeliveryState = 'waiting' | 'sent' | 'read'

/** How far messages have come, in the order of their recipients' names. */
export function listDeliveries(
  tx: Tx,
  messageIds: readonly number[],
): { messageId: number; recipient: string; state: DeliveryState }[] {
  const state = sql<DeliveryState>`case
    when ${messageDeliveries.readAt} is not null or ${agentInputs.state} in ('read', 'done') then 'read'
    when ${messageDeliveries.callId} is not null or ${agentInputs.state} in ('pending', 'queued') then 'sent'
    else 'waiting' end`
  return tx
    .select({
      messageId: messageDeliveries.messageId,
      recipient: messageDeliveries.recipient,
      state,
    })
    .from(messageDeliveries)
    .leftJoin(agentInputs, eq(agentInputs.id, messageDeliveries.inputId))
    .where(inArray(messageDeliveries.messageId, [...messageIds]))
    .orderBy(asc(messageDeliveries.messageId), asc(messageDeliveries.recipient))
    .all()
}
