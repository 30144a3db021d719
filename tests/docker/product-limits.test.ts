/** Slots: who waits, who sees it, and who is next. The model holds agents at work for as long as a test wants. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { TaskEvent } from '#contract/event.ts'
import type { SystemState } from '#contract/system.ts'
import { say, write } from '#model/story.ts'
import { requireEngine } from '../support/docker.ts'
import { type Hold, inTask, planned } from '../support/product-model.ts'
import { pathsOf, startWorld, type World } from '../support/product-world.ts'

/** A task of independent subtasks that each write one file. */
const independent = (name: string, ids: readonly string[]) =>
  inTask(name, {
    planner: planned(ids.map((id) => ({ id }))),
    subtasks: Object.fromEntries(ids.map((id) => [id, [write(`${id}.txt`, id), say('Done.')]])),
  })

const letters = ['a', 'b', 'c'] as const
const noEngine = await requireEngine()

describe.skipIf(noEngine !== undefined)('two slots', () => {
  let world: World

  beforeAll(async () => {
    world = await startWorld({
      env: { KLAUDIO_MAX_AGENTS: '2' },
      stories: [
        independent('beyond-all-slots', letters),
        independent('one-at-a-time', ['a', 'b']),
        independent('fair-one', letters),
        independent('fair-two', ['a', 'b']),
      ],
    })
  }, 30_000)
  afterAll(() => world?.[Symbol.asyncDispose](), 30_000)

  const slots = async () => (await world.product.get<SystemState>('/api/system')).slots
  const queued = (task: string, subtask: string): Promise<TaskEvent> =>
    world.product.until(
      task,
      ({ type, subtask_id, data }) =>
        type === 'agent.status' && subtask_id === subtask && data.status === 'queued',
    )
  const holdAll = (task: string, ids: readonly string[]): Hold[] =>
    ids.map((agent) => world.model.hold({ task, agent }))

  test('make a third agent wait where everybody sees it, until one is free', async () => {
    const name = 'beyond-all-slots'
    const [a, b] = holdAll(name, ['a', 'b'])
    const { id } = await world.create(name)
    await Promise.all([a?.reached, b?.reached, queued(id, 'c')])

    expect(await world.agentOf(id, 'c')).toMatchObject({ status: 'queued', queue_position: 1 })
    expect(await slots()).toMatchObject({ used: 2, total: 2, queued: 1 })
    const { subtasks } = await world.product.plan(id)
    expect(subtasks.map(({ status }) => status)).toEqual(['running', 'running', 'queued'])

    a?.open()
    await world.reach(id, 'subtask.completed', 'c')
    expect((await world.agentOf(id, 'c')).queue_position).toBeUndefined()
    expect((await world.agentOf(id, 'b')).status).toBe('running')

    b?.open()
    const task = await world.rest(id)
    expect(task).toMatchObject({ status: 'completed', progress: { completed: 3 } })
    expect(pathsOf(world.bareOf(id), task.branch)).toEqual(['a.txt', 'b.txt', 'c.txt'])
    expect(await slots()).toMatchObject({ used: 0, queued: 0 })
  }, 60_000)

  test('are not all for a task with a smaller limit of its own', async () => {
    const name = 'one-at-a-time'
    const [a] = holdAll(name, ['a'])
    const { id } = await world.create(name, { limits: { max_agents: 1 } })
    await Promise.all([a?.reached, queued(id, 'b')])

    expect(await slots()).toMatchObject({ used: 1, queued: 1 })
    expect(await world.agentOf(id, 'b')).toMatchObject({ status: 'queued', queue_position: 1 })

    a?.open()
    expect(await world.rest(id)).toMatchObject({ status: 'completed' })
    const starts = (await world.product.events(id)).filter(({ type }) => type.startsWith('subtask'))
    const order = starts.map(({ type, subtask_id }) => `${type} ${subtask_id}`)
    expect(order.indexOf('subtask.started b')).toBeGreaterThan(
      order.indexOf('subtask.integrating a'),
    )
  }, 60_000)

  test('go to two tasks in turn when both have work waiting', async () => {
    const [one, two] = await Promise.all(
      ['fair-one', 'fair-two'].map((name) => world.create(name, { auto_approve: false })),
    )
    if (!one || !two) throw new Error('two tasks were made')
    const [oneA, oneB, oneC] = holdAll('fair-one', letters)
    const [twoA, twoB] = holdAll('fair-two', ['a', 'b'])
    const ids = [one.id, two.id]
    await Promise.all(ids.map((id) => world.reach(id, 'plan.generated')))
    await world.product.post(`/api/tasks/${one.id}/approve`)
    await Promise.all([oneA?.reached, oneB?.reached])
    await world.product.post(`/api/tasks/${two.id}/approve`)
    await Promise.all(['a', 'b'].map((letter) => queued(two.id, letter)))

    // Each slot that becomes free goes to the task that holds fewer, whoever waits longer.
    oneA?.open()
    await twoA?.reached
    oneB?.open()
    await oneC?.reached
    twoA?.open()
    await twoB?.reached
    oneC?.open()
    twoB?.open()

    const done = await Promise.all(ids.map((id) => world.rest(id)))
    expect(done.map(({ status }) => status)).toEqual(['completed', 'completed'])
    const events = (await Promise.all(ids.map((id) => world.product.events(id)))).flat()
    const starts = events
      .filter(({ type }) => type === 'subtask.started')
      .sort((x, y) => x.id - y.id)
      .map(({ task_id, subtask_id }) => `${task_id === one.id ? 'one' : 'two'} ${subtask_id}`)
    expect(starts.slice(0, 2).sort()).toEqual(['one a', 'one b'])
    expect(starts.slice(2)).toEqual(['two a', 'one c', 'two b'])
    expect(world.model.problems()).toEqual([])
  }, 90_000)
})
