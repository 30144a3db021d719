/** What agents asked of the server with team tools, and what they were answered. */
import { and, asc, count, desc, eq, gte, inArray, isNotNull, lt, max, sql } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { preparedOnce } from './prepared.ts'
import { withdrawQuestion } from './questions.ts'
import { messageDeliveries, toolCalls } from './schema/comms.ts'
import { agentInputs } from './schema/tables.ts'

export type ToolCallRow = typeof toolCalls.$inferSelect
export type NewToolCall = Pick<
  ToolCallRow,
  | 'id'
  | 'taskId'
  | 'agentId'
  | 'run'
  | 'requestId'
  | 'toolUseId'
  | 'rpcId'
  | 'tool'
  | 'input'
  | 'askedAt'
>

/** Undefined when the agent's request is stored already. */
export function insertToolCall(tx: Tx, row: NewToolCall): ToolCallRow | undefined {
  return tx
    .insert(toolCalls)
    .values({ ...row, status: 'open' })
    .onConflictDoNothing({ target: [toolCalls.agentId, toolCalls.requestId] })
    .returning()
    .get()
}

export function findToolRequest(
  tx: Tx,
  agentId: string,
  requestId: string,
): ToolCallRow | undefined {
  return tx
    .select()
    .from(toolCalls)
    .where(and(eq(toolCalls.agentId, agentId), eq(toolCalls.requestId, requestId)))
    .get()
}

/**
 * The answered call that `call` is a repetition of: the same tool use asked again, or the same words that the container before asked
 * and may have forgotten, because it did not hear the answer, or heard nothing after it. Each is repeated once. What only reads
 * (`isReading`) and was not heard is no such call: it is done anew.
 */
export function findRepeated(
  tx: Tx,
  call: ToolCallRow,
  isReading: boolean,
): ToolCallRow | undefined {
  const ofAgent = eq(toolCalls.agentId, call.agentId)
  const sameUse = tx
    .select()
    .from(toolCalls)
    .where(and(ofAgent, eq(toolCalls.toolUseId, call.toolUseId), eq(toolCalls.status, 'answered')))
    .get()
  if (sameUse) return sameUse
  const turn = tx
    .select({ begunAt: max(agentInputs.createdAt) })
    .from(agentInputs)
    .where(and(eq(agentInputs.agentId, call.agentId), eq(agentInputs.kind, 'turn')))
    .get()
  const before = tx
    .select()
    .from(toolCalls)
    .where(and(ofAgent, lt(toolCalls.run, call.run), isNotNull(toolCalls.answer)))
    .orderBy(desc(toolCalls.run), desc(sql`rowid`))
    .limit(20)
    .all()
    // What an earlier turn said is over: a container that ended with it has forgotten nothing.
    .filter(({ askedAt }) => askedAt >= (turn?.begunAt ?? 0))
  if (before.length === 0) return undefined
  const repeats = before.map(({ id }) => id)
  const repeated = new Set(
    tx
      .select({ id: toolCalls.repeatOf })
      .from(toolCalls)
      .where(inArray(toolCalls.repeatOf, repeats))
      .all()
      .map(({ id }) => id),
  )
  const [last] = before
  const input = JSON.stringify(call.input)
  return before.find(
    (row) =>
      row.run === last?.run &&
      (isReading
        ? row.isDelivered && row.id === last.id
        : row.id === last.id || !row.isDelivered) &&
      row.tool === call.tool &&
      JSON.stringify(row.input) === input &&
      !repeated.has(row.id),
  )
}

/** What nobody has answered, oldest first. */
export function listOpenCalls(tx: Tx, taskId: string): ToolCallRow[] {
  return openCalls(tx).all({ taskId })
}

const openCalls = preparedOnce((tx) =>
  tx
    .select()
    .from(toolCalls)
    .where(and(eq(toolCalls.taskId, sql.placeholder('taskId')), sql`${toolCalls.status} = 'open'`))
    .orderBy(asc(sql`rowid`))
    .prepare(),
)

/** How often an agent was given this very answer since then, epoch milliseconds. */
export function countAnswered(
  tx: Tx,
  agentId: string,
  { answer, since }: { answer: string; since: number },
): number {
  const given = and(
    eq(toolCalls.agentId, agentId),
    eq(toolCalls.answer, answer),
    gte(toolCalls.askedAt, since),
  )
  return tx.select({ count: count() }).from(toolCalls).where(given).get()?.count ?? 0
}

/** In the words of its index, which a parameter would not match. */
const isUnheard = sql`${toolCalls.isDelivered} = 0`

/** Answered, and the CLI has not shown yet that it knows. */
export function listUnheardCalls(tx: Tx, agentId: string): ToolCallRow[] {
  return tx
    .select()
    .from(toolCalls)
    .where(and(eq(toolCalls.agentId, agentId), eq(toolCalls.status, 'answered'), isUnheard))
    .orderBy(asc(sql`rowid`))
    .all()
}

/** The agent waits for answers, or was sent some that it has not shown to know. */
export function hasUnheardCalls(tx: Tx, agentId: string): boolean {
  const unheard = and(
    eq(toolCalls.agentId, agentId),
    isUnheard,
    sql`${toolCalls.status} <> 'withdrawn'`,
  )
  return tx.select({ id: toolCalls.id }).from(toolCalls).where(unheard).get() !== undefined
}

/** The answered row, or undefined when it was not open any more. */
export function answerToolCall(
  tx: Tx,
  id: string,
  answer: { text: string; isError: boolean; now: number; repeatOf?: string },
): ToolCallRow | undefined {
  const { text, isError, now, repeatOf } = answer
  return tx
    .update(toolCalls)
    .set({
      status: 'answered',
      answer: text,
      isError,
      answeredAt: now,
      ...(repeatOf && { repeatOf }),
    })
    .where(and(eq(toolCalls.id, id), eq(toolCalls.status, 'open')))
    .returning()
    .get()
}

/** The agent knows the answer, so it has read the messages that came with it. */
export function markCallDelivered(tx: Tx, id: string, now: number): void {
  tx.update(toolCalls).set({ isDelivered: true }).where(eq(toolCalls.id, id)).run()
  tx.update(messageDeliveries).set({ readAt: now }).where(eq(messageDeliveries.callId, id)).run()
}

/** Nobody waits for an answer any more: what was asked of a person is taken back, and messages that were on their way with one are to be delivered again. */
export function withdrawToolCalls(
  tx: Tx,
  agentId: string,
  { requestId, now }: { requestId?: string; now: number },
): void {
  const gone = tx
    .update(toolCalls)
    .set({ status: 'withdrawn', answeredAt: sql`coalesce(${toolCalls.answeredAt}, ${now})` })
    .where(
      and(
        eq(toolCalls.agentId, agentId),
        requestId === undefined ? undefined : eq(toolCalls.requestId, requestId),
        isUnheard,
        sql`${toolCalls.status} <> 'withdrawn'`,
      ),
    )
    .returning()
    .all()
  for (const { id } of gone) {
    withdrawQuestion(tx, id, now)
    tx.update(messageDeliveries)
      .set({ callId: null })
      .where(and(eq(messageDeliveries.callId, id), sql`${messageDeliveries.readAt} is null`))
      .run()
  }
}
