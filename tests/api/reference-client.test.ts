/**
 * A client written for the original program, unmodified: the calls, fields and frames that it knows, and nothing that was added since.
 * It talks to the whole server over real connections. Templates and repository memory come with their own issues.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { insertMessage } from '#db/messages.ts'
import { openDb } from '#db/open.ts'
import { draft, seedAgent, seedPlan, seedQuestions, seedTask, spec } from '../support/seed.ts'
import { openServedApp, type ServedApp } from '../support/served-app.ts'

let server: ServedApp
beforeAll(async () => {
  server = await openServedApp()
  furnish(server)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

/** What a team would have done by now; written beside the server, as no engine answers here. */
function furnish({ config }: ServedApp): void {
  const { db, close } = openDb(config.database.path)
  seedTask(db, { id: 'planned', status: 'planned' })
  seedPlan(db, 'planned')
  seedTask(db, { id: 'asking', status: 'planning' })
  seedAgent(db, 'asking', { id: 'planner', kind: 'planner' })
  seedQuestions(db, 'asking', ['Which colour?', 'How many?'])
  seedTask(db, { id: 'done', status: 'completed' })
  seedAgent(db, 'done', { id: 'worker', subtaskId: 'one', status: 'completed', containerId: 'c1' })
  insertMessage(db, {
    taskId: 'done',
    fromSubtaskId: 'one',
    msgType: 'message',
    content: 'Ready.',
    createdAt: 1,
  })
  writeFileSync(join(config.storage.data_dir, 'output', 'worker.ndjson'), '{"type":"result"}\n')
  close()
}

type Answer = { status: number; body: Record<string, unknown> }

async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(server.url + path, {
    method,
    // The original's own client sends this with every request, bodies or not.
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
/** Bun's `toMatchObject` writes the matchers into what it looks at: what is used afterwards is looked at as a copy. */
const text = expect.any(String)
const number = expect.any(Number)

describe('tasks', () => {
  test('are made, listed, read and deleted', async () => {
    const made = await call('POST', '/api/tasks', {
      name: 'Paint',
      prompt: 'Paint it.',
      auto_start: false,
    })
    expect(made.status).toBe(201)
    expect(structuredClone(made.body)).toMatchObject({
      ...{ id: text, name: 'Paint', prompt: 'Paint it.', status: 'created', has_state: false },
      ...{ created_at: text, updated_at: text },
    })
    const list = await call('GET', '/api/tasks?limit=100&offset=0')
    expect(structuredClone(list.body)).toMatchObject({
      total: 4,
      limit: 100,
      offset: 0,
      tasks: expect.any(Array),
    })
    expect((list.body.tasks as { id: string }[])[0]?.id).toBe(String(made.body.id))
    const one = await call('GET', `/api/tasks/${made.body.id}`)
    expect(structuredClone(one.body)).toMatchObject({ id: made.body.id, agents: [] })
    const gone = await call('DELETE', `/api/tasks/${made.body.id}`)
    expect(gone).toMatchObject({ status: 200, body: { status: 'deleted' } })
    const missing = await call('GET', `/api/tasks/${made.body.id}`)
    expect(missing).toMatchObject({ status: 404, body: { error: text } })
  })

  test('refuse what is missing with an error in words', async () => {
    expect(await call('POST', '/api/tasks', { name: 'Paint' })).toMatchObject({
      status: 400,
      body: { error: text },
    })
  })

  test('start, stop and resume with a status and a sentence', async () => {
    const { body } = await call('POST', '/api/tasks', { name: 'Paint', prompt: 'Paint it.' })
    const verb = async (name: string) => await call('POST', `/api/tasks/${body.id}/${name}`)
    expect(await verb('start')).toMatchObject({
      status: 200,
      body: { status: 'planning', message: text },
    })
    expect(await verb('stop')).toMatchObject({
      status: 200,
      body: { status: 'paused', message: text },
    })
    await call('DELETE', `/api/tasks/${body.id}`)
  })
})

describe('plans and questions', () => {
  test('a plan is read, edited and approved with a list of subtasks', async () => {
    const plan = await call('GET', '/api/tasks/planned/plan')
    expect(structuredClone(plan.body)).toMatchObject({
      ...{
        id: text,
        task_id: 'planned',
        strategy: 'parallel',
        status: 'planned',
        created_at: text,
      },
      estimated_agents: number,
    })
    const subtasks = plan.body.subtasks as Record<string, unknown>[]
    expect(structuredClone(subtasks[0])).toMatchObject({
      ...{
        id: 'one',
        name: text,
        description: '',
        prompt: text,
        depends_on: [],
        files_involved: [],
      },
      ...{ complexity: 'low', agent_role: 'developer', status: 'pending' },
    })
    const edited = await call('PUT', '/api/tasks/planned/plan', {
      subtasks,
      strategy: 'sequential',
    })
    expect(structuredClone(edited.body)).toMatchObject({
      status: 'modified',
      plan: { strategy: 'sequential' },
    })
    const approved = await call('POST', '/api/tasks/planned/approve', { modified_plan: subtasks })
    expect(structuredClone(approved)).toMatchObject({ status: 200, body: { message: text } })
    expect(['approved', 'running']).toContain(String(approved.body.status))
  })

  test('a cyclic plan is refused before it reaches a page that would draw it (U16)', async () => {
    const { subtasks } = draft(spec('one', ['two']), spec('two', ['one']))
    const refused = await call('PUT', '/api/tasks/planned/plan', { subtasks })
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(refused.body).toMatchObject({ error: expect.stringContaining('one') })
  })

  test('questions are listed with lists, and answered one by one', async () => {
    const { body } = await call('GET', '/api/tasks/asking/questions')
    const [question] = body.questions as Record<string, unknown>[]
    expect(structuredClone(question)).toMatchObject({
      task_id: 'asking',
      status: 'pending',
      asked_at: text,
    })
    const answered = await call('POST', `/api/tasks/asking/questions/${question?.id}/answer`, {
      answer: 'Blue',
    })
    expect(answered.body).toMatchObject({ status: 'answered', question_id: question?.id })
  })
})

describe('agents, messages and measures', () => {
  test('agents are a bare list, and one by one', async () => {
    const list = await call('GET', '/api/tasks/done/agents')
    expect(list.body as unknown).toEqual([
      expect.objectContaining({
        ...{ id: 'worker', task_id: 'done', subtask_id: 'one', container_id: 'c1' },
        ...{ role: 'developer', status: 'completed', created_at: text },
      }),
    ])
    expect((await call('GET', '/api/tasks/done/agents/worker')).body).toMatchObject({
      id: 'worker',
    })
  })

  test('messages go by a cursor, are never null, and are posted', async () => {
    const first = await call('GET', '/api/tasks/done/messages')
    expect(first.body).toMatchObject({
      messages: [{ id: number, from_subtask_id: 'one', msg_type: 'message', content: 'Ready.' }],
    })
    const sent = await call('POST', '/api/tasks/done/messages', { from: 'two', content: 'Thanks.' })
    expect(structuredClone(sent)).toMatchObject({
      status: 201,
      body: { id: number, status: 'sent', from: 'two', content: 'Thanks.' },
    })
    const next = await call('GET', `/api/tasks/done/messages?after_id=${sent.body.id}`)
    expect(next.body).toEqual({ messages: [] })
  })

  test('a message to an agent that has ended is refused, not called delivered (U3)', async () => {
    const refused = await call('POST', '/api/tasks/done/message', {
      agent_id: 'worker',
      content: 'Hi',
    })
    expect(refused).toMatchObject({ status: 409, body: { error: text } })
  })

  test('stats and rate limits have lists, never null (U11)', async () => {
    expect((await call('GET', '/api/tasks/done/stats')).body).toMatchObject({
      ...{ task_id: 'done', agents: [], timestamp: text },
    })
    expect((await call('GET', '/api/tasks/done/rate-limit')).body).toEqual({
      ...{ task_id: 'done', agents: [] },
    })
  })
})

test('files are uploaded, listed, viewed, changed, downloaded and deleted', async () => {
  const form = new FormData()
  form.append('files[]', new File(['<!doctype html>'], 'index.html'))
  form.append('directory', 'ignored by the original too')
  const uploaded = await fetch(`${server.url}/api/tasks/asking/files`, {
    method: 'POST',
    body: form,
  })
  expect(await uploaded.json()).toEqual({
    uploaded: [{ name: 'index.html', size: 15, path: 'input/index.html' }],
  })
  const list = await call('GET', '/api/tasks/asking/files')
  expect(structuredClone(list.body)).toMatchObject({
    ...{ input: [{ name: 'index.html', size: 15 }], output: [], workspace: [] },
  })
  const viewer = '/api/tasks/asking/file-viewer?type=input&path=index.html'
  expect((await call('GET', viewer)).body).toMatchObject({
    ...{ name: 'index.html', path: 'index.html', size: 15, content: '<!doctype html>' },
  })
  expect((await call('PUT', viewer, { content: 'hello' })).body).toEqual({
    ...{ name: 'index.html', path: 'index.html', size: 5 },
  })
  const file = await fetch(`${server.url}/api/tasks/asking/files/index.html?type=input`)
  expect({ text: await file.text(), disposition: file.headers.get('content-disposition') }).toEqual(
    {
      text: 'hello',
      disposition: expect.stringContaining('attachment'),
    },
  )
  expect((await call('DELETE', viewer)).body).toEqual({ status: 'deleted' })
})

test('the settings are read, changed in part and validated', async () => {
  const { body } = await call('GET', '/api/config')
  expect(Object.keys(body)).toEqual(
    expect.arrayContaining(['server', 'docker', 'claude', 'database', 'storage', 'state']),
  )
  const changed = await call('PUT', '/api/config', {
    docker: { max_agents_per_task: 2 },
    state: { auto_save_interval: '10m' },
  })
  expect(changed).toMatchObject({
    status: 200,
    body: { docker: { max_agents_per_task: 2 }, state: { auto_save_interval: '10m' } },
  })
  const refused = await call('PUT', '/api/config', { state: { auto_save_interval: 'often' } })
  expect(refused).toMatchObject({ status: 422, body: { error: text } })
})

test('health says ok, and a path that does not exist is no page (U19)', async () => {
  expect((await call('GET', '/health')).body).toMatchObject({ status: 'ok', time: text })
  expect(await call('GET', '/api/tasks/done/nothing')).toMatchObject({
    status: 404,
    body: { error: text },
  })
})

type Frame = Record<string, unknown>

/** The frames of a socket until `isEnough`; binary ones as text under `bytes`. */
async function listen(path: string, isEnough: (frames: Frame[]) => boolean): Promise<Frame[]> {
  const socket = new WebSocket(server.url.replace('http', 'ws') + path)
  socket.binaryType = 'arraybuffer'
  const frames: Frame[] = []
  await new Promise<void>((resolve, reject) => {
    socket.onerror = () => reject(new Error(`${path} failed`))
    socket.onclose = ({ code, reason }) => reject(new Error(`${path} closed: ${code} ${reason}`))
    socket.onmessage = ({ data }) => {
      frames.push(
        typeof data === 'string'
          ? (JSON.parse(data) as Frame)
          : { bytes: new TextDecoder().decode(data as ArrayBuffer) },
      )
      if (isEnough(frames)) resolve()
    }
  })
  socket.close()
  return frames
}

describe('sockets', () => {
  test('the stream has what was printed between its marks, in binary frames (U2, U8)', async () => {
    const frames = await listen('/ws/tasks/done/stream?agent=worker', (all) =>
      all.some(({ type }) => type === 'backfill_end'),
    )
    expect(frames).toEqual([
      { type: 'backfill_start' },
      { bytes: '{"type":"result"}\n' },
      { type: 'backfill_end' },
    ])
  })

  test('the messages come between their marks (U18)', async () => {
    const frames = await listen('/ws/tasks/done/messages', (all) =>
      all.some(({ type }) => type === 'message_backfill_end'),
    )
    expect(frames[0]).toEqual({ type: 'message_backfill_start' })
    expect(frames[1]).toMatchObject({
      ...{ type: 'agent_message', event: 'message', data: { task_id: 'done', content: 'Ready.' } },
    })
  })

  test('the stats have a list of agents, also when nothing runs (U11)', async () => {
    const [frame] = await listen('/ws/tasks/done/stats?interval=500ms', (all) => all.length > 0)
    expect(frame).toMatchObject({ task_id: 'done', agents: [], timestamp: text })
  })
})
