import { describe, expect, test } from 'bun:test'
import { AppError } from '#contract/errors.ts'
import type { EventType } from '#contract/event.ts'
import type { Task, TaskStatus } from '#contract/task.ts'
import { updateAgent } from '#db/agents.ts'
import { findTask } from '#db/tasks.ts'
import { refusal, scenarios, toRequest } from '../support/scenario.ts'
import { draft, seedAgent, seedPlan, seedTask, spec } from '../support/seed.ts'
import { openTestApp, type TestApp } from '../support/test-app.ts'

const good = { name: 'Count', prompt: 'Count to ten.' }

describe('POST /api/tasks', () => {
  scenarios([
    {
      name: 'a task is created with what the reference needs, name and prompt',
      request: { method: 'POST', path: '/api/tasks', json: good },
      expect: {
        status: 201,
        body: { ...good, status: 'created', phase: null, has_state: false, cost_usd: 0 },
        events: ['task.created'],
      },
    },
    {
      name: 'with auto_start the answer says planning, because it is true by then',
      request: { method: 'POST', path: '/api/tasks', json: { ...good, auto_start: true } },
      expect: {
        status: 201,
        body: { status: 'planning' },
        events: ['task.created', 'task.status', 'agent.created', 'task.started', 'task.status'],
      },
    },
    {
      name: 'unknown fields are ignored, as clients of the reference expect',
      request: { method: 'POST', path: '/api/tasks', json: { ...good, colour: 'red' } },
      expect: { status: 201, events: ['task.created'] },
    },
    {
      name: 'the page of the server itself may create a task',
      as: 'page',
      request: { method: 'POST', path: '/api/tasks', json: good },
      expect: { status: 201, events: ['task.created'] },
    },
    {
      name: 'a page of another site may not',
      as: 'foreign page',
      request: { method: 'POST', path: '/api/tasks', json: good },
      expect: { status: 403, body: refusal('auth.forbidden'), events: [] },
    },
    {
      name: 'nor may a page whose name was made to point here',
      as: 'rebound name',
      request: { method: 'POST', path: '/api/tasks', json: good },
      expect: { status: 403, body: refusal('auth.forbidden'), events: [] },
    },
    ...(
      [
        ['nothing', undefined, 'name is required. prompt is required.'],
        ['an empty name', { ...good, name: '  ' }, 'name is required.'],
        ['a number as the prompt', { ...good, prompt: 7 }, 'prompt must be text.'],
        ['a name that is too long', { ...good, name: 'n'.repeat(201) }, 'at most 200'],
        ['a mode that does not exist', { ...good, mode: 'chaos' }, 'mode must be'],
        ['a model that is an option', { ...good, model: '--help' }, 'A model is a name'],
        ['a source without an address', { ...good, source: { kind: 'git' } }, 'source.url'],
        ['a source of another kind', { ...good, source: { kind: 'ftp' } }, 'source.kind'],
        ['no agents at all', { ...good, limits: { max_agents: 0 } }, 'limits.max_agents'],
        [
          'a word for a switch',
          { ...good, auto_start: 'yes' },
          'auto_start must be true or false.',
        ],
      ] as const
    ).map(([what, json, sentence]) => ({
      name: `${what} is refused with the reason`,
      request: { method: 'POST' as const, path: '/api/tasks', json: json ?? {} },
      expect: { status: 400, body: refusal('request.invalid', sentence), events: [] },
    })),
    {
      name: 'broken JSON is refused',
      request: {
        method: 'POST',
        path: '/api/tasks',
        body: '{"name":',
        headers: { 'content-type': 'application/json' },
      },
      expect: { status: 400, body: refusal('request.invalid', 'not valid JSON'), events: [] },
    },
    {
      name: 'a body of another type is refused, so that no form of a web page can create a task',
      request: {
        method: 'POST',
        path: '/api/tasks',
        body: JSON.stringify(good),
        headers: { 'content-type': 'text/plain' },
      },
      expect: { status: 415, body: refusal('request.unsupported-type'), events: [] },
    },
    {
      name: 'a body that is too large is refused',
      request: {
        method: 'POST',
        path: '/api/tasks',
        json: { ...good, more: 'x'.repeat(3_000_000) },
      },
      expect: { status: 413, body: refusal('request.too-large'), events: [] },
    },
  ])

  test('an access token is kept sealed and never shown', async () => {
    await using app = await openTestApp()
    const source = { kind: 'git', url: 'https://git.test/private.git' }
    const json = { ...good, source, access_token: 'ghp_very_secret' }
    const response = await app.fetch(toRequest({ method: 'POST', path: '/api/tasks', json }))
    expect(response.status).toBe(201)
    expect(await response.text()).not.toContain('very_secret')
    expect(JSON.stringify(app.dump())).not.toContain('very_secret')
    const shown = await app.fetch(toRequest({ path: '/api/tasks' }))
    expect(await shown.text()).not.toContain('very_secret')
  })
})

describe('PATCH /api/tasks/:id', () => {
  const patch = (json: unknown, id = 't1') => ({
    method: 'PATCH' as const,
    path: `/api/tasks/${id}`,
    json,
  })
  scenarios([
    {
      name: 'a task gets another name, in every state, and its branch stays',
      given: ({ db }) => void seedTask(db, { status: 'completed' }),
      request: patch({ name: '  Count further  ' }),
      expect: {
        status: 200,
        body: { name: 'Count further', branch: 'klaudio/t1', status: 'completed' },
        events: ['task.renamed'],
      },
      after: ({ tasks }) => expect(tasks.get('t1').name).toBe('Count further'),
    },
    {
      name: 'the same name again is no event',
      given: ({ db }) => void seedTask(db, { name: 'Count' }),
      request: patch({ name: 'Count' }),
      expect: { status: 200, body: { name: 'Count' }, events: [] },
    },
    {
      name: 'its agents ask otherwise from now on',
      given: ({ db }) => void seedTask(db, { status: 'running' }),
      request: patch({ permission_mode: 'manual' }),
      expect: {
        status: 200,
        body: { permission_mode: 'manual', name: 'Count' },
        events: ['task.permission-mode'],
      },
    },
    {
      name: 'name and asking change together, and the same way of asking again is no event',
      given: ({ db }) => void seedTask(db),
      request: patch({ name: 'Count on', permission_mode: 'bypassPermissions' }),
      expect: { status: 200, body: { name: 'Count on' }, events: ['task.renamed'] },
    },
    {
      name: 'a way of asking that the CLI does not know is refused, and the name stays',
      given: ({ db }) => void seedTask(db),
      request: patch({ name: 'Count on', permission_mode: 'yolo' }),
      expect: { status: 400, body: refusal('request.invalid'), events: [] },
      after: ({ tasks }) => expect(tasks.get('t1').name).toBe('Count'),
    },
    {
      name: 'nothing to change is refused',
      given: ({ db }) => void seedTask(db),
      request: patch({}),
      expect: { status: 400, body: refusal('request.invalid', 'Say what to change'), events: [] },
    },
    {
      name: 'an empty name is refused',
      given: ({ db }) => void seedTask(db),
      request: patch({ name: ' ' }),
      expect: { status: 400, body: refusal('request.invalid', 'name is required.'), events: [] },
      after: ({ tasks }) => expect(tasks.get('t1').name).toBe('Count'),
    },
    {
      name: 'a name that is too long is refused',
      given: ({ db }) => void seedTask(db),
      request: patch({ name: 'n'.repeat(201) }),
      expect: { status: 400, body: refusal('request.invalid', 'at most 200'), events: [] },
    },
    {
      name: 'a task that does not exist is 404',
      request: patch({ name: 'Count' }, 'nobody'),
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
    {
      name: 'a page of another site may not',
      as: 'foreign page',
      given: ({ db }) => void seedTask(db),
      request: patch({ name: 'Theirs' }),
      expect: { status: 403, body: refusal('auth.forbidden'), events: [] },
      after: ({ tasks }) => expect(tasks.get('t1').name).toBe('Count'),
    },
  ])
})

describe('GET /api/tasks', () => {
  const three = ({ db }: TestApp) => {
    seedTask(db, { id: 'a', name: 'Alpha', createdAt: 1000 })
    seedTask(db, { id: 'b', name: 'Beta', status: 'failed', createdAt: 2000 })
    seedTask(db, { id: 'c', name: 'Gamma 100%', status: 'running', createdAt: 3000 })
  }
  const list = (query: string, ids: string[], total = ids.length) => ({
    name: `?${query} lists what it asks for: ${ids}`,
    given: three,
    request: { path: `/api/tasks?${query}` },
    expect: {
      status: 200,
      body: { tasks: ids.map((id) => expect.objectContaining({ id })), total },
      events: [],
    },
  })
  scenarios([
    {
      name: 'an empty list has the reference’s shape',
      request: { path: '/api/tasks' },
      expect: { status: 200, body: { tasks: [], total: 0, limit: 50, offset: 0 }, events: [] },
    },
    list('', ['c', 'b', 'a']),
    list('limit=2', ['c', 'b'], 3),
    list('limit=2&offset=2', ['a'], 3),
    list('status=failed', ['b']),
    list('status=failed,running', ['c', 'b']),
    list('search=ALPHA', ['a']),
    list('search=0%25', ['c']),
    list('search=%25%25', []),
    ...['limit=0', 'limit=201', 'limit=x', 'offset=-1', 'status=unknown'].map((query) => ({
      name: `?${query} is refused`,
      request: { path: `/api/tasks?${query}` },
      expect: { status: 400, body: refusal('request.invalid'), events: [] },
    })),
  ])

  test('the tasks of a list come without their agents', async () => {
    await using app = await openTestApp()
    seedAgent(app.db, seedTask(app.db))
    const response = await app.fetch(toRequest({ path: '/api/tasks' }))
    const { tasks } = (await response.json()) as { tasks: Task[] }
    expect(tasks[0]?.agents).toBeUndefined()
  })
})

describe('GET /api/tasks/:id', () => {
  scenarios([
    {
      name: 'a task comes with its agents',
      given: ({ db }) => {
        seedTask(db, { status: 'running' })
        seedAgent(db, 't1', { subtaskId: 'one' })
      },
      request: { path: '/api/tasks/t1' },
      expect: {
        status: 200,
        body: {
          id: 't1',
          status: 'running',
          agents: [expect.objectContaining({ id: 'a1', subtask_id: 'one', status: 'running' })],
        },
        events: [],
      },
    },
    {
      name: 'an unknown task is 404',
      request: { path: '/api/tasks/nobody' },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
  ])

  test('a task that has not changed is 304 for who knows it, and 200 again after a change', async () => {
    await using app = await openTestApp()
    seedTask(app.db)
    const ask = (headers = {}) => app.fetch(toRequest({ path: '/api/tasks/t1', headers }))
    const etag = (await ask()).headers.get('etag') ?? ''
    expect(etag).not.toBe('')
    const again = await ask({ 'if-none-match': etag })
    expect(again.status).toBe(304)
    expect(await again.text()).toBe('')
    app.tasks.cancel('t1')
    expect((await ask({ 'if-none-match': etag })).status).toBe(200)
  })
})

describe('verbs', () => {
  const verb = (name: string) => ({ method: 'POST' as const, path: `/api/tasks/t1/${name}` })
  scenarios([
    {
      name: 'start begins planning',
      given: ({ db }) => void seedTask(db),
      request: verb('start'),
      expect: {
        status: 200,
        body: { status: 'planning', message: expect.any(String), task: { id: 't1' } },
        events: ['task.status', 'agent.created', 'task.started', 'task.status'],
      },
    },
    {
      name: 'stop pauses a running task and says that agents are being stopped',
      given: ({ db }) => void seedTask(db, { status: 'running' }),
      request: verb('stop'),
      expect: {
        status: 200,
        body: { status: 'paused', message: expect.any(String) },
        events: ['task.status', 'task.status', 'task.paused'],
      },
    },
    {
      name: 'stop works while planning',
      given: ({ db }) => {
        seedTask(db, { status: 'planning' })
        seedAgent(db, 't1', { kind: 'planner' })
      },
      request: verb('stop'),
      expect: { status: 200, body: { status: 'paused' }, events: ['task.status'] },
    },
    {
      name: 'cancel ends a task for good',
      given: ({ db }) => void seedTask(db, { status: 'planned' }),
      request: verb('cancel'),
      expect: {
        status: 200,
        body: { status: 'cancelled', message: expect.any(String) },
        events: ['task.status', 'task.status', 'task.cancelled'],
      },
    },
    {
      name: 'a client that sends an empty JSON body, as the reference’s does, is understood',
      given: ({ db }) => void seedTask(db, { status: 'planned' }),
      request: { ...verb('cancel'), headers: { 'content-type': 'application/json' } },
      expect: {
        status: 200,
        events: ['task.status', 'task.status', 'task.cancelled'],
      },
    },
    {
      name: 'a replan remark that is no text is refused',
      given: ({ db }) => void seedTask(db, { status: 'planned' }),
      request: { ...verb('replan'), json: { additional_context: 5 } },
      expect: { status: 400, body: refusal('request.invalid', 'additional_context'), events: [] },
    },
    ...(['start', 'stop', 'resume', 'cancel', 'replan', 'approve'] as const).flatMap((name) => [
      {
        name: `${name} of an unknown task is 404`,
        request: { method: 'POST' as const, path: `/api/tasks/nobody/${name}` },
        expect: { status: 404, body: refusal('task.not-found'), events: [] },
      },
      {
        name: `${name} of a completed task is 409 and says what is possible`,
        given: ({ db }: TestApp): void => void seedTask(db, { status: 'completed' }),
        request: verb(name),
        expect: { status: 409, body: refusal('task.wrong-state', 'completed'), events: [] },
      },
      {
        name: `${name} asked for by a page of another site is 403`,
        as: 'foreign page' as const,
        given: ({ db }: TestApp): void => void seedTask(db),
        request: verb(name),
        expect: { status: 403, body: refusal('auth.forbidden'), events: [] },
      },
    ]),
  ])

  test('relaunch answers with a new task in the reference’s shape, with its context unless told otherwise', async () => {
    await using app = await openTestApp()
    seedTask(app.db, { status: 'completed' })
    const ask = (json?: unknown) =>
      app.fetch(toRequest({ ...verb('relaunch'), ...(json === undefined ? {} : { json }) }))
    const plain = await ask()
    expect(plain.status).toBe(201)
    const first = (await plain.json()) as Task
    expect(first).toMatchObject({
      status: 'created',
      prompt: app.tasks.get('t1').prompt,
      relaunched_from: 't1',
      keeps_context: true,
    })
    const told = { prompt: 'New words.', keep_context: false, auto_start: true }
    expect(await (await ask(told)).json()).toMatchObject({
      status: 'planning',
      prompt: 'New words.',
      keeps_context: false,
    })
    expect((await ask({ keep_context: 'yes' })).status).toBe(400)
    expect((await ask({ prompt: 'x'.repeat(300_000) })).status).toBe(400)
    expect(app.tasks.list({ limit: 10 }).total).toBe(3)
  })

  test('relaunch of what has not ended is 409 and says what is possible', async () => {
    await using app = await openTestApp()
    seedTask(app.db, { status: 'running' })
    const answer = await app.fetch(toRequest(verb('relaunch')))
    expect(answer.status).toBe(409)
    expect(await answer.json()).toMatchObject({ code: 'task.wrong-state' })
  })

  test('a stop goes on when whoever asked for it is gone (L13)', async () => {
    await using app = await openTestApp()
    seedTask(app.db, { status: 'running', baseCommit: 'c0' })
    seedPlan(app.db, 't1')
    seedAgent(app.db, 't1', { id: 'a1' })
    const gone = new AbortController()
    const answer = app.fetch(new Request(toRequest(verb('stop')), { signal: gone.signal }))
    gone.abort()
    await answer
    await app.until(() => app.tasks.get('t1').phase === null)
    expect(app.tasks.get('t1')).toMatchObject({ status: 'paused' })
    expect(app.tasks.agent('t1', 'a1').status).toBe('stopped')
  })

  test('resume goes on where the task was stopped', async () => {
    await using app = await openTestApp()
    seedTask(app.db, { status: 'running', baseCommit: 'c0' })
    seedPlan(app.db, 't1')
    const post = (name: string) => app.fetch(toRequest({ ...verb(name) }))
    await post('stop')
    await app.until(() => app.tasks.get('t1').phase === null)
    const answer = await post('resume')
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ status: 'running', message: expect.any(String) })
  })

  test('replan takes a remark and keeps the old plan as a version', async () => {
    await using app = await openTestApp()
    seedTask(app.db, { status: 'planned', baseCommit: 'c0' })
    seedPlan(app.db, 't1', draft(spec('one')))
    const json = { additional_context: 'Fewer steps.' }
    const answer = await app.fetch(toRequest({ ...verb('replan'), json }))
    expect(await answer.json()).toMatchObject({ status: 'planning' })
    expect(app.tasks.planVersions('t1')).toHaveLength(1)
    expect(JSON.stringify(app.dump())).toContain('Fewer steps.')
  })
})

describe('DELETE /api/tasks/:id', () => {
  scenarios([
    ...(['created', 'planned', 'completed', 'failed'] as TaskStatus[]).map((status) => ({
      name: `a ${status} task goes with all its rows`,
      given: ({ db }: TestApp): void => {
        seedTask(db, { status })
        seedPlan(db, 't1')
        seedAgent(db, 't1', { status: 'completed' })
      },
      request: { method: 'DELETE' as const, path: '/api/tasks/t1' },
      expect: {
        status: 200,
        body: { status: 'deleted' },
        events: status === 'completed' ? [] : (['task.status'] as EventType[]),
      },
      after: ({ dump }: { dump: () => Record<string, unknown[]> }) => {
        const { migrations, settings, team_templates, ...rest } = dump()
        expect(Object.values(rest).flat()).toEqual([])
      },
    })),
    {
      name: 'an unknown task is 404',
      request: { method: 'DELETE', path: '/api/tasks/nobody' },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
  ])

  test('with the engine away is answered at once, as under way (L15)', async () => {
    await using app = await openTestApp()
    seedTask(app.db, { status: 'failed' })
    const agent = seedAgent(app.db, 't1', { status: 'completed' })
    updateAgent(app.db, agent, { holdsResources: true })
    const sentence = 'Docker is not answering.'
    app.machine.away = new AppError('engine.unreachable', sentence)
    app.tasks.engineAway(sentence)
    const answer = await app.fetch(toRequest({ method: 'DELETE', path: '/api/tasks/t1' }))
    expect(answer.status).toBe(202)
    expect(await answer.json()).toEqual({ status: 'deleting', waiting_for: sentence })
    const shown = await app.fetch(toRequest({ path: '/api/tasks/t1' }))
    expect(await shown.json()).toMatchObject({ phase: 'cancelling', error: sentence })
    // Asked for again meanwhile, and when the engine is back.
    expect((await app.fetch(toRequest({ method: 'DELETE', path: '/api/tasks/t1' }))).status).toBe(
      202,
    )
    delete app.machine.away
    app.tasks.engineAway(undefined)
    while (findTask(app.db, 't1')) await Bun.sleep(5)
  })
})
