/**
 * Tools of ours that agents call over their own pipe. A call is a row, written in the transaction that reads its line together with all
 * that it changes; its answer is a row before it is sent, and is sent again by whoever adopts the container. Who calls is the agent whose
 * pipe it is: nothing in a call can say otherwise.
 */
import { AppError, isNoRoom, toMessage } from '#contract/errors.ts'
import { getAgent } from '#db/agents.ts'
import type { Tx } from '#db/open.ts'
import {
  answerToolCall,
  findRepeated,
  findToolRequest,
  insertToolCall,
  listUnheardCalls,
  markCallDelivered,
  type ToolCallRow,
} from '#db/tool-calls.ts'
import { newId } from '#lib/ids.ts'
import type { RecordEvent } from '#streams/event-log.ts'
import {
  type ToolCall,
  type ToolSpec,
  toHandshakeAnswer,
  toToolAnswer,
  toToolCall,
} from './claude/mcp.ts'
import type { PendingRequest } from './claude/session.ts'
import type { AgentsContext } from './context.ts'
import { inputFrame } from './frames.ts'
import type { GateClient } from './gate-client.ts'
import type { Recorder } from './recorder.ts'

export type ToolAnswer = { text: string; isError?: boolean }

/** Who offers tools to agents, and does what they call for. */
export type ToolHost = {
  /** Under which the CLI lists them: `mcp__<name>__<tool>`. */
  readonly name: string
  /** What this agent may use; none when it has no tools. */
  offered(agentId: string): readonly ToolSpec[]
  /** Called again for a call that was answered before its container ended: a call that only reads is made anew. */
  isReading(tool: string): boolean
  /**
   * Does what is called for, in the transaction that read it. Undefined: it is answered later, see `Agents.tellTools`. What it
   * throws as an `AppError` is told to the agent; it must then have changed nothing.
   */
  call(
    open: { tx: Tx; record: RecordEvent; now: number },
    call: ToolCallRow,
  ): ToolAnswer | undefined
  /** After the commit of a call. */
  called(taskId: string): void
}

/** Takes the host that is offered later, because it stands on the agents itself. */
export type ToolHolder = { host?: ToolHost }

export const hasTools = ({ tools }: Pick<AgentsContext, 'tools'>, agentId: string): boolean =>
  (tools.host?.offered(agentId).length ?? 0) > 0

type Calling = {
  tx: Tx
  record: RecordEvent
  agentId: string
  now: number
  tools: ToolHolder
}

/** Writes a call down, and what it means. A repeated one gets the answer it got before. */
export function recordToolCall(calling: Calling, asked: ToolCall): void {
  const { tx, agentId, now } = calling
  const { taskId, run } = getAgent(tx, agentId)
  const row = insertToolCall(tx, { id: newId(), taskId, agentId, run, askedAt: now, ...asked })
  if (!row) return
  const host = calling.tools.host
  const before = host && findRepeated(tx, row, host.isReading(row.tool))
  const answer = before
    ? { text: before.answer ?? '', isError: before.isError, repeatOf: before.id }
    : carryOut(calling, row)
  if (answer) answerToolCall(tx, row.id, { isError: false, ...answer, now })
}

function carryOut({ tools, tx, record, now, agentId }: Calling, row: ToolCallRow) {
  const { host } = tools
  if (!host?.offered(agentId).some(({ name }) => name === row.tool))
    return { text: `You have no tool "${row.tool}".`, isError: true }
  try {
    return host.call({ tx, record, now }, row)
  } catch (error) {
    if (!(error instanceof AppError) || isNoRoom(error)) throw error
    return { text: toMessage(error), isError: true }
  }
}

/** The CLI has the answer. */
export function hearToolCall({ tx, agentId, now }: Calling, requestId: string): void {
  const row = findToolRequest(tx, agentId, requestId)
  if (row?.status === 'answered' && !row.isDelivered) markCallDelivered(tx, row.id, now)
}

type Asking = { agentId: string; taskId: string; gate: GateClient; recorder: Recorder }

/** Answers what the CLI asks of the tool server. False when the request is not about tools. */
export function serveTools(context: AgentsContext, asking: Asking, asked: PendingRequest): boolean {
  const { host } = context.tools
  if (asked.subtype !== 'mcp_message' || !host) return false
  if (toToolCall(asked)) {
    tellTools(context, asking)
    host.called(asking.taskId)
    return true
  }
  const tools = host.offered(asking.agentId)
  const line = toHandshakeAnswer(asked, { name: host.name, tools })
  if (line) send(asking.gate, [line])
  return line !== undefined
}

/** Sends the answers that the CLI does not have. It ignores those it has had. */
export function tellTools(
  { db }: Pick<AgentsContext, 'db'>,
  { agentId, gate, recorder }: Pick<Asking, 'agentId' | 'gate' | 'recorder'>,
): void {
  const { pending } = recorder.state()
  const answers = listUnheardCalls(db, agentId).filter(({ requestId }) => pending.has(requestId))
  send(
    gate,
    answers.map((row) => toToolAnswer(row, { text: row.answer ?? '', isError: row.isError })),
  )
}

/** A container that ends takes its question along: its successor asks anew. */
function send(gate: GateClient, lines: readonly string[]): void {
  if (lines.length > 0) void gate.send(lines.map(inputFrame)).catch(() => {})
}
