import { AppError } from '#contract/errors.ts'
import type { Clock } from '#lib/clock.ts'

const firstDelayMs = 100
const longestDelayMs = 5_000

/**
 * Repeats `work` while the engine is away, with growing pauses. Every other failure passes at once, and so does
 * `engine.unreachable` once the engine has stayed away longer than the budget.
 */
export type Retry = <T>(work: () => Promise<T>, signal?: AbortSignal) => Promise<T>

export function createRetry({ clock, budgetMs }: { clock: Clock; budgetMs: number }): Retry {
  return async (work, signal) => {
    let awaySince: number | undefined
    for (let failures = 0; ; failures += 1) {
      signal?.throwIfAborted()
      try {
        return await work()
      } catch (error) {
        if (!isAway(error)) throw error
        awaySince ??= clock.now()
        if (clock.now() - awaySince >= budgetMs) throw error
        await clock.sleep(Math.min(firstDelayMs * 2 ** failures, longestDelayMs), signal)
      }
    }
  }
}

export function isAway(error: unknown): boolean {
  return error instanceof AppError && error.code === 'engine.unreachable'
}
