/** Another run of a task that has ended. Names end with the failure of the reference they rule out. */
import { describe, expect, test } from 'bun:test'
import { AppError } from '#contract/errors.ts'
import { taskStatuses } from '#contract/task.ts'
import { secrets } from '#db/schema/installation.ts'
import { findTask } from '#db/tasks.ts'
import { attend } from '../../support/person.ts'
import { codeOf, placeTask } from '../../support/task-setup.ts'
import { createTestClock } from '../../support/test-clock.ts'
import {
  createWorld,
  done,
  failed,
  planThenWork,
  step,
  type TestOptions,
  type World,
} from '../../support/test-tasks.ts'

const plan = { subtasks: [step('first'), step('second', ['first'])] }
const again = { prompt: '', auto_start: false, keep_context: true }

/** A task that has run to its end: `first` is merged, `second` only when it did not fail. */
async function ended(
  options: TestOptions & { fails?: boolean } = {},
): Promise<{ world: World; id: string }> {
  let isFailing = options.fails ?? false
  const world = createWorld({
    config: { maxAttempts: 1 },
    script: planThenWork(plan, (turn) =>
      isFailing && turn.subtaskId === 'second' ? failed('The tests are red.') : done(turn),
    ),
    ...options,
  })
  const { id } = world.create({ auto_approve: true })
  world.tasks.postMessage(id, { from: 'a person', content: 'Mind the \u0060\u0060\u0060 gap.' })
  await attend(world, id)
  isFailing = false
  return { world, id }
}

const promptsOf = (world: World, taskId: string, kind: 'planner' | 'worker'): string[] => {
  const mine = new Set(world.tasks.agents(taskId).map((agent) => agent.id))
  return [...world.engine.turns.values()]
    .filter((turn) => mine.has(turn.agentId) && turn.kind === kind)
    .map(({ prompt }) => prompt)
}

describe('with its context, a relaunch', () => {
  test('begins with the files of the old result, and planner and agents know what was done (L21)', async () => {
    const { world, id } = await ended({ fails: true })
    await using _ = world
    expect(world.status(id)).toBe('failed')
    const { id: other, ...task } = await world.tasks.relaunch(id, { ...again, auto_start: true })
    expect(task).toMatchObject({ status: 'planning', relaunched_from: id, keeps_context: true })
    expect(task.base_commit).toBe(world.repositories.get(id).head)
    expect(task.branch).not.toBe(world.tasks.get(id).branch)
    expect(world.repositories.headFiles(other)).toContain('first.txt')
    await attend(world, other)
    expect(world.status(other)).toBe('completed')
    const [asked = ''] = promptsOf(world, other, 'planner')
    for (const fact of [
      'The run before this one',
      'first is done',
      'The tests are red.',
      'first.txt',
      'Mind the ``` gap.',
    ])
      expect(asked).toContain(fact)
    for (const prompt of promptsOf(world, other, 'worker'))
      expect(prompt).toContain('/workspace/.klaudio/previous-run.md')
    const worker = world.tasks.agents(other).find(({ kind }) => kind === 'worker')
    expect(world.engine.files.get(worker?.id ?? '')).toContain('.klaudio/previous-run.md')
    expect(world.types(id).at(-1)).toBe('task.relaunched')
    expect(world.copied).toEqual([[id, other]])
  })

  test('does not need the old task any more, and tells nothing of the run before that one (L21)', async () => {
    const { world, id } = await ended()
    await using _ = world
    const second = await world.tasks.relaunch(id, { ...again, prompt: 'The second prompt.' })
    await world.tasks.delete(id)
    world.tasks.start(second.id)
    await attend(world, second.id)
    expect(world.status(second.id)).toBe('completed')
    const third = await world.tasks.relaunch(second.id, { ...again, prompt: 'The third prompt.' })
    const told = findTask(world.db, third.id)?.previousRun
    expect(told).toMatchObject({ task_id: second.id, prompt: 'The second prompt.' })
    expect(JSON.stringify(told)).not.toContain(id)
  })

  test('of a task that never had files begins at its source', async () => {
    await using world = createWorld({ script: planThenWork(plan) })
    const id = placeTask(world, 'cancelled')
    const other = await world.tasks.relaunch(id, { ...again, auto_start: true })
    await attend(world, other.id)
    expect(world.status(other.id)).toBe('completed')
  })
})

test('without its context a relaunch begins at the source and knows nothing of the old run', async () => {
  const { world, id } = await ended()
  await using _ = world
  const other = await world.tasks.relaunch(id, { ...again, keep_context: false, auto_start: true })
  expect(other).toMatchObject({ relaunched_from: id, keeps_context: false, base_commit: null })
  await attend(world, other.id)
  expect(world.status(other.id)).toBe('completed')
  const prompts = promptsOf(world, other.id, 'planner').concat(promptsOf(world, other.id, 'worker'))
  expect(prompts.length).toBeGreaterThan(1)
  for (const prompt of prompts) {
    expect(prompt).not.toContain('The run before this one')
    expect(prompt).not.toContain('previous-run')
  }
  expect(world.copied).toEqual([[id, other.id]])
})

describe('a relaunch', () => {
  test('that is asked for twice at once, or sent again, is one; later it is another (L10)', async () => {
    const clock = createTestClock()
    const { world, id } = await ended({ clock })
    await using _ = world
    const [one, two] = await Promise.all([
      world.tasks.relaunch(id, again),
      world.tasks.relaunch(id, { ...again, auto_start: true }),
    ])
    expect(two?.id).toBe(one?.id)
    const sentAgain = await world.tasks.relaunch(id, again)
    expect(sentAgain).toMatchObject({ id: one?.id, status: 'planning' })
    expect((await world.tasks.relaunch(id, { ...again, prompt: 'Else.' })).id).not.toBe(one?.id)
    await clock.sleep(10_001)
    expect((await world.tasks.relaunch(id, again)).id).not.toBe(one?.id)
    expect(world.types(id).filter((type) => type === 'task.relaunched')).toHaveLength(3)
  })

  for (const status of taskStatuses) {
    const isPossible = ['completed', 'failed', 'cancelled'].includes(status)
    test(`is ${isPossible ? 'possible' : 'refused'} while ${status}`, async () => {
      await using world = createWorld()
      const id = placeTask(world, status)
      if (isPossible) expect((await world.tasks.relaunch(id, again)).status).toBe('created')
      else expect(codeOf(() => world.tasks.relaunch(id, again))).toBe('task.wrong-state')
      expect(world.tasks.list({ limit: 10 }).total).toBe(isPossible ? 2 : 1)
    })
  }

  test('whose files cannot be copied makes nothing and says why (L21)', async () => {
    let isFull = false
    const { world, id } = await ended({
      onCall(_service, name) {
        if (isFull && name === 'fork') throw new AppError('git.failed', 'There is no room.')
      },
    })
    await using _ = world
    isFull = true
    await expect(world.tasks.relaunch(id, again)).rejects.toThrow('There is no room.')
    expect(world.tasks.list({ limit: 10 }).total).toBe(1)
    expect(world.types(id)).not.toContain('task.relaunched')
    isFull = false
    expect((await world.tasks.relaunch(id, again)).status).toBe('created')
  })

  test('that a crash cut short leaves nothing, and can be asked for again', async () => {
    const forking = Promise.withResolvers<void>()
    const { world, id } = await ended({
      slow: async (name) => {
        if (name !== 'fork') return
        forking.resolve()
        await new Promise(() => {})
      },
    })
    await using _ = world
    void world.tasks.relaunch(id, again).catch(() => {})
    await forking.promise
    await world.restart()
    await world.until('only one', () => world.tasks.list({ limit: 10 }).total === 1)
    expect(world.repositories.repositories.size).toBe(1)
    expect((await world.tasks.relaunch(id, { ...again, keep_context: false })).status).toBe(
      'created',
    )
  })

  test('has the access token of its source for itself, and it goes with the task', async () => {
    await using world = createWorld({ script: planThenWork(plan) })
    const source = { kind: 'git', url: 'https://example.org/x.git' } as const
    const { id } = world.create({ source, access_token: 'secret', auto_approve: true })
    await attend(world, id)
    const other = await world.tasks.relaunch(id, again)
    expect(world.db.select().from(secrets).all()).toHaveLength(2)
    await world.tasks.delete(id)
    expect(world.db.select().from(secrets).all()).toHaveLength(1)
    await world.tasks.delete(other.id)
    expect(world.db.select().from(secrets).all()).toEqual([])
  })
})
