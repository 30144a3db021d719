/**
 * The words stories are written in. A story is what a model would say: one step per answer, each step one part or
 * several (`[think('…'), say('…'), bash('…')]`), or a function of the request that looks at what happened so far.
 */
import type { ModelRequest } from './request.ts'

export type Part =
  | { type: 'text'; text: string }
  | { type: 'thinking'; text: string }
  | { type: 'tool'; name: string; input: Record<string, unknown> }
  /** Silence before the first byte of the answer. */
  | { type: 'wait'; ms: number }
  /** Characters per second while the answer streams; at once without it. */
  | { type: 'speed'; charsPerSecond: number }
  | { type: 'usage'; inputTokens?: number; outputTokens?: number }
  | { type: 'stop'; reason: 'max_tokens' | 'refusal' }
  | ({ type: 'trouble' } & Trouble)

export type Trouble =
  /** An HTTP error. `times` answers fail, then the rest of the step is played; for ever without it. */
  | {
      kind: 'error'
      status: ErrorStatus
      message: string
      times: number
      headers: Record<string, string>
    }
  /** The subscription's window is used up until then (epoch ms). */
  | { kind: 'usage-limit'; untilMs: number }
  /** The connection breaks after so many content blocks, inside the next one. */
  | { kind: 'cut'; afterBlocks: number; times: number }
  /** An `error` event inside the stream, after so many content blocks. */
  | { kind: 'stream-error'; error: string; afterBlocks: number; times: number }
  /** Nothing comes any more: no header, or nothing after the start of the stream. */
  | { kind: 'hang'; where: 'headers' | 'stream'; times: number }

/** The API's error types by status. */
export const errorTypes = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
} as const
export type ErrorStatus = keyof typeof errorTypes

export type Parts = Part | Part[]
export type Step = Parts | ((request: ModelRequest) => Parts)

/** The script for the current prompt, or `undefined` when somebody else's. */
export type Story = (request: ModelRequest) => Step[] | undefined

export const say = (text: string): Part => ({ type: 'text', text })
export const think = (text: string): Part => ({ type: 'thinking', text })
export const call = (name: string, input: Record<string, unknown>): Part => ({
  type: 'tool',
  name,
  input,
})
export const bash = (command: string, description?: string): Part =>
  call('Bash', { command, ...(description && { description }) })
/** Paths are relative to the workspace. */
export const write = (path: string, text: string): Part =>
  call('Write', { file_path: inWorkspace(path), content: text })
export const edit = (path: string, from: string, to: string): Part =>
  call('Edit', { file_path: inWorkspace(path), old_string: from, new_string: to })
export const read = (path: string): Part => call('Read', { file_path: inWorkspace(path) })
/** The structured answer that ends a planner's turn. */
export const answer = (value: Record<string, unknown>): Part => call('StructuredOutput', value)

export const wait = (ms: number): Part => ({ type: 'wait', ms })
export const speed = (charsPerSecond: number): Part => ({ type: 'speed', charsPerSecond })
export const usage = (tokens: { inputTokens?: number; outputTokens?: number }): Part => ({
  type: 'usage',
  ...tokens,
})
export const stop = (reason: 'max_tokens' | 'refusal'): Part => ({ type: 'stop', reason })

export function fail(
  status: ErrorStatus,
  options: { times?: number; message?: string; retryAfterSeconds?: number; giveUp?: boolean } = {},
): Part {
  const { times = Number.POSITIVE_INFINITY, retryAfterSeconds, giveUp } = options
  return {
    type: 'trouble',
    kind: 'error',
    status,
    times,
    message: options.message ?? messages[status],
    headers: {
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) }),
      ...(giveUp && { 'x-should-retry': 'false' }),
    },
  }
}
export const usageLimitUntil = (untilMs: number): Part => ({
  type: 'trouble',
  kind: 'usage-limit',
  untilMs,
})
export const cut = (options: { afterBlocks?: number; times?: number } = {}): Part => ({
  type: 'trouble',
  kind: 'cut',
  afterBlocks: options.afterBlocks ?? 0,
  times: options.times ?? 1,
})
export const streamError = (options: { afterBlocks?: number; times?: number } = {}): Part => ({
  type: 'trouble',
  kind: 'stream-error',
  error: 'overloaded_error',
  afterBlocks: options.afterBlocks ?? 0,
  times: options.times ?? 1,
})
export const hang = (where: 'headers' | 'stream', times = 1): Part => ({
  type: 'trouble',
  kind: 'hang',
  where,
  times,
})

const messages: Record<ErrorStatus, string> = {
  400: 'The request was invalid.',
  401: 'invalid x-api-key',
  403: 'Your account does not have access to this resource.',
  404: 'model: not found',
  413: 'Request exceeds the maximum size',
  429: 'This request would exceed the rate limit for your organization.',
  500: 'Internal server error',
  529: 'Overloaded',
}

const inWorkspace = (path: string) => (path.startsWith('/') ? path : `/workspace/${path}`)
