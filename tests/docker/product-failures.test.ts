/** What goes wrong with a plan, a subtask or a merge: what it costs, what is said about it, and the way forward. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Plan, Subtask } from '#contract/plan.ts'
import { bash, call, fail, type Parts, type Step, say, write } from '#model/story.ts'
import { requireEngine } from '../support/docker.ts'
import { inTask, planned, toPlan } from '../support/product-model.ts'
import { eventually, gitOut, pathsOf, startWorld, type World } from '../support/product-world.ts'

const refused = 'The prompt is no good'
/** Fails for good, unless a person has improved the prompt. */
const unlessImproved =
  (path: string): Step =>
  ({ prompt }): Parts =>
    prompt.includes('Do it well') ? write(path, 'well') : fail(400, { message: refused })

const stories = [
  inTask('one-fails', {
    planner: planned([
      { id: 'good' },
      { id: 'bad' },
      { id: 'next', depends_on: ['bad'] },
      { id: 'last', depends_on: ['next', 'good'] },
    ]),
    subtasks: {
      good: [write('good.txt', 'good'), say('Good.')],
      bad: [unlessImproved('bad.txt'), say('Better.')],
      next: [bash('cp bad.txt next.txt'), say('Copied.')],
      last: [bash('cat next.txt good.txt > last.txt'), say('Joined.')],
    },
  }),
  inTask('go-on-without', {
    planner: planned([{ id: 'bad' }, { id: 'next', depends_on: ['bad'] }]),
    subtasks: {
      bad: [unlessImproved('bad.txt')],
      next: [
        ({ prompt }) => write('next.txt', prompt.includes('go on without: bad') ? 'told' : 'not'),
        say('Done without it.'),
      ],
    },
  }),
  inTask('both-change-it', {
    planner: planned([{ id: 'first' }, { id: 'second' }]),
    subtasks: {
      first: [bash('echo first > same.txt && echo 1 > first.txt'), say('First.')],
      second: [
        ({ prompt }) =>
          prompt.includes('An earlier attempt')
            ? bash('echo second >> same.txt && echo 2 > second.txt')
            : bash('echo second > same.txt && echo 2 > second.txt'),
        say('Second.'),
      ],
      resolver: [
        call('mcp__team__report_failed', { reason: 'They contradict each other.' }),
        say('It cannot be brought together.'),
      ],
    },
  }),
  inTask('brought-together', {
    planner: planned([{ id: 'first' }, { id: 'second' }]),
    subtasks: {
      first: [
        bash(
          "echo first > same.txt && printf 'test:\\n\\t! grep BAD same.txt && cp same.txt made-by-test\\n' > Makefile",
        ),
        say('First.'),
      ],
      second: [bash('echo second > same.txt'), say('Second.')],
    },
    // The resolver, told once what the tests say.
    others: [
      [
        bash("grep -c '^<<<<<<<' same.txt && printf 'BAD\\n' > same.txt"),
        call('mcp__team__report_done', { summary: 'Brought together.' }),
        say('Done.'),
      ],
      [
        bash("printf 'first\\nsecond\\n' > same.txt"),
        call('mcp__team__report_done', { summary: 'Both lines.' }),
        say('Done.'),
      ],
    ],
  }),
  inTask('planner-learns', {
    planner: [
      [
        toPlan([
          { id: 'egg', depends_on: ['hen'] },
          { id: 'hen', depends_on: ['egg'] },
        ]),
      ],
      [toPlan([{ id: 'egg', depends_on: ['rooster'] }])],
      [toPlan([{ id: 'egg' }])],
    ],
    subtasks: { egg: [write('egg.txt', 'egg'), say('An egg.')] },
  }),
]

const noEngine = await requireEngine()

describe.skipIf(noEngine !== undefined)('when something fails', () => {
  let world: World

  beforeAll(async () => {
    world = await startWorld({ stories })
  }, 30_000)
  afterAll(() => world?.[Symbol.asyncDispose](), 30_000)

  const subtasksOf = async (task: string): Promise<Record<string, Subtask>> => {
    const plan: Plan = await world.product.plan(task)
    return Object.fromEntries(plan.subtasks.map((one) => [one.id, one]))
  }
  const lastSeq = async (task: string): Promise<number> =>
    (await world.product.events(task)).at(-1)?.seq ?? 0
  const again = async (task: string, verb: string, body?: unknown) => {
    const seq = await lastSeq(task)
    await world.product.post(`/api/tasks/${task}/subtasks/${verb}`, body)
    return await world.end(task, seq)
  }
  /** The second subtask ends after the first one is merged, so that it is the one in conflict. */
  const conflicting = async (name: string): Promise<string> => {
    const second = world.model.hold({ task: name, agent: 'second', step: 1 })
    const { id } = await world.create(name)
    await second.reached
    await world.reach(id, 'subtask.completed', 'first')
    second.open()
    return id
  }

  test('a subtask takes its dependents with it, not its siblings, and a better prompt completes the task', async () => {
    const { id } = await world.create('one-fails')
    const failed = await world.end(id)
    expect(failed).toMatchObject({
      status: 'failed',
      progress: { total: 4, completed: 1, failed: 1, skipped: 2, running: 0 },
    })
    expect(failed.error).toStartWith('3 of 4 subtasks did not complete. "bad" failed: ')
    expect(failed.error).toContain(refused)
    expect(failed.error).toEndWith('Skipped because of that: "next", "last".')
    const before = await subtasksOf(id)
    expect(before.bad).toMatchObject({ status: 'failed', attempt: 1 })
    expect(before.bad?.error).toContain(refused)
    expect(before.next).toMatchObject({ status: 'skipped', error: 'Skipped because "bad" failed.' })
    expect(before.last).toMatchObject({ status: 'skipped', error: 'Skipped because "bad" failed.' })
    expect(before.good).toMatchObject({ status: 'completed' })
    expect(pathsOf(world.bareOf(id), failed.branch)).toEqual(['good.txt'])
    // The agent is ended after its subtask.
    await eventually(async () => (await world.agentOf(id, 'bad')).error !== undefined)
    expect((await world.agentOf(id, 'bad')).error).toContain(refused)

    const done = await again(id, 'bad/retry', { prompt: 'Do it well.' })
    expect(done).toMatchObject({ status: 'completed', plan_version: 2 })
    expect(done.error).toBeUndefined()
    expect(gitOut(world.bareOf(id), 'show', `${done.branch}:last.txt`)).toBe('wellgood')
    const told = world.model.asked('one-fails').findLast(({ agent }) => agent === 'bad')
    expect(told?.prompt).toContain('An earlier attempt at this subtask did not succeed')
    expect(told?.prompt).toContain(refused)
    expect((await subtasksOf(id)).good?.attempt).toBe(1)
  }, 60_000)

  test('a person can go on without the subtask, and its dependents are told', async () => {
    const { id } = await world.create('go-on-without')
    expect((await world.end(id)).status).toBe('failed')
    const done = await again(id, 'bad/skip')
    expect(done).toMatchObject({ status: 'completed', progress: { completed: 1, skipped: 1 } })
    expect(gitOut(world.bareOf(id), 'show', `${done.branch}:next.txt`)).toBe('told')
  }, 60_000)

  test('a merge conflict stops the subtask, names the paths and keeps both sides', async () => {
    const name = 'both-change-it'
    const id = await conflicting(name)
    const failed = await world.end(id)
    expect(failed.status).toBe('failed')
    expect(failed.error).toContain('same.txt')
    const before = await subtasksOf(id)
    expect(before.second).toMatchObject({ status: 'failed', conflicts: ['same.txt'] })
    const bare = world.bareOf(id)
    expect(gitOut(bare, 'show', `${failed.branch}:same.txt`)).toBe('first\n')
    expect(gitOut(bare, 'show', `${before.second?.work_commit}:same.txt`)).toBe('second\n')
    const kept = gitOut(bare, 'for-each-ref', '--points-at', `${before.second?.work_commit}`)
    expect(kept).toContain(before.second?.agent_id ?? 'an agent')
    expect(pathsOf(bare, failed.branch)).toEqual(['first.txt', 'same.txt'])

    const done = await again(id, 'second/retry')
    expect(done.status).toBe('completed')
    expect(gitOut(bare, 'show', `${done.branch}:same.txt`)).toBe('first\nsecond\n')
  }, 60_000)

  test('a conflict goes to an agent, and what it makes of it is merged once the tests pass on it', async () => {
    const name = 'brought-together'
    const id = await conflicting(name)
    const done = await world.end(id)
    expect({ status: done.status, error: done.error }).toEqual({
      status: 'completed',
      error: undefined,
    })
    const bare = world.bareOf(id)
    expect(gitOut(bare, 'show', `${done.branch}:same.txt`)).toBe('first\nsecond\n')
    // What the tests leave behind is in their own container.
    expect(pathsOf(bare, done.branch)).toEqual(['Makefile', 'same.txt'])
    const { resolution } = (await subtasksOf(id)).second ?? {}
    expect(resolution).toMatchObject({
      ...{ state: 'resolved', paths: ['same.txt'] },
      check: { command: 'make test', outcome: 'passed', exit_code: 0 },
    })
    const parents = gitOut(bare, 'show', '-s', '--format=%P', done.branch).trim()
    expect(parents).toBe(`${resolution?.ours} ${resolution?.theirs}`)
    const prompts = world.model
      .asked(name)
      .filter(({ agent, step }) => agent === 'resolver' && step === 0)
      .map(({ prompt }) => prompt)
    expect(prompts).toHaveLength(2)
    expect(prompts[1]).toContain('`make test` fails on it with exit code 2')
    expect(prompts[1]).toContain('grep BAD same.txt')
    await world.rest(id)
  }, 60_000)

  test('a plan that cannot be run goes back to the planner with the reason, twice', async () => {
    const { id } = await world.create('planner-learns')
    expect(await world.end(id)).toMatchObject({ status: 'completed', plan_version: 1 })
    const events = await world.product.events(id)
    const problems = events
      .filter(({ type }) => type === 'plan.invalid')
      .map(({ data }) => String(data.problems))
    expect(problems).toHaveLength(2)
    expect(problems[0]).toContain('hen')
    expect(problems[1]).toContain('rooster')
    const prompts = world.model
      .asked('planner-learns')
      .filter(({ agent, step }) => agent === 'planner' && step === 0)
      .map(({ prompt }) => prompt)
    expect(prompts).toHaveLength(3)
    expect(prompts[1]).toContain(problems[0] ?? 'a problem')
    expect(prompts[2]).toContain(problems[1] ?? 'a problem')
    expect(events.filter(({ type }) => type === 'agent.created')).toHaveLength(2)
    expect(world.model.problems()).toEqual([])
  }, 60_000)
})
