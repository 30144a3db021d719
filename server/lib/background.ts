import type { Log } from './log.ts'

/**
 * Owns promises nobody awaits: failures are logged, and `settled` lets a shutdown or a test wait for all of them.
 */
export type Background = {
  run(name: string, work: () => Promise<void>): void
  settled(): Promise<void>
}

export function createBackground(log: Log): Background {
  const running = new Set<Promise<void>>()
  return {
    run(name, work) {
      const job = work()
        .catch((error: unknown) => {
          log.error('background job failed', {
            job: name,
            error: error instanceof Error ? (error.stack ?? error.message) : String(error),
          })
        })
        .finally(() => running.delete(job))
      running.add(job)
    },
    async settled() {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
