import { type Clock, systemClock } from '#lib/clock.ts'

/** Time that stands still while anything happens, and jumps to the next sleeper when nothing does. */
export function createTestClock(start = Date.UTC(2026, 0, 1)): Clock {
  let now = start
  let isPumping = false
  const sleepers = new Set<{ at: number; wake: () => void }>()
  const pump = async (): Promise<void> => {
    if (isPumping) return
    isPumping = true
    while (sleepers.size > 0) {
      for (let tick = 0; tick < 20; tick++) await new Promise((resolve) => setImmediate(resolve))
      const next = [...sleepers].sort((a, b) => a.at - b.at)[0]
      if (!next) break
      sleepers.delete(next)
      now = Math.max(now, next.at)
      next.wake()
    }
    isPumping = false
  }
  return {
    now: () => now,
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const sleeper = { at: now + ms, wake: resolve }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper)
          reject(signal.reason)
        })
        void pump()
      })
    },
  }
}

/** The real one, but for waits of ten minutes and more: those are over when `skip` says so. */
export function createSkippingClock(): { clock: Clock; skip: (ms: number) => void } {
  let offset = 0
  const sleepers = new Set<() => void>()
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + offset,
    sleep(ms, signal) {
      if (ms < 600_000) return systemClock.sleep(ms, signal)
      return new Promise((resolve, reject) => {
        sleepers.add(resolve)
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      })
    },
  }
  return {
    clock,
    skip(ms) {
      offset += ms
      for (const wake of sleepers) wake()
    },
  }
}
