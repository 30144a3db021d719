/** A manager and its workers, played by the test on real rows: who begins when, what the manager hears, and how the run ends. */
import { describe, expect, test } from 'bun:test'
import { listAgents } from '#db/agents.ts'
import { post } from '#tasks/comms/mail.ts'
import type { FakeTurn, Script } from '../../support/fake-agents.ts'
import { giveTeam, team } from '../../support/team.ts'
import { createWorld, done, planned, step, type World } from '../../support/test-tasks.ts'

type Play = (turn: FakeTurn) => Promise<unknown>

const pair = { subtasks: [step('a'), step('b')] }

function cast(parts: { manager: Play; workers?: Play; plan?: object }): Script {
  return async (turn) => {
    if (turn.kind === 'planner') return planned(parts.plan ?? pair)
    if (turn.kind === 'manager') {
      await parts.manager(turn)
      return { kind: 'completed', text: 'That is all.' }
    }
    await parts.workers?.(turn)
    return done(turn)
  }
}

function begin(world: World): string {
  const team_template = giveTeam(
    world.db,
    team({ mode: 'collaborative', max_agents: 3, roles: [] }),
  )
  return world.create({ team_template, auto_approve: true }).id
}
const isOver = (world: World, id: string) => () =>
  ['completed', 'failed'].includes(world.status(id))

/** Waits until the server says this word. */
async function hear({ call }: FakeTurn, word: string): Promise<string> {
  for (;;) {
    const { text } = await call('wait_for_messages')
    if (text.includes(word)) return text
    if (text.includes('Nobody who could write')) throw new Error(`waited in vain for ${word}`)
  }
}
const directAll = async ({ call }: FakeTurn, ids = ['a', 'b']) => {
  for (const worker of ids)
    await call('write_directive', { worker, text: `Directive for ${worker}.` })
}
const turnsOf = (world: World, subtaskId: string | null) =>
  [...world.engine.turns.values()].filter(
    (turn) => turn.subtaskId === subtaskId && turn.kind !== 'planner',
  )

describe('a collaborative run', () => {
  test('begins with the manager; a worker begins when it has its directive; approval completes it', async () => {
    const early: unknown[] = []
    await using world = createWorld({
      script: cast({
        async manager(turn) {
          early.push(turnsOf(world, 'a').length, turnsOf(world, 'b').length)
          await turn.call('write_directive', { worker: 'b', text: 'Directive for b.' })
          await hear(turn, '[WORKER_COMPLETED] b')
          early.push(turnsOf(world, 'a').length)
          await turn.call('write_directive', { worker: 'a', text: 'Directive for a.' })
          await hear(turn, '[ALL_WORKERS_DONE]')
          early.push((await turn.call('approve', { summary: 'Well done.' })).text)
        },
      }),
    })
    const id = begin(world)
    await world.until('the end', isOver(world, id))
    expect(early).toEqual([0, 0, 0, 'Approved. End your turn: the task is then completed.'])
    expect(world.status(id)).toBe('completed')
    expect(turnsOf(world, 'a')[0]?.prompt).toContain('Directive for a.')
    expect(turnsOf(world, 'b')[0]?.prompt).not.toContain('Directive for a.')
    const files = world.engine.files.get(turnsOf(world, 'a')[0]?.agentId ?? '')
    expect(files).toContain('.klaudio/directives/a.md')
    expect(files).toContain('.klaudio/coordination.md')
    const told = world.tasks
      .messages(id, { limit: 50 })
      .map((m) => [m.from_subtask_id, m.to_subtask_id, m.msg_type, m.content.split(/[\n:]/)[0]])
    expect(told).toContainEqual(['manager', 'a', 'directive', 'Directive for a.'])
    expect(told).toContainEqual(['orchestrator', 'manager', 'system', '[WORKER_COMPLETED] b'])
    expect(told).toContainEqual(['orchestrator', 'manager', 'system', '[ALL_WORKERS_DONE]'])
    expect(told).toContainEqual(['manager', undefined, 'summary', 'Well done.'])
  })

  test('one slot is enough: who waits holds none', async () => {
    await using world = createWorld({
      config: { maxAgents: 1 },
      script: cast({
        async manager(turn) {
          await directAll(turn)
          await hear(turn, '[ALL_WORKERS_DONE]')
          await turn.call('approve', { summary: 'Fine.' })
        },
      }),
    })
    const id = begin(world)
    await world.until('the end', isOver(world, id))
    expect(world.status(id)).toBe('completed')
  })

  test('the manager sees what a worker did, sends one back and replaces another, over two restarts', async () => {
    const seen: string[] = []
    const play: Play = async (turn) => {
      await directAll(turn)
      await hear(turn, '[ALL_WORKERS_DONE]')
      seen.push((await turn.call('read_work', { worker: 'a' })).text)
      await turn.call('request_changes', { worker: 'a', what: 'Rename it.' })
      seen.push(
        (await turn.call('respawn_worker', { worker: 'b', instructions: 'Use the shell.' })).text,
      )
      await hear(turn, '[ALL_WORKERS_DONE]')
      await turn.call('approve', { summary: 'Now it is right.' })
    }
    await using world = createWorld({
      script: cast({
        manager: play,
        async workers({ subtaskId, attempt, call }) {
          if (subtaskId === 'b' && attempt === 1)
            await call('report_failed', { reason: 'No compiler.' })
          else await call('report_done', { summary: `Did ${subtaskId}.` })
        },
      }),
    })
    const id = begin(world)
    await world.until('the first work', () => turnsOf(world, 'a').length > 0)
    await world.restart()
    await world.until('the changes', () => turnsOf(world, 'a').length > 1)
    await world.restart()
    await world.until('the end', isOver(world, id))
    expect(world.tasks.get(id).error).toBeUndefined()
    expect(world.status(id)).toBe('completed')
    expect(seen[0]).toContain('Did a.')
    expect(seen[0]).toContain('+++ a.txt')
    expect(seen[1]).toContain('A new agent takes b over. It may be sent back 2 more times.')
    const [first, changed, ...more] = turnsOf(world, 'a')
    expect(more).toEqual([])
    expect(changed?.agentId).toBe(first?.agentId ?? '')
    expect(changed?.prompt).toContain('Rename it.')
    const [failed, again] = turnsOf(world, 'b')
    expect(again?.agentId).not.toBe(failed?.agentId ?? '')
    expect(again?.prompt).toContain('Use the shell.')
    expect(again?.prompt).toContain('The agent reports: No compiler.')
    expect(turnsOf(world, null)).toHaveLength(1)
  })

  test('a manager that ends its turns is told what happens in the next one', async () => {
    await using world = createWorld({
      script: cast({
        async manager(turn) {
          if (turn.number === 1) await directAll(turn)
          else if (turn.prompt.includes('[ALL_WORKERS_DONE]'))
            await turn.call('approve', { summary: 'Fine.' })
        },
      }),
    })
    const id = begin(world)
    await world.until('the end', isOver(world, id))
    expect(world.status(id)).toBe('completed')
    expect(
      turnsOf(world, null)
        .map(({ prompt }) => prompt)
        .join('\n'),
    ).toContain('[WORKER_COMPLETED] a')
  })

  test('a worker that is blocked reaches the manager, and goes on with what that says', async () => {
    let heard = ''
    await using world = createWorld({
      script: cast({
        async manager(turn) {
          await directAll(turn)
          await hear(turn, '[WORKER_BLOCKED] a: Which port?')
          await turn.call('send_message', { to: 'a', text: 'Port 80.' })
          await hear(turn, '[ALL_WORKERS_DONE]')
          await turn.call('approve', { summary: 'Fine.' })
        },
        async workers({ subtaskId, call }) {
          if (subtaskId === 'a')
            heard = (await call('report_blocked', { reason: 'Which port?' })).text
        },
      }),
    })
    const id = begin(world)
    await world.until('the end', isOver(world, id))
    expect(world.status(id)).toBe('completed')
    expect(heard).toContain('Port 80.')
    expect(world.tasks.questions(id)).toEqual([])
  })

  test('a team whose planner wants one after the other still has its manager (D7)', async () => {
    await using world = createWorld({
      script: cast({
        plan: { ...pair, strategy: 'sequential' },
        async manager(turn) {
          await directAll(turn)
          await hear(turn, '[ALL_WORKERS_DONE]')
          await turn.call('approve', { summary: 'Fine.' })
        },
      }),
    })
    const id = begin(world)
    await world.until('the end', isOver(world, id))
    expect(world.status(id)).toBe('completed')
    expect(turnsOf(world, null)).toHaveLength(1)
  })
})

test('what a manager said of an earlier plan is no directive of the next one (C8)', async () => {
  const begun: number[] = []
  const files: string[] = []
  await using world = createWorld({
    script: cast({
      async manager(turn) {
        if (turn.number > 1) return
        begun.push(turnsOf(world, 'a').length)
        for (const worker of ['a', 'b'])
          await turn.call('write_directive', { worker, text: `Plan ${turn.attempt}.` })
        if (turn.attempt === 1) return
        await hear(turn, '[ALL_WORKERS_DONE]')
        await turn.call('approve', { summary: 'Fine.' })
      },
    }),
    wrapAgents: (agents) => ({
      ...agents,
      async run(spec, turn, options) {
        for (const { path, content } of await spec.files())
          if (path === '.klaudio/directives/a.md') files.push(new TextDecoder().decode(content))
        return await agents.run(spec, turn, options)
      },
    }),
  })
  const id = begin(world)
  await world.until('no approval', isOver(world, id))
  expect(world.status(id)).toBe('failed')
  world.tasks.replan(id, 'Otherwise.')
  await world.until('the other plan', () => world.status(id) !== 'failed')
  await world.until('the end', isOver(world, id))
  expect(world.status(id)).toBe('completed')
  // Nobody of the second plan was at work before its own manager had said a word.
  expect(begun).toEqual([0, 1])
  expect(turnsOf(world, 'a').map(({ prompt }) => /Plan \d\./g.exec(prompt)?.[0])).toEqual([
    'Plan 1.',
    'Plan 2.',
  ])
  expect(files.at(0)).toContain('Plan 1.')
  expect(files.at(-1)).toBe('Plan 2.\n')
})

test('a manager after a replan hears what a person said, and nothing that was said of the earlier plan', async () => {
  const prompts: string[] = []
  await using world = createWorld({
    script: cast({
      async manager(turn) {
        // The first one gives nobody anything to do.
        if (turn.attempt === 1) return
        prompts.push(turn.prompt)
        await directAll(turn)
        await hear(turn, '[ALL_WORKERS_DONE]')
        await turn.call('approve', { summary: 'Fine.' })
      },
    }),
  })
  const id = begin(world)
  await world.until('no approval', isOver(world, id))
  // As a stop leaves them that came between the end of a worker and the next turn of the manager.
  const open = { tx: world.db, record: () => {}, now: world.clock.now() }
  const letter = { taskId: id, recipients: ['manager'] }
  const [sender] = listAgents(world.db, { taskId: id })
  const signal = '[WORKER_COMPLETED] a: Of the old plan.'
  post(open, { ...letter, msgType: 'system', content: signal, from: 'orchestrator' })
  post(open, { ...letter, msgType: 'message', content: 'Old a.', ...(sender && { sender }) })
  world.tasks.postMessage(id, { from: 'user', to: 'manager', content: 'Mind the budget.' })
  world.tasks.replan(id, 'Otherwise.')
  await world.until('the other plan', () => world.status(id) !== 'failed')
  await world.until('the end', isOver(world, id))
  expect(world.status(id)).toBe('completed')
  expect(prompts[0]).toContain('Mind the budget.')
  expect(prompts[0]).not.toContain('Old a.')
  expect(prompts[0]).not.toContain('Of the old plan.')
})

describe('without approval', () => {
  test('a manager that never gives a directive is reminded, and then the run fails and says so', async () => {
    await using world = createWorld({ script: cast({ manager: async () => {} }) })
    const id = begin(world)
    await world.until('the end', isOver(world, id))
    expect(world.status(id)).toBe('failed')
    expect(world.tasks.get(id).error).toBe('The manager did not approve the work.')
    const prompts = turnsOf(world, null).map(({ prompt }) => prompt)
    expect(prompts).toHaveLength(3)
    expect(prompts[1]).toContain('These workers wait for a directive: a, b.')
  })

  test('work that is never right ends when its rounds are used, honestly', async () => {
    const answers: { text: string; isError: boolean }[] = []
    await using world = createWorld({
      config: { maxFixRounds: 2 },
      script: cast({
        async manager(turn) {
          if (turn.number > 1) return
          await directAll(turn)
          for (let round = 0; round < 3; round++) {
            await hear(turn, '[ALL_WORKERS_DONE]')
            answers.push(await turn.call('request_changes', { worker: 'a', what: 'Again.' }))
          }
        },
      }),
    })
    const id = begin(world)
    await world.until('the end', isOver(world, id))
    expect(answers.map(({ isError }) => isError)).toEqual([false, false, true])
    expect(world.status(id)).toBe('failed')
    expect(world.tasks.get(id).error).toStartWith(
      'The manager did not approve the work. All 2 fix rounds of a were used.',
    )
    expect(turnsOf(world, 'a')).toHaveLength(3)
  })

  test('a manager that breaks down fails the run', async () => {
    await using world = createWorld({
      script: (turn) => {
        if (turn.kind === 'planner') return planned(pair)
        if (turn.kind !== 'manager') return done(turn)
        return { kind: 'failed', reason: 'It went mad.', code: 'max-turns', retryable: false }
      },
    })
    const id = begin(world)
    await world.until('the end', isOver(world, id))
    expect(world.status(id)).toBe('failed')
    expect(world.tasks.get(id).error).toBe('The manager could not go on: It went mad.')
  })

  test('nothing can be approved, sent back or replaced before it is done', async () => {
    const answers: { text: string; isError: boolean }[] = []
    await using world = createWorld({
      script: cast({
        async manager(turn) {
          if (turn.number > 1) return
          for (const [tool, input] of [
            ['approve', { summary: 'Fine.' }],
            ['request_changes', { worker: 'a', what: 'More.' }],
            ['respawn_worker', { worker: 'a', instructions: 'Again.' }],
            ['write_directive', { worker: 'stranger', text: 'Come.' }],
          ] as const)
            answers.push(await turn.call(tool, input))
        },
      }),
    })
    const id = begin(world)
    await world.until('the end', isOver(world, id))
    expect(answers.map(({ isError }) => isError)).toEqual([true, true, true, true])
    expect(answers[0]?.text).toBe('Not everybody is done: a is pending, b is pending.')
    expect(answers[3]?.text).toContain('Its workers are: a, b.')
    expect(world.types(id)).not.toContain('subtask.retrying')
  })
})
