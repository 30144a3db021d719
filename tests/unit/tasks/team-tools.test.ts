/** Team tools on real rows: who hears what, who waits for whom, and what is refused. */
import { describe, expect, test } from 'bun:test'
import { listAwaited } from '#db/message-deliveries.ts'
import { listOpenCalls } from '#db/tool-calls.ts'
import type { FakeTurn, Script } from '../../support/fake-agents.ts'
import {
  createGate,
  createWorld,
  done,
  planned,
  step,
  type World,
} from '../../support/test-tasks.ts'

const pair = { subtasks: [step('left'), step('right')] }

/** Workers that do what the test says by their subtask's id, and then end their turn. */
function cast(
  workers: Record<string, (turn: FakeTurn) => Promise<unknown>>,
  plan: object = pair,
): Script {
  return async (turn) => {
    if (turn.kind === 'planner') return planned(plan)
    await workers[turn.subtaskId ?? '']?.(turn)
    return done(turn)
  }
}

const open = (world: World): string => world.create({ auto_approve: true }).id
const ended = (world: World, id: string) => () => ['completed', 'failed'].includes(world.status(id))

describe('messages between agents', () => {
  test('one that waits is answered with what another sends, in the order it was sent', async () => {
    const heard: string[] = []
    await using world = createWorld({
      script: cast({
        async left({ call }) {
          while (heard.length < 3) heard.push((await call('wait_for_messages')).text)
        },
        async right({ call }) {
          for (const text of ['one', 'two', 'three'])
            expect(await call('send_message', { to: 'left', text })).toEqual({
              text: 'Sent to left.',
              isError: false,
            })
          await call('wait_for_messages')
        },
      }),
    })
    const id = open(world)
    await world.until('the end', ended(world, id))
    expect(world.status(id)).toBe('completed')
    const order = heard.join('\n').match(/one|two|three/g)
    expect(order).toEqual(['one', 'two', 'three'])
    expect(heard.join('\n')).toContain('Message from right:')
    const sent = world.tasks
      .messages(id, { limit: 10 })
      .filter(({ msg_type }) => msg_type === 'message')
    expect(
      sent.map(({ from_subtask_id, to_subtask_id }) => [from_subtask_id, to_subtask_id]),
    ).toEqual(Array(3).fill(['right', 'left']))
    expect(listAwaited(world.db, id)).toEqual(new Set())
  })

  test('one that works is told between two of its steps', async () => {
    const gate = createGate()
    await using world = createWorld({
      script: cast({
        left: () => gate.wait('left'),
        right: async ({ call }) =>
          void (await call('send_message', { to: 'all', text: 'Mind the gap.' })),
      }),
    })
    const id = open(world)
    const inputs = () =>
      world.tasks
        .agents(id)
        .filter(({ subtask_id }) => subtask_id === 'left')
        .flatMap((agent) => world.tasks.inputs(id, agent.id))
    await world.until('the message', () => inputs().length > 0)
    expect(inputs().map(({ content, priority }) => [content, priority])).toEqual([
      ['Message from right:\n\n```\nMind the gap.\n```', 'next'],
    ])
    gate.open('left')
    await world.until('the end', ended(world, id))
    expect(world.status(id)).toBe('completed')
  })

  test('one that has not started finds them in its first prompt', async () => {
    const prompts: string[] = []
    await using world = createWorld({
      script: cast(
        {
          first: async ({ call }) =>
            void (await call('send_message', { to: 'second', text: 'Use port 80.' })),
          second: async ({ prompt }) => void prompts.push(prompt),
        },
        { subtasks: [step('first'), step('second', ['first'])] },
      ),
    })
    const id = open(world)
    await world.until('the end', ended(world, id))
    expect(prompts).toHaveLength(1)
    expect(prompts[0]).toContain('From first:\n```\nUse port 80.\n```')
  })

  test('a role is everybody who has it and is not done', async () => {
    const gate = createGate()
    const plan = {
      subtasks: [
        step('a', [], { agent_role: 'tester' }),
        step('b', [], { agent_role: 'tester' }),
        step('c'),
      ],
    }
    let answer = ''
    await using world = createWorld({
      script: cast(
        {
          a: () => gate.wait('a'),
          b: () => gate.wait('b'),
          async c({ call }) {
            answer = (await call('send_message', { to: 'tester', text: 'Ready.' })).text
            gate.open('a')
            gate.open('b')
          },
        },
        plan,
      ),
    })
    const id = open(world)
    await world.until('the end', ended(world, id))
    expect(answer).toBe('Sent to a, b.')
  })
})

describe('waiting', () => {
  test('agents that wait for each other are told so instead of waiting for ever', async () => {
    const heard: string[] = []
    const wait = async ({ call }: FakeTurn) => {
      heard.push((await call('wait_for_messages')).text)
    }
    await using world = createWorld({ script: cast({ left: wait, right: wait }) })
    const id = open(world)
    await world.until('the end', ended(world, id))
    expect(world.status(id)).toBe('completed')
    expect(heard[0]).toContain('Nobody who could write to you is at work now')
  })

  test('one that waits holds no slot', async () => {
    const gate = createGate()
    await using world = createWorld({
      config: { maxAgents: 1 },
      script: cast({
        left: async ({ call }) => void (await call('wait_for_messages')),
        async right({ call }) {
          await gate.wait('right')
          await call('send_message', { to: 'left', text: 'Go.' })
        },
      }),
    })
    const id = open(world)
    await world.until('both are at it', () => world.engine.running().length === 2)
    expect(world.tasks.queue()).toMatchObject({ used: 1, total: 1 })
    gate.open('right')
    await world.until('the end', ended(world, id))
    expect(world.status(id)).toBe('completed')
  })

  test('goes on over a restart, and the message that came meanwhile is heard once', async () => {
    const gate = createGate()
    const heard: string[] = []
    await using world = createWorld({
      script: cast({
        left: async ({ call }) => void heard.push((await call('wait_for_messages')).text),
        right: () => gate.wait('right'),
      }),
    })
    const id = open(world)
    await world.until('the wait', () => listOpenCalls(world.db, id).length === 1)
    world.tasks.postMessage(id, { from: 'user', content: 'Hello.', to: 'left' })
    world.kill()
    expect(heard).toEqual([])
    await world.restart()
    await world.until('the answer', () => heard.length > 0)
    gate.open('right')
    await world.until('the end', ended(world, id))
    expect(heard).toEqual(['Message from user:\n\n```\nHello.\n```'])
    expect(world.status(id)).toBe('completed')
  })
})

describe('reports', () => {
  test('what was reported is the summary that dependents read', async () => {
    const prompts: string[] = []
    await using world = createWorld({
      script: cast(
        {
          first: async ({ call }) =>
            void (await call('report_done', { summary: 'The API is in api.ts.' })),
          second: async ({ prompt }) => void prompts.push(prompt),
        },
        { subtasks: [step('first'), step('second', ['first'])] },
      ),
    })
    const id = open(world)
    await world.until('the end', ended(world, id))
    expect(prompts[0]).toContain('The API is in api.ts.')
    expect(world.tasks.plan(id).subtasks[0]?.summary).toBe('The API is in api.ts.')
  })

  test('a failure that is reported fails the attempt, and the next one is told why', async () => {
    const prompts: string[] = []
    await using world = createWorld({
      script: cast(
        {
          async only({ prompt, attempt, call }) {
            prompts.push(prompt)
            if (attempt === 1) await call('report_failed', { reason: 'There is no compiler.' })
          },
        },
        { subtasks: [step('only')] },
      ),
    })
    const id = open(world)
    await world.until('the end', ended(world, id))
    expect(world.status(id)).toBe('completed')
    expect(prompts[1]).toContain('The agent reports: There is no compiler.')
  })

  test('a person answers what an agent asks, also over a restart', async () => {
    const heard: string[] = []
    await using world = createWorld({
      script: cast(
        {
          only: async ({ call }) =>
            void heard.push(
              (await call('ask_user', { question: 'Which port?', options: ['80'] })).text,
            ),
        },
        { subtasks: [step('only')] },
      ),
    })
    const id = open(world)
    const asked = () => world.tasks.attention({ limit: 10 }).items
    await world.until('the question', () => asked().length === 1)
    expect(asked()).toMatchObject([
      {
        ...{ kind: 'question', task: { id }, subtask: { id: 'only' } },
        ...{ agent: { id: expect.any(String) } },
        question: { text: 'Which port?', options: ['80'] },
      },
    ])
    expect(world.tasks.get(id).pending_questions).toBe(1)
    await world.restart()
    const [question] = world.tasks.questions(id)
    world.tasks.answer(id, question?.id ?? '', '8080')
    await world.until('the end', ended(world, id))
    expect(world.tasks.get(id)).not.toHaveProperty('pending_questions')
    expect(heard).toEqual(['The person says:\n\n```\n8080\n```'])
    expect(asked()).toEqual([])
  })

  test('an agent that is blocked waits for the person, and goes on with the answer', async () => {
    await using world = createWorld({
      script: cast(
        { only: async ({ call }) => void (await call('report_blocked', { reason: 'No key.' })) },
        { subtasks: [step('only')] },
      ),
    })
    const id = open(world)
    await world.until('the question', () => world.tasks.questions(id).length === 1)
    const [question] = world.tasks.questions(id)
    expect(question?.text).toBe('I cannot go on. No key.')
    world.tasks.answer(id, question?.id ?? '', 'Use the other one.')
    await world.until('the end', ended(world, id))
    expect(world.status(id)).toBe('completed')
  })

  test('a question whose task is stopped is taken back', async () => {
    await using world = createWorld({
      script: cast(
        { only: async ({ call }) => void (await call('ask_user', { question: 'Which port?' })) },
        { subtasks: [step('only')] },
      ),
    })
    const id = open(world)
    await world.until('the question', () => world.tasks.questions(id).length === 1)
    world.tasks.stop(id)
    await world.until('the pause', () => world.types(id).includes('task.paused'))
    expect(world.tasks.questions(id)).toMatchObject([{ status: 'withdrawn' }])
    expect(listOpenCalls(world.db, id)).toEqual([])
  })
})

describe('what is refused', () => {
  const refusals = async (
    calls: [tool: string, input: object][],
  ): Promise<{ text: string; isError: boolean }[]> => {
    const answers: { text: string; isError: boolean }[] = []
    await using world = createWorld({
      script: cast({
        async left({ call }) {
          for (const [tool, input] of calls) answers.push(await call(tool, input))
        },
      }),
    })
    const other = world.create({ auto_approve: false })
    const id = open(world)
    await world.until('the end', ended(world, id))
    expect(world.tasks.messages(other.id, { limit: 10 })).toEqual([])
    expect(world.tasks.messages(id, { limit: 10 }).filter((m) => m.msg_type === 'message')).toEqual(
      [],
    )
    return answers
  }

  test('a sender cannot be forged: no field of a call says who calls', async () => {
    const [answer] = await refusals([['send_message', { to: 'right', text: 'Hi.', from: 'right' }]])
    expect(answer).toMatchObject({ isError: true, text: expect.stringContaining('not right') })
  })

  test('nobody outside the own task can be addressed', async () => {
    const answers = await refusals([
      ['send_message', { to: 'elsewhere', text: 'Hi.' }],
      ['send_message', { to: 'manager', text: 'Hi.' }],
      ['send_message', { to: 'left', text: 'Hi, me.' }],
    ])
    for (const answer of answers)
      expect(answer).toMatchObject({
        isError: true,
        text: expect.stringContaining('Its members are: right.'),
      })
  })

  test('a tool that the agent was not offered does nothing', async () => {
    const answers = await refusals([
      ['approve', { summary: 'All fine.' }],
      ['respawn_worker', { worker: 'right', instructions: 'Again.' }],
      ['nonsense', {}],
    ])
    expect(answers.map(({ text }) => text)).toEqual([
      'You have no tool "approve".',
      'You have no tool "respawn_worker".',
      'You have no tool "nonsense".',
    ])
  })

  test('a call without what it needs says what is missing', async () => {
    const answers = await refusals([
      ['send_message', { to: 'right' }],
      ['send_message', { to: 'right', text: '   ' }],
      ['report_done', { summary: 'x'.repeat(20_001) }],
    ])
    expect(answers.map(({ isError }) => isError)).toEqual([true, true, true])
    expect(answers[1]?.text).toContain('text must not be empty.')
  })
})
