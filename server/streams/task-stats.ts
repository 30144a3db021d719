import { toMessage } from '#contract/errors.ts'
import { type Clock, toIso } from '#lib/clock.ts'
import type { Session, Wire } from './pump.ts'

export type TaskStatsOptions = {
  wire: Wire
  taskId: string
  intervalMs: number
  /** One entry per running agent, in the reference's shape. */
  sample: (taskId: string, signal: AbortSignal) => Promise<Record<string, unknown>[]>
  clock: Clock
}

/**
 * `/ws/tasks/:id/stats`, the reference's socket: `{task_id, agents, timestamp}` at once and then every interval.
 * `agents` is always an array; when the engine does not answer it is empty and `error` says so. Samples never overlap,
 * and one that a slow client has no room for is left out: the next one replaces it.
 */
export function createTaskStats({
  wire,
  taskId,
  intervalMs,
  sample,
  clock,
}: TaskStatsOptions): Session {
  const stopped = new AbortController()
  const { signal } = stopped
  const takeSample = async (): Promise<Record<string, unknown>> => {
    try {
      return { agents: await sample(taskId, signal) }
    } catch (error) {
      return { agents: [], error: toMessage(error) }
    }
  }
  const follow = async (): Promise<void> => {
    while (!signal.aborted) {
      const began = clock.now()
      const facts = await takeSample()
      const frame = { task_id: taskId, ...facts, timestamp: toIso(clock.now()) }
      if (!signal.aborted && wire.bufferedAmount() === 0) wire.send(JSON.stringify(frame))
      await clock.sleep(Math.max(0, began + intervalMs - clock.now()), signal)
    }
  }
  follow().catch((error: unknown) => {
    if (!signal.aborted) wire.close(1011, toMessage(error).slice(0, 100))
  })
  return { receive: () => {}, drain: () => {}, close: () => stopped.abort() }
}

const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** A Go duration such as `2s` or `1m30s` in milliseconds; anything else, or under 500 ms, is the default of 2 s. */
export function parseInterval(text: string | null): number {
  const parts = /^(?:\d+(?:\.\d+)?(?:h|ms|m|s))+$/.test(text ?? '')
    ? [...(text ?? '').matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)]
    : []
  const totalMs = parts.reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (units[unit ?? ''] ?? 0),
    0,
  )
  return totalMs >= 500 ? Math.min(totalMs, 3_600_000) : 2000
}
