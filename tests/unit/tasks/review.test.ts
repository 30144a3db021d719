/** Reviewers, played by the test on real rows: a verdict is acted upon, within bounds, and then a person decides. */
import { describe, expect, test } from 'bun:test'
import { reviewChoices } from '#contract/verdict.ts'
import type { FakeTurn, Script } from '../../support/fake-agents.ts'
import { attend } from '../../support/person.ts'
import { giveTeam, role, team } from '../../support/team.ts'
import { createWorld, done, planned, step, type World } from '../../support/test-tasks.ts'

const review = step('review', [], { agent_role: 'reviewer' })
const plan = { subtasks: [step('a'), step('b'), review] }
const finding = { to: 'a', what: 'Sums are wrong.', severity: 'blocker', path: 'a.txt', line: 1 }
const needsFix = (more: object = {}) => ({
  ...{ verdict: 'needs_fix', summary: 'Not yet.', findings: [finding] },
  ...more,
})
const approved = { verdict: 'approved', summary: 'All is right.' }

/** `look` says what the reviewer does the n-th time, over all its agents. */
function cast(look: (turn: FakeTurn, time: number) => Promise<unknown>, draft = plan): Script {
  let time = 0
  return async (turn) => {
    if (turn.kind === 'planner') return planned(draft)
    if (turn.kind === 'reviewer') await look(turn, ++time)
    return done(turn)
  }
}

function begin(world: World, more: object = {}): string {
  const snapshot = team({ review: true, roles: [role('developer')], ...more })
  const team_template = giveTeam(world.db, snapshot)
  return world.create({ team_template, auto_approve: true }).id
}
const turnsOf = (world: World, subtaskId: string) =>
  [...world.engine.turns.values()].filter((turn) => turn.subtaskId === subtaskId)
const subtask = (world: World, id: string, name: string) =>
  world.tasks.plan(id).subtasks.find((one) => one.id === name)
const question = async (world: World, id: string) => {
  const find = () => world.tasks.questions(id).find(({ status }) => status === 'pending')
  await world.until('a question', () => find() !== undefined)
  return find()
}

describe.each(['parallel', 'sequential', 'collaborative'] as const)('a review, %s,', (mode) => {
  test('sends its findings to the agent concerned, in its own conversation, and looks again', async () => {
    const phases = new Set<string | null>()
    const verdicts: string[] = []
    await using world = createWorld({
      onEvent: ({ task_id }) => phases.add(world?.tasks.get(task_id).phase),
      async script(turn) {
        if (turn.kind === 'manager') {
          for (const worker of ['a', 'b', 'review'])
            await turn.call('write_directive', { worker, text: 'Go.' })
          while (!(await turn.call('wait_for_messages')).text.includes('[ALL_WORKERS_DONE]'));
          await turn.call('approve', { summary: 'Fine.' })
          return done(turn)
        }
        return await player(turn)
      },
    })
    const player = cast(async ({ call }, time) => {
      const { text } = await call('submit_review', time === 1 ? needsFix() : approved)
      verdicts.push(text)
    })
    const id = begin(world, { mode, max_agents: 3 })
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
    expect(verdicts).toHaveLength(2)
    const ofA = turnsOf(world, 'a')
    expect(ofA.map(({ agentId, number }) => [agentId, number])).toEqual([
      [ofA[0]?.agentId ?? '', 1],
      [ofA[0]?.agentId ?? '', 2],
    ])
    expect(ofA[1]?.prompt).toContain('a.txt:1 (blocker): Sums are wrong.')
    expect(turnsOf(world, 'b')).toHaveLength(1)
    const [first, second] = turnsOf(world, 'review')
    expect(first?.prompt).not.toContain('Sums are wrong.')
    expect(second?.prompt).toContain('Sums are wrong.')
    expect(subtask(world, id, 'review')).toMatchObject({
      ...{ status: 'completed', rounds: 1, summary: 'All is right.' },
      verdict: { verdict: 'approved', round: 2 },
    })
    expect(subtask(world, id, 'a')?.rounds).toBe(1)
    expect(phases).toContain('reviewing')
    expect(world.types(id).filter((type) => type === 'review.completed')).toHaveLength(2)
    const said = world.tasks.messages(id, { limit: 99 }).map(({ content }) => content)
    expect(said).toContain('[NEEDS_FIX] Not yet.\n- a: a.txt:1 (blocker): Sums are wrong.')
    // It hands in nothing of its own.
    expect(world.repositories.headFiles(id)).toEqual(['README.md', 'a.txt', 'b.txt'])
  })
})

describe('a review that never approves', () => {
  const start = (max_fix_rounds = 1) => {
    const world = createWorld({ script: cast(({ call }) => call('submit_review', needsFix())) })
    return { world, id: begin(world, { max_fix_rounds }) }
  }

  test('ends in a question; what is accepted as it is completes the task', async () => {
    const { world, id } = start()
    await using _ = world
    const open = await question(world, id)
    expect(open?.options).toEqual(Object.values(reviewChoices))
    expect(open?.text).toContain('after 1 round of changes')
    expect(open?.text).toContain('Sums are wrong.')
    expect(turnsOf(world, 'a')).toHaveLength(2)
    expect(world.tasks.get(id)).toMatchObject({ status: 'running', phase: 'reviewing' })
    await world.restart()
    expect(world.tasks.attention({ limit: 9 }).items.map(({ kind }) => kind)).toEqual(['question'])
    world.tasks.answer(id, open?.id ?? '', reviewChoices.accept)
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
    expect(subtask(world, id, 'review')?.verdict).toMatchObject({
      ...{ verdict: 'needs_fix', decision: 'accepted' },
    })
  })

  test('fails the task when the person says so, with what was found', async () => {
    const { world, id } = start(0)
    await using _ = world
    const open = await question(world, id)
    expect(turnsOf(world, 'a')).toHaveLength(1)
    world.tasks.answer(id, open?.id ?? '', reviewChoices.fail)
    await attend(world, id)
    expect(world.tasks.get(id)).toMatchObject({ status: 'failed' })
    expect(world.tasks.get(id).error).toContain('Not yet.')
  })

  test('goes into another round with what the person adds', async () => {
    const { world, id } = start(0)
    await using _ = world
    const open = await question(world, id)
    world.tasks.answer(id, open?.id ?? '', 'Use whole numbers.')
    await world.until('asked anew', () => turnsOf(world, 'review').length === 2)
    expect(turnsOf(world, 'a')[1]?.prompt).toContain('Use whole numbers.')
    const next = await question(world, id)
    expect(next?.id).not.toBe(open?.id)
    world.tasks.answer(id, next?.id ?? '', reviewChoices.accept)
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
  })
})

describe('a reviewer that keeps to no protocol', () => {
  test('is told so in its own conversation, then replaced, and in the end the task says so', async () => {
    await using world = createWorld({ script: cast(async () => {}) })
    const id = begin(world)
    await attend(world, id)
    const turns = turnsOf(world, 'review')
    expect(turns.map(({ attempt, number }) => [attempt, number])).toEqual([
      ...[1, 2, 3].map((number) => [1, number]),
      ...[1, 2, 3].map((number) => [2, number]),
    ])
    expect(turns[1]?.prompt).toContain('without a verdict')
    expect(world.tasks.get(id).error).toContain('without a verdict')
    world.tasks.skipSubtask(id, 'review')
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
  })

  test('is refused what it must not, with what to do', async () => {
    const said: string[] = []
    await using world = createWorld({
      script: cast(async ({ call }) => {
        const tries = [
          call('submit_review', needsFix({ findings: [] })),
          call('submit_review', needsFix({ findings: [{ to: 'nobody', what: 'x' }] })),
          call('submit_review', { verdict: 'perhaps', summary: 'x' }),
          call('report_done', { summary: 'x' }),
          call('approve', { summary: 'x' }),
        ]
        for (const { text, isError } of await Promise.all(tries)) said.push(isError ? text : 'ok')
        await call('submit_review', approved)
      }),
    })
    const id = begin(world)
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
    expect(said[0]).toContain('at least one finding')
    expect(said[1]).toContain('one of: a, b')
    expect(said).not.toContain('ok')
  })
})

test('work that is sent back after it was approved is looked at again', async () => {
  let asked = false
  await using world = createWorld({
    async script(turn) {
      if (turn.kind === 'planner') return planned(plan)
      if (turn.kind === 'reviewer') await turn.call('submit_review', approved)
      if (turn.kind !== 'manager') return done(turn)
      const hear = async (word: string) => {
        while (!(await turn.call('wait_for_messages')).text.includes(word));
      }
      for (const worker of ['a', 'b']) await turn.call('write_directive', { worker, text: 'Go.' })
      await hear('[ALL_WORKERS_DONE]')
      asked = turnsOf(world, 'review').length > 0
      await turn.call('write_directive', { worker: 'review', text: 'Look.' })
      await hear('[WORKER_COMPLETED] review')
      await turn.call('request_changes', { worker: 'a', what: 'Louder.' })
      await hear('[WORKER_COMPLETED] review')
      await turn.call('approve', { summary: 'Fine.' })
      return done(turn)
    },
  })
  const id = begin(world, { mode: 'collaborative', max_agents: 3 })
  await attend(world, id)
  expect(world.status(id)).toBe('completed')
  expect(asked).toBe(false)
  expect(turnsOf(world, 'review').map(({ attempt }) => attempt)).toEqual([1, 2])
})

test('a team without roles has its work reviewed as well', async () => {
  await using world = createWorld({ script: cast(({ call }) => call('submit_review', approved)) })
  const id = begin(world, { roles: [] })
  await attend(world, id)
  expect(world.status(id)).toBe('completed')
  expect(turnsOf(world, 'review')[0]?.kind).toBe('reviewer')
  expect(turnsOf(world, 'review')[0]?.prompt).toContain('submit_review')
})
