/** Fails the Nth write to the database once, for every N: a disk that is full or fails for a moment. Nobody may notice but the person who was refused. */
import { describe, expect, test } from 'bun:test'
import { AppError, isNoRoom } from '#contract/errors.ts'
import { explainFull } from '#db/failures.ts'
import { findTask } from '#db/tasks.ts'
import type { Script } from '../support/fake-agents.ts'
import { attend } from '../support/person.ts'
import { asked, createWorld, diamond, done, planned, type World } from '../support/test-tasks.ts'
import { stride as spread } from '../support/thorough.ts'

const script: Script = (turn) => {
  if (turn.kind !== 'planner') return done(turn)
  return turn.number === 1 ? asked('Which?') : planned(diamond)
}

/** The person is told that the disk is full, and does the same again. */
async function insist<T>(work: () => T | Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      if (!isNoRoom(error)) throw error
    }
  }
}

const failures = {
  full: () => new AppError('disk.full', 'The disk is full.'),
  failing: () => {
    const facts = { name: 'SQLiteError', code: 'SQLITE_IOERR_WRITE' }
    return explainFull(Object.assign(new Error('disk I/O error'), facts))
  },
}

/** Returns how many writes there were. */
async function play(failing: {
  first: number
  times: number
  disk?: keyof typeof failures
}): Promise<number> {
  let writes = 0
  await using world = createWorld({
    script,
    config: { warmAgents: 2 },
    onCommit(when) {
      if (when !== 'before') return
      writes++
      if (writes >= failing.first && writes < failing.first + failing.times)
        throw failures[failing.disk ?? 'full']()
    },
  })
  const { id } = await insist(() => world.create({ auto_start: false }))
  await insist(() => {
    if (findTask(world.db, id)?.status === 'created') world.tasks.start(id)
  })
  await insist(() => attend(world, id))
  expectAllThere(world, id, failing)
  return writes
}

function expectAllThere(world: World, id: string, failing: unknown): void {
  const { status, phase } = world.tasks.get(id)
  expect({ failing, status, phase }).toEqual({ failing, status: 'completed', phase: null })
  expect(world.repositories.headFiles(id)).toEqual([
    'README.md',
    'base.txt',
    'left.txt',
    'right.txt',
    'top.txt',
  ])
  // Two of the planner, one of each worker: nothing ran twice.
  expect(world.engine.turns.size).toBe(6)
  expect(world.tasks.plan(id).subtasks.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1])
  expect(world.engine.running()).toEqual([])
  expect([world.engine.containers.size, world.engine.volumes.size]).toEqual([0, 0])
  expect(world.tasks.queue()).toMatchObject({ used: 0, waiting: [] })
  const seqs = world.events(id).map(({ seq }) => seq)
  expect(seqs).toEqual(seqs.map((_, index) => index + 1))
}

describe('a write that fails', () => {
  test.each([1, 5])(
    '%i times is made again, whichever it is, and the task completes',
    async (times) => {
      const writes = await play({ first: 0, times: 0 })
      expect(writes).toBeGreaterThan(40)
      for (let first = 1; first <= writes; first += spread(4 * times, 8))
        await play({ first, times })
      for (let first = times; first <= writes; first += spread(16 * times, 8))
        await play({ first, times, disk: 'failing' })
    },
    120_000,
  )
})
