/** Fails the Nth call to the agents or the repositories, for every N; the rarer kinds of failure for every few N. */
import { describe, expect, test } from 'bun:test'
import { AppError } from '#contract/errors.ts'
import { listSubtasks } from '#db/subtasks.ts'
import type { Script } from '../support/fake-agents.ts'
import { attend } from '../support/person.ts'
import { asked, createWorld, diamond, done, planned, type World } from '../support/test-tasks.ts'
import { stride as spread } from '../support/thorough.ts'

const script: Script = (turn) => {
  if (turn.kind !== 'planner') return done(turn)
  return turn.number === 1 ? asked('Which?') : planned(diamond)
}

/** Plays the story with `times` failures from call `first` on; the number of calls made in all. */
async function play(
  fault: { first: number; times: number; error: () => Error } | undefined,
  check: (world: World, id: string) => Promise<void> | void,
): Promise<number> {
  let calls = 0
  await using world = createWorld({
    script,
    config: { warmAgents: 2 },
    onCall() {
      calls++
      const isFaulty = fault && calls >= fault.first && calls < fault.first + fault.times
      if (isFaulty) throw fault.error()
    },
  })
  const { id } = world.create()
  await attend(world, id)
  const made = calls
  await check(world, id)
  return made
}

function expectNothingLeft(world: World): void {
  expect(world.engine.running()).toEqual([])
  expect(world.tasks.queue()).toMatchObject({ used: 0, waiting: [] })
  expect(world.tasks.liveAgents()).toEqual([])
}

function expectCompleted(world: World, id: string): void {
  expect(world.tasks.get(id)).toMatchObject({ status: 'completed', phase: null })
  expect(world.repositories.headFiles(id)).toEqual([
    'README.md',
    'base.txt',
    'left.txt',
    'right.txt',
    'top.txt',
  ])
  expectNothingLeft(world)
}

/** A person who tries again what has failed, as often as it takes. */
async function insist(world: World, id: string): Promise<void> {
  for (let tries = 0; world.status(id) === 'failed' && tries < 5; tries++) {
    const broken = listSubtasks(world.db, id).filter(({ status }) => status === 'failed')
    if (broken.length === 0) world.tasks.start(id)
    else world.tasks.retrySubtask(id, broken[0]?.id ?? '')
    await attend(world, id)
  }
}

describe('any call that fails', () => {
  const once = [
    { name: 'once', stride: 1, error: () => new AppError('engine.failed', 'It failed.') },
    {
      name: 'because the engine is away',
      stride: 3,
      error: () => new AppError('engine.unreachable', 'Away.'),
    },
    { name: 'for no known reason', stride: 3, error: () => new Error('???') },
  ]
  for (const { name, stride, error } of once)
    test(`${name} is made again, and the task completes`, async () => {
      const calls = await play(undefined, expectCompleted)
      expect(calls).toBeGreaterThan(40)
      for (let first = 1; first <= calls; first += spread(stride, 20))
        await play({ first, times: 1, error }, expectCompleted)
    }, 120_000)

  test('an engine that is away for long is waited for, however long', async () => {
    const calls = await play(undefined, expectCompleted)
    const error = (): Error => new AppError('engine.unreachable', 'Docker cannot be reached.')
    for (let first = 1; first <= calls; first += spread(5, 12))
      await play({ first, times: 25, error }, expectCompleted)
  }, 120_000)

  test('again and again ends in a state a person can go on from, with nothing left running', async () => {
    const calls = await play(undefined, expectCompleted)
    const error = (): Error => new AppError('engine.failed', 'It failed.')
    for (let first = 1; first <= calls; first += spread(4, 12))
      await play({ first, times: 6, error }, async (world, id) => {
        const { status, error: sentence } = world.tasks.get(id)
        if (status === 'failed') expect(sentence).toContain('It failed.')
        expectNothingLeft(world)
        await insist(world, id)
        expect(world.status(id)).toBe('completed')
        expectNothingLeft(world)
      })
  }, 120_000)

  test('for a lasting reason fails the task with that reason, and does not try for ever', async () => {
    const calls = await play(undefined, expectCompleted)
    const sentence = 'No credentials: run claude setup-token.'
    const error = (): Error => new AppError('credentials.missing', sentence)
    for (let first = 1; first <= calls; first += spread(4, 12))
      await play({ first, times: 1, error }, async (world, id) => {
        const task = world.tasks.get(id)
        if (task.status === 'failed') expect(task.error).toContain(sentence)
        expectNothingLeft(world)
        await insist(world, id)
        expect(world.status(id)).toBe('completed')
      })
  }, 120_000)
})
