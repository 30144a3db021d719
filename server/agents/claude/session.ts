/**
 * One agent's conversation as its CLI tells it: a pure reducer over the events of its output. Replaying the stored
 * output from its first line gives the same state again, so nothing of it needs storing.
 */
import type { TurnOutcome } from '#agents/agents.ts'
import type { Usage } from '#contract/agent.ts'
import { toActivity } from './activity.ts'
import type { CliEvent, RateLimit, ResultEvent } from './event.ts'
import { type ApiErrorEvent, toOutcome } from './outcome.ts'

/** `completed` and `cancelled` are final. A steered message completes before the turn that read it ends. */
export type MessageState = 'queued' | 'read' | 'completed' | 'cancelled'

/** How one turn ended. Stored with the message that asked for it. */
export type TurnResult = {
  /** The messages it answered: the asker, merged ones, and those read on the way. Empty for a turn of the CLI's own. */
  messageIds: string[]
  outcome: TurnOutcome
  /** Model turns, of this turn alone. */
  turns: number
  durationMs: number
}

/** Cumulative over the agent's life. */
export type Totals = { costUsd: number; turns: number; toolCalls: number; usage: Usage }

export type PendingRequest = Extract<CliEvent, { type: 'control_request' }>

export type SessionState = {
  /** `starting` until the first sign of life, and again after `restarted`. */
  phase: 'starting' | 'idle' | 'running' | 'requires-action'
  sessionId?: string
  model?: string
  version?: string
  cwd?: string
  messages: ReadonlyMap<string, MessageState>
  /** Read since the last result: what the next result answers. */
  reading: readonly string[]
  /** Turns that ended since the CLI was last idle. */
  unsettled: readonly TurnResult[]
  /** The last turn that ended. */
  last?: TurnResult
  totals: Totals
  /** One line for people; absent while idle. */
  activity?: string
  rateLimit?: RateLimit
  /** Requests of the CLI that nobody answered yet, oldest first. */
  pending: ReadonlyMap<string, PendingRequest>
  apiError?: ApiErrorEvent
  /** Lines that could not be understood. */
  damagedLines: number
}

export type SessionEffect =
  | { type: 'session'; sessionId: string; model: string; version: string }
  | { type: 'phase'; phase: SessionState['phase'] }
  | { type: 'message'; id: string; state: MessageState }
  /** A result line. The CLI may go on at once with a queued message: it is at rest at `settled`. */
  | { type: 'turn'; result: TurnResult }
  /** The CLI waits for input; `results` are the turns since it last did, oldest first. */
  | { type: 'settled'; results: readonly TurnResult[] }
  | { type: 'totals'; totals: Totals }
  | { type: 'activity'; text: string | undefined }
  | { type: 'rate-limit'; limit: RateLimit }
  /** `isHopeless`: the API refuses the credentials; the CLI would try for minutes, so stop it. */
  | { type: 'retry'; attempt: number; delayMs: number; status?: number; isHopeless: boolean }
  | { type: 'request'; request: PendingRequest }
  /** The CLI has the answer. */
  | { type: 'request-answered'; requestId: string }
  | { type: 'request-withdrawn'; requestId: string }
  | { type: 'response'; requestId: string; response: Record<string, unknown> }
  | { type: 'response-failed'; requestId: string; error: string }
  | { type: 'damaged'; reason: string }

export type Step = { state: SessionState; effects: SessionEffect[] }

const noUsage: Usage = {
  input_tokens: 0,
  output_tokens: 0,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
}

export function newSession(): SessionState {
  return {
    phase: 'starting',
    messages: new Map(),
    reading: [],
    unsettled: [],
    totals: { costUsd: 0, turns: 0, toolCalls: 0, usage: noUsage },
    pending: new Map(),
    damagedLines: 0,
  }
}

/** A new CLI process goes on with the session: what the old one left open will not be heard of again. */
export function restarted(state: SessionState): SessionState {
  const { activity: _activity, apiError: _apiError, ...kept } = state
  return { ...kept, phase: 'starting', reading: [], unsettled: [], pending: new Map() }
}

/** The CLI waits for this one no longer. */
function answered(state: SessionState, requestId: string): SessionState {
  if (!state.pending.has(requestId)) return state
  return { ...state, pending: without(state.pending, requestId) }
}

/** Takes one event in. Returns the same state object when it changed nothing. */
export function reduce(state: SessionState, event: CliEvent): Step {
  switch (event.type) {
    case 'stream_event':
    case 'unknown':
    case 'replay':
    case 'user_text':
    case 'permission_denied':
    case 'compact_boundary':
    case 'conversation_reset':
    case 'task':
      return { state, effects: [] }
    case 'init':
      return begin(state, event)
    case 'assistant':
      return withActivity(
        { state: withCalls(state, event), effects: [] },
        toActivity(event, state.cwd),
      )
    case 'status':
      return withActivity({ state, effects: [] }, toActivity(event, state.cwd))
    case 'api_error':
      return { state: { ...state, apiError: event }, effects: [] }
    case 'tool_results':
      return toolResults(state, event)
    case 'result':
      return endTurn(state, event)
    case 'api_retry':
      return retry(state, event)
    case 'rate_limit':
      return {
        state: { ...state, rateLimit: event.limit },
        effects: [{ type: 'rate-limit', limit: event.limit }],
      }
    case 'session_state':
      return changeState(state, event.state)
    case 'command_lifecycle':
      return moveMessage(state, event)
    default:
      return reduceControl(state, event)
  }
}

function reduceControl(
  state: SessionState,
  event: Extract<
    CliEvent,
    { type: 'control_request' | 'control_response' | 'control_cancel_request' | 'damaged' }
  >,
): Step {
  switch (event.type) {
    case 'control_request':
      return {
        state: { ...state, pending: new Map(state.pending).set(event.requestId, event) },
        effects: [{ type: 'request', request: event }],
      }
    case 'control_cancel_request':
      return {
        state: answered(state, event.requestId),
        effects: [{ type: 'request-withdrawn', requestId: event.requestId }],
      }
    case 'control_response': {
      const { requestId } = event
      // It repeats what it was answered (`--replay-user-messages`).
      if (state.pending.has(requestId))
        return {
          state: answered(state, requestId),
          effects: [{ type: 'request-answered', requestId }],
        }
      const effect: SessionEffect =
        'error' in event
          ? { type: 'response-failed', requestId, error: event.error }
          : { type: 'response', requestId, response: event.response }
      // The answer to `initialize` comes before any turn: the CLI is up and waits.
      const isUp = state.phase === 'starting'
      return {
        state: isUp ? { ...state, phase: 'idle' } : state,
        effects: isUp ? [effect, { type: 'phase', phase: 'idle' }] : [effect],
      }
    }
    case 'damaged':
      return {
        state: { ...state, damagedLines: state.damagedLines + 1 },
        effects: [{ type: 'damaged', reason: event.reason }],
      }
  }
}

/** Each call of a tool is one block of one line, subagents' own included. */
function withCalls(
  state: SessionState,
  { blocks }: Extract<CliEvent, { type: 'assistant' }>,
): SessionState {
  const calls = blocks.filter(({ type }) => type === 'tool_use').length
  if (calls === 0) return state
  return { ...state, totals: { ...state.totals, toolCalls: state.totals.toolCalls + calls } }
}

function begin(state: SessionState, event: Extract<CliEvent, { type: 'init' }>): Step {
  const { sessionId, model, version, cwd } = event
  const running = toPhase(state, 'running')
  const isNew = state.sessionId !== sessionId || state.model !== model || state.version !== version
  return {
    state: { ...running.state, sessionId, model, version, cwd },
    effects: isNew
      ? [{ type: 'session', sessionId, model, version }, ...running.effects]
      : running.effects,
  }
}

/** The result of a tool shows that whatever was asked about it has been answered. */
function toolResults(
  state: SessionState,
  event: Extract<CliEvent, { type: 'tool_results' }>,
): Step {
  if (state.pending.size === 0) return { state, effects: [] }
  const done = new Set(event.results.map((result) => result.toolUseId))
  const over = [...state.pending.values()].filter(
    ({ toolUseId }) => toolUseId !== undefined && done.has(toolUseId),
  )
  const pending = new Map(state.pending)
  for (const { requestId } of over) pending.delete(requestId)
  return {
    state: { ...state, pending },
    effects: over.map(({ requestId }) => ({ type: 'request-answered', requestId })),
  }
}

function endTurn(state: SessionState, event: ResultEvent): Step {
  const context = {
    ...(state.apiError && { apiError: state.apiError }),
    ...(state.rateLimit && { rateLimit: state.rateLimit }),
  }
  const result: TurnResult = {
    messageIds: answeredMessages(state, event),
    outcome: toOutcome(event, context),
    turns: event.turns,
    durationMs: event.durationMs,
  }
  const totals = addUp(state.totals, event)
  const { apiError: _done, ...kept } = state
  const effects: SessionEffect[] = [
    ...[...state.pending.keys()].map(
      (requestId): SessionEffect => ({ type: 'request-withdrawn', requestId }),
    ),
    { type: 'turn', result },
    { type: 'totals', totals },
  ]
  return {
    state: {
      ...kept,
      sessionId: event.sessionId,
      totals,
      reading: [],
      last: result,
      unsettled: [...state.unsettled, result],
      pending: new Map(),
    },
    effects,
  }
}

/**
 * The CLI names the messages a turn answered, but not when the turn failed before its first model call; what it
 * said it read since the last result belongs to it in any case. A turn it began by itself answers nobody.
 */
function answeredMessages(state: SessionState, event: ResultEvent): string[] {
  const read = event.origin === undefined ? state.reading : []
  return [...new Set([...event.userMessageUuids, ...read])]
}

/**
 * The reported sums go on over a resume, except for what a killed process had not written down, and start again
 * after `/clear`; adding up the differences alone loses what an ended process spent on a turn without a result.
 */
function addUp(totals: Totals, event: ResultEvent): Totals {
  const most = (key: keyof Usage) =>
    Math.max(totals.usage[key] + event.delta.usage[key], event.usage[key])
  return {
    costUsd: Math.max(totals.costUsd + event.delta.costUsd, event.costUsd),
    turns: totals.turns + event.turns,
    toolCalls: totals.toolCalls,
    usage: {
      input_tokens: most('input_tokens'),
      output_tokens: most('output_tokens'),
      cache_read_tokens: most('cache_read_tokens'),
      cache_write_tokens: most('cache_write_tokens'),
    },
  }
}

function retry(state: SessionState, event: Extract<CliEvent, { type: 'api_retry' }>): Step {
  const { attempt, delayMs, status } = event
  const isHopeless = status === 401 || status === 403
  const effect: SessionEffect = {
    type: 'retry',
    attempt,
    delayMs,
    isHopeless,
    ...(status !== undefined && { status }),
  }
  return withActivity({ state, effects: [effect] }, toActivity(event))
}

function changeState(
  state: SessionState,
  next: Extract<CliEvent, { type: 'session_state' }>['state'],
): Step {
  const moved = toPhase(state, next === 'requires_action' ? 'requires-action' : next)
  if (next !== 'idle') return moved
  const settled = { ...moved.state, unsettled: [], reading: [] }
  const step = withoutActivity({ state: settled, effects: moved.effects })
  return {
    state: step.state,
    effects: [...step.effects, { type: 'settled', results: state.unsettled }],
  }
}

function moveMessage(
  state: SessionState,
  event: Extract<CliEvent, { type: 'command_lifecycle' }>,
): Step {
  const next = event.state === 'started' ? 'read' : event.state
  if (state.messages.get(event.uuid) === next) return { state, effects: [] }
  const isRead = next === 'read' && !state.reading.includes(event.uuid)
  return {
    state: {
      ...state,
      messages: new Map(state.messages).set(event.uuid, next),
      reading: isRead ? [...state.reading, event.uuid] : state.reading,
    },
    effects: [{ type: 'message', id: event.uuid, state: next }],
  }
}

function toPhase(state: SessionState, phase: SessionState['phase']): Step {
  if (state.phase === phase) return { state, effects: [] }
  return { state: { ...state, phase }, effects: [{ type: 'phase', phase }] }
}

function withActivity(step: Step, text: string | undefined): Step {
  if (text === undefined || step.state.activity === text) return step
  return {
    state: { ...step.state, activity: text },
    effects: [...step.effects, { type: 'activity', text }],
  }
}

function withoutActivity(step: Step): Step {
  if (step.state.activity === undefined) return step
  const { activity: _idle, ...state } = step.state
  return { state, effects: [...step.effects, { type: 'activity', text: undefined }] }
}

function without<V>(map: ReadonlyMap<string, V>, key: string): Map<string, V> {
  const copy = new Map(map)
  copy.delete(key)
  return copy
}
