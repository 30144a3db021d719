import { asArray, asNumber, asObject, asText } from '../json.ts'
import { formatCount, shortModel } from '../text.ts'
import { type Activity, addRow, addUnknown, type From, patchRow } from './state.ts'

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
    case 'model_refusal_no_fallback': {
      const text = asText(line.content) || asText(line.text)
      const kind = subtype === 'model_refusal_no_fallback' ? 'error' : 'notice'
      if (text !== '') addRow(activity, { ...from, body: { kind, text } })
      return
    }
    case 'task_progress':
      reduceSubagentProgress(activity, from)
      return
    case 'thinking_tokens':
      reduceThinkingTokens(activity, from)
      return
    case 'status':
    case 'task_started':
    case 'task_updated':
    case 'task_notification':
    case 'background_tasks_changed':
    case 'session_state_changed':
    case 'session_title_changed':
    case 'hook_started':
    case 'hook_response':
    case 'ui_invalidate':
      return
    default:
      addUnknown(activity, from, `system ${subtype}`)
  }
}

function reduceInit(activity: Activity, from: From): void {
  if (activity.startSeen) return
  activity.startSeen = true
  const { line } = from
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
  const id = activity.streaming.get(from.parent ?? '')?.at(-1)
  patchRow(activity, { id, kind: 'thinking' }, () => ({ tokens }))
}
