/** Stopping and going on, at every moment of a task and in every order. Names end with the failure of the reference they rule out. */
import { describe, expect, test } from 'bun:test'
import { findTask } from '#db/tasks.ts'
import { attend } from '../../support/person.ts'
import { codeOf } from '../../support/task-setup.ts'
import {
  asked,
  createGate,
  createWorld,
  diamond,
  done,
  planned,
  type TestOptions,
  type World,
} from '../../support/test-tasks.ts'
import { stride } from '../../support/thorough.ts'

type Gate = ReturnType<typeof createGate>

type Moment = {
  options?: (gate: Gate) => TestOptions
  /** Brings a new task to the moment; resolves with its id. */
  reach: (world: World, gate: Gate) => Promise<string>
  /** Agents whose conversation is thrown away by what was asked for before the stop. */
  replans?: true
}

/** Planner and `left` and `right` wait at their first turn until the test lets them go on. */
const held = (gate: Gate): TestOptions => ({
  async script(turn) {
    const key = turn.kind === 'planner' ? 'planner' : (turn.subtaskId ?? '')
    const waits = ['left', 'right'].includes(key) && turn.number === 1 && turn.attempt === 1
    if (waits) await gate.wait(key)
    return turn.kind === 'planner' ? planned(diamond) : done(turn)
  },
})

const heldPlanner = (gate: Gate): TestOptions => ({
  async script(turn) {
    if (turn.kind !== 'planner') return done(turn)
    if (turn.number === 1) await gate.wait('planner')
    return planned(diamond)
  },
})

const atWork = async (world: World, count: number, input: object = {}): Promise<string> => {
  const { id } = world.create({ auto_approve: true, ...input })
  await world.until('work', () => world.engine.running().length === count)
  return id
}

const moments: Record<string, Moment> = {
  'while its source is prepared': {
    options: (gate) => ({
      ...held(gate),
      slow: async (name) => void (name === 'prepare' && (await gate.wait('prepare'))),
    }),
    async reach(world) {
      const { id } = world.create({ auto_approve: true })
      await world.until('the source', () => world.tasks.get(id).phase === 'preparing_source')
      return id
    },
  },
  'while its planner works': { options: heldPlanner, reach: (world) => atWork(world, 1) },
  'while questions are open': {
    options: () => ({
      script(turn) {
        if (turn.kind !== 'planner') return done(turn)
        return turn.number === 1 ? asked('A?') : planned(diamond)
      },
    }),
    async reach(world) {
      const { id } = world.create({ auto_approve: true })
      await world.until('a question', () => world.tasks.get(id).phase === 'awaiting_answers')
      return id
    },
  },
  'while one agent works and one waits for its slot': {
    options: (gate) => ({ ...held(gate), config: { maxAgents: 1 } }),
    async reach(world) {
      const id = await atWork(world, 1)
      await world.until('the queue', () => world.tasks.queue().waiting.length === 1)
      return id
    },
  },
  'in the middle of a sequential run': {
    options: held,
    reach: (world) => atWork(world, 1, { mode: 'sequential' }),
  },
  'in the middle of a parallel run': { options: held, reach: (world) => atWork(world, 2) },
  'while work is integrated': {
    options: (gate) => ({
      ...held(gate),
      slow: async (name) => void (name === 'integrate' && (await gate.wait('integrate'))),
    }),
    async reach(world) {
      const { id } = world.create({ auto_approve: true })
      await world.until('integration', () => world.tasks.get(id).phase === 'integrating')
      return id
    },
  },
  'while it is stopped for a new plan': {
    options: held,
    replans: true,
    async reach(world) {
      const id = await atWork(world, 2)
      world.tasks.replan(id, 'Better.')
      return id
    },
  },
  'while the server recovers from a crash': {
    options: held,
    async reach(world) {
      const id = await atWork(world, 2)
      void world.restart()
      return id
    },
  },
}

type Verb = 'stop' | 'resume' | 'crash' | 'rest'

const orders: Verb[][] = [
  ['stop'],
  ['stop', 'stop', 'rest', 'stop'],
  ['stop', 'resume'],
  ['stop', 'rest', 'resume', 'resume'],
  ['stop', 'resume', 'stop', 'stop'],
  ['stop', 'resume', 'stop', 'resume'],
  ['stop', 'crash', 'resume'],
  ['stop', 'resume', 'crash', 'stop'],
]

const isAtRest = (world: World, id: string): boolean => findTask(world.db, id)?.intent === null

async function play(world: World, id: string, verbs: readonly Verb[], gate: Gate): Promise<void> {
  for (const verb of verbs) {
    if (verb === 'crash') await world.restart()
    else if (verb === 'rest') await rest(world, id, gate)
    else world.tasks[verb](id)
  }
}

/** What is being written down is not thrown away: it may come to its end now. */
async function rest(world: World, id: string, gate: Gate): Promise<void> {
  for (const key of ['prepare', 'integrate']) gate.open(key)
  await world.until('rest', () => isAtRest(world, id))
}

function expectRest(world: World, id: string): void {
  expect(world.tasks.get(id)).toMatchObject({ status: 'paused', phase: null })
  expect(world.engine.running()).toEqual([])
  expect(world.engine.containers.size).toBe(0)
  expect(world.tasks.queue()).toMatchObject({ used: 0, waiting: [] })
}

/** Every subtask once, by the agent that had begun it, in the conversation it had begun. */
function expectWhole(world: World, id: string, { replans }: Moment): void {
  expect(world.tasks.get(id)).toMatchObject({ status: 'completed', phase: null })
  expect(world.repositories.headFiles(id)).toEqual(
    expect.arrayContaining(['base.txt', 'left.txt', 'right.txt', 'top.txt']),
  )
  expect(world.types(id)).not.toContain('subtask.failed')
  expect(world.types(id)).not.toContain('subtask.retrying')
  const workers = world.tasks.agents(id).filter(({ kind }) => kind === 'worker')
  const planners = world.tasks.agents(id).filter(({ kind }) => kind === 'planner')
  if (!replans) expect(workers).toHaveLength(4)
  expect(planners).toHaveLength(replans ? 2 : 1)
  expect(world.engine.volumes.size).toBe(0)
}

async function playOut(moment: Moment, verbs: readonly Verb[]): Promise<void> {
  const gate = createGate()
  await using world = createWorld(moment.options?.(gate))
  const id = await moment.reach(world, gate)
  await play(world, id, verbs, gate)
  await rest(world, id, gate)
  const last = verbs.findLast((verb) => verb === 'stop' || verb === 'resume')
  if (last === 'stop') expectRest(world, id)
  for (const key of ['planner', 'left', 'right']) gate.open(key)
  await attend(world, id)
  expectWhole(world, id, moment)
}

/** Every order at every moment in the thorough run; each of both in the quick one. */
const cases = Object.entries(moments)
  .flatMap(([name, moment]) => orders.map((verbs) => ({ name, moment, verbs })))
  .filter((_, index) => index % stride(1, 3) === 0)

describe('a task that is stopped', () => {
  for (const { name, moment, verbs } of cases)
    test(`${name}: ${verbs.join(', ')} (L11, L12)`, () => playOut(moment, verbs))

  for (const [name, moment] of Object.entries(moments))
    test(`${name} and deleted in the middle of it is gone (L15)`, async () => {
      const gate = createGate()
      await using world = createWorld(moment.options?.(gate))
      const id = await moment.reach(world, gate)
      await play(world, id, ['stop', 'resume', 'stop'], gate)
      const gone = world.tasks.delete(id)
      for (const key of ['prepare', 'integrate']) gate.open(key)
      await gone
      expect(codeOf(() => world.tasks.get(id))).toBe('task.not-found')
      expect(world.engine.containers.size + world.engine.volumes.size).toBe(0)
      expect(world.tasks.queue()).toMatchObject({ used: 0, waiting: [] })
    })
})
