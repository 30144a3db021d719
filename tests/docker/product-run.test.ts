/** One task from its first question to its merged branch: the binary, real agents in real containers, a scripted model. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { Agent } from '#contract/agent.ts'
import type { Plan } from '#contract/plan.ts'
import type { Task } from '#contract/task.ts'
import { answer, bash, call, say, think, write } from '#model/story.ts'
import { requireEngine } from '../support/docker.ts'
import { watchOutput } from '../support/product-live.ts'
import { askedTwice, inTask, toPlan } from '../support/product-model.ts'
import { readOrigin } from '../support/product-origin.ts'
import { gitOut, pathsOf, startWorld, type World } from '../support/product-world.ts'

const name = 'diamond-with-questions'

const question = (text: string, more: { options?: string[]; suggestions?: string[] }) =>
  answer({ kind: 'questions', questions: [{ text, ...more }] })

const story = inTask(name, {
  planner: [
    [
      [
        say('I look at what was uploaded.'),
        call('Read', { file_path: '/workspace/input/notes/colour.txt' }),
      ],
      [think('One thing is open.'), question('Loud or quiet?', { options: ['Loud', 'Quiet'] })],
    ],
    [
      (request) =>
        question(`You said ${/Loud/.test(request.prompt) ? 'loud' : 'nothing'}. For whom is it?`, {
          suggestions: ['For everybody'],
        }),
    ],
    [
      toPlan([
        { id: 'base' },
        { id: 'left', depends_on: ['base'] },
        { id: 'right', depends_on: ['base'] },
        { id: 'join', depends_on: ['left', 'right'], prompt: 'Join it for NOBODY.' },
      ]),
    ],
  ],
  subtasks: {
    base: [
      [
        think('The upload comes first.'),
        bash('cp input/notes/colour.txt base.txt && mkdir -p .klaudio && date > .klaudio/scratch'),
      ],
      [say('And a file of my own beside it.'), write('.klaudio/notes.md', 'not for the branch')],
      say('base.txt holds the colour.'),
    ],
    left: [bash('(cat base.txt; echo left) > left.txt'), say('Left is done.')],
    right: [bash('(cat base.txt; echo right) > right.txt'), say('Right is done.')],
    join: [
      (request) =>
        bash(
          `cat left.txt right.txt .klaudio/context/left.md > all.txt; echo ${/for the crew/.test(request.prompt) ? 'crew' : 'nobody'} >> all.txt`,
        ),
      say('Everything is in all.txt.'),
    ],
  },
})

const noEngine = await requireEngine()

describe.skipIf(noEngine !== undefined)('a task from question to merged branch', () => {
  let world: World
  let task: Task
  let agents: Agent[]
  /** What the volumes held while they existed, by agent. */
  const origins = new Map<string, Uint8Array>()
  let watched: { agent: string; bytes: Promise<Uint8Array> }

  beforeAll(async () => {
    world = await startWorld({ stories: [story] })
    const { product } = world
    task = await world.create(name, { auto_start: false, auto_approve: false })
    const form = new FormData()
    form.append('files[]', new File(['ultramarine\n'], 'colour.txt'))
    form.append('paths', 'notes/colour.txt')
    const upload = await fetch(`${product.url}/api/tasks/${task.id}/files`, {
      method: 'POST',
      body: form,
    })
    expect(upload.status).toBe(200)
    await product.post(`/api/tasks/${task.id}/start`)
    await answerRound(1, 'Loud')
    await answerRound(2, 'for the crew')
    await world.reach(task.id, 'plan.generated')
    const planner = (await product.agents(task.id))[0]
    watched = { agent: planner?.id ?? '', bytes: watchOutput(product.url, planner?.id ?? '') }
    await editAndApprove()
    const last = world.model.hold({ task: name, agent: 'join', step: 1 })
    await Promise.race([last.reached, world.end(task.id)])
    for (const agent of await product.agents(task.id))
      if (agent.status === 'completed' && agent.kind === 'worker')
        origins.set(agent.id, await readOrigin(world.instance, agent.id))
    last.open()
    task = await world.rest(task.id)
    agents = await product.agents(task.id)
  }, 120_000)
  afterAll(() => world?.[Symbol.asyncDispose](), 30_000)

  async function answerRound(round: number, text: string): Promise<void> {
    const { product } = world
    await product.until(
      task.id,
      (event) => event.type === 'planner.question' && event.data.round === round,
    )
    const open = (await product.questions(task.id)).filter(({ status }) => status === 'pending')
    expect(open.map((one) => one.round)).toEqual([round])
    for (const { id } of open)
      await product.post(`/api/tasks/${task.id}/questions/${id}/answer`, { answer: text })
  }

  async function editAndApprove(): Promise<void> {
    const { product } = world
    const plan = await product.plan(task.id)
    const subtasks = plan.subtasks.map((one) =>
      one.id === 'join' ? { ...one, prompt: 'Join it for the crew.' } : one,
    )
    const edit = { subtasks, base_version: plan.version }
    const edited = await product.call('PUT', `/api/tasks/${task.id}/plan`, edit)
    expect(edited.status).toBe(200)
    const stale = await product.call('POST', `/api/tasks/${task.id}/approve`, { version: 1 })
    expect(stale.status).toBe(409)
    await product.post(`/api/tasks/${task.id}/approve`, { version: 2 })
  }

  const outputOf = async (agent: Agent): Promise<Uint8Array> =>
    new Uint8Array(
      await (
        await world.product.call('GET', `/api/tasks/${task.id}/agents/${agent.id}/output`)
      ).arrayBuffer(),
    )

  test('ends completed, with every subtask done', async () => {
    expect(task).toMatchObject({ status: 'completed', phase: null, plan_version: 2 })
    expect(task.error).toBeUndefined()
    expect(task.progress).toEqual({ total: 4, completed: 4, running: 0, failed: 0, skipped: 0 })
    const plan: Plan = await world.product.plan(task.id)
    expect(plan.origin).toBe('user')
    expect(plan.subtasks.map(({ status }) => status)).toEqual(Array(4).fill('completed'))
    expect(plan.subtasks.find(({ id }) => id === 'left')?.summary).toBe('Left is done.')
    expect(world.model.problems()).toEqual([])
  })

  test('keeps both rounds of questions with their answers', async () => {
    const questions = await world.product.questions(task.id)
    expect(questions.map(({ round, text, answer }) => ({ round, text, answer }))).toEqual([
      { round: 1, text: 'Loud or quiet?', answer: 'Loud' },
      { round: 2, text: 'You said loud. For whom is it?', answer: 'for the crew' },
    ])
  })

  test('merges what the agents wrote, and nothing that is not theirs to commit', async () => {
    const bare = world.bareOf(task.id)
    expect(pathsOf(bare, task.branch)).toEqual(['all.txt', 'base.txt', 'left.txt', 'right.txt'])
    const joined = gitOut(bare, 'show', `${task.branch}:all.txt`)
    expect(joined).toStartWith('ultramarine\nleft\nultramarine\nright\n')
    expect(joined).toContain('Left is done.')
    expect(joined).toEndWith('crew\n')
    expect(gitOut(bare, 'rev-parse', task.branch).trim()).toBe(task.head_commit ?? '')
    const listed = await world.product.get<{ output: { path: string }[] }>(
      `/api/tasks/${task.id}/files`,
    )
    expect(JSON.stringify(listed)).toContain('all.txt')
  })

  test('stores of every agent exactly the bytes its volume held', async () => {
    const workers = agents.filter(({ subtask_id }) => origins.size > 0 && subtask_id !== 'join')
    expect(origins.size).toBe(3)
    for (const agent of workers) {
      const origin = origins.get(agent.id)
      if (!origin) continue
      const stored = await outputOf(agent)
      expect(stored.length).toBe(origin.length)
      expect(Bun.hash(stored)).toBe(Bun.hash(origin))
      expect(agent.output_bytes).toBe(origin.length)
    }
  })

  test('stores whole lines with one result for each turn', async () => {
    expect(agents).toHaveLength(5)
    for (const agent of agents) {
      const text = new TextDecoder().decode(await outputOf(agent))
      expect(text).toEndWith('\n')
      const lines = text.trimEnd().split('\n')
      const types = lines.map((line): string => JSON.parse(line).type)
      const results = types.filter((type) => type === 'result')
      expect(results).toHaveLength(agent.kind === 'planner' ? 3 : 1)
    }
  })

  test('shows the same bytes to who watches on the socket', async () => {
    const planner = agents.find(({ kind }) => kind === 'planner')
    if (!planner) throw new Error('there was no planner')
    expect(watched.agent).toBe(planner.id)
    expect(Bun.hash(await watched.bytes)).toBe(Bun.hash(await outputOf(planner)))
  })

  test('tells every event once and in order, stored and live', async () => {
    const events = await world.product.events(task.id)
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
    const seen: number[] = []
    await world.product.until(task.id, ({ seq }) => {
      seen.push(seq)
      return seq === events.length
    })
    expect(seen).toEqual(events.map(({ seq }) => seq))
    const order = events.map(({ type, subtask_id }) => `${type} ${subtask_id ?? ''}`.trim())
    for (const [before, after] of [
      ['plan.approved', 'subtask.queued base'],
      ['subtask.completed base', 'subtask.started left'],
      ['subtask.completed base', 'subtask.started right'],
      ['subtask.completed right', 'subtask.started join'],
      ['subtask.completed join', 'task.completed'],
    ] as const)
      expect([before, after, order.indexOf(before) < order.indexOf(after)]).toEqual([
        before,
        after,
        true,
      ])
  })

  test('records session, model, turns, tokens and cost of every agent', () => {
    for (const agent of agents) {
      expect(agent).toMatchObject({ status: 'completed', phase: null, model: 'opus' })
      expect(agent.session_id).toMatch(/^[0-9a-f-]{36}$/)
      expect(agent.turns).toBeGreaterThan(0)
      expect(agent.usage.input_tokens + agent.usage.cache_write_tokens).toBeGreaterThan(0)
      expect(agent.usage.output_tokens).toBeGreaterThan(0)
      expect(agent.cost_usd).toBeGreaterThan(0)
    }
    const sum = agents.reduce((total, agent) => total + agent.cost_usd, 0)
    expect(task.cost_usd).toBeCloseTo(sum, 6)
  })

  test('asks the model for every step once', () => {
    expect(askedTwice(world.model.asked(name))).toEqual([])
  })

  test('leaves no container and no volume behind when it is over', async () => {
    expect(agents.flatMap(({ container_id }) => container_id ?? [])).toEqual([])
    expect(await world.containers()).toEqual([])
    expect(await world.volumes()).toEqual([])
  })
})
