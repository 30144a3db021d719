/** What is merged in the end is tested by a command before it counts as done, and who hears it when that fails. */
import { describe, expect, test } from 'bun:test'

import type { TurnOutcome } from '#agents/agents.ts'
import { resultChoices } from '#contract/result-check.ts'
import type { CreateTask } from '#contract/task.ts'
import type { FakeTurn, Script } from '../../support/fake-agents.ts'
import { giveTeam, team } from '../../support/team.ts'
import {
  createWorld,
  done,
  emptyAnalysis,
  planned,
  planThenWork,
  step,
  type TestOptions,
  type World,
} from '../../support/test-tasks.ts'

const two = { strategy: 'parallel', subtasks: [step('a'), step('b')] }
const named = { kind: 'test', command: 'make test', from: 'Makefile' } as const
type Files = Record<string, string>

/** A repository whose test says what `judge` says of its files; every run of it is in `runs`. */
function tested(judge: (files: Files) => number | Promise<number>, script: Script) {
  const runs: Files[] = []
  const options: TestOptions = {
    script,
    memories: { examine: async () => ({ ...emptyAnalysis, commands: [named] }) },
    wrapAgents: (agents) => ({
      ...agents,
      async runInTree({ archive }) {
        const files = JSON.parse(Buffer.concat(await Array.fromAsync(archive)).toString())
        runs.push(files)
        return { exitCode: await judge(files), output: 'FAIL a.txt: expected mended\n' }
      },
    }),
  }
  return { runs, options }
}

/** What an agent leaves: the text the test wants after so many turns of it. */
const leaves =
  (world: () => World, mendedAt: number) =>
  (turn: FakeTurn): TurnOutcome => {
    const text =
      turn.subtaskId === 'a' && turn.number < mendedAt ? `broken ${turn.number}` : 'mended'
    world().engine.work.set(turn.agentId, { [`${turn.subtaskId}.txt`]: text })
    return done(turn)
  }
const isMended = (files: Files): number => (files['a.txt']?.startsWith('broken') ? 1 : 0)

async function run(
  mendedAt: number,
  more: { judge?: typeof isMended; input?: Partial<CreateTask> } = {},
) {
  let world: World | undefined
  const get = (): World => world ?? failHere()
  const { runs, options } = tested(
    more.judge ?? isMended,
    planThenWork(two, (turn) => leaves(get, mendedAt)(turn)),
  )
  world = createWorld(options)
  const { id } = world.create({ auto_approve: true, ...more.input })
  await settled(world, id)
  return { world, id, runs }
}
function failHere(): never {
  throw new Error('there is no world yet')
}

const open = (world: World, id: string) =>
  world.tasks.questions(id).find(({ status }) => status === 'pending')
const settled = (world: World, id: string): Promise<void> =>
  world.until(
    'an end or a question',
    () => ['completed', 'failed'].includes(world.status(id)) || open(world, id) !== undefined,
  )
async function answer(world: World, id: string, text: string): Promise<void> {
  world.tasks.answer(id, open(world, id)?.id ?? '', text)
  await settled(world, id)
}
const facts = (world: World, id: string, type: string) =>
  world
    .events(id)
    .filter((event) => event.type === type)
    .map(({ data }) => data)

describe('the merged result', () => {
  test('is tested once, with all of the work in it, before the task is done', async () => {
    const { world, id, runs } = await run(1)
    await using _ = world
    expect(world.status(id)).toBe('completed')
    expect(runs).toMatchObject([{ 'a.txt': 'mended', 'b.txt': 'mended' }])
    expect(world.tasks.get(id).result_check).toMatchObject({
      ...{ state: 'passed', command: 'make test', exit_code: 0, rounds: 0 },
      commit: world.tasks.get(id).head_commit ?? '',
    })
    const types = world.types(id)
    expect(types.indexOf('result.tested')).toBeGreaterThan(types.indexOf('result.testing'))
    expect(types.indexOf('task.completed')).toBeGreaterThan(types.indexOf('result.tested'))
  })

  test('goes back to the agent whose file is named, in its own conversation, until it passes', async () => {
    const { world, id, runs } = await run(3)
    await using _ = world
    expect(world.status(id)).toBe('completed')
    expect(runs.map((files) => files['a.txt'])).toEqual([
      ...['broken 1', undefined, 'broken 2', undefined, 'mended'],
    ])
    expect(facts(world, id, 'result.sent-back')).toMatchObject([
      { to: 'a', round: 1, why: 'It changed a.txt, which is named there.' },
      { to: 'a', round: 2 },
    ])
    const turns = [...world.engine.turns.values()].filter(({ subtaskId }) => subtaskId === 'a')
    expect(new Set(turns.map(({ agentId }) => agentId)).size).toBe(1)
    expect(turns[1]?.prompt).toContain('`make test` fails on it with exit code 1')
    expect(turns[1]?.prompt).toContain('FAIL a.txt: expected mended')
    expect(world.tasks.get(id).result_check).toMatchObject({ state: 'passed', rounds: 2 })
  })

  test.each([
    ['fails on what the task began with as well', (): number => 2, 'failed_before'],
    ['cannot be run there', (): number => 127, 'not_run'],
  ] as const)('is done when its test %s, and says so', async (_name, judge, state) => {
    const { world, id } = await run(1, { judge })
    await using _ = world
    expect(world.status(id)).toBe('completed')
    expect(world.tasks.get(id).result_check?.state).toBe(state)
  })

  test('is tested by the command of the task, or not at all when that is empty', async () => {
    const own = await run(1, { input: { test_command: 'sh check.sh' } })
    await using _own = own.world
    expect(own.world.tasks.get(own.id).result_check?.command).toBe('sh check.sh')
    const none = await run(9, { input: { test_command: '' } })
    await using _none = none.world
    expect(none.world.status(none.id)).toBe('completed')
    expect(none.runs).toEqual([])
    expect(none.world.tasks.get(none.id).result_check).toBeUndefined()
  })
})

describe('when the rounds are used up a person', () => {
  const limited = { judge: isMended }

  test('is asked, and takes it as it is', async () => {
    const { world, id } = await run(9, limited)
    await using _ = world
    expect(world.status(id)).toBe('running')
    expect(world.tasks.get(id)).toMatchObject({ phase: 'testing', pending_questions: 1 })
    expect(open(world, id)).toMatchObject({
      options: Object.values(resultChoices),
      text: expect.stringContaining('fails on the merged result after 3 rounds of changes'),
    })
    expect(world.tasks.attention({ limit: 9 }).items.map(({ kind }) => kind)).toEqual(['question'])
    await answer(world, id, resultChoices.accept)
    expect(world.status(id)).toBe('completed')
    expect(world.tasks.get(id).result_check).toMatchObject({
      ...{ state: 'failed', decision: 'accepted' },
    })
    expect(facts(world, id, 'result.accepted')).toHaveLength(1)
  })

  test('sends it back with words', async () => {
    const { world, id } = await run(5, limited)
    await using _ = world
    await answer(world, id, 'Write mended into it.')
    expect(world.status(id)).toBe('completed')
    const turns = [...world.engine.turns.values()].filter(({ subtaskId }) => subtaskId === 'a')
    expect(turns.at(-1)?.prompt).toContain('Write mended into it.')
  })

  test('stops: the task has failed, says why, and keeps its work', async () => {
    const { world, id } = await run(9, limited)
    await using _ = world
    await answer(world, id, resultChoices.stop)
    expect(world.status(id)).toBe('failed')
    expect(world.tasks.get(id).error).toContain('`make test` fails on the merged result')
    expect(world.tasks.get(id).progress).toMatchObject({ total: 2, completed: 2 })
    expect(world.tasks.get(id).result_check?.decision).toBe('stopped')
  })
})

test('an agent that changes nothing after it was told is not told the same again', async () => {
  const { options } = tested(
    isMended,
    planThenWork({ subtasks: [step('a')] }, (turn): TurnOutcome => {
      world.engine.work.set(turn.agentId, { [`${turn.subtaskId}.txt`]: 'broken' })
      return done(turn)
    }),
  )
  await using world = createWorld(options)
  const { id } = world.create({ auto_approve: true })
  await settled(world, id)
  expect(facts(world, id, 'result.sent-back')).toHaveLength(1)
  expect(open(world, id)?.text).toContain('after 1 round of changes')
})

test('a server that dies while it is tested tests it again', async () => {
  const begun = Promise.withResolvers<void>()
  let isFirst = true
  const { runs, options } = tested(async () => {
    begun.resolve()
    if (isFirst) await new Promise(() => {})
    return 0
  }, planThenWork(two))
  await using world = createWorld(options)
  const { id } = world.create({ auto_approve: true })
  await begun.promise
  expect(world.tasks.get(id)).toMatchObject({
    phase: 'testing',
    result_check: { state: 'running' },
  })
  isFirst = false
  await world.restart()
  await settled(world, id)
  expect(world.status(id)).toBe('completed')
  expect(runs).toHaveLength(2)
  expect(facts(world, id, 'result.testing')).toHaveLength(1)
})

test('a manager hears it before anything is done, and its approval counts again only then', async () => {
  const heard: string[] = []
  const hear = async ({ call }: FakeTurn, word: string): Promise<void> => {
    for (;;) {
      const { text } = await call('wait_for_messages')
      if (text.includes(word)) return
      if (text.includes('Nobody who could write')) throw new Error(`waited in vain for ${word}`)
    }
  }
  const manage = async (turn: FakeTurn): Promise<void> => {
    if (turn.number > 1) {
      heard.push(turn.prompt)
      await turn.call('request_changes', { worker: 'a', what: 'Mend it.' })
    } else
      for (const worker of ['a', 'b'])
        await turn.call('write_directive', { worker, text: `Directive for ${worker}.` })
    await hear(turn, '[WORKER_COMPLETED] a')
    if (turn.number === 1) await hear(turn, '[ALL_WORKERS_DONE]').catch(() => {})
    await turn.call('approve', { summary: 'Well done.' })
  }
  const { runs, options } = tested(isMended, async (turn) => {
    if (turn.kind === 'planner') return planned(two)
    if (turn.kind !== 'manager') return leaves(() => world, 2)(turn)
    await manage(turn)
    return { kind: 'completed', text: 'That is all.' }
  })
  await using world = createWorld(options)
  const group = team({ mode: 'collaborative', max_agents: 3, roles: [] })
  const { id } = world.create({ team_template: giveTeam(world.db, group), auto_approve: true })
  await settled(world, id)
  expect(world.tasks.get(id).error).toBeUndefined()
  expect(world.status(id)).toBe('completed')
  expect(heard).toEqual([expect.stringContaining('[TESTS_FAILED]')])
  expect(heard[0]).toContain('FAIL a.txt: expected mended')
  expect(runs.at(-1)).toMatchObject({ 'a.txt': 'mended' })
  expect(world.tasks.get(id).result_check).toMatchObject({ state: 'passed', rounds: 1 })
})
