/** What a start says about what it found, and what tasks say until then. */
import { describe, expect, test } from 'bun:test'
import { AppError } from '#contract/errors.ts'
import { listSubtasks } from '#db/subtasks.ts'
import { attend } from '../support/person.ts'
import {
  createGate,
  createWorld,
  done,
  planThenWork,
  step,
  type World,
} from '../support/test-tasks.ts'

const four = { subtasks: ['a', 'b', 'c', 'd'].map((id) => step(id)) }

/** Three at work, one waiting for a slot. */
async function startFour(options: Parameters<typeof createWorld>[0] = {}) {
  const gate = createGate()
  const world = createWorld({
    config: { maxAgentsPerTask: 3 },
    script: planThenWork(four, async (turn) => {
      await gate.wait(turn.subtaskId ?? '')
      return done(turn)
    }),
    ...options,
  })
  const { id } = world.create({ auto_approve: true, name: 'Four things' })
  await world.until('three at work', () => world.engine.running().length === 3)
  await world.until('the queue', () => world.tasks.queue().waiting.length === 1)
  const finish = async (): Promise<void> => {
    for (const { id: one } of four.subtasks) gate.open(one)
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
  }
  return { world, id, gate, finish }
}

const agentOf = (world: World, id: string, subtask: string): string =>
  listSubtasks(world.db, id).find((row) => row.id === subtask)?.agentId ?? ''

describe('a start', () => {
  test('tells of every agent whether it is still at work, done meanwhile, resumed or waiting (L1)', async () => {
    const { world, id, gate, finish } = await startFour()
    await using _ = world
    world.kill()
    gate.open('b')
    await world.until('b to end', () => world.engine.running().length === 2)
    world.engine.containers.delete(agentOf(world, id, 'c'))
    world.engine.volumes.add('nobody')
    await world.restart()
    const report = world.tasks.recovery()
    expect(report).toMatchObject({ state: 'done', removed: ['nobody'], left: [] })
    const found = report.tasks[0]?.agents.map(({ subtask_id, found }) => `${subtask_id} ${found}`)
    expect(found?.sort()).toEqual(['a adopted', 'b finished', 'c resumed', 'd waiting'])
    expect(report.tasks).toMatchObject([{ task_id: id, name: 'Four things', status: 'running' }])
    expect(report.detail).toBe(
      '1 task goes on: 1 agent still at work, 1 agent done meanwhile, 1 agent resumed in a new container, 1 agent waiting for a slot, 1 leftover removed.',
    )
    expect(world.events(id).findLast(({ type }) => type === 'task.recovered')?.data).toEqual({
      status: 'running',
      adopted: [agentOf(world, id, 'a')],
      finished: [agentOf(world, id, 'b')],
      resumed: [agentOf(world, id, 'c')],
      waiting: [agentOf(world, id, 'd')],
      removed: 1,
    })
    await finish()
  })

  test('that finds nothing says so', async () => {
    await using world = createWorld()
    await world.restart()
    expect(world.tasks.recovery()).toMatchObject({
      state: 'done',
      detail: 'Nothing was left over.',
      tasks: [],
    })
  })

  test('without an engine says what its tasks wait for, and takes it back when there is one', async () => {
    let isAway = false
    const { world, id, finish } = await startFour({
      wrapAgents: (agents) => ({
        ...agents,
        async reconcile() {
          if (isAway) throw new AppError('engine.unreachable', 'Docker is not there.')
          return await agents.reconcile()
        },
      }),
    })
    await using _ = world
    isAway = true
    await world.restart().catch(() => {})
    expect(world.tasks.recovery()).toMatchObject({
      state: 'waiting',
      detail: 'Docker is not there.',
    })
    expect(world.tasks.get(id)).toMatchObject({
      status: 'running',
      phase: 'waiting',
      error: 'Docker is not there.',
    })
    world.tasks.engineAway('Docker is still not there.')
    expect(world.tasks.get(id).error).toBe('Docker is still not there.')
    isAway = false
    world.tasks.engineAway(undefined)
    await world.tasks.recover()
    expect(world.tasks.recovery().state).toBe('done')
    expect(world.tasks.get(id)).toMatchObject({ phase: 'working' })
    expect(world.tasks.get(id).error).toBeUndefined()
    await finish()
  })
})
