import { expect, test } from 'bun:test'
import type { SystemState } from '#contract/system.ts'
import { createBackground } from '#lib/background.ts'
import type { Clock } from '#lib/clock.ts'
import { silentLog } from '#lib/log.ts'
import { createSystem } from '#system/system.ts'

/** A clock whose sleeps end when a test says so. */
function createGate() {
  let open: (() => void)[] = []
  const clock: Clock = {
    now: () => 0,
    sleep: () => new Promise((resolve) => open.push(resolve)),
  }
  return {
    clock,
    release(): void {
      const waiting = open
      open = []
      for (const resolve of waiting) resolve()
    },
  }
}

test('fifty busy agents cost one look at the slots, and its result is told', async () => {
  const { clock, release } = createGate()
  const background = createBackground(silentLog)
  let looks = 0
  const slots = { used: 0, total: 50, queued: 0, warm: 0 }
  const system = createSystem({
    engine: { info: () => Promise.reject(new Error('away')) },
    image: () => ({ state: 'ready', tag: 'x', detail: '' }),
    slots: () => {
      looks++
      return { ...slots }
    },
    credentials: async () => ({ state: 'ok', detail: '' }),
    recovery: () => ({ state: 'done', detail: '', started_at: '', is_empty: true }),
    background,
    clock,
    log: silentLog,
  })
  const told: SystemState[] = []
  system.subscribe((state) => told.push(state))
  for (let i = 1; i <= 50; i++) {
    slots.used = i
    system.refreshSoon()
  }
  expect(looks).toBe(0)
  release()
  await background.settled()
  expect(looks).toBe(1)
  expect(told.map((state) => state.slots.used)).toEqual([50])
  // The next change is looked at again.
  slots.used = 49
  system.refreshSoon()
  release()
  await background.settled()
  expect(told.map((state) => state.slots.used)).toEqual([50, 49])
})
