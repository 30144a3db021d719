import * as v from 'valibot'
import type { Usage } from '#contract/agent.ts'
import type { AssistantBlock, CliEvent, RateLimit, ToolResult } from './event.ts'
import * as schema from './schema.ts'

/** How a partial message starts. Its other end is all that is looked at. */
export const streamEvent = '{"type":"stream_event",'

/**
 * One line of the CLI's output. Never throws. Partial messages are by far the most frequent lines and nothing
 * acts upon them, so they pass on their first and last characters alone.
 */
export function parseLine(line: string): CliEvent {
  if (line.startsWith(streamEvent))
    return line.endsWith('}') ? { type: 'stream_event' } : damaged('a cut stream event')
  const value = parseJson(line)
  if (!isRecord(value)) return damaged('not a JSON object')
  const type = typeof value.type === 'string' ? value.type : ''
  const subtype = typeof value.subtype === 'string' ? value.subtype : ''
  const name = type === 'system' ? `system/${subtype}` : type
  const reader = Object.hasOwn(readers, name) ? readers[name] : undefined
  if (!reader) return { type: 'unknown', name }
  return reader(value) ?? damaged(`a ${name} line without its fields`)
}

type Reader = (value: unknown) => CliEvent | undefined

/** A reader for one schema: `undefined` when the line does not match it. */
function read<S extends v.GenericSchema>(
  shape: S,
  toEvent: (value: v.InferOutput<S>) => CliEvent,
): Reader {
  return (value) => {
    const parsed = v.safeParse(shape, value)
    return parsed.success ? toEvent(parsed.output) : undefined
  }
}

const task = (change: 'started' | 'updated' | 'progress' | 'notification') =>
  read(schema.Task, (line) => ({
    type: 'task',
    change,
    taskId: line.task_id,
    description: line.description || line.summary,
    ...(line.status !== undefined && { status: line.status }),
  }))

const readers: Record<string, Reader> = {
  'system/init': read(schema.Init, (line) => ({
    type: 'init',
    sessionId: line.session_id,
    model: line.model,
    version: line.claude_code_version,
    cwd: line.cwd,
    tools: line.tools,
    userMessageUuids: line.user_message_uuids,
  })),
  assistant: read(schema.Assistant, toAssistant),
  user: read(schema.User, toUser),
  result: read(schema.Result, toResult),
  'system/api_retry': read(schema.ApiRetry, (line) => ({
    type: 'api_retry',
    attempt: line.attempt,
    maxRetries: line.max_retries,
    delayMs: line.retry_delay_ms,
    error: line.error,
    ...(line.error_status != null && { status: line.error_status }),
  })),
  rate_limit_event: read(schema.RateLimitEvent, (line) => ({
    type: 'rate_limit',
    limit: toRateLimit(line.rate_limit_info),
  })),
  'system/session_state_changed': read(schema.SessionStateChanged, (line) => ({
    type: 'session_state',
    state: line.state,
  })),
  command_lifecycle: read(schema.CommandLifecycle, (line) => ({
    type: 'command_lifecycle',
    uuid: line.command_uuid,
    state: line.state,
  })),
  control_request: read(schema.ControlRequest, ({ request_id, request }) => ({
    type: 'control_request',
    requestId: request_id,
    subtype: request.subtype,
    request,
    ...(request.tool_name !== undefined && { toolName: request.tool_name }),
    ...(request.tool_use_id !== undefined && { toolUseId: request.tool_use_id }),
  })),
  control_response: read(schema.ControlResponse, ({ response }) =>
    response.subtype === 'success'
      ? { type: 'control_response', requestId: response.request_id, response: response.response }
      : { type: 'control_response', requestId: response.request_id, error: response.error },
  ),
  control_cancel_request: read(schema.ControlCancelRequest, (line) => ({
    type: 'control_cancel_request',
    requestId: line.request_id,
  })),
  stream_event: () => ({ type: 'stream_event' }),
  'system/permission_denied': read(schema.PermissionDenied, (line) => ({
    type: 'permission_denied',
    toolName: line.tool_name,
    message: line.message,
  })),
  'system/status': read(schema.Status, (line) => ({ type: 'status', status: line.status })),
  'system/compact_boundary': read(schema.CompactBoundary, ({ compact_metadata }) => ({
    type: 'compact_boundary',
    trigger: compact_metadata.trigger,
    preTokens: compact_metadata.pre_tokens,
    postTokens: compact_metadata.post_tokens,
  })),
  conversation_reset: read(schema.ConversationReset, (line) => ({
    type: 'conversation_reset',
    newConversationId: line.new_conversation_id,
  })),
  'system/task_started': task('started'),
  'system/task_updated': task('updated'),
  'system/task_progress': task('progress'),
  'system/task_notification': task('notification'),
}

function toAssistant(line: v.InferOutput<typeof schema.Assistant>): CliEvent {
  const blocks = line.message.content.map(toBlock)
  if (line.is_api_error_message || line.error !== undefined) {
    const resetsAt = line.api_error_params?.rate_limit_info?.resetsAt
    return {
      type: 'api_error',
      error: line.error ?? 'unknown',
      text: blocks.map((block) => (block.type === 'text' ? block.text : '')).join(''),
      ...(line.api_error_status != null && { status: line.api_error_status }),
      ...(line.api_error != null && { apiError: line.api_error }),
      ...(resetsAt !== undefined && { resetsAtMs: resetsAt * 1000 }),
    }
  }
  return {
    type: 'assistant',
    messageId: line.message.id,
    model: line.message.model,
    blocks,
    isSubagent: line.parent_tool_use_id !== null,
    isAborted: line.aborted,
  }
}

function toBlock(block: { type: string }): AssistantBlock {
  if (v.is(schema.TextBlock, block)) return { type: 'text', text: block.text }
  if (v.is(schema.ThinkingBlock, block)) return { type: 'thinking', text: block.thinking }
  const tool = v.safeParse(schema.ToolUseBlock, block)
  if (!tool.success) return { type: 'other', name: block.type }
  const { id, name, input } = tool.output
  return { type: 'tool_use', id, name, input }
}

function toUser(line: v.InferOutput<typeof schema.User>): CliEvent {
  const { content } = line.message
  if (line.isReplay && line.uuid !== undefined && !line.isSynthetic)
    return { type: 'replay', uuid: line.uuid, text: toText(content) }
  const results = typeof content === 'string' ? [] : content.flatMap(toToolResult)
  if (results.length > 0)
    return { type: 'tool_results', results, isSubagent: line.parent_tool_use_id !== null }
  return { type: 'user_text', text: toText(content), isSynthetic: line.isSynthetic }
}

function toToolResult(block: { type: string }): ToolResult[] {
  const parsed = v.safeParse(schema.ToolResultBlock, block)
  if (!parsed.success) return []
  const { tool_use_id, is_error, content } = parsed.output
  return [{ toolUseId: tool_use_id, isError: is_error, text: toText(content) }]
}

/** Text of a message's or a tool result's content, whichever form it has. */
function toText(content: unknown): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return ''
  return content.map((block) => (v.is(schema.TextBlock, block) ? block.text : '')).join('')
}

function toResult(line: v.InferOutput<typeof schema.Result>): CliEvent {
  const named = line.user_message_uuid === undefined ? [] : [line.user_message_uuid]
  return {
    type: 'result',
    sessionId: line.session_id,
    subtype: line.subtype,
    isError: line.is_error,
    text: line.result,
    errors: line.errors,
    turns: line.num_turns,
    durationMs: line.duration_ms,
    costUsd: line.total_cost_usd,
    usage: toUsage(line.modelUsage),
    delta: {
      costUsd: sum(line.model_usage_since_last_result, 'costUSD'),
      usage: toUsage(line.model_usage_since_last_result),
    },
    userMessageUuids: [...new Set([...line.user_message_uuids, ...named])],
    queuedTurns: line.queued_turn_count,
    ...('structured_output' in line && { structured: { value: line.structured_output } }),
    ...(line.terminal_reason !== undefined && { terminalReason: line.terminal_reason }),
    ...(line.stop_reason != null && { stopReason: line.stop_reason }),
    ...toApiFailure(line),
    ...(line.origin !== undefined && { origin: line.origin.kind }),
    ...(line.local_command !== undefined && { localCommand: line.local_command }),
  }
}

function toApiFailure(line: v.InferOutput<typeof schema.Result>) {
  return {
    ...(line.api_error_status != null && { apiErrorStatus: line.api_error_status }),
    ...(line.api_error_type != null && { apiErrorType: line.api_error_type }),
    ...(line.api_error != null && { apiError: line.api_error }),
  }
}

function toUsage(usage: schema.ModelUsage): Usage {
  return {
    input_tokens: sum(usage, 'inputTokens'),
    output_tokens: sum(usage, 'outputTokens'),
    cache_read_tokens: sum(usage, 'cacheReadInputTokens'),
    cache_write_tokens: sum(usage, 'cacheCreationInputTokens'),
  }
}

type ModelCount = Exclude<keyof schema.ModelUsage[string], symbol>

function sum(usage: schema.ModelUsage, key: ModelCount): number {
  return Object.values(usage).reduce((total, model) => total + Number(model[key]), 0)
}

function toRateLimit(
  info: v.InferOutput<typeof schema.RateLimitEvent>['rate_limit_info'],
): RateLimit {
  const windows = Object.entries(info.unifiedWindows).map(([name, window]) => [
    name,
    { status: window.status, ...toMeasure(window) },
  ])
  return {
    status: info.status,
    ...(info.rateLimitType !== undefined && { window: info.rateLimitType }),
    ...toMeasure(info),
    windows: Object.fromEntries(windows),
  }
}

function toMeasure(window: { utilization?: number | undefined; resetsAt?: number | undefined }) {
  return {
    ...(window.utilization !== undefined && { utilization: window.utilization }),
    ...(window.resetsAt !== undefined && { resetsAtMs: window.resetsAt * 1000 }),
  }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function damaged(reason: string): CliEvent {
  return { type: 'damaged', reason }
}
