/** What a restart must not disturb: who works, who waits, and work that was just being handed in. */
import { describe, expect, test } from 'bun:test'
import { listSubtasks } from '#db/subtasks.ts'
import { attend } from '../support/person.ts'
import { createGate, createWorld, done, planThenWork, step } from '../support/test-tasks.ts'

const pair = { subtasks: [step('a'), step('b'), step('c')] }

describe('after a restart', () => {
  test('those who worked go on at once, those who waited still wait', async () => {
    const gate = createGate()
    await using world = createWorld({
      config: { maxAgentsPerTask: 2 },
      script: planThenWork(pair, async (turn) => {
        await gate.wait('all')
        return done(turn)
      }),
    })
    const { id } = world.create({ auto_approve: true })
    await world.until('two at work', () => world.engine.running().length === 2)
    await world.until('the queue', () => world.tasks.queue().waiting.length === 1)
    const at = (status: string): string[] =>
      listSubtasks(world.db, id)
        .filter((row) => row.status === status)
        .map((row) => row.id)
        .sort()
    expect({ running: at('running'), queued: at('queued') }).toEqual({
      running: ['a', 'b'],
      queued: ['c'],
    })
    // In plan order the one that waits would now come first.
    const [one, two, three] = world.tasks.plan(id).subtasks
    world.tasks.updatePlan(id, { subtasks: [three, two, one] })
    await world.restart()
    await world.until('the queue', () => world.tasks.queue().waiting.length === 1)
    expect(world.tasks.queue().waiting[0]?.agentId).toBe(three?.agent_id ?? '')
    expect({ running: at('running'), queued: at('queued') }).toEqual({
      running: ['a', 'b'],
      queued: ['c'],
    })
    expect(world.engine.running().map(({ subtaskId }) => subtaskId)).toEqual(['a', 'b'])
    gate.open('all')
    await attend(world, id)
    expect(world.engine.turns.size).toBe(4)
  })

  test('it says what it found', async () => {
    const gate = createGate()
    await using world = createWorld({
      script: planThenWork({ subtasks: [step('a')] }, async (turn) => {
        await gate.wait('a')
        return done(turn)
      }),
    })
    const { id } = world.create({ auto_approve: true })
    await world.until('work', () => listSubtasks(world.db, id)[0]?.status === 'running')
    await world.restart()
    const agentId = listSubtasks(world.db, id)[0]?.agentId
    const recovered = world.events(id).find(({ type }) => type === 'task.recovered')
    expect(recovered?.data).toMatchObject({ status: 'running', adopted: [agentId] })
    gate.open('a')
    await attend(world, id)
    expect(world.engine.turns.size).toBe(2)
  })

  test('agents whose containers are all gone go on in new ones', async () => {
    const gate = createGate()
    await using world = createWorld({
      script: planThenWork(pair, async (turn) => {
        await gate.wait(turn.subtaskId ?? '')
        return done(turn)
      }),
    })
    const { id } = world.create({ auto_approve: true })
    await world.until('work', () => world.engine.running().length === 3)
    world.kill()
    world.engine.containers.clear()
    await world.restart()
    for (const name of ['a', 'b', 'c']) gate.open(name)
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
    expect(world.engine.volumes.size).toBe(0)
  })
})

describe('a stop', () => {
  test('that comes while finished work is handed in waits for it, and does not throw it away', async () => {
    const gate = createGate()
    const order: string[] = []
    await using world = createWorld({
      script: planThenWork({ subtasks: [step('a'), step('b', ['a'])] }),
      onCall: (service, name) => void order.push(`${service}.${name}`),
      slow: async (name) => {
        if (name === 'receive') await gate.wait('receive')
      },
    })
    const { id } = world.create({ auto_approve: true })
    await world.until('the hand-in', () => order.includes('workspaces.receive'))
    world.tasks.stop(id)
    for (let tick = 0; tick < 100; tick++) await new Promise((resolve) => setImmediate(resolve))
    expect(world.tasks.get(id).phase).toBe('stopping')
    expect(order.filter((name) => name === 'agents.stop')).toHaveLength(1)
    gate.open('receive')
    await world.until('rest', () => world.tasks.get(id).phase === null)
    const [a, b] = listSubtasks(world.db, id)
    expect(a).toMatchObject({ status: 'completed', attempt: 1 })
    expect(b).toMatchObject({ status: 'pending' })
    await attend(world, id)
    expect(world.engine.turns.size).toBe(3)
  })
})
