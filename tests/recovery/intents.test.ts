/** Kills the server before and after every transaction of a stop, a cancellation, a replan and a deletion in the middle of a run. */
import { describe, expect, test } from 'bun:test'
import { findTask } from '#db/tasks.ts'
import { type CrashPoint, createCrashPoint } from '../support/crash-point.ts'
import { attend, survive } from '../support/person.ts'
import { createWorld, diamond, done, planned, step, type World } from '../support/test-tasks.ts'
import { stride as spread } from '../support/thorough.ts'

type Intent = {
  name: string
  act: (world: World, id: string) => unknown
  /** What must be true in the end. */
  check: (world: World, id: string) => void
}

const isResting = (world: World, id: string): boolean => {
  const task = findTask(world.db, id)
  return !task || (task.intent === null && task.phase !== 'stopping' && task.phase !== 'cancelling')
}

const intents: Intent[] = [
  {
    name: 'a stop',
    act: (world, id) => world.tasks.stop(id),
    check(world, id) {
      expect(world.tasks.get(id)).toMatchObject({ status: 'completed' })
      const workers = [...world.engine.turns.values()].filter(({ kind }) => kind === 'worker')
      // Two were interrupted and asked to go on; nobody began anew.
      expect(new Set(workers.map(({ agentId }) => agentId)).size).toBe(4)
      expect(world.tasks.plan(id).subtasks.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1])
    },
  },
  {
    name: 'a cancellation',
    act: (world, id) => world.tasks.cancel(id),
    check: (world, id) => expect(world.status(id)).toBe('cancelled'),
  },
  {
    name: 'a replan',
    act: (world, id) => world.tasks.replan(id, 'Another way.'),
    check(world, id) {
      expect(world.tasks.get(id)).toMatchObject({ status: 'completed', plan_version: 2 })
      expect(world.tasks.plan(id).subtasks.map((subtask) => subtask.id)).toEqual(['only'])
      expect(world.tasks.agents(id).filter(({ kind }) => kind === 'planner')).toHaveLength(2)
    },
  },
  {
    name: 'a deletion',
    // Its promise dies with the server.
    act: (world, id) => void world.tasks.delete(id).catch(() => {}),
    check(world, id) {
      expect(findTask(world.db, id)).toBeUndefined()
      expect(world.repositories.repositories.size).toBe(0)
      expect(world.events(id)).toEqual([])
    },
  },
]

async function play({ act, check }: Intent, point?: CrashPoint): Promise<number> {
  const crash = createCrashPoint(point)
  let isArmed = false
  await using world = createWorld({
    config: { warmAgents: 1 },
    onCommit(when) {
      if (isArmed) crash.onCommit(when)
    },
    async script(turn) {
      if (turn.kind === 'planner')
        return planned(turn.attempt === 1 ? diamond : { subtasks: [step('only')] })
      const isHeld = turn.number === 1 && ['left', 'right'].includes(turn.subtaskId ?? '')
      if (isHeld) await new Promise(() => {})
      return done(turn)
    },
  })
  const { id } = world.create({ auto_approve: true })
  await world.until('two at work', () => world.engine.running().length === 2)
  const wanted = (): boolean => world.types(id).some((type) => type === 'task.status')
  expect(wanted()).toBe(true)
  isArmed = true
  const before = findTask(world.db, id)?.lastSeq
  await survive(world, () => act(world, id))
  if (world.isDead()) {
    await world.restart()
    // Killed before it was stored: the person asks again.
    if (findTask(world.db, id)?.status === 'running' && before !== undefined)
      await survive(world, () => act(world, id))
  }
  await world.until('rest', () => world.isDead() || isResting(world, id))
  if (world.isDead()) await world.restart()
  await world.until('rest', () => isResting(world, id))
  if (findTask(world.db, id)) await attend(world, id)
  if (world.isDead()) await world.restart()
  await world.tasks.settled()
  check({ ...world }, id)
  expect(crash.wasMet()).toBe(point !== undefined)
  expect(world.engine.running()).toEqual([])
  expect(world.engine.containers.size).toBe(0)
  expect(world.engine.volumes.size).toBe(0)
  expect(world.tasks.queue()).toMatchObject({ used: 0, waiting: [] })
  return crash.commits()
}

describe('a server killed at any transaction of', () => {
  for (const intent of intents)
    test(`${intent.name} does what was promised all the same`, async () => {
      const commits = await play(intent)
      expect(commits).toBeGreaterThan(2)
      for (let number = 1; number <= commits; number += spread(1, 17))
        for (const when of ['before', 'after'] as const) await play(intent, { number, when })
    }, 120_000)
})
