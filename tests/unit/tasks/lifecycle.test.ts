/** Stopping, resuming, cancelling, deleting. Names end with the failure of the reference they rule out. */
import { describe, expect, test } from 'bun:test'
import { AppError } from '#contract/errors.ts'
import { taskStatuses } from '#contract/task.ts'
import { listAgents } from '#db/agents.ts'
import { secrets } from '#db/schema/installation.ts'
import { attend } from '../../support/person.ts'
import { codeOf, createHeld, placeTask } from '../../support/task-setup.ts'
import {
  asked,
  createGate,
  createWorld,
  diamond,
  done,
  planned,
  planThenWork,
  step,
} from '../../support/test-tasks.ts'

describe('stop and resume', () => {
  test('all agents are brought to rest, none of it counts as a failure, and work goes on where it was (L11, L12)', async () => {
    const { gate, world } = createHeld()
    await using _ = world
    const { id } = world.create({ auto_approve: true })
    gate.open('base')
    await world.until('two at work', () => world.engine.running().length === 2)
    await world.until('the others have ended', () => world.engine.containers.size === 2)
    const isAtWork = ({ status }: { status: string }): boolean => status === 'running'
    await world.until('it is known', () => world.tasks.agents(id).filter(isAtWork).length === 2)
    const before = world.tasks.plan(id).subtasks.map(({ agent_id }) => agent_id)
    expect(world.tasks.stop(id)).toMatchObject({ status: 'paused', phase: 'stopping' })
    expect(codeOf(() => world.tasks.replan(id, 'x'))).toBe('task.busy')
    const { halt } = world.tasks.get(id)
    expect(halt).toMatchObject({ by: 'person', agents: 2, at_rest: 0, saved: 0, lost: [] })
    await world.until('rest', () => world.tasks.get(id).phase === null)
    expect(world.tasks.get(id).halt).toMatchObject({ agents: 2, at_rest: 2, saved: 2, lost: [] })
    expect(world.engine.containers.size).toBe(0)
    expect(world.engine.volumes.size).toBeGreaterThanOrEqual(2)
    expect(world.tasks.queue().used).toBe(0)
    const held = Object.fromEntries(world.tasks.plan(id).subtasks.map((row) => [row.id, row]))
    expect(held).toMatchObject({
      base: { status: 'completed' },
      left: { status: 'queued', attempt: 1 },
      right: { status: 'queued', attempt: 1 },
      top: { status: 'pending' },
    })
    expect(world.types(id)).not.toContain('subtask.failed')
    expect(world.types(id)).toContain('task.paused')
    world.tasks.resume(id)
    gate.open('top')
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
    const after = world.tasks.plan(id).subtasks.map(({ agent_id, attempt }) => [agent_id, attempt])
    expect(after.slice(0, 3)).toEqual(before.slice(0, 3).map((agentId) => [agentId, 1]))
  })

  test('a planner can be stopped, and its session goes on (L9)', async () => {
    const gate = createGate()
    await using world = createWorld({
      async script(turn) {
        if (turn.number === 1) await gate.wait('planner')
        return turn.kind === 'planner' ? planned(diamond) : done(turn)
      },
    })
    const { id } = world.create()
    await world.until('work', () => world.engine.running().length === 1)
    world.tasks.stop(id)
    await world.until('rest', () => world.tasks.get(id).phase === null)
    expect(world.engine.containers.size).toBe(0)
    world.tasks.resume(id)
    gate.open('planner')
    await attend(world, id)
    expect(world.tasks.agents(id).filter(({ kind }) => kind === 'planner')).toHaveLength(1)
  })

  test('open questions survive a stop', async () => {
    await using world = createWorld({
      script: (turn) =>
        turn.kind === 'planner' && turn.number === 1 ? asked('A?') : planThenWork(diamond)(turn),
    })
    const { id } = world.create()
    await world.until('questions', () => world.tasks.get(id).phase === 'awaiting_answers')
    world.tasks.stop(id)
    await world.until('rest', () => world.tasks.get(id).phase === null)
    expect(codeOf(() => world.tasks.answer(id, world.tasks.questions(id)[0]?.id ?? '', 'x'))).toBe(
      'task.wrong-state',
    )
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
  })

  test('a task that waits for a slot leaves the queue when it is stopped', async () => {
    const gate = createGate()
    await using world = createWorld({
      config: { maxAgents: 1 },
      async script(turn) {
        await gate.wait(turn.agentId)
        return planned(diamond)
      },
    })
    world.create()
    const { id } = world.create()
    await world.until('the queue', () => world.tasks.queue().waiting.length === 1)
    world.tasks.stop(id)
    await world.until('rest', () => world.tasks.get(id).phase === null)
    expect(world.tasks.queue().waiting).toEqual([])
    expect(world.tasks.agents(id)[0]?.status).toBe('stopped')
    world.tasks.resume(id)
    expect(world.tasks.get(id).status).toBe('planning')
    await world.until('the queue', () => world.tasks.queue().waiting.length === 1)
  })

  test('an agent that cannot be stopped does not keep the task from resting', async () => {
    const { world } = createHeld()
    await using _ = world
    let isBroken = false
    await using broken = createWorld({
      script: planThenWork({ subtasks: [step('a')] }, async (turn) => {
        if (turn.number === 1) await new Promise(() => {})
        return done(turn)
      }),
      onCall(_service, name) {
        if (name === 'stop' && isBroken) throw new AppError('engine.failed', 'No.')
      },
    })
    const { id } = broken.create({ auto_approve: true })
    await broken.until('work', () => broken.engine.running().length === 1)
    isBroken = true
    broken.tasks.stop(id)
    await broken.until('rest', () => broken.tasks.get(id).phase === null)
    const worker = broken.tasks.agents(id).find(({ kind }) => kind === 'worker')
    expect(worker).toMatchObject({ status: 'lost', error: 'It could not be stopped: No.' })
  })
})

describe('a server that ends', () => {
  test('leaves its agents working unless it is told otherwise, and pauses them when it is: the next start goes on (L2)', async () => {
    const { gate, world } = createHeld()
    await using _ = world
    gate.open('base')
    const { id } = world.create({ auto_approve: true })
    await world.until('two at work', () => world.engine.running().length === 2)
    const asleep = world.create({ auto_start: false }).id
    await world.tasks.pauseAll()
    expect(world.tasks.get(id)).toMatchObject({ status: 'paused', phase: null })
    expect(world.engine.containers.size).toBe(0)
    expect(world.events(id).at(-1)).toMatchObject({ type: 'task.paused', data: { by: 'shutdown' } })
    await world.restart()
    expect(world.tasks.get(id).status).toBe('running')
    expect(world.tasks.get(asleep).status).toBe('created')
    gate.open('top')
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
    expect(world.types(id)).not.toContain('subtask.retrying')
  })

  test('does not wake what a person paused', async () => {
    const { gate, world } = createHeld()
    await using _ = world
    gate.open('base')
    const { id } = world.create({ auto_approve: true })
    await world.until('two at work', () => world.engine.running().length === 2)
    world.tasks.stop(id)
    await world.tasks.pauseAll()
    await world.restart()
    expect(world.tasks.get(id).status).toBe('paused')
  })

  test('carries a pause that was cut short to its end, and goes on', async () => {
    const { gate, world } = createHeld()
    await using _ = world
    gate.open('base')
    const { id } = world.create({ auto_approve: true })
    await world.until('two at work', () => world.engine.running().length === 2)
    void world.tasks.pauseAll()
    expect(world.tasks.get(id)).toMatchObject({ status: 'paused', phase: 'stopping' })
    await world.restart()
    gate.open('top')
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
    expect(world.types(id)).not.toContain('subtask.retrying')
  })
})

describe('cancel and delete', () => {
  test('a cancelled task lets go of containers and volumes, keeps its repository, and can start again (L14)', async () => {
    const { gate, world } = createHeld({ warmAgents: 3 })
    await using _ = world
    const { id } = world.create({ auto_approve: true })
    gate.open('base')
    await world.until('two at work', () => world.engine.running().length === 2)
    expect(world.tasks.cancel(id)).toMatchObject({ status: 'cancelled', phase: 'cancelling' })
    await world.until('rest', () => world.tasks.get(id).phase === null)
    expect(world.engine.containers.size).toBe(0)
    expect(world.engine.volumes.size).toBe(0)
    expect(world.repositories.headFiles(id)).toContain('base.txt')
    expect(world.events(id).at(-1)).toMatchObject({
      type: 'task.cancelled',
      data: { left: [], kept: { branch: world.tasks.get(id).branch } },
    })
    for (const name of ['base', 'left', 'right', 'top']) gate.open(name)
    world.tasks.start(id)
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
  })

  test('deleting a running task leaves no trace of it (L15)', async () => {
    const { gate, world } = createHeld()
    await using _ = world
    const { id } = world.create({
      auto_approve: true,
      access_token: 'secret',
      source: { kind: 'git', url: 'https://example.org/x.git' },
    })
    gate.open('base')
    await world.until('two at work', () => world.engine.running().length === 2)
    const agents = world.tasks.agents(id).map((agent) => agent.id)
    const answer = await world.tasks.delete(id)
    expect(answer).toMatchObject({ status: 'deleted', removed: { repository: true, left: [] } })
    expect(answer.removed?.events).toBeGreaterThan(10)
    expect(codeOf(() => world.tasks.get(id))).toBe('task.not-found')
    expect(world.engine.containers.size).toBe(0)
    expect(world.engine.volumes.size).toBe(0)
    expect(world.repositories.repositories.has(id)).toBe(false)
    expect(world.removed).toEqual({ outputs: agents, files: [id] })
    expect(world.db.select().from(secrets).all()).toEqual([])
    expect(listAgents(world.db)).toEqual([])
    expect(world.events(id)).toEqual([])
    expect(world.tasks.queue()).toMatchObject({ used: 0, waiting: [] })
  })

  test('what waits for an engine that is away is told at once, shown, and goes when it is back (L15)', async () => {
    const sentence = 'Docker is not answering.'
    let isAway = false
    const gate = createGate()
    await using world = createWorld({
      script: planThenWork(diamond, async (turn) => {
        await gate.wait(turn.subtaskId ?? '')
        return done(turn)
      }),
      onCall(service) {
        if (service === 'agents' && isAway) throw new AppError('engine.unreachable', sentence)
      },
    })
    const { id } = world.create({ auto_approve: true })
    await world.until('work', () => world.engine.running().length === 1)
    isAway = true
    world.tasks.engineAway(sentence)
    expect(await world.tasks.delete(id)).toEqual({ status: 'deleting', waiting_for: sentence })
    await world.until('the sentence', () => world.tasks.get(id).error === sentence)
    expect(world.tasks.get(id)).toMatchObject({ status: 'cancelled', phase: 'cancelling' })
    isAway = false
    world.tasks.engineAway(undefined)
    await world.until('gone', () => codeOf(() => world.tasks.get(id)) === 'task.not-found')
    expect(world.engine.containers.size + world.engine.volumes.size).toBe(0)
  })

  test('what the engine refuses to remove is named (L15)', async () => {
    await using world = createWorld({
      script: planThenWork({ subtasks: [step('a')] }, () => new Promise(() => {})),
      onCall(_service, name) {
        if (name === 'stop' || name === 'discard') throw new AppError('engine.failed', 'In use.')
      },
    })
    const { id } = world.create({ auto_approve: true })
    await world.until('work', () => world.engine.running().length === 1)
    const { removed } = await world.tasks.delete(id)
    expect(removed?.left).toHaveLength(2)
    expect(codeOf(() => world.tasks.get(id))).toBe('task.not-found')
  })

  for (const status of taskStatuses)
    test(`a task that is ${status} can be deleted`, async () => {
      await using world = createWorld()
      const id = placeTask(world, status)
      await world.tasks.delete(id)
      expect(codeOf(() => world.tasks.get(id))).toBe('task.not-found')
    })

  test('a deletion that a crash cut short goes on at the next start', async () => {
    await using world = createWorld()
    const id = placeTask(world, 'completed')
    // Whoever asked is gone with the process, and whatever it would be told.
    void world.tasks.delete(id).catch(() => {})
    await world.restart()
    await world.until('gone', () => codeOf(() => world.tasks.get(id)) === 'task.not-found')
  })

  test('a deletion under way when the server stops says that it goes on later', async () => {
    await using world = createWorld()
    const id = placeTask(world, 'completed')
    const told = world.tasks.delete(id).catch((error: unknown) => error)
    await world.tasks.close()
    expect(await told).toMatchObject({ code: 'server.stopping' })
  })
})
