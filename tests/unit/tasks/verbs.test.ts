/** Every verb in every state, approval, messages and lists. Names end with the failure of the reference they rule out. */
import { describe, expect, test } from 'bun:test'
import { createPaint } from '#cli/client/paint.ts'
import { renderPlan } from '#cli/client/task-plan.ts'
import { type TaskStatus, taskStatuses } from '#contract/task.ts'
import { tasks } from '#db/schema/tables.ts'
import { type Verb, verbs } from '#tasks/states.ts'
import { attend } from '../../support/person.ts'
import { codeOf, createHeld, placeTask } from '../../support/task-setup.ts'
import {
  createWorld,
  diamond,
  failed,
  planThenWork,
  step,
  type World,
} from '../../support/test-tasks.ts'

/** What a verb makes of a task: there it may be asked for again. */
const isMade = (verb: string, status: TaskStatus): boolean =>
  (verb === 'stop' && status === 'paused') ||
  (verb === 'resume' && ['planning', 'approved', 'running'].includes(status)) ||
  (verb === 'cancel' && status === 'cancelled')

describe('every verb in every state', () => {
  const acts: Record<Verb, (world: World, id: string) => unknown> = {
    start: (world, id) => world.tasks.start(id),
    answer: (world, id) => world.tasks.skipQuestions(id),
    approve: (world, id) => world.tasks.approve(id, {}),
    edit: (world, id) => world.tasks.updatePlan(id, { notes: 'new' }),
    replan: (world, id) => world.tasks.replan(id, 'again'),
    stop: (world, id) => world.tasks.stop(id),
    resume: (world, id) => world.tasks.resume(id),
    'retry a subtask': (world, id) => world.tasks.retrySubtask(id, 'a'),
    'skip a subtask': (world, id) => world.tasks.skipSubtask(id, 'a'),
    'approve the work': (world, id) => world.tasks.approveWork(id, ''),
    freeze: (world, id) => void world.tasks.freeze(id).catch(() => {}),
    unfreeze: (world, id) => void world.tasks.unfreeze(id).catch(() => {}),
    'restart an agent': (world, id) =>
      void world.tasks
        .restartAgent(id, 'nobody', { instructions: 'x', conversation: 'same' })
        .catch(() => {}),
    'take a worker out': (world, id) =>
      void world.tasks.takeOut(id, 'nobody', { work: 'drop' }).catch(() => {}),
    relaunch(world, id) {
      const input = { prompt: '', auto_start: false, keep_context: true }
      world.tasks.relaunch(id, input).catch(() => {})
    },
    'set up': (world, id) => world.tasks.decideSetup(id, { do: 'retry' }),
    'follow up': (world, id) => world.tasks.sendComments(id, { summary: '', priority: 'next' }),
    restore: (world, id) => void world.tasks.restore(id, 'c1', { stop: false }).catch(() => {}),
    'answer a pull request': (world, id) =>
      void world.tasks.sendFollowUp(id, 'x', {}).catch(() => {}),
    deliver: (world, id) => world.tasks.deliver(id, {}),
    cancel: (world, id) => world.tasks.cancel(id),
  }
  for (const [verb, act] of Object.entries(acts))
    for (const status of taskStatuses) {
      if (isMade(verb, status)) {
        test(`${verb} changes nothing while ${status}, because it is so already`, async () => {
          await using world = createWorld()
          const id = placeTask(world, status)
          expect(codeOf(() => act(world, id))).toBe('fine')
          expect(world.tasks.get(id).status).toBe(status)
          expect(world.types(id)).toEqual([])
        })
        continue
      }
      const isPossible = (verbs[verb as Verb] as readonly string[]).includes(status)
      test(`${verb} is ${isPossible ? 'possible' : 'refused'} while ${status}`, async () => {
        await using world = createWorld()
        const id = placeTask(world, status)
        const code = codeOf(() => act(world, id))
        if (isPossible) expect(code).not.toBe('task.wrong-state')
        else {
          expect(code).toBe('task.wrong-state')
          expect(world.tasks.get(id).status).toBe(status)
          expect(world.types(id)).toEqual([])
        }
      })
    }

  test('of two approvals at once one wins (L10)', async () => {
    await using world = createWorld({ script: planThenWork(diamond) })
    const { id } = world.create()
    await world.until('a plan', () => world.status(id) === 'planned')
    const codes = await Promise.all(
      [1, 2].map(async () => codeOf(() => world.tasks.approve(id, { version: 1 }))),
    )
    expect(codes).toEqual(['fine', 'task.wrong-state'])
    await attend(world, id)
    expect([...world.engine.turns.values()]).toHaveLength(5)
  })

  test('creating with auto_start answers with the status it really has (L20)', async () => {
    await using world = createWorld()
    expect(world.create().status).toBe('planning')
    expect(world.create({ auto_start: false }).status).toBe('created')
  })

  test('a task that does not exist is not found, whatever is asked of it', async () => {
    await using world = createWorld()
    for (const act of Object.values(acts))
      expect(codeOf(() => act(world, 'nobody'))).toBe('task.not-found')
    expect(world.db.select().from(tasks).all()).toEqual([])
  })
})

describe('approval', () => {
  test('of a plan in which two may be at one file at once is possible, and the plan says so', async () => {
    const subtasks = [
      step('a', [], { files_involved: ['x.ts'] }),
      step('b', [], { files_involved: ['x.ts'] }),
    ]
    await using world = createWorld({ script: planThenWork({ subtasks }) })
    const { id } = world.create()
    await world.until('planned', () => world.status(id) === 'planned')
    const { warnings } = world.tasks.plan(id)
    expect(warnings).toMatchObject([{ subtasks: ['a', 'b'], files: ['x.ts'] }])
    const shown = renderPlan(
      { terminal: { columns: undefined }, paint: createPaint(false) },
      world.tasks.plan(id),
    )
    expect(shown.at(-1)).toBe(`Note: ${warnings?.[0]?.message}`)
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
  })

  const ready = async (): Promise<{ world: World; id: string }> => {
    const world = createWorld({ script: planThenWork(diamond) })
    const { id } = world.create()
    await world.until('a plan', () => world.status(id) === 'planned')
    return { world, id }
  }

  test('is for the version that was looked at', async () => {
    const { world, id } = await ready()
    await using _ = world
    world.tasks.updatePlan(id, { notes: 'changed meanwhile' })
    expect(codeOf(() => world.tasks.approve(id, { version: 1 }))).toBe('plan.stale')
    expect(codeOf(() => world.tasks.updatePlan(id, { notes: 'x', base_version: 1 }))).toBe(
      'plan.stale',
    )
    expect(world.tasks.approve(id, { version: 2 }).status).toBe('running')
  })

  const modified: { name: string; plan: unknown; code: string; subtasks: string[] }[] = [
    {
      name: 'null changes nothing (L17)',
      plan: null,
      code: 'fine',
      subtasks: ['base', 'left', 'right', 'top'],
    },
    {
      name: 'a list of subtasks replaces them',
      plan: [step('one')],
      code: 'fine',
      subtasks: ['one'],
    },
    {
      name: 'a whole plan replaces it',
      plan: { subtasks: [step('two')] },
      code: 'fine',
      subtasks: ['two'],
    },
    { name: 'an empty list is refused', plan: [], code: 'plan.invalid', subtasks: [] },
    { name: 'a text is refused', plan: 'go', code: 'plan.invalid', subtasks: [] },
    {
      name: 'a cycle is refused',
      plan: [step('a', ['b']), step('b', ['a'])],
      code: 'plan.invalid',
      subtasks: [],
    },
  ]
  for (const { name, plan, code, subtasks } of modified)
    test(`with a modified plan: ${name}`, async () => {
      const { world, id } = await ready()
      await using _ = world
      expect(codeOf(() => world.tasks.approve(id, { modified_plan: plan }))).toBe(code)
      if (code !== 'fine') {
        expect(world.tasks.get(id)).toMatchObject({ status: 'planned', plan_version: 1 })
        return
      }
      await attend(world, id)
      expect(world.tasks.plan(id).subtasks.map((row) => row.id)).toEqual(subtasks)
      expect(world.status(id)).toBe('completed')
    })

  test('a client cannot mark subtasks as done (L18)', async () => {
    const { world, id } = await ready()
    await using _ = world
    world.tasks.updatePlan(id, { subtasks: [step('a', [], { status: 'completed' })] })
    expect(world.tasks.plan(id).subtasks[0]?.status).toBe('pending')
  })
})

describe('agents and messages', () => {
  test('belong to their task', async () => {
    await using world = createWorld({ script: () => failed('x') })
    const mine = world.create()
    const other = world.create({ auto_start: false })
    const agentId = world.tasks.agents(mine.id)[0]?.id ?? ''
    expect(world.tasks.agent(mine.id, agentId).id).toBe(agentId)
    expect(codeOf(() => world.tasks.agent(other.id, agentId))).toBe('agent.not-found')
    const sent = world.tasks.send(other.id, { agent_id: agentId, content: 'x', priority: 'next' })
    await expect(sent).rejects.toMatchObject({ code: 'agent.not-found' })
  })

  test('a message to a running agent is received, and one to an agent that has ended is refused', async () => {
    const { gate, world } = createHeld()
    await using _ = world
    const { id } = world.create({ auto_approve: true })
    await world.until('work', () => world.engine.running().some((turn) => turn.kind === 'worker'))
    const agentId = world.engine.running()[0]?.agentId ?? ''
    const input = { agent_id: agentId, content: 'Hello.', priority: 'next' as const }
    expect(await world.tasks.send(id, input)).toMatchObject({ state: 'queued' })
    world.tasks.postMessage(id, { from: 'user', to: 'base', content: 'Also this.' })
    await world.until('both', () => world.tasks.inputs(id, agentId).length === 2)
    expect(
      world.tasks
        .inputs(id, agentId)
        .map(({ content }) => content)
        .sort(),
    ).toEqual(['Hello.', 'Message from user:\n\n```\nAlso this.\n```'])
    for (const name of ['base', 'left', 'right', 'top']) gate.open(name)
    await attend(world, id)
    expect(await world.tasks.send(id, input)).toMatchObject({ state: 'refused' })
  })

  test('messages are kept in order and read on from the last one seen', async () => {
    await using world = createWorld()
    const { id } = world.create({ auto_start: false })
    for (const content of ['one', 'two', 'three'])
      world.tasks.postMessage(id, { from: 'user', content })
    const all = world.tasks.messages(id, { limit: 10 })
    expect(all.map(({ content }) => content)).toEqual(['one', 'two', 'three'])
    const rest = world.tasks.messages(id, { afterId: all[0]?.id ?? 0, limit: 1 })
    expect(rest.map(({ content }) => content)).toEqual(['two'])
    expect(
      codeOf(() => world.tasks.postMessage(id, { from: 'user', to: 'nobody', content: 'x' })),
    ).toBe('subtask.not-found')
  })
})

describe('lists', () => {
  test('are filtered by status and by words, newest first, with the number of all that match', async () => {
    await using world = createWorld()
    for (const name of ['Rocket 100%', 'rocket two', 'Boat'])
      world.create({ name, auto_start: false })
    const names = (filter: object): string[] =>
      world.tasks.list({ limit: 10, offset: 0, ...filter }).tasks.map(({ name }) => name)
    expect(names({})).toEqual(['Boat', 'rocket two', 'Rocket 100%'])
    expect(names({ search: 'ROCKET' })).toEqual(['rocket two', 'Rocket 100%'])
    expect(names({ search: '0%' })).toEqual(['Rocket 100%'])
    expect(names({ status: ['running'] })).toEqual([])
    expect(world.tasks.list({ limit: 1, offset: 1 })).toMatchObject({
      total: 3,
      tasks: [{ name: 'rocket two' }],
    })
  })
})
