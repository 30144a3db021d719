/** Planning sessions, from the start of a task to its plan. Names end with the failure of the reference they rule out. */
import { describe, expect, test } from 'bun:test'
import type { TurnOutcome } from '#agents/agents.ts'
import type { FakeTurn, Script } from '../../support/fake-agents.ts'
import { attend } from '../../support/person.ts'
import {
  asked,
  createGate,
  createWorld,
  diamond,
  done,
  failed,
  planned,
  planThenWork,
  step,
} from '../../support/test-tasks.ts'

/** A planner that ends its turns in this way, one after the other; the last one repeats. */
const planner =
  (...outcomes: TurnOutcome[]): Script =>
  (turn) =>
    turn.kind === 'planner'
      ? (outcomes[Math.min(turn.number, outcomes.length) - 1] ?? failed('no more'))
      : done(turn)

const plannerTurns = (turns: ReadonlyMap<string, FakeTurn>): FakeTurn[] =>
  [...turns.values()].filter((turn) => turn.kind === 'planner')

describe('questions', () => {
  test('several rounds are asked and answered in one session (L7, P5)', async () => {
    await using world = createWorld({
      script: planner(asked('Which?', 'Why?'), asked('Which?'), planned(diamond)),
    })
    const { id } = world.create()
    for (const round of [1, 2]) {
      await world.until('questions', () => world.tasks.get(id).phase === 'awaiting_answers')
      const open = world.tasks.questions(id).filter(({ status }) => status === 'pending')
      expect(open.map((question) => question.round)).toEqual(open.map(() => round))
      for (const question of open) world.tasks.answer(id, question.id, `${question.text} That.`)
    }
    await world.until('a plan', () => world.status(id) === 'planned')
    const turns = plannerTurns(world.engine.turns)
    expect(new Set(turns.map(({ agentId }) => agentId)).size).toBe(1)
    expect(turns.map(({ prompt }) => prompt)[1]).toContain('Why? That.')
    expect(new Set(world.tasks.questions(id).map((question) => question.id)).size).toBe(3)
  })

  test('nothing goes on, and no slot is held, until the last one is answered', async () => {
    await using world = createWorld({ script: planner(asked('A?', 'B?'), planned(diamond)) })
    const { id } = world.create()
    await world.until('questions', () => world.tasks.get(id).phase === 'awaiting_answers')
    await world.tasks.settled()
    expect(world.tasks.queue().used).toBe(0)
    const [first, second] = world.tasks.questions(id)
    world.tasks.answer(id, first?.id ?? '', 'yes')
    await world.tasks.settled()
    expect(plannerTurns(world.engine.turns)).toHaveLength(1)
    world.tasks.answer(id, second?.id ?? '', 'no')
    await world.until('a plan', () => world.status(id) === 'planned')
    expect(world.types(id).filter((type) => type === 'question.answered')).toHaveLength(2)
  })

  test('a planner whose container is gone by then goes on in a new one', async () => {
    await using world = createWorld({ script: planner(asked('A?'), planned(diamond)) })
    const { id } = world.create()
    await world.until('questions', () => world.tasks.get(id).phase === 'awaiting_answers')
    await world.tasks.settled()
    world.engine.containers.clear()
    world.tasks.answer(id, world.tasks.questions(id)[0]?.id ?? '', 'yes')
    await world.until('a plan', () => world.status(id) === 'planned')
  })

  test('what a person leaves open is left to the planner', async () => {
    await using world = createWorld({ script: planner(asked('A?', 'B?'), planned(diamond)) })
    const { id } = world.create()
    await world.until('questions', () => world.tasks.get(id).phase === 'awaiting_answers')
    world.tasks.answer(id, world.tasks.questions(id)[0]?.id ?? '', 'yes')
    const after = world.tasks.skipQuestions(id)
    expect(after.map(({ status }) => status)).toEqual(['answered', 'withdrawn'])
    await world.until('a plan', () => world.status(id) === 'planned')
    expect(plannerTurns(world.engine.turns)[1]?.prompt).toContain('leaves this to you')
  })

  test('suggestions, options and context reach the person (P6)', async () => {
    const question = { text: 'A?', context: 'Because.', suggestions: ['s'], options: ['x', 'y'] }
    await using world = createWorld({
      script: planner({
        kind: 'completed',
        text: '',
        structured: { kind: 'questions', questions: [question] },
      }),
    })
    const { id } = world.create()
    await world.until('questions', () => world.tasks.get(id).phase === 'awaiting_answers')
    expect(world.tasks.questions(id)[0]).toMatchObject(question)
  })

  test('an answer counts once, for this task, and only while it plans (L8)', async () => {
    await using world = createWorld({ script: planner(asked('A?', 'B?'), planned(diamond)) })
    const { id } = world.create()
    const other = world.create({ auto_start: false })
    await world.until('questions', () => world.tasks.get(id).phase === 'awaiting_answers')
    const [first, second] = world.tasks.questions(id).map((question) => question.id)
    const code = (work: () => unknown): string => {
      try {
        work()
        return 'fine'
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    expect(code(() => world.tasks.answer(other.id, first ?? '', 'x'))).toBe('task.wrong-state')
    expect(code(() => world.tasks.answer(id, 'nobody', 'x'))).toBe('question.not-found')
    expect(code(() => world.tasks.answer(id, first ?? '', 'x'))).toBe('fine')
    expect(code(() => world.tasks.answer(id, first ?? '', 'y'))).toBe('question.answered')
    world.tasks.answer(id, second ?? '', 'x')
    await world.until('a plan', () => world.status(id) === 'planned')
    expect(code(() => world.tasks.answer(id, second ?? '', 'y'))).toBe('task.wrong-state')
    expect(plannerTurns(world.engine.turns)).toHaveLength(2)
  })
})

describe('a plan that cannot be used', () => {
  const cyclic = { subtasks: [step('docs', ['tests']), step('tests', ['docs'])] }

  test('goes back with the reason, in the same session (P1, P4)', async () => {
    await using world = createWorld({
      script: planner({ kind: 'completed', text: 'I think...' }, planned(cyclic), planned(diamond)),
    })
    const { id } = world.create()
    await world.until('a plan', () => world.status(id) === 'planned')
    const [, second, third] = plannerTurns(world.engine.turns)
    expect(second?.prompt).toContain('You answered in words only.')
    expect(third?.prompt).toContain('docs → tests → docs')
    expect(world.types(id).filter((type) => type === 'plan.invalid')).toHaveLength(2)
  })

  test('is refused three times, then the task fails and says why', async () => {
    await using world = createWorld({ script: planner(planned(cyclic)) })
    const { id } = world.create()
    await world.until('the end', () => world.status(id) === 'failed')
    await world.tasks.settled()
    expect(plannerTurns(world.engine.turns)).toHaveLength(3)
    expect(world.tasks.get(id).error).toContain('docs → tests → docs')
    expect(world.tasks.agents(id)[0]).toMatchObject({ status: 'failed' })
    expect(world.engine.volumes.size).toBe(0)
  })

  test('after answers the planner has its three tries again', async () => {
    const nothing: TurnOutcome = { kind: 'completed', text: '' }
    await using world = createWorld({
      script: planner(nothing, nothing, asked('A?'), nothing, nothing, planned(diamond)),
    })
    const { id } = world.create()
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
  })
})

describe('a planner', () => {
  test('is counted by the limits and waits like every agent (E4, P6)', async () => {
    const gate = createGate()
    await using world = createWorld({
      config: { maxAgents: 1 },
      async script(turn) {
        await gate.wait(turn.agentId)
        return planned(diamond)
      },
    })
    const first = world.create()
    const second = world.create()
    await world.until('the queue', () => world.tasks.queue().waiting.length === 1)
    expect(world.tasks.get(second.id)).toMatchObject({ status: 'planning', phase: 'queued' })
    const [waiting] = world.tasks.agents(second.id)
    expect(waiting).toMatchObject({ status: 'queued', queue_position: 1, kind: 'planner' })
    gate.open(world.tasks.agents(first.id)[0]?.id ?? '')
    await world.until('its turn', () => world.tasks.get(second.id).phase === 'exploring')
  })

  test('that fails for good fails the task with the reason, not with a transcript (P2)', async () => {
    const reason = 'The model does not exist or is not allowed.'
    await using world = createWorld({
      script: planner(failed(reason, { code: 'model-not-found', retryable: false })),
    })
    const { id } = world.create()
    await world.until('the end', () => world.status(id) === 'failed')
    expect(world.tasks.get(id).error).toBe(reason)
  })

  test('waits for the reset of a usage limit and says until when', async () => {
    await using world = createWorld({ script: () => failed('x') })
    const retryAtMs = world.clock.now() + 3_600_000
    const seen: unknown[] = []
    const limited = failed('The Claude usage limit is reached.', { code: 'usage-limit', retryAtMs })
    await using other = createWorld({
      clock: world.clock,
      script: planner(limited, planned(diamond)),
    })
    const { id } = other.create()
    await other.until('a plan', () => {
      const { status, phase, error } = other.tasks.get(id)
      if (phase === 'waiting') seen.push({ error, used: other.tasks.queue().used })
      return status === 'planned'
    })
    expect(seen[0]).toEqual({
      error: `The Claude usage limit is reached. Work goes on by itself at ${new Date(retryAtMs).toISOString()}.`,
      used: 0,
    })
    expect(world.clock.now()).toBeGreaterThanOrEqual(retryAtMs)
    expect(other.tasks.get(id).error).toBeUndefined()
  })

  test('gets the task, the uploads and the rules, and CLAUDE.md as data', async () => {
    await using world = createWorld({ script: planThenWork(diamond) })
    world.repositories.initial = { 'CLAUDE.md': 'Use tabs. ```' }
    const { id } = world.create({ prompt: 'Build a "rocket".', mode: 'sequential' })
    await world.until('a plan', () => world.status(id) === 'planned')
    const prompt = plannerTurns(world.engine.turns)[0]?.prompt ?? ''
    expect(prompt).toContain('Build a "rocket".')
    expect(prompt).toContain('````\nUse tabs. ```\n````')
    expect(prompt).toContain('one after the other')
  })
})

describe('planning again', () => {
  test('a replan is a new session with the remark and the old plan, and its plan is the one that counts (L3)', async () => {
    const other = { subtasks: [step('only')] }
    await using world = createWorld({
      script: (turn) =>
        turn.kind !== 'planner' ? done(turn) : planned(turn.attempt === 1 ? diamond : other),
    })
    const { id } = world.create()
    await world.until('a plan', () => world.status(id) === 'planned')
    world.tasks.replan(id, 'Make it "smaller".')
    await world.until('a new plan', () => world.tasks.get(id).plan_version === 2)
    const prompt = plannerTurns(world.engine.turns)[1]?.prompt
    expect(prompt).toContain('Make it "smaller".')
    expect(prompt).toContain('"id": "left"')
    expect(world.tasks.plan(id).subtasks.map((subtask) => subtask.id)).toEqual(['only'])
    expect(world.tasks.planVersions(id).map(({ status }) => status)).toEqual([
      'superseded',
      'planned',
    ])
    await attend(world, id)
    expect(world.repositories.headFiles(id)).toEqual(['README.md', 'only.txt'])
  })

  test('a replan in the middle of a run brings the agents to rest first', async () => {
    const gate = createGate()
    await using world = createWorld({
      async script(turn) {
        if (turn.kind === 'planner')
          return planned(turn.attempt === 1 ? diamond : { subtasks: [step('only')] })
        if (turn.subtaskId !== 'only') await gate.wait('never')
        return done(turn)
      },
    })
    const { id } = world.create({ auto_approve: true })
    await world.until('work', () => world.engine.running().some((turn) => turn.kind === 'worker'))
    const after = world.tasks.replan(id, 'Stop that.')
    expect(after).toMatchObject({ status: 'planning', phase: 'stopping' })
    await world.until('the end', () => world.status(id) === 'completed')
    await world.tasks.settled()
    expect(world.engine.running()).toEqual([])
    expect(world.tasks.plan(id).version).toBe(2)
    expect(world.engine.volumes.size).toBe(0)
  })

  test('open questions of the session before are withdrawn', async () => {
    await using world = createWorld({
      script: (turn) => (turn.attempt === 1 ? asked('A?') : planned(diamond)),
    })
    const { id } = world.create()
    await world.until('questions', () => world.tasks.get(id).phase === 'awaiting_answers')
    world.tasks.cancel(id)
    await world.until('rest', () => world.tasks.get(id).phase === null)
    world.tasks.start(id)
    await world.until('a plan', () => world.status(id) === 'planned')
    expect(world.tasks.questions(id).map(({ status }) => status)).toEqual(['withdrawn'])
  })
})

describe('what is known of the repository', () => {
  const source = { kind: 'git', url: 'https://forge.test/a.git' } as const
  const remember = (commit: string | null, maxBytes: number) => `${commit}, at most ${maxBytes}`

  test('is looked at when the task begins, and told to planner and workers as data (row 28)', async () => {
    const places: object[] = []
    await using world = createWorld({
      memories: {
        async learn({ signal: _, taskId: __, ...place }) {
          places.push(place)
          return 'new'
        },
        recall: (_, { commit, maxBytes }) => remember(commit, maxBytes),
      },
    })
    const { id } = world.create({ source, auto_approve: true })
    await world.until('the end', () => world.status(id) === 'completed')
    expect(places).toEqual([{ source, branch: 'main', commit: 'c0' }])
    const ready = world.events(id).find(({ type }) => type === 'source.ready')
    expect(ready?.data.memory).toBe('new')
    const prompts = [...world.engine.turns.values()].map(({ prompt }) => prompt)
    expect(prompts).toHaveLength(2)
    for (const [index, maxBytes] of [8000, 3000].entries())
      expect(prompts[index]).toContain(`it.\n\`\`\`\n${remember('c0', maxBytes)}\n\`\`\``)
  })

  test('is left alone where the template says so, and a task goes on without it when it fails', async () => {
    await using world = createWorld({
      memories: {
        learn: () => Promise.reject(new Error('the list of files is damaged')),
        recall: () => undefined,
      },
    })
    const { id } = world.create({ source, auto_approve: true })
    const plain = world.create({ auto_approve: true })
    for (const each of [id, plain.id])
      await world.until('the end', () => world.status(each) === 'completed')
    const readyOf = (taskId: string) =>
      world.events(taskId).find(({ type }) => type === 'source.ready')?.data
    expect(readyOf(id)).toMatchObject({ memory_error: 'the list of files is damaged' })
    expect(readyOf(plain.id)).not.toHaveProperty('memory_error')
  })
})
