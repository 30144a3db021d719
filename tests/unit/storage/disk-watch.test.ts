import { expect, test } from 'bun:test'
import type { StorageState } from '#contract/storage.ts'
import { createBackground } from '#lib/background.ts'
import { systemClock } from '#lib/clock.ts'
import { silentLog } from '#lib/log.ts'
import { createDiskWatch } from '#storage/disk-watch.ts'

/** Disks whose free bytes a test sets. */
function openDisks(free: Record<string, number | undefined>, reserveBytes = 1e9) {
  const told: StorageState[] = []
  const watch = createDiskWatch({
    paths: ['/data', '/files', '/missing'],
    enginePath: async () => '/engine',
    reserveBytes,
    background: createBackground(silentLog),
    clock: systemClock,
    freeBytes: async (path) => free[path],
  })
  watch.subscribe((state) => told.push(state))
  return { watch, told, free }
}

test('the fullest disk decides whether there is room for new work, whosever it is', async () => {
  const { watch, free } = openDisks({ '/data': 5e9, '/files': 4e9, '/engine': 3e9 })
  expect(watch.state().state).toBe('unknown')
  await watch.look()
  expect(watch.state()).toMatchObject({ state: 'ok', reserve_bytes: 1e9 })
  free['/engine'] = 0.4e9
  await watch.look()
  expect(watch.state().state).toBe('low')
  expect(watch.state().detail).toContain("Docker's disk (/engine) has 0.4 GB left")
  free['/engine'] = 3e9
  free['/files'] = 0.2e9
  await watch.look()
  expect(watch.state().detail).toContain('The disk of /files has 0.2 GB left')
})

test('low is over only when there is clearly room again, and only changes are told', async () => {
  const { watch, told, free } = openDisks({ '/data': 0.9e9, '/engine': 9e9 })
  await watch.look()
  free['/data'] = 1.05e9
  await watch.look()
  expect(watch.state().state).toBe('low')
  free['/data'] = 1.2e9
  await watch.look()
  await watch.look()
  expect(told.map(({ state }) => state)).toEqual(['low', 'low', 'ok'])
})

test('without a reserve nothing is held back', async () => {
  const { watch } = openDisks({ '/data': 0, '/engine': 0 }, 0)
  await watch.look()
  expect(watch.state().state).toBe('ok')
})

test('a damaged database is no matter of room', async () => {
  const { watch } = openDisks({ '/data': 5e9, '/engine': 5e9 })
  watch.damaged('The database is damaged.')
  await watch.look()
  expect(watch.state()).toMatchObject({ state: 'damaged', detail: 'The database is damaged.' })
})
