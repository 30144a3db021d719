import type { TaskEvent } from '#contract/event.ts'
import type { RateState } from '#contract/stats.ts'

/** How the reference writes a time that is not known. */
const zeroTime = '0001-01-01T00:00:00Z'

/**
 * An `agent.rate-limit` or `agent.retrying` event as the reference's RateState at the moment `now` (epoch ms): a limit
 * whose reset has passed, or a retry whose delay is over, limits nobody any more.
 */
export function toRateState(event: TaskEvent, now: number): RateState {
  const { data } = event
  const detectedMs = Date.parse(event.created_at)
  const resetMs = typeof data.resets_at === 'string' ? Date.parse(data.resets_at) : undefined
  const isRetry = event.type === 'agent.retrying'
  const untilMs = isRetry ? detectedMs + toNumber(data.delay_ms) : (resetMs ?? Infinity)
  const isLimited = (isRetry ? data.status === 429 : data.status === 'rejected') && untilMs > now
  return {
    agent_id: event.agent_id ?? '',
    task_id: event.task_id,
    is_limited: isLimited,
    retry_in_seconds: isLimited && Number.isFinite(untilMs) ? Math.ceil((untilMs - now) / 1000) : 0,
    attempt: toNumber(data.attempt),
    max_retries: toNumber(data.max_retries),
    message: isRetry ? toRetryMessage(data) : toLimitMessage(data),
    reset_at: resetMs === undefined ? zeroTime : new Date(resetMs).toISOString(),
    detected_at: event.created_at,
  }
}

/** The newest state of each agent, from the task's events of these two types in order. */
export function toRateStates(events: readonly TaskEvent[], now: number): RateState[] {
  const newest = new Map<string, TaskEvent>()
  for (const event of events) if (event.agent_id) newest.set(event.agent_id, event)
  return [...newest.values()].map((event) => toRateState(event, now))
}

function toRetryMessage(data: TaskEvent['data']): string {
  const reason = typeof data.status === 'number' ? ` after an answer ${data.status}` : ''
  return `The model is asked again${reason}.`
}

function toLimitMessage(data: TaskEvent['data']): string {
  const name =
    typeof data.window === 'string' ? `${data.window.replaceAll('_', ' ')} limit` : 'limit'
  if (data.status === 'rejected') return `The ${name} is reached.`
  return data.status === 'allowed_warning' ? `The ${name} is close.` : `The ${name} is not reached.`
}

const toNumber = (value: unknown): number => (typeof value === 'number' ? value : 0)
