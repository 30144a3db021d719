/** What setup commands left on the engine: how long it stays, and who may remove it. */
import { afterAll, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import type { TaskStatus } from '#contract/task.ts'
import { forgetKeptSetup, insertSetup, keepSetup, listKeptSetups, updateSetup } from '#db/setups.ts'
import { createKeptSetups } from '#setups/kept-setups.ts'
import { openTestDb } from '../../support/database.ts'
import { seedTask } from '../../support/seed.ts'

const day = 86_400_000
const now = 100 * day
const dir = mkdtempSync(join(tmpdir(), 'klaudio-setups-'))
const { db, close } = openTestDb(join(dir, 'klaudio.db'))
afterAll(() => {
  close()
  rmSync(dir, { recursive: true, force: true })
})

let removed: string[] = []
let inUse = ''
let unknown: string[] = []
const kept = createKeptSetups({
  db,
  engine: {
    listImages: async () => unknown.map((tag) => ({ tags: [tag], sizeBytes: 1, createdAt: 0 })),
    async removeImage(tag) {
      if (tag === inUse)
        throw new AppError('engine.failed', 'in use', { details: { reason: 'in-use' } })
      removed.push(tag)
    },
  },
  isBusy: (key) => key === 'busy',
  instanceId: 'instance-1',
  clock: { now: () => now },
})
const keep = (key: string, { days = 0, bytes = 10 }): void =>
  keepSetup(db, {
    ...{ key, image: `image:${key}`, baseImage: 'base', repository: 'https://forge.test/a.git' },
    ...{
      commands: ['make'],
      from: null,
      bytes,
      leftOut: [],
      createdAt: 0,
      usedAt: now - days * day,
    },
  })
function use(key: string, status: TaskStatus): void {
  const id = seedTask(db, { id: `task-${key}`, status })
  insertSetup(db, id, { commands: ['make'], withSecrets: false })
  updateSetup(db, id, { state: 'ready', key })
}
beforeEach(() => {
  for (const { key } of listKeptSetups(db)) forgetKeptSetup(db, key)
  removed = []
  inUse = ''
  unknown = []
})
const ids = (): string[] => kept.list().setups.map(({ id }) => id)

test('what no task used for long goes, and then what was not used for longest until the rest fits', async () => {
  keep('old', { days: 40 })
  keep('older', { days: 50 })
  keep('big', { days: 10, bytes: 70 })
  keep('fresh', { days: 1, bytes: 30 })
  const limits = { days: 30, totalBytes: 0 }
  expect(await kept.sweep(limits, true)).toEqual({ count: 2, bytes: 20 })
  expect(removed).toEqual([])
  expect(await kept.sweep(limits, false)).toEqual({ count: 2, bytes: 20 })
  expect(removed).toEqual(['image:older', 'image:old'])
  expect(await kept.sweep({ days: 0, totalBytes: 50 }, false)).toEqual({ count: 1, bytes: 70 })
  expect(ids()).toEqual(['fresh'])
  expect(await kept.sweep({ days: 0, totalBytes: 0 }, false)).toEqual({ count: 0, bytes: 0 })
})

test('what a task that is not over begins with stays, and so does what was just found or is being made', async () => {
  keep('running', { days: 90 })
  keep('done', { days: 90 })
  keep('just', {})
  keep('busy', { days: 90 })
  use('running', 'running')
  use('done', 'completed')
  await kept.sweep({ days: 1, totalBytes: 1 }, false)
  expect(removed).toEqual(['image:done'])
  expect(kept.list()).toMatchObject({ bytes: 30, setups: [{ id: 'just', tasks: 0 }, {}, {}] })
  expect(kept.list().setups.find(({ id }) => id === 'running')?.tasks).toBe(1)
  for (const id of ['running', 'busy'])
    expect(kept.remove(id)).rejects.toMatchObject({ code: 'setup.in-use' })
  expect(kept.remove('nothing')).rejects.toMatchObject({ code: 'setup.not-found' })
})

test('an image that a container uses stays and is still known; one that no row knows is removed', async () => {
  keep('held', { days: 90 })
  inUse = 'image:held'
  unknown = ['klaudio-setup-instance:lost', 'klaudio-setup-another-:theirs', 'image:held']
  expect(await kept.sweep({ days: 30, totalBytes: 0 }, false)).toEqual({ count: 0, bytes: 0 })
  expect(kept.remove('held')).rejects.toMatchObject({ code: 'setup.in-use' })
  expect(ids()).toEqual(['held'])
  expect(removed).toEqual(['klaudio-setup-instance:lost'])
  inUse = ''
  await kept.remove('held')
  expect(ids()).toEqual([])
})
