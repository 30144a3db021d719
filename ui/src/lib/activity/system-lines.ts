import { asArray, asNumber, asObject, asText } from '../json.ts'
import { formatCount, shortModel } from '../text.ts'
import {
  type Activity,
  addRow,
  addUnknown,
  clampText,
  type From,
  findRow,
  patchRow,
} from './state.ts'

/** Lines of type `system`, by subtype. Those that only repeat what another line says leave no row. */
export function reduceSystem(activity: Activity, from: From): void {
  const { line } = from
  const subtype = asText(line.subtype)
  switch (subtype) {
    case 'init':
      reduceInit(activity, from)
      return
    case 'api_retry':
      reduceRetry(activity, from)
      return
    case 'permission_denied': {
      const reason = asText(line.message) || asText(line.decision_reason)
      addRow(activity, { ...from, body: { kind: 'denied', tool: asText(line.tool_name), reason } })
      return
    }
    case 'compact_boundary': {
      const meta = asObject(line.compact_metadata)
      const before = formatCount(asNumber(meta.pre_tokens) ?? 0)
      const after = asNumber(meta.post_tokens)
      const change =
        after === undefined ? `${before} tokens` : `${before} → ${formatCount(after)} tokens`
      addRow(activity, {
        ...from,
        body: { kind: 'divider', text: `Conversation summarised, ${change}` },
      })
      return
    }
    case 'model_fallback': {
      const models = [line.original_model, line.fallback_model].map((each) =>
        shortModel(asText(each)),
      )
      const text = `Model changed, ${models.join(' → ')}`
      addRow(activity, { ...from, body: { kind: 'divider', text } })
      return
    }
    case 'informational':
    case 'notification':
    case 'model_refusal_no_fallback':
      reduceNote(activity, from, subtype)
      return
    case 'task_progress':
      reduceSubagentProgress(activity, from)
      return
    case 'thinking_tokens':
      reduceThinkingTokens(activity, from)
      return
    case 'task_started':
    case 'task_notification':
      reduceBackground(activity, from)
      return
    case 'hook_started':
    case 'hook_response':
      reduceHook(activity, from)
      return
    case 'status':
      if (line.status === 'compacting') addNotice(activity, from, 'Summarising the conversation')
      return
    // States that other lines tell in words a reader can use.
    case 'task_updated':
    case 'background_tasks_changed':
    case 'session_state_changed':
    case 'session_title_changed':
    case 'ui_invalidate':
      return
    default:
      addUnknown(activity, from, `system ${subtype}`)
  }
}

function reduceInit(activity: Activity, from: From): void {
  const { line } = from
  const session = asText(line.session_id)
  if (activity.sessions.has(session)) return
  activity.sessions.add(session)
  // In the middle of a stream the session's real start is above.
  if (activity.startsInside && activity.sessions.size === 1) return
  const failedServers = asArray(line.mcp_servers)
    .map(asObject)
    .filter(({ status }) => status !== 'connected')
    .map(({ name }) => asText(name))
  addRow(activity, {
    ...from,
    body: {
      kind: 'start',
      model: asText(line.model),
      cwd: asText(line.cwd),
      tools: asArray(line.tools).map(asText),
      failedServers,
      version: asText(line.claude_code_version),
    },
  })
}

function reduceRetry(activity: Activity, from: From): void {
  const { line } = from
  const delayMs = asNumber(line.retry_delay_ms) ?? 0
  const status = asNumber(line.error_status)
  const seen = {
    attempt: asNumber(line.attempt) ?? 1,
    max: asNumber(line.max_retries) ?? 0,
    status: status === undefined ? asText(line.error) : String(status),
    delayMs,
  }
  if (activity.retry !== undefined) {
    const id = activity.retry
    patchRow(activity, { id, kind: 'retry' }, ({ lostMs }) => ({
      ...seen,
      lostMs: lostMs + delayMs,
    }))
    return
  }
  const body = { kind: 'retry' as const, ...seen, lostMs: delayMs, over: false }
  activity.retry = addRow(activity, { ...from, body })
}

function reduceSubagentProgress(activity: Activity, { line }: From): void {
  const usage = asObject(line.usage)
  const id = activity.byCall.get(asText(line.tool_use_id))
  patchRow(activity, { id, kind: 'subagent' }, (row) => ({
    calls: Math.max(row.calls, asNumber(usage.tool_uses) ?? 0),
    ms: asNumber(usage.duration_ms) ?? row.ms ?? 0,
  }))
}

function reduceThinkingTokens(activity: Activity, from: From): void {
  const tokens = asNumber(from.line.estimated_tokens)
  if (tokens === undefined) return
  const key = from.parent ?? ''
  const open = activity.streaming.get(key) ?? []
  const id = open.findLast((each) => findRow(activity, each)?.kind === 'thinking')
  if (id !== undefined) {
    patchRow(activity, { id, kind: 'thinking' }, () => ({ tokens }))
    return
  }
  const body = { kind: 'thinking' as const, text: '', live: true, tokens }
  activity.streaming.set(key, [...open, addRow(activity, { ...from, body })])
}

/** Commands that went on in the background. Those in the foreground, and subagents, have rows already. */
function reduceBackground(activity: Activity, from: From): void {
  const { line } = from
  const key = asText(line.task_id)
  if (line.subtype === 'task_started') {
    if (line.is_backgrounded !== true || line.task_type === 'local_agent') return
    const description = asText(line.description)
    const body = {
      kind: 'background' as const,
      state: 'running' as const,
      description,
      summary: '',
    }
    activity.byTask.set(key, addRow(activity, { ...from, body }))
    return
  }
  const id = activity.byTask.get(key)
  const state = line.status === 'completed' ? 'done' : 'failed'
  patchRow(activity, { id, kind: 'background' }, ({ at }) => ({
    state,
    summary: asText(line.summary),
    ...(at === undefined || activity.now === undefined ? {} : { ms: activity.now - at }),
  }))
}

function reduceHook(activity: Activity, from: From): void {
  const { line } = from
  const key = asText(line.hook_id)
  const name = asText(line.hook_name) || asText(line.hook_event)
  if (line.subtype === 'hook_started') {
    const body = { kind: 'hook' as const, state: 'running' as const, name, output: '' }
    activity.byHook.set(key, addRow(activity, { ...from, body }))
    return
  }
  const state = (asNumber(line.exit_code) ?? 0) === 0 ? 'done' : 'failed'
  const output = clampText([line.stdout, line.stderr].map(asText).filter(Boolean).join('\n'))
  const id = activity.byHook.get(key)
  if (id === undefined) addRow(activity, { ...from, body: { kind: 'hook', state, name, output } })
  else patchRow(activity, { id, kind: 'hook' }, () => ({ state, output }))
}

function addNotice(activity: Activity, from: From, text: string): void {
  addRow(activity, { ...from, body: { kind: 'notice', text, detail: '' } })
}

function reduceNote(activity: Activity, from: From, subtype: string): void {
  const { line } = from
  const text = asText(line.content) || asText(line.text)
  if (subtype !== 'model_refusal_no_fallback') {
    if (text !== '') addNotice(activity, from, text)
    return
  }
  const why = text || asText(line.api_refusal_explanation) || 'The model refused to answer'
  addRow(activity, { ...from, body: { kind: 'error', text: why } })
}
