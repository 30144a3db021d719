/** Shapes of the CLI's lines, as recorded from 2.1.330. Unknown fields pass; a wrong type of a field we use does not. */
import * as v from 'valibot'

const text = v.fallback(v.string(), '')
const count = v.fallback(v.number(), 0)
const uuids = v.fallback(v.array(v.string()), [])
const record = v.record(v.string(), v.unknown())

export const Init = v.looseObject({
  session_id: v.string(),
  model: v.string(),
  claude_code_version: text,
  cwd: text,
  tools: v.fallback(v.array(v.string()), []),
  user_message_uuids: uuids,
})

export const ContentBlock = v.looseObject({ type: v.string() })
export const TextBlock = v.looseObject({ type: v.literal('text'), text: v.string() })
export const ThinkingBlock = v.looseObject({ type: v.literal('thinking'), thinking: v.string() })
export const ToolUseBlock = v.looseObject({
  type: v.literal('tool_use'),
  id: v.string(),
  name: v.string(),
  input: v.fallback(record, {}),
})
export const ToolResultBlock = v.looseObject({
  type: v.literal('tool_result'),
  tool_use_id: v.string(),
  is_error: v.fallback(v.boolean(), false),
  content: v.optional(v.unknown()),
})

const parent = v.fallback(v.nullable(v.string()), null)

export const Assistant = v.looseObject({
  message: v.looseObject({ id: v.string(), model: v.string(), content: v.array(ContentBlock) }),
  parent_tool_use_id: parent,
  aborted: v.fallback(v.boolean(), false),
  is_api_error_message: v.fallback(v.boolean(), false),
  error: v.optional(v.string()),
  api_error_status: v.fallback(v.nullish(v.number()), undefined),
  api_error: v.fallback(v.nullish(v.string()), undefined),
  api_error_params: v.fallback(
    v.optional(
      v.looseObject({
        rate_limit_info: v.optional(v.looseObject({ resetsAt: v.optional(v.number()) })),
      }),
    ),
    undefined,
  ),
})

export const User = v.looseObject({
  message: v.looseObject({ content: v.union([v.string(), v.array(ContentBlock)]) }),
  parent_tool_use_id: parent,
  uuid: v.optional(v.string()),
  isReplay: v.fallback(v.boolean(), false),
  isSynthetic: v.fallback(v.boolean(), false),
})

const ModelUsage = v.fallback(
  v.record(
    v.string(),
    v.looseObject({
      inputTokens: count,
      outputTokens: count,
      cacheReadInputTokens: count,
      cacheCreationInputTokens: count,
      costUSD: count,
    }),
  ),
  {},
)
export type ModelUsage = v.InferOutput<typeof ModelUsage>

export const Result = v.looseObject({
  subtype: v.pipe(v.string(), v.regex(/^(success|error_[a-z_]+)$/)),
  is_error: v.boolean(),
  session_id: v.string(),
  result: text,
  errors: v.fallback(v.array(v.string()), []),
  terminal_reason: v.optional(v.string()),
  stop_reason: v.fallback(v.nullish(v.string()), undefined),
  num_turns: count,
  duration_ms: count,
  total_cost_usd: count,
  modelUsage: ModelUsage,
  model_usage_since_last_result: ModelUsage,
  structured_output: v.optional(v.unknown()),
  api_error_status: v.fallback(v.nullish(v.number()), undefined),
  api_error_type: v.fallback(v.nullish(v.string()), undefined),
  api_error: v.fallback(v.nullish(v.string()), undefined),
  user_message_uuid: v.fallback(v.optional(v.string()), undefined),
  user_message_uuids: uuids,
  origin: v.fallback(v.optional(v.looseObject({ kind: v.string() })), undefined),
  local_command: v.fallback(v.optional(v.string()), undefined),
  queued_turn_count: count,
})

export const ApiRetry = v.looseObject({
  attempt: v.number(),
  max_retries: count,
  retry_delay_ms: count,
  error_status: v.fallback(v.nullish(v.number()), undefined),
  error: text,
})

const Window = v.looseObject({
  status: v.fallback(v.string(), 'allowed'),
  utilization: v.fallback(v.optional(v.number()), undefined),
  resetsAt: v.fallback(v.optional(v.number()), undefined),
})
export const RateLimitEvent = v.looseObject({
  rate_limit_info: v.looseObject({
    status: v.picklist(['allowed', 'allowed_warning', 'rejected']),
    rateLimitType: v.fallback(v.optional(v.string()), undefined),
    utilization: v.fallback(v.optional(v.number()), undefined),
    resetsAt: v.fallback(v.optional(v.number()), undefined),
    unifiedWindows: v.fallback(v.record(v.string(), Window), {}),
  }),
})

export const SessionStateChanged = v.looseObject({
  state: v.picklist(['running', 'idle', 'requires_action']),
})

export const CommandLifecycle = v.looseObject({
  command_uuid: v.string(),
  state: v.picklist(['queued', 'started', 'completed', 'cancelled']),
})

export const ControlRequest = v.looseObject({
  request_id: v.string(),
  request: v.looseObject({
    subtype: v.string(),
    tool_name: v.fallback(v.optional(v.string()), undefined),
    tool_use_id: v.fallback(v.optional(v.string()), undefined),
  }),
})
export const ControlResponse = v.looseObject({
  response: v.variant('subtype', [
    v.looseObject({
      subtype: v.literal('success'),
      request_id: v.string(),
      response: v.fallback(record, {}),
    }),
    v.looseObject({ subtype: v.literal('error'), request_id: v.string(), error: text }),
  ]),
})
export const ControlCancelRequest = v.looseObject({ request_id: v.string() })

export const PermissionDenied = v.looseObject({ tool_name: v.string(), message: text })
export const Status = v.looseObject({ status: v.fallback(v.nullable(v.string()), null) })
export const CompactBoundary = v.looseObject({
  compact_metadata: v.fallback(
    v.looseObject({ trigger: text, pre_tokens: count, post_tokens: count }),
    { trigger: '', pre_tokens: 0, post_tokens: 0 },
  ),
})
export const ConversationReset = v.looseObject({ new_conversation_id: v.string() })
export const Task = v.looseObject({
  task_id: v.string(),
  description: text,
  summary: text,
  status: v.fallback(v.optional(v.string()), undefined),
})
