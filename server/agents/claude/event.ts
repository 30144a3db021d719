/**
 * What the server acts upon in the CLI's output (2.1.330, `--output-format stream-json --verbose`). Everything
 * else is `unknown`: the CLI adds types and fields freely, and says that readers must ignore them.
 */
import type { Usage } from '#contract/agent.ts'

export type AssistantBlock =
  | { type: 'text'; text: string }
  | { type: 'thinking'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: Record<string, unknown> }
  | { type: 'other'; name: string }

export type ToolResult = { toolUseId: string; isError: boolean; text: string }

/** One subscription window. `resetsAtMs` is epoch milliseconds (the CLI says seconds). */
export type RateLimit = {
  status: 'allowed' | 'allowed_warning' | 'rejected'
  /** five_hour, seven_day, seven_day_opus, seven_day_sonnet, overage, ... */
  window?: string
  /** 0..1 */
  utilization?: number
  resetsAtMs?: number
  windows: Record<string, { status: string; utilization?: number; resetsAtMs?: number }>
}

export type ResultEvent = {
  type: 'result'
  sessionId: string
  subtype: string
  isError: boolean
  terminalReason?: string
  stopReason?: string
  /** Final text; empty for errors. */
  text: string
  errors: string[]
  /** Present only when the model answered in the wanted structure. */
  structured?: { value: unknown }
  /** Model turns of this turn of the conversation alone. */
  turns: number
  durationMs: number
  /** Cumulative over the session, resumes included, as far as the transcript remembers. */
  costUsd: number
  usage: Usage
  /** What came on top since the result before. */
  delta: { costUsd: number; usage: Usage }
  apiErrorStatus?: number
  apiErrorType?: string
  /** `usage_limit_reached`, `connection_failed`, ... */
  apiError?: string
  /** The messages this turn answered, as far as the CLI says. */
  userMessageUuids: string[]
  /** `task-notification` or `peer` for a turn the CLI began by itself. */
  origin?: string
  /** A slash command that needed no model. */
  localCommand?: string
  queuedTurns: number
}

export type CliEvent =
  | {
      type: 'init'
      sessionId: string
      model: string
      version: string
      cwd: string
      tools: string[]
      userMessageUuids: string[]
    }
  | {
      type: 'assistant'
      messageId: string
      model: string
      blocks: AssistantBlock[]
      /** Written by a subagent, not by the main loop. */
      isSubagent: boolean
      /** Cut short by an interrupt. */
      isAborted: boolean
    }
  /** The CLI's own words in place of the model's, because the API failed for good. A `result` follows. */
  | {
      type: 'api_error'
      /** rate_limit, server_error, authentication_failed, billing_error, model_not_found, invalid_request, unknown */
      error: string
      text: string
      status?: number
      apiError?: string
      resetsAtMs?: number
    }
  | { type: 'tool_results'; results: ToolResult[]; isSubagent: boolean }
  /** Echo of a message it took from stdin. */
  | { type: 'replay'; uuid: string; text: string }
  /** A user message of the CLI's own making: interrupt marks, reminders, summaries. */
  | { type: 'user_text'; text: string; isSynthetic: boolean }
  | ResultEvent
  /** An API call failed and will be tried again. `status` is absent when no answer came. */
  | {
      type: 'api_retry'
      attempt: number
      maxRetries: number
      delayMs: number
      status?: number
      error: string
    }
  | { type: 'rate_limit'; limit: RateLimit }
  | { type: 'session_state'; state: 'running' | 'idle' | 'requires_action' }
  | {
      type: 'command_lifecycle'
      uuid: string
      state: 'queued' | 'started' | 'completed' | 'cancelled'
    }
  /** The CLI wants an answer: `can_use_tool`, `mcp_message`, `hook_callback`, `elicitation`, ... */
  | {
      type: 'control_request'
      requestId: string
      subtype: string
      request: Record<string, unknown>
      /** `can_use_tool` only. */
      toolName?: string
      toolUseId?: string
    }
  /** Answer to a request of ours. */
  | { type: 'control_response'; requestId: string; response: Record<string, unknown> }
  | { type: 'control_response'; requestId: string; error: string }
  | { type: 'control_cancel_request'; requestId: string }
  /** Raw pieces of a model's answer (`--include-partial-messages`). Not parsed: the whole blocks follow as `assistant`. */
  | { type: 'stream_event' }
  | { type: 'permission_denied'; toolName: string; message: string }
  | { type: 'status'; status: string | null }
  | { type: 'compact_boundary'; trigger: string; preTokens: number; postTokens: number }
  | { type: 'conversation_reset'; newConversationId: string }
  | {
      type: 'task'
      change: 'started' | 'updated' | 'progress' | 'notification'
      taskId: string
      description: string
      status?: string
    }
  | { type: 'unknown'; name: string }
  /** Not JSON, or a known type without what makes it one. */
  | { type: 'damaged'; reason: string }
