/**
 * Stream-json lines of an agent's output -> rows. One line in, rows changed; the same lines give the same rows however they
 * were cut into pieces. Rows are replaced, never mutated, so a view may compare them by identity. Reading may begin at any line
 * (`startsInside` of the state says what is unknown then).
 */

import { asArray, asNumber, asObject, asText, type Json, parseObject } from '../json.ts'
import { windowName } from '../limit-words.ts'
import type { Line } from '../lines.ts'
import { firstLine } from '../text.ts'
import { reduceAsk, reduceReply, reduceWithdrawal } from './asks.ts'
import { reduceCall, reduceResultOfCall } from './calls.ts'
import type { ModelUsage, RowBody } from './rows.ts'
import {
  type Activity,
  addRow,
  addUnknown,
  clampText,
  closeRetry,
  closeStreamed,
  createActivity,
  endStreamed,
  type From,
  findRow,
  patchRow,
  toText,
} from './state.ts'
import { reduceStreamEvent } from './stream-events.ts'
import { reduceSystem } from './system-lines.ts'

export function toActivity(lines: Iterable<Line>, options?: { startsInside: boolean }): Activity {
  const activity = createActivity(options)
  for (const line of lines) reduceLine(activity, line)
  return activity
}

export function reduceLine(activity: Activity, at: Line): void {
  activity.touched = undefined
  reduceText(activity, at)
  const { touched } = activity
  if (touched === undefined || findRow(activity, touched)?.offset === at.offset) return
  // The pieces of a streamed text come by the thousand, and its whole text comes again.
  if (!at.text.startsWith('{"type":"stream_event"')) activity.rowOfLine.set(at.offset, touched)
}

function reduceText(activity: Activity, { offset, text }: Line): void {
  const line = parseObject(text)
  if (!line) {
    addRow(activity, { offset, body: { kind: 'unknown', name: 'not JSON', raw: clampText(text) } })
    return
  }
  tellTime(activity, line)
  const from: From = { offset, line, parent: asText(line.parent_tool_use_id) || undefined }
  switch (line.type) {
    case 'assistant':
      reduceAssistant(activity, from)
      return
    case 'user':
      reduceUser(activity, from)
      return
    case 'stream_event':
      reduceStreamEvent(activity, from)
      return
    case 'system':
      reduceSystem(activity, from)
      return
    case 'result':
      reduceTurnEnd(activity, from)
      return
    case 'command_lifecycle':
      reduceLifecycle(activity, line)
      return
    case 'rate_limit_event':
      reduceLimit(activity, from)
      return
    case 'tool_progress':
      reduceProgress(activity, line)
      return
    case 'conversation_reset':
      addRow(activity, { ...from, body: { kind: 'divider', text: 'Conversation started anew' } })
      return
    case 'control_request':
      reduceAsk(activity, from)
      return
    case 'control_cancel_request':
      reduceWithdrawal(activity, line)
      return
    case 'control_response':
      reduceReply(activity, line)
      return
    // Signs of life: nothing a reader acts on.
    case 'keep_alive':
      return
    default:
      addUnknown(activity, from, asText(line.type) || 'without a type')
  }
}

function tellTime(activity: Activity, line: Json): void {
  const at = Date.parse(asText(line.timestamp))
  // A queued message carries the time it was sent, which may be before what is known already.
  if (Number.isNaN(at) || at < (activity.now ?? 0)) return
  activity.now = at
  activity.startedAt ??= at
}

function reduceAssistant(activity: Activity, from: From): void {
  const { line, parent } = from
  closeRetry(activity)
  const message = asObject(line.message)
  noteContext(activity, from, asObject(message.usage))
  const isFault = line.is_api_error_message === true || typeof line.error === 'string'
  for (const each of asArray(message.content)) {
    const block = asObject(each)
    switch (block.type) {
      case 'text': {
        const text = clampText(asText(block.text))
        const id = endStreamed(activity, { parent, kind: 'text' })
        if (isFault) addRow(activity, { ...from, body: { kind: 'error', text } })
        else if (id !== undefined)
          patchRow(activity, { id, kind: 'text' }, () => ({ text, live: false }))
        else if (text.trim() !== '')
          addRow(activity, { ...from, body: { kind: 'text', text, live: false } })
        break
      }
      case 'thinking':
      case 'redacted_thinking':
        reduceThinking(activity, from, asText(block.thinking))
        break
      case 'tool_use':
      case 'server_tool_use':
        activity.callsInTurn++
        reduceCall(activity, from, block)
        break
      default:
        addUnknown(activity, from, `assistant ${asText(block.type)}`)
    }
  }
}

/** How full the conversation is: what the model was given for its last answer. */
function noteContext(activity: Activity, { parent }: From, usage: Json): void {
  if (parent !== undefined) return
  const tokens =
    (asNumber(usage.input_tokens) ?? 0) +
    (asNumber(usage.cache_read_input_tokens) ?? 0) +
    (asNumber(usage.cache_creation_input_tokens) ?? 0)
  if (tokens > 0) activity.context = { tokens, window: activity.context?.window }
}

function reduceThinking(activity: Activity, from: From, text: string): void {
  const ms = asNumber(from.line.thinking_duration_ms)
  const known = { text, live: false, ...(ms === undefined ? {} : { ms }) }
  const id = endStreamed(activity, { parent: from.parent, kind: 'thinking' })
  if (id === undefined) addRow(activity, { ...from, body: { kind: 'thinking', ...known } })
  else patchRow(activity, { id, kind: 'thinking' }, () => known)
}

function reduceUser(activity: Activity, from: From): void {
  const { line } = from
  const content = asObject(line.message).content
  const results = asArray(content)
    .map(asObject)
    .filter(({ type }) => type === 'tool_result')
  for (const result of results) reduceResultOfCall(activity, { ...from, result })
  if (results.length > 0) return
  const text = clampText(toText(content))
  if (text === '') return
  if (from.parent !== undefined) {
    const id = activity.byCall.get(from.parent)
    patchRow(activity, { id, kind: 'subagent' }, () => ({ prompt: text }))
    return
  }
  if (line.isSynthetic === true) {
    const told = `The CLI told it to go on: ${firstLine(text)}`
    addRow(activity, { ...from, body: { kind: 'notice', text: told, detail: text } })
    return
  }
  const uuid = asText(line.uuid)
  // The CLI repeats a message that it queued when it reads it.
  if (activity.byMessage.has(uuid)) return
  const state = activity.messageStates.get(uuid) ?? 'read'
  const body: RowBody = text.startsWith('[Request interrupted')
    ? { kind: 'divider', text: 'Interrupted' }
    : { kind: 'message', uuid, text, state }
  const id = addRow(activity, { ...from, body })
  if (body.kind === 'message') activity.byMessage.set(uuid, id)
}

function reduceLifecycle(activity: Activity, line: Json): void {
  const uuid = asText(line.command_uuid)
  const states = {
    queued: 'queued',
    started: 'read',
    completed: 'done',
    cancelled: 'withdrawn',
  } as const
  // The four words of the protocol; another one changes nothing.
  const state = states[asText(line.state) as keyof typeof states]
  if (!state) return
  activity.messageStates.set(uuid, state)
  patchRow(activity, { id: activity.byMessage.get(uuid), kind: 'message' }, () => ({ state }))
}

function reduceTurnEnd(activity: Activity, from: From): void {
  const { line } = from
  closeRetry(activity)
  closeStreamed(activity)
  const ok = line.subtype === 'success' && line.is_error !== true
  activity.turns++
  const calls = activity.callsInTurn
  activity.callsInTurn = 0
  const models = toModels(asObject(line.modelUsage))
  const window = asNumber(asObject(Object.values(asObject(line.modelUsage))[0]).contextWindow)
  if (activity.context && window !== undefined) activity.context.window = window
  const turn = activity.startsInside ? {} : { turn: activity.turns }
  addRow(activity, {
    ...from,
    body: {
      kind: 'result',
      ok,
      ...turn,
      calls,
      isPartial: activity.startsInside && activity.turns === 1,
      ms: asNumber(line.duration_ms) ?? 0,
      ...countCost(activity, asNumber(line.total_cost_usd) ?? 0),
      text: clampText(asText(line.result)),
      cause: ok ? '' : toCause(line),
      models,
    },
  })
}

/** The CLI counts a session's dollars together, also after it was resumed; a turn's own are the difference. */
function countCost(activity: Activity, totalUsd: number): { costUsd?: number; totalUsd: number } {
  const before = activity.costUsd
  activity.costUsd = totalUsd
  if (before === undefined) return { totalUsd }
  return { costUsd: totalUsd >= before ? totalUsd - before : totalUsd, totalUsd }
}

const toModels = (usage: Json): ModelUsage[] =>
  Object.entries(usage).map(([model, each]) => {
    const used = asObject(each)
    return {
      model,
      inputTokens: asNumber(used.inputTokens) ?? 0,
      outputTokens: asNumber(used.outputTokens) ?? 0,
      cacheReadTokens: asNumber(used.cacheReadInputTokens) ?? 0,
      cacheWriteTokens: asNumber(used.cacheCreationInputTokens) ?? 0,
      costUsd: asNumber(used.costUSD) ?? 0,
    }
  })

const causes: Record<string, string> = {
  error_max_turns: 'It reached its limit of turns',
  error_max_budget_usd: 'It reached its cost limit',
  error_max_structured_output_retries: 'Its answer did not fit the asked form',
  error_during_execution: 'It was cut off',
}

function toCause(line: Json): string {
  const detail = [...asArray(line.errors).map(asText), asText(line.result)].find(
    (text) => text !== '',
  )
  const cause = causes[asText(line.subtype)] ?? 'The turn failed'
  return detail ? `${cause}: ${detail}` : cause
}

function reduceLimit(activity: Activity, from: From): void {
  const info = asObject(from.line.rate_limit_info)
  const status = asText(info.status)
  const window = windowName(asText(info.rateLimitType))
  const used = asNumber(info.utilization)
  const resetsAt = asNumber(info.resetsAt)
  const rejected = status === 'rejected'
  const key = `${status} ${window} ${used ?? ''}`
  if (key === activity.limit) return
  activity.limit = key
  if (!rejected && used === undefined) return
  const text = rejected
    ? `${window ? `${window} ` : ''}usage limit reached`
    : `${window ? `${window} ` : ''}usage ${Math.round((used ?? 0) * 100)}%`
  const until = resetsAt === undefined ? {} : { resetsAt: resetsAt * 1000 }
  addRow(activity, { ...from, body: { kind: 'limit', text, rejected, ...until } })
}

function reduceProgress(activity: Activity, line: Json): void {
  const heartbeatS = asNumber(line.elapsed_time_seconds)
  if (heartbeatS === undefined) return
  const call = asText(line.parent_tool_use_id) || asText(line.tool_use_id)
  patchRow(activity, { id: activity.byCall.get(call), kind: 'bash' }, () => ({ heartbeatS }))
}
