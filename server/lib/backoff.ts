import type { Clock } from './clock.ts'

export type BackoffOptions = {
  clock: Clock
  /** Ends the trying; the promise rejects with its reason. */
  signal: AbortSignal
  firstMs: number
  longestMs: number
  /** Before each pause: what went wrong, and how long until the next try. */
  onFailure: (error: unknown, pauseMs: number) => void
}

/** Repeats `work` with growing pauses until it succeeds. */
export async function untilDone<T>(
  work: () => Promise<T>,
  { clock, signal, firstMs, longestMs, onFailure }: BackoffOptions,
): Promise<T> {
  for (let pauseMs = firstMs; ; pauseMs = Math.min(2 * pauseMs, longestMs)) {
    signal.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      signal.throwIfAborted()
      onFailure(error, pauseMs)
      await clock.sleep(pauseMs, signal)
    }
  }
}
