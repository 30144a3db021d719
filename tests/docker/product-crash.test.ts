/** The server, an agent or the way to the engine goes away in the middle of the work. Nothing may be lost or done twice. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Agent } from '#contract/agent.ts'
import type { SystemState } from '#contract/system.ts'
import type { Task } from '#contract/task.ts'
import { answer, bash, type Step, say } from '#model/story.ts'
import { requireEngine, testEngine } from '../support/docker.ts'
import { createEngineProxy } from '../support/engine-proxy.ts'
import { askedTwice, inTask, planned, toPlan } from '../support/product-model.ts'
import { readOrigin } from '../support/product-origin.ts'
import { eventually, gitOut, pathsOf, startWorld, type World } from '../support/product-world.ts'

const name = 'survive-five-kills'
const three = ['one', 'two', 'three'] as const

/** Appends, so that whatever is done twice shows twice. */
const append = (file: string, ...words: string[]): Step[] => [
  ...words.map((word) => bash(`echo ${word} >> ${file}.txt`)),
  say(`${file} is written.`),
]

const story = inTask(name, {
  planner: [
    [answer({ kind: 'questions', questions: [{ text: 'Which way?' }] })],
    [
      toPlan([
        { id: 'base' },
        ...three.map((id) => ({ id, depends_on: ['base'] })),
        { id: 'join', depends_on: [...three] },
      ]),
    ],
  ],
  subtasks: {
    base: append('base', 'once'),
    one: append('one', 'a', 'b'),
    two: append('two', 'a', 'b'),
    three: append('three', 'a', 'b'),
    join: [bash('cat one.txt two.txt three.txt >> join.txt'), say('Joined.')],
  },
})

const lone = (task: string) =>
  inTask(task, { planner: planned([{ id: 'lone' }]), subtasks: { lone: append('lone', 'a', 'b') } })

const noEngine = await requireEngine()

describe.skipIf(noEngine !== undefined)('a server killed at five moments of one run', () => {
  let world: World
  let task: Task
  let agents: Agent[]
  const origins = new Map<string, Uint8Array>()

  beforeAll(async () => {
    world = await startWorld({ stories: [story] })
  }, 30_000)
  afterAll(() => world?.[Symbol.asyncDispose](), 30_000)

  /** The container of every agent that has one, by agent. Fails when an agent has two. */
  async function containersByAgent(): Promise<Record<string, string>> {
    const found = await world.containers({ 'klaudio.role': 'agent' })
    const owners = found.map(({ labels }) => labels['klaudio.agent'] ?? '')
    expect(owners.length).toBe(new Set(owners).size)
    return Object.fromEntries(found.map(({ id, labels }) => [labels['klaudio.agent'], id]))
  }
  const containerOf = async (subtask: string): Promise<string | undefined> =>
    (await containersByAgent())[(await world.agentOf(task.id, subtask)).id]
  const recovered = async (times: number): Promise<void> => {
    let seen = 0
    await world.product.until(task.id, ({ type }) => type === 'task.recovered' && ++seen === times)
  }
  const outputOf = async ({ id }: Agent): Promise<Uint8Array> => {
    const response = await world.product.call('GET', `/api/tasks/${task.id}/agents/${id}/output`)
    return new Uint8Array(await response.arrayBuffer())
  }

  test('goes on with the planner that was thinking', async () => {
    const thinking = world.model.hold({ task: name, agent: 'planner' })
    task = await world.create(name, { auto_approve: false })
    await thinking.reached
    const before = await containersByAgent()
    await world.product.kill()
    await world.restart()
    await recovered(1)
    expect(await containersByAgent()).toEqual(before)
    thinking.open()
    await world.reach(task.id, 'planner.question')
  }, 60_000)

  test('still has the question, and takes the answer', async () => {
    await world.product.kill()
    await world.restart()
    await recovered(2)
    const questions = await world.product.questions(task.id)
    expect(questions.map(({ text, status }) => [text, status])).toEqual([['Which way?', 'pending']])
    const path = `/api/tasks/${task.id}/questions/${questions[0]?.id}/answer`
    await world.product.post(path, { answer: 'This way' })
    await world.reach(task.id, 'plan.generated')
  }, 60_000)

  test('still has the plan to approve', async () => {
    await world.product.kill()
    await world.restart()
    await recovered(3)
    expect(await world.product.task(task.id)).toMatchObject({
      status: 'planned',
      phase: 'awaiting_approval',
      plan_version: 1,
    })
  }, 60_000)

  test('finds three agents again that worked on without it', async () => {
    const begun = three.map((agent) => world.model.hold({ task: name, agent, step: 1 }))
    const last = three.map((agent) => world.model.hold({ task: name, agent, step: 2 }))
    await world.product.post(`/api/tasks/${task.id}/approve`)
    await Promise.all(begun.map(({ reached }) => reached))
    const before = await Promise.all(three.map(containerOf))
    await world.product.kill()
    // Nobody reads what they print now.
    for (const hold of begun) hold.open()
    await Promise.all(last.map(({ reached }) => reached))
    await world.restart()
    await recovered(4)
    expect(await Promise.all(three.map(containerOf))).toEqual(before)
    expect(before.every((id) => id !== undefined)).toBe(true)
    for (const hold of last) hold.open()
  }, 60_000)

  test('integrates a result that came just before the end, once', async () => {
    const joining = world.model.hold({ task: name, agent: 'join', step: 1 })
    await joining.reached
    const { id } = await world.agentOf(task.id, 'join')
    for (const agent of await world.product.agents(task.id))
      if (agent.kind === 'worker' && agent.id !== id)
        origins.set(agent.id, await readOrigin(world.instance, agent.id))
    const said = world.product.until(
      task.id,
      ({ type, agent_id, data }) =>
        type === 'agent.status' && agent_id === id && data.phase === 'idle',
    )
    joining.open()
    await said
    await world.product.kill()
    await world.restart()
    task = await world.rest(task.id)
    agents = await world.product.agents(task.id)
    expect(task).toMatchObject({
      status: 'completed',
      progress: { total: 5, completed: 5, failed: 0, skipped: 0 },
    })
    expect(world.model.problems()).toEqual([])
  }, 60_000)

  test('has done everything once', async () => {
    const bare = world.bareOf(task.id)
    const show = (path: string): string => gitOut(bare, 'show', `${task.branch}:${path}`)
    expect(pathsOf(bare, task.branch)).toEqual(
      ['base', 'join', 'one', 'three', 'two'].map((file) => `${file}.txt`),
    )
    expect(show('base.txt')).toBe('once\n')
    expect(show('join.txt')).toBe('a\nb\na\nb\na\nb\n')
    expect(askedTwice(world.model.asked(name))).toEqual([])
    const attempts = agents.map(
      ({ subtask_id, attempt }) => `${subtask_id ?? 'planner'} ${attempt}`,
    )
    const all = ['planner', 'base', ...three, 'join']
    expect(attempts.sort()).toEqual(all.map((id) => `${id} 1`).sort())
    const subjects = gitOut(bare, 'log', '--format=%s', '--first-parent', task.branch)
    for (const id of ['base', ...three, 'join'])
      expect(subjects.split('\n').filter((line) => line.includes(`The ${id}`)).length).toBeLessThan(
        2,
      )
  })

  test('has every byte of every agent once', async () => {
    expect(origins.size).toBe(4)
    for (const agent of agents) {
      const stored = await outputOf(agent)
      const origin = origins.get(agent.id)
      if (origin) expect(Bun.hash(stored)).toBe(Bun.hash(origin))
      const lines = new TextDecoder().decode(stored).trimEnd().split('\n')
      const types = lines.map((line): string => JSON.parse(line).type)
      expect(types.filter((type) => type === 'result')).toHaveLength(
        agent.kind === 'planner' ? 2 : 1,
      )
    }
  })

  test('has every event once, with no gap', async () => {
    const events = await world.product.events(task.id)
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
    const count = (type: string): number => events.filter((event) => event.type === type).length
    expect(count('planner.question')).toBe(1)
    expect(count('plan.generated')).toBe(1)
    expect(count('subtask.completed')).toBe(5)
    expect(count('task.completed')).toBe(1)
  })
})

describe.skipIf(noEngine !== undefined)('an agent killed in the middle of its turn', () => {
  test('goes on in a new container with the same conversation', async () => {
    await using world = await startWorld({ stories: [lone('lose-the-container')] })
    const held = world.model.hold({ task: 'lose-the-container', agent: 'lone', step: 1 })
    const { id } = await world.create('lose-the-container')
    await held.reached
    const before = await world.agentOf(id, 'lone')
    const container = before.container_id ?? ''
    // The CLI writes its transcript a moment behind its requests; what is not in there, it does again.
    const cmd = ['sh', '-c', 'grep -q \'"tool_result"\' /state/claude/projects/*/*.jsonl']
    await eventually(async () => (await testEngine().exec(container, { cmd })).exitCode === 0)
    await testEngine().killContainer(container, 'SIGKILL')
    held.open()
    const task = await world.rest(id)
    expect(task.status).toBe('completed')
    expect(gitOut(world.bareOf(id), 'show', `${task.branch}:lone.txt`)).toBe('a\nb\n')
    const after = await world.agentOf(id, 'lone')
    expect([after.id, after.session_id, after.attempt]).toEqual([before.id, before.session_id, 1])
    expect(askedTwice(world.model.asked('lose-the-container'))).toEqual([
      `lone/${before.session_id}/1/1`,
    ])
  }, 60_000)
})

describe.skipIf(noEngine !== undefined)('a server without an engine', () => {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-engine-'))
  const engine = createEngineProxy(join(dir, 'engine.sock'))
  afterAll(() => {
    engine.cut()
    rmSync(dir, { recursive: true })
  })

  test('says what is missing, takes tasks, and goes on by itself when it comes, goes and comes again', async () => {
    await using world = await startWorld({
      stories: [lone('wait-for-the-engine')],
      env: { DOCKER_HOST: engine.host },
    })
    const { product } = world
    const engineState = async () => (await product.get<SystemState>('/api/system')).engine
    expect((await product.call('GET', '/')).status).toBe(200)
    await eventually(async () => (await engineState()).state === 'unreachable')
    expect((await engineState()).detail).toContain('engine.sock')
    expect(await product.get('/health')).toMatchObject({ status: 'ok', ready: false })
    const { id } = await world.create('wait-for-the-engine')
    await eventually(async () => (await product.task(id)).error !== undefined)
    const waiting = await product.task(id)
    expect(waiting).toMatchObject({ status: 'planning', phase: 'waiting' })
    expect(waiting.error).toContain('engine.sock')

    const held = world.model.hold({ task: 'wait-for-the-engine', agent: 'lone', step: 1 })
    const last = world.model.hold({ task: 'wait-for-the-engine', agent: 'lone', step: 2 })
    await engine.open()
    await held.reached
    engine.cut()
    held.open()
    await last.reached
    last.open()
    await engine.open()
    const task = await world.rest(id)
    expect(task.status).toBe('completed')
    expect(task.error).toBeUndefined()
    expect(gitOut(world.bareOf(id), 'show', `${task.branch}:lone.txt`)).toBe('a\nb\n')
    expect(askedTwice(world.model.asked('wait-for-the-engine'))).toEqual([])
  }, 90_000)
})
