import { describe, expect, test } from 'bun:test'
import { createSessionCookie } from '#auth/cookie.ts'
import { AppError, errorCodes } from '#contract/errors.ts'
import { createAssets } from '#http/assets.ts'
import { statusOf } from '#http/errors.ts'
import { createHttp } from '#http/http.ts'
import type { Services } from '#http/services.ts'
import { createLog } from '#lib/log.ts'

/** The frame around the routes, with `list` of tasks as the only thing that answers. */
function createFrame({
  list = () => ({ tasks: [], total: 0 }),
  refuse,
}: {
  list?: () => { tasks: []; total: number }
  refuse?: string
} = {}) {
  const lines: Record<string, unknown>[] = []
  const services = {
    tasks: { list },
    access: { identify: () => ({ identity: { kind: 'open' } }) },
    cookie: createSessionCookie('test'),
  } as unknown as Services
  const http = createHttp({
    services,
    assets: createAssets([]),
    guard: () => (refuse ? { ok: false, reason: refuse } : { ok: true }),
    log: createLog((line) => lines.push(JSON.parse(line))),
    now: () => 1000,
    newId: () => 'fresh-id',
  })
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    http.fetch(new Request(`http://localhost${path}`, { method, headers }), {
      remoteAddress: '127.0.0.1',
    })
  return { get, lines }
}
const throwing = (error: Error) =>
  createFrame({
    list: () => {
      throw error
    },
  })

describe('errors', () => {
  test('a failure of ours has its status, sentence, code and details', async () => {
    const { get } = throwing(
      new AppError('plan.stale', 'There is a newer plan.', { details: { version: 3 } }),
    )
    const answer = await get('/api/tasks')
    expect(answer.status).toBe(409)
    expect(await answer.json()).toEqual({
      error: 'There is a newer plan.',
      code: 'plan.stale',
      details: { version: 3 },
    })
  })

  test('an unknown one is told by an id, and its stack is in the log only', async () => {
    const { get, lines } = throwing(new Error('secret /etc/path'))
    const answer = await get('/api/tasks')
    expect(answer.status).toBe(500)
    expect(await answer.json()).toEqual({
      error: 'Internal error fresh-id.',
      code: 'internal',
      id: 'fresh-id',
    })
    expect(lines[0]).toMatchObject({ level: 'error', request_id: 'fresh-id' })
    expect(String(lines[0]?.error)).toContain('secret /etc/path')
    expect(String(lines[0]?.error)).toContain('http.test.ts')
  })

  test('a thrown value that is no error is an internal error too', async () => {
    const { get } = createFrame({
      list: () => {
        throw 'a text'
      },
    })
    const answer = await get('/api/tasks')
    expect(answer.status).toBe(500)
    expect(await answer.json()).toEqual({ error: 'Internal error.', code: 'internal' })
  })

  test('a failure behind us is in the log with its cause', async () => {
    const cause = new Error('connect ECONNREFUSED')
    const { get, lines } = throwing(new AppError('engine.unreachable', 'No engine.', { cause }))
    expect((await get('/api/tasks')).status).toBe(503)
    expect(String(lines[0]?.error)).toContain('ECONNREFUSED')
  })

  test('every code has a status that is a failure', () => {
    for (const code of errorCodes) expect(statusOf[code]).toBeGreaterThanOrEqual(400)
  })

  test.each([
    ['GET', '/api', 404, 'route.not-found'],
    ['GET', '/api/', 404, 'route.not-found'],
    ['GET', '/api/tasks/', 404, 'route.not-found'],
    ['GET', '/api/templates', 404, 'route.not-found'],
    ['GET', '/api/no-such-thing', 404, 'route.not-found'],
    ['GET', '/api/repo-templates/x/no-such-thing', 404, 'route.not-found'],
    ['POST', '/api/tasks/x/no-such-thing', 404, 'route.not-found'],
    ['GET', '/ws/unknown', 404, 'route.not-found'],
    ['PATCH', '/api/tasks', 405, 'route.method-not-allowed'],
    ['OPTIONS', '/api/tasks', 405, 'route.method-not-allowed'],
    ['DELETE', '/api/config', 405, 'route.method-not-allowed'],
    ['DELETE', '/health', 405, 'route.method-not-allowed'],
    ['POST', '/', 404, 'route.not-found'],
  ])('%s %s is %d as JSON, also for a browser', async (method, path, status, code) => {
    const answer = await createFrame().get(path, { accept: 'text/html' }, method)
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ code, error: expect.stringMatching(/\.$/) })
    expect(answer.headers.has('allow')).toBe(status === 405)
  })

  test('a wrong method is told which would be right', async () => {
    const answer = await createFrame().get('/api/tasks', {}, 'PATCH')
    expect(answer.headers.get('allow')).toBe('GET, HEAD, POST')
  })
})

describe('every answer', () => {
  test.each([
    ['data', '/api/tasks', 200],
    ['an error', '/api/nothing', 404],
    ['a page', '/', 200],
  ])('%s carries the headers that keep a browser safe', async (_name, path, status) => {
    const answer = await createFrame().get(path, { accept: 'text/html' })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('x-frame-options')).toBe('DENY')
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(answer.headers.get('content-security-policy')).not.toContain("script-src 'unsafe")
    expect(answer.headers.has('access-control-allow-origin')).toBe(false)
    expect(answer.headers.has('cache-control')).toBe(true)
  })

  test('has an id: the client’s when it is harmless, else a fresh one', async () => {
    const { get } = createFrame()
    const idFor = async (id: string) =>
      (await get('/api/tasks', { 'x-request-id': id })).headers.get('x-request-id')
    expect(await idFor('abc-1')).toBe('abc-1')
    expect(await idFor('{"forged":"line"}')).toBe('fresh-id')
    expect(await idFor('x'.repeat(65))).toBe('fresh-id')
  })

  test('leaves one line in the log, without its query', async () => {
    const { get, lines } = createFrame()
    await get('/api/tasks?search=private', { 'x-request-id': 'r1', authorization: 'Bearer t' })
    expect(lines).toEqual([
      {
        time: expect.any(String),
        level: 'info',
        event: 'request',
        method: 'GET',
        path: '/api/tasks',
        status: 200,
        duration_ms: 0,
        request_id: 'r1',
        remote: '127.0.0.1',
      },
    ])
  })

  test('to HEAD is that to GET without the body', async () => {
    const answer = await createFrame().get('/api/tasks', {}, 'HEAD')
    expect(answer.status).toBe(200)
    expect(await answer.text()).toBe('')
  })
})

test('a stranger gets nothing but a refusal, wherever they ask', async () => {
  const { get } = createFrame({ refuse: 'Not from here.' })
  for (const path of ['/', '/health', '/api/tasks', '/api/nothing']) {
    const answer = await get(path, { accept: 'text/html' })
    expect(answer.status).toBe(403)
    expect(await answer.json()).toEqual({ error: 'Not from here.', code: 'auth.forbidden' })
  }
})
