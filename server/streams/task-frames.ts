import type { TaskEvent } from '#contract/event.ts'
import { toRateState } from './rate-state.ts'

/** A text frame of the reference's sockets; `type` and `event` are the same word. */
export type TaskFrame = { type: string; event: string; data: unknown }

export const toTaskFrame = (type: string, data: unknown): TaskFrame => ({ type, event: type, data })

/**
 * An event as frames of `/ws/tasks/:id/stream`: under its own name with its facts flattened, and what the reference
 * told as `rate_limit` under that name too.
 */
export function toTaskFrames(event: TaskEvent): TaskFrame[] {
  const { data, type, ...rest } = event
  const own = toTaskFrame(type, { ...data, ...rest })
  if (!isAboutRate(event)) return [own]
  return [own, toTaskFrame('rate_limit', toRateState(event, Date.parse(event.created_at)))]
}

const isAboutRate = ({ type, data }: TaskEvent): boolean =>
  type === 'agent.rate-limit' || (type === 'agent.retrying' && data.status === 429)
