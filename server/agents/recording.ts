/** What an agent's output means for rows and events, inside one transaction. */
import type { AgentPhase, InputState } from '#contract/agent.ts'
import {
  type AgentInputRow,
  endTurnInput,
  findInput,
  listInputs,
  moveInput,
  toAgentInput,
} from '#db/agent-inputs.ts'
import { type AgentPatch, getAgent, updateAgent } from '#db/agents.ts'
import { markHeard } from '#db/message-deliveries.ts'
import type { Tx } from '#db/open.ts'
import { findRequest, insertPermission, markDelivered, permissionModeOf } from '#db/permissions.ts'
import { withdrawToolCalls } from '#db/tool-calls.ts'
import type { Clock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import type { EventLog, RecordEvent } from '#streams/event-log.ts'
import type { TurnOutcome } from './agents.ts'
import type { RateLimit } from './claude/event.ts'
import { toToolCall } from './claude/mcp.ts'
import { isSafetyCheck, toPermissionRequest } from './claude/permission.ts'
import type {
  MessageState,
  PendingRequest,
  SessionEffect,
  SessionState,
  Totals,
  TurnResult,
} from './claude/session.ts'
import { aboutPermission, nameOf, withdraw } from './permissions.ts'
import { changeStatus } from './status.ts'
import { hearToolCall, recordToolCall, type ToolHolder } from './tools.ts'

/** Ends a turn of which no CLI will say anything more; the first end of a turn stays, and is returned. */
export function endTurnWithout(
  { events, clock }: { events: Pick<EventLog, 'transact'>; clock: Clock },
  { agentId, turnId, outcome }: { agentId: string; turnId: string; outcome: TurnOutcome },
): TurnOutcome {
  return events.transact((tx, record) => {
    const recording = { tx, record, agentId, now: clock.now(), overrides: new Map(), tools: {} }
    endOneTurn(recording, turnId, { messageIds: [turnId], outcome, turns: 0, durationMs: 0 })
    return storedOutcome(findInput(tx, turnId)) ?? outcome
  })
}

/** The outcome stored with a turn, if it ended. Written by this module alone. */
export function storedOutcome(input: AgentInputRow | undefined): TurnOutcome | undefined {
  const result = input?.result as TurnResult | null | undefined
  return result?.outcome
}

export type Recording = {
  tx: Tx
  record: RecordEvent
  agentId: string
  now: number
  overrides: ReadonlyMap<string, TurnOutcome>
  tools: ToolHolder
}

/** Writes down what one effect means. */
export function applyEffect(recording: Recording, effect: SessionEffect): void {
  switch (effect.type) {
    case 'phase':
      applyPhase(recording, effect.phase)
      break
    case 'message':
      applyMessage(recording, effect.id, effect.state)
      break
    case 'settled':
      settle(recording, effect.results)
      break
    case 'totals':
      applyTotals(recording, effect.totals)
      break
    case 'activity':
      patch(recording, { activity: effect.text ?? null })
      emit(recording, 'agent.activity', { activity: effect.text ?? null })
      break
    case 'retry':
      emit(recording, 'agent.retrying', toRetry(effect))
      break
    case 'rate-limit':
      emit(recording, 'agent.rate-limit', toRateLimit(effect.limit))
      break
    case 'request':
      ask(recording, effect.request)
      break
    case 'request-answered':
      hear(recording, effect.requestId)
      break
    case 'request-withdrawn':
      settleRequest(recording, effect.requestId, 'The agent went on without it.')
      break
    case 'session':
    case 'turn':
    case 'response':
    case 'response-failed':
    case 'damaged':
      break
  }
}

function applyTotals(recording: Recording, { costUsd, turns, toolCalls, usage }: Totals): void {
  const before = getAgent(recording.tx, recording.agentId)
  patch(recording, { costUsd, turns, toolCalls, usage })
  const data = { cost_usd: costUsd, turns, tool_calls: toolCalls, usage }
  emit(recording, 'agent.usage', { ...data, added_usd: costUsd - before.costUsd })
}

function toRetry(effect: Extract<SessionEffect, { type: 'retry' }>): Record<string, unknown> {
  const { attempt, delayMs, status } = effect
  return { attempt, delay_ms: delayMs, ...(status !== undefined && { status }) }
}

function toRateLimit(limit: RateLimit): Record<string, unknown> {
  const { window, windows } = limit
  const others = Object.entries(windows).map(([name, each]) => [name, toMeasure(each)])
  return {
    ...(window !== undefined && { window }),
    ...toMeasure(limit),
    ...(others.length > 0 && { windows: Object.fromEntries(others) }),
  }
}

function toMeasure(window: RateLimit['windows'][string]): Record<string, unknown> {
  const { status, utilization, resetsAtMs } = window
  return {
    status,
    ...(utilization !== undefined && { utilization }),
    ...(resetsAtMs !== undefined && { resets_at: new Date(resetsAtMs).toISOString() }),
  }
}

function ask(recording: Recording, pending: PendingRequest): void {
  const call = toToolCall(pending)
  if (call) recordToolCall(recording, call)
  else askPerson(recording, pending)
}

function askPerson(recording: Recording, pending: PendingRequest): void {
  const { tx, record, agentId, now } = recording
  const asked = toPermissionRequest(pending)
  if (!asked) return
  const isNeverAsked = permissionModeOf(tx, agentId) === 'bypassPermissions'
  if (isNeverAsked && isSafetyCheck(pending)) return
  const { taskId, subtaskId } = getAgent(tx, agentId)
  const row = insertPermission(tx, {
    id: newId(),
    taskId,
    agentId,
    subtaskId,
    askedAt: now,
    ...asked,
  })
  if (row) record({ ...aboutPermission(row), type: 'permission.asked', data: nameOf(row) })
}

/** The CLI has the answer. If it is not ours, then nobody needs ours any more. */
function hear(recording: Recording, requestId: string): void {
  hearToolCall(recording, requestId)
  const row = findRequest(recording.tx, recording.agentId, requestId)
  if (row?.status === 'allowed' || row?.status === 'denied') markDelivered(recording.tx, row.id)
  else settleRequest(recording, requestId, 'The agent went on without it.')
}

function settleRequest(recording: Recording, requestId: string, note: string): void {
  const { tx, agentId, now } = recording
  withdrawToolCalls(tx, agentId, { requestId, now })
  const row = findRequest(recording.tx, recording.agentId, requestId)
  if (row && row.status !== 'withdrawn') withdraw(recording, row.id, note)
}

/** What the CLI's own phases are called; everything else is the server's. */
const phaseNames = {
  starting: 'idle',
  idle: 'idle',
  running: 'working',
  'requires-action': 'awaiting_permission',
} as const satisfies Record<SessionState['phase'], AgentPhase>
const cliPhases: readonly (AgentPhase | null)[] = [null, ...Object.values(phaseNames)]

/** `preparing`, `warm`, `collecting` and `stopping` are the server's own words: the CLI's idleness changes nothing about them. */
function applyPhase({ tx, record, agentId }: Recording, phase: SessionState['phase']): void {
  const row = getAgent(tx, agentId)
  const next = phaseNames[phase]
  const isOurs = !cliPhases.includes(row.phase)
  if (isOurs && !(next !== 'idle' && row.phase === 'warm')) return
  changeStatus({ tx, record }, agentId, { phase: next })
}

const messageMoves: Record<MessageState, { from: InputState[]; to: InputState }> = {
  queued: { from: ['pending'], to: 'queued' },
  read: { from: ['pending', 'queued'], to: 'read' },
  completed: { from: ['pending', 'queued', 'read'], to: 'done' },
  cancelled: { from: ['pending', 'queued'], to: 'withdrawn' },
}

function applyMessage(recording: Recording, id: string, state: MessageState): void {
  const input = findInput(recording.tx, id)
  if (!input) return
  const { tx, now } = recording
  const isTurn = input.kind === 'turn'
  if (isTurn && state === 'cancelled') return
  // How a turn ended is told by its result. That it began may have gone down with a container, and is known all the same.
  const { from, to } = messageMoves[isTurn && state === 'completed' ? 'read' : state]
  const doneAt = to === 'done' || to === 'withdrawn' ? { doneAt: now } : {}
  const moved = moveInput(tx, id, { from, to, ...doneAt })
  if (moved && (to === 'read' || to === 'done')) markHeard(tx, id, now)
  if (moved && !isTurn) emit(recording, 'agent.input', { ...toAgentInput(moved) })
}

/** The CLI waits for input. Whatever turn it had read is over, and the last result before the rest is how it ended. */
function settle(recording: Recording, results: readonly TurnResult[]): void {
  if (results.length === 0) return
  const open = listInputs(recording.tx, recording.agentId, {
    kind: 'turn',
    states: ['pending', 'queued', 'read'],
  })
  for (const turn of open) {
    const result =
      findResult(results, turn.id) ?? (turn.state === 'read' ? results.at(-1) : undefined)
    if (result) endOneTurn(recording, turn.id, result)
  }
}

/** A message that came while the turn ran was answered after it, so what counts is the last result from there on. */
export function findResult(results: readonly TurnResult[], turnId: string): TurnResult | undefined {
  return results.some((result) => result.messageIds.includes(turnId)) ? results.at(-1) : undefined
}

function endOneTurn(recording: Recording, turnId: string, result: TurnResult): void {
  const { tx, now, overrides, agentId } = recording
  const state = findInput(tx, turnId)?.state
  const told =
    result.outcome.kind === 'completed' ? result.outcome : (overrides.get(turnId) ?? result.outcome)
  const isUnread = told.kind !== 'completed' && (state === 'pending' || state === 'queued')
  const outcome: TurnOutcome = isUnread ? { ...told, unread: true } : told
  const ended = endTurnInput(tx, turnId, { result: { ...result, outcome }, doneAt: now })
  if (ended) markHeard(tx, turnId, now)
  if (ended && outcome.kind === 'completed') updateAgent(tx, agentId, { result: outcome.text })
}

function patch({ tx, agentId }: Recording, change: AgentPatch): void {
  updateAgent(tx, agentId, change)
}

function emit(
  { tx, record, agentId }: Recording,
  type: 'agent.activity' | 'agent.usage' | 'agent.retrying' | 'agent.rate-limit' | 'agent.input',
  data: Record<string, unknown>,
): void {
  const row = getAgent(tx, agentId)
  record({
    taskId: row.taskId,
    type,
    agentId,
    ...(row.subtaskId !== null && { subtaskId: row.subtaskId }),
    data,
  })
}
