import { describe, expect, test } from 'bun:test'
import { insertAgentQuestion, withdrawQuestion } from '#db/questions.ts'
import { refusal, scenarios, toRequest } from '../support/scenario.ts'
import { seedAgent, seedPlan, seedTask } from '../support/seed.ts'
import { openTestApp, type TestApp } from '../support/test-app.ts'

const running = ({ db }: TestApp): void => {
  seedTask(db, { status: 'running', baseCommit: 'c0' })
  seedPlan(db, 't1', undefined, { one: 'running' })
  seedAgent(db, 't1', { subtaskId: 'one', containerId: 'c1' })
  seedTask(db, { id: 't2', status: 'running' })
  seedAgent(db, 't2', { id: 'b1', containerId: 'c2' })
}
const post = (path: string, json?: unknown) => ({
  method: 'POST' as const,
  path: `/api/tasks/t1/${path}`,
  ...(json === undefined ? {} : { json }),
})

describe('agents of a task', () => {
  scenarios([
    {
      name: 'are a bare list, as in the reference',
      given: running,
      request: { path: '/api/tasks/t1/agents' },
      expect: {
        status: 200,
        body: [
          expect.objectContaining({
            id: 'a1',
            task_id: 't1',
            subtask_id: 'one',
            container_id: 'c1',
            role: 'developer',
            status: 'running',
            created_at: expect.any(String),
          }),
        ],
        events: [],
      },
    },
    {
      name: 'are an empty list when there are none',
      given: ({ db }) => void seedTask(db),
      request: { path: '/api/tasks/t1/agents' },
      expect: { status: 200, body: [], events: [] },
    },
    {
      name: 'of an unknown task are 404',
      request: { path: '/api/tasks/nobody/agents' },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
    {
      name: 'say that they wait for a person',
      given: (app) => {
        running(app)
        const asked = { agentId: 'a1', text: 'Which?', options: [], now: 1 }
        insertAgentQuestion(app.db, { id: 'q1', taskId: 't1', ...asked })
        insertAgentQuestion(app.db, { id: 'q2', taskId: 't2', ...asked, agentId: 'b1' })
        withdrawQuestion(app.db, 'q2', 2)
      },
      request: { path: '/api/agents' },
      expect: {
        status: 200,
        body: {
          agents: [
            expect.objectContaining({ id: 'a1', asks_person: true }),
            expect.not.objectContaining({ asks_person: true }),
          ],
        },
        events: [],
      },
    },
    {
      name: 'can be read one by one',
      given: running,
      request: { path: '/api/tasks/t1/agents/a1' },
      expect: { status: 200, body: { id: 'a1', output_bytes: 0 }, events: [] },
    },
    {
      name: 'of another task are not found there',
      given: running,
      request: { path: '/api/tasks/t1/agents/b1' },
      expect: { status: 404, body: refusal('agent.not-found'), events: [] },
    },
  ])
})

describe('GET /api/agents', () => {
  scenarios([
    {
      name: 'shows what lives in every task, and the slots',
      given: (app) => {
        running(app)
        seedAgent(app.db, 't1', { id: 'old', status: 'completed' })
      },
      request: { path: '/api/agents' },
      expect: {
        status: 200,
        body: {
          agents: [expect.objectContaining({ id: 'a1' }), expect.objectContaining({ id: 'b1' })],
          slots: { used: 0, total: 5 },
          waiting: [],
        },
        events: [],
      },
    },
  ])
})

describe('output', () => {
  const printed = (app: TestApp): void => {
    running(app)
    app.outputs.append('a1', 0, new TextEncoder().encode('0123456789'))
  }
  scenarios([
    {
      name: 'is read by byte offset',
      given: printed,
      request: { path: '/api/tasks/t1/agents/a1/output?from=2&to=5' },
      expect: {
        status: 200,
        body: '234',
        headers: {
          'content-type': 'application/octet-stream',
          'x-klaudio-from': '2',
          'x-klaudio-size': '10',
          'x-klaudio-ended': 'false',
        },
        events: [],
      },
    },
    {
      name: 'is complete without offsets',
      given: printed,
      request: { path: '/api/tasks/t1/agents/a1/output' },
      expect: { status: 200, body: '0123456789', events: [] },
    },
    {
      name: 'past its end is empty, with the size',
      given: printed,
      request: { path: '/api/tasks/t1/agents/a1/output?from=50&to=60' },
      expect: { status: 200, body: '', headers: { 'x-klaudio-size': '10' }, events: [] },
    },
    {
      name: 'that ended says so',
      given: (app) => {
        printed(app)
        app.outputs.end('a1')
      },
      request: { path: '/api/tasks/t1/agents/a1/output?from=10' },
      expect: { status: 200, body: '', headers: { 'x-klaudio-ended': 'true' }, events: [] },
    },
    {
      name: 'of an agent that never printed is empty',
      given: running,
      request: { path: '/api/tasks/t1/agents/a1/output' },
      expect: { status: 200, body: '', headers: { 'x-klaudio-size': '0' }, events: [] },
    },
    {
      name: 'from nowhere is refused',
      given: printed,
      request: { path: '/api/tasks/t1/agents/a1/output?from=-1' },
      expect: { status: 400, body: refusal('request.invalid', 'from'), events: [] },
    },
    {
      name: 'of another task’s agent is 404',
      given: printed,
      request: { path: '/api/tasks/t2/agents/a1/output' },
      expect: { status: 404, body: refusal('agent.not-found'), events: [] },
    },
  ])

  scenarios([
    {
      name: 'is downloaded whole, under a name of its own',
      given: printed,
      request: { path: '/api/tasks/t1/agents/a1/output/download' },
      expect: {
        status: 200,
        body: '0123456789',
        headers: { 'content-length': '10', etag: '"10"' },
        events: [],
      },
    },
    {
      name: 'is downloaded in part',
      given: printed,
      request: {
        path: '/api/tasks/t1/agents/a1/output/download',
        headers: { Range: 'bytes=7-' },
      },
      expect: {
        status: 206,
        body: '789',
        headers: { 'content-range': 'bytes 7-9/10' },
        events: [],
      },
    },
    {
      name: 'that is empty is downloaded as an empty file',
      given: running,
      request: { path: '/api/tasks/t1/agents/a1/output/download' },
      expect: { status: 200, body: '', headers: { 'content-length': '0' }, events: [] },
    },
    {
      name: 'of another task’s agent is not downloaded',
      given: printed,
      request: { path: '/api/tasks/t2/agents/a1/output/download' },
      expect: { status: 404, body: refusal('agent.not-found'), events: [] },
    },
  ])

  test('a long one is downloaded whole, read only as far as the client takes it', async () => {
    await using app = await openTestApp()
    running(app)
    const size = 24 * 1024 * 1024 + 3
    const bytes = new Uint8Array(size)
    bytes[size - 1] = 7
    app.outputs.append('a1', 0, bytes)
    const response = await app.fetch(toRequest({ path: '/api/tasks/t1/agents/a1/output/download' }))
    expect(response.headers.get('content-disposition')).toContain('.ndjson')
    let longest = 0
    let total = 0
    let last = 0
    for await (const chunk of response.body ?? []) {
      longest = Math.max(longest, chunk.length)
      total += chunk.length
      last = chunk.at(-1) ?? 0
    }
    expect({ total, last }).toEqual({ total: size, last: 7 })
    expect(longest).toBeLessThanOrEqual(1024 * 1024)
  })

  test('a long one comes in pieces of at most 8 MiB', async () => {
    await using app = await openTestApp()
    running(app)
    const size = 8 * 1024 * 1024 + 3
    app.outputs.append('a1', 0, new Uint8Array(size))
    const piece = async (from: number) =>
      (
        await (
          await app.fetch(toRequest({ path: `/api/tasks/t1/agents/a1/output?from=${from}` }))
        ).bytes()
      ).length
    expect(await piece(0)).toBe(size - 3)
    expect(await piece(size - 3)).toBe(3)
  })
})

describe('POST /api/tasks/:id/message', () => {
  const message = { agent_id: 'a1', content: 'Use tabs.' }
  scenarios([
    {
      name: 'tells what became of the message',
      given: running,
      request: post('message', message),
      expect: {
        status: 200,
        body: { delivered: true, agent_id: 'a1', state: 'queued', content: 'Use tabs.' },
        events: [],
      },
    },
    {
      name: 'to an agent that ended is refused, not called delivered (U3)',
      given: ({ db }) => {
        seedTask(db, { status: 'running' })
        seedAgent(db, 't1', { status: 'completed' })
      },
      request: post('message', message),
      expect: { status: 409, body: refusal('agent.not-running'), events: [] },
    },
    {
      name: 'to another task’s agent is 404 (S17)',
      given: running,
      request: post('message', { ...message, agent_id: 'b1' }),
      expect: { status: 404, body: refusal('agent.not-found'), events: [] },
    },
    {
      name: 'in an unknown task is 404',
      request: { ...post('message', message), path: '/api/tasks/nobody/message' },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
    ...(
      [
        ['nothing', {}, 'agent_id is required. content is required.'],
        ['an empty text', { ...message, content: ' ' }, 'content is required.'],
        ['a priority that does not exist', { ...message, priority: 'now' }, 'priority must be'],
        ['a list', { ...message, content: ['a'] }, 'content must be text.'],
        ['too long a text', { ...message, content: 'x'.repeat(100_001) }, 'at most 100000'],
      ] as const
    ).map(([what, json, sentence]) => ({
      name: `${what} is refused`,
      given: running,
      request: post('message', json),
      expect: { status: 400, body: refusal('request.invalid', sentence), events: [] },
    })),
    {
      name: 'that is too large is refused before it is read',
      given: running,
      request: post('message', { ...message, content: 'x'.repeat(1_100_000) }),
      expect: { status: 413, body: refusal('request.too-large'), events: [] },
    },
    {
      name: 'as a form is refused',
      given: running,
      request: { method: 'POST', path: '/api/tasks/t1/message', body: 'agent_id=a1&content=x' },
      expect: { status: 415, body: refusal('request.unsupported-type'), events: [] },
    },
  ])
})

describe('what can be done with an agent', () => {
  scenarios([
    {
      name: 'its turn is interrupted',
      given: running,
      request: post('agents/a1/interrupt'),
      expect: {
        status: 200,
        body: { agent_id: 'a1', interrupted: true },
        events: ['agent.interrupted'],
      },
    },
    {
      name: 'it is stopped, and says by whom',
      given: running,
      request: post('agents/a1/stop'),
      expect: {
        status: 200,
        body: { id: 'a1', status: 'stopped' },
        events: ['subtask.failed', 'agent.status', 'subtask.skipped', 'task.status', 'task.failed'],
      },
      after: (app) => {
        expect(app.tasks.plan('t1').subtasks[0]?.error).toContain('topped by you')
      },
    },
    ...['interrupt', 'stop'].flatMap((verb) => [
      {
        name: `${verb} of another task’s agent is 404`,
        given: running,
        request: post(`agents/b1/${verb}`),
        expect: { status: 404, body: refusal('agent.not-found'), events: [] },
      },
      {
        name: `${verb} in an unknown task is 404`,
        request: { method: 'POST' as const, path: `/api/tasks/nobody/agents/a1/${verb}` },
        expect: { status: 404, body: refusal('task.not-found'), events: [] },
      },
    ]),
    {
      name: 'its inputs are listed',
      given: async (app) => {
        running(app)
        await app.tasks.send('t1', { agent_id: 'a1', content: 'Hello.', priority: 'later' })
        app.takeEvents()
      },
      request: { path: '/api/tasks/t1/agents/a1/inputs' },
      expect: {
        status: 200,
        body: { inputs: [expect.objectContaining({ content: 'Hello.', priority: 'later' })] },
        events: [],
      },
    },
    {
      name: 'inputs of another task’s agent are 404',
      given: running,
      request: { path: '/api/tasks/t1/agents/b1/inputs' },
      expect: { status: 404, body: refusal('agent.not-found'), events: [] },
    },
    {
      name: 'an input that is not there cannot be taken back',
      given: running,
      request: { method: 'DELETE', path: '/api/tasks/t1/agents/a1/inputs/none' },
      expect: { status: 409, body: refusal('message.refused'), events: [] },
    },
  ])

  test('a message that was not read yet is taken back', async () => {
    await using app = await openTestApp()
    running(app)
    const { id } = await app.tasks.send('t1', { agent_id: 'a1', content: 'No.', priority: 'later' })
    const path = `/api/tasks/t1/agents/a1/inputs/${id}`
    const answer = await app.fetch(toRequest({ method: 'DELETE', path }))
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ id, state: 'withdrawn' })
  })
})
