/** Error answers and rate-limit headers of the Messages API. */
import { type ErrorStatus, errorTypes } from './story.ts'

export function errorResponse(
  status: ErrorStatus,
  message: string,
  options: { requestId: string; headers?: Record<string, string> },
): Response {
  const error = { type: errorTypes[status], message }
  return Response.json(
    { type: 'error', error, request_id: options.requestId },
    { status, headers: { 'request-id': options.requestId, ...options.headers } },
  )
}

/**
 * Headers of a subscription's windows. The CLI reads them only with an OAuth token; `untilMs` (epoch) means that
 * the five-hour window is used up until then.
 */
export function windowHeaders(now: number, untilMs?: number): Record<string, string> {
  const isUsedUp = untilMs !== undefined && untilMs > now
  const seconds = (ms: number) => String(Math.ceil(ms / 1000))
  const fiveHours = seconds(isUsedUp ? untilMs : now + 4 * 3_600_000)
  const status = isUsedUp ? 'rejected' : 'allowed'
  const prefix = 'anthropic-ratelimit-unified'
  return {
    [`${prefix}-status`]: status,
    [`${prefix}-reset`]: fiveHours,
    [`${prefix}-representative-claim`]: 'five_hour',
    [`${prefix}-5h-status`]: status,
    [`${prefix}-5h-reset`]: fiveHours,
    [`${prefix}-5h-utilization`]: isUsedUp ? '1.0' : '0.12',
    [`${prefix}-7d-status`]: 'allowed',
    [`${prefix}-7d-reset`]: seconds(now + 5 * 24 * 3_600_000),
    [`${prefix}-7d-utilization`]: '0.08',
    ...(isUsedUp && { 'retry-after': seconds(untilMs - now) }),
  }
}
