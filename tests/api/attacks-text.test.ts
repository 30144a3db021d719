/** Texts that would be code if anybody took them for it, and requests that come from elsewhere or under a false flag. */
import { describe, expect, test } from 'bun:test'
import { type Caller, toRequest } from '../support/scenario.ts'
import {
  draft,
  seedAgent,
  seedMessage,
  seedPlan,
  seedQuestions,
  seedTask,
  spec,
} from '../support/seed.ts'
import { once } from '../support/seed-files.ts'
import { openTestApp, type TestApp } from '../support/test-app.ts'

/** Markup, a script, a terminal's commands, text that runs backwards, and a line that pretends to be another. */
const hostile =
  '<!doctype html><script>alert(1)</script><img src=x onerror=alert(1)>\u001b]0;owned\u0007\u001b[31m\u202egnp.exe\u2066\u0000\u0085"\'&{{y}}\r\nSet-Cookie: a=b\r\n\r\n<svg/onload=alert(2)>'
const name = hostile.replaceAll('\u0000', '').slice(0, 200)

async function openHostileApp(): Promise<TestApp> {
  const app = await openTestApp()
  seedTask(app.db, { name, status: 'planned' })
  await app.makeRepository('t1')
  seedPlan(app.db, 't1', {
    ...draft({ ...spec('one'), name, description: hostile, prompt: hostile }),
    analysis: hostile,
    notes: hostile,
  })
  seedQuestions(app.db, 't1', [hostile])
  seedAgent(app.db, 't1')
  seedMessage(app.db, 't1', hostile)
  app.outputs.append('a1', 0, new TextEncoder().encode(`${hostile}\n`))
  await app.files.upload('t1', 'page.html', once(hostile))
  await app.files.upload('t1', 'picture.svg', once(hostile))
  return app
}

const filled = (path: string): string =>
  path
    .replace(':filename{.+}', 'page.html?type=input')
    .replace(':id', 't1')
    .replace(':aid', 'a1')
    .replace(/:\w+/g, 'one')
    .replace(/file-viewer$/, 'file-viewer?type=input&path=page.html')

/** The UI's own page is the one thing that is HTML, and it holds no data. */
function expectData(path: string, { headers }: Response): void {
  const type = headers.get('content-type') ?? ''
  const policy = headers.get('content-security-policy') ?? ''
  const isPage =
    type === 'text/html; charset=utf-8' && (!path.startsWith('/api') || path === '/api/docs')
  expect({
    path,
    type,
    isData: isPage || dataTypes.test(type),
    sniff: headers.get('x-content-type-options'),
    cookie: headers.get('set-cookie'),
    isClosed: policy.includes("default-src 'none'") && !/script-src[^;]*unsafe/.test(policy),
    isSandboxed: isPage || policy.includes('sandbox'),
    isSaved: !type.includes('svg') || headers.get('content-disposition')?.startsWith('attachment'),
  }).toEqual({
    ...{ path, type, sniff: 'nosniff', cookie: null },
    ...{ isData: true, isClosed: true, isSandboxed: true, isSaved: true },
  })
}

const dataTypes =
  /^(application\/(json|octet-stream|x-tar|gzip|zip|x-ndjson)|text\/plain|image\/svg|$)/

describe('whatever an agent or a person writes comes back as data', () => {
  test('from every route that reads: no page, no guessing, no scripts', async () => {
    await using app = await openHostileApp()
    const paths = app.routes.flatMap(({ method, path }) => (method === 'GET' ? [filled(path)] : []))
    const asked = [
      ...paths,
      '/api/tasks/t1/file-viewer?type=input&path=page.html',
      '/api/tasks/t1/files/x?type=input&path=picture.svg',
      '/api/tasks/t1/files/%3Cscript%3E?type=input&path=page.html',
      `/api/tasks?search=${encodeURIComponent(name)}`,
      `/api/tasks/${encodeURIComponent(name)}`,
      `/${encodeURIComponent(name)}`,
      `/api/${encodeURIComponent(name)}`,
    ]
    for (const path of new Set(asked)) {
      for (const accept of ['text/html', '*/*']) {
        expectData(path, await app.fetch(toRequest({ path, headers: { accept } })))
      }
    }
  })

  test('unchanged, to the last character', async () => {
    await using app = await openHostileApp()
    const read = async (path: string): Promise<unknown> =>
      await (await app.fetch(toRequest({ path }))).json()
    expect(await read('/api/tasks/t1')).toMatchObject({ name })
    expect(await read('/api/tasks/t1/plan')).toMatchObject({
      analysis: hostile,
      subtasks: [{ prompt: hostile }],
    })
    expect(await read('/api/tasks/t1/messages')).toMatchObject({ messages: [{ content: hostile }] })
    expect(await read('/api/tasks/t1/questions')).toMatchObject({ questions: [{ text: hostile }] })
    expect(
      await read('/api/tasks/t1/file-viewer?type=input&path=page.html').catch(() => null),
    ).toMatchObject({
      code: 'file.not-text',
    })
  })

  test('a name from a client steers no header', async () => {
    await using app = await openHostileApp()
    const path = `/api/tasks/t1/files/x?type=input&path=${encodeURIComponent('a"\r\nSet-Cookie: a=b\r\n.html')}`
    const answer = await app.fetch(toRequest({ path }))
    expect(answer.status).toBe(403)
    expect(answer.headers.get('set-cookie')).toBeNull()
    const id = await app.fetch(
      toRequest({ path: '/health', headers: { 'x-request-id': '<script>' } }),
    )
    expect(id.headers.get('x-request-id')).not.toContain('<')
  })
})

const changing = new Set(['POST', 'PUT', 'DELETE', 'PATCH'])
/** Forges call it from elsewhere, in the forms they have; a signature opens it and nothing else (webhooks.test.ts). */
const signed = '/api/webhooks/:tid'
const changes = (app: TestApp) =>
  app.routes
    .filter(({ method, path }) => changing.has(method) && path !== signed)
    .map(({ method, path }) => ({ method: method as 'POST', path: filled(path) }))

describe('a page of another site changes nothing (S3)', () => {
  const disguises: [string, Caller | undefined, Record<string, string>][] = [
    ['a script', 'foreign page', {}],
    ['a name that was bent to us', 'rebound name', {}],
    ['a form', undefined, { origin: 'https://evil.test', 'content-type': 'text/plain' }],
    ['a frame without an origin', undefined, { origin: 'null' }],
    [
      'an old browser without Origin',
      undefined,
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    ],
    [
      'another port of this machine',
      undefined,
      { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' },
    ],
    [
      'a link that deletes',
      undefined,
      {
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': 'document',
      },
    ],
  ]
  test.each(disguises)('as %s, at every route that changes something', async (_, as, headers) => {
    await using app = await openHostileApp()
    app.takeEvents()
    const before = app.dump()
    for (const { method, path } of changes(app)) {
      const request = {
        method,
        path,
        body: '{"name":"n","prompt":"p","auto_start":true}',
        headers: { 'content-type': 'application/json', ...headers },
      }
      const answer = await app.fetch(toRequest(request, as))
      expect({ method, path, status: answer.status }).toEqual({ method, path, status: 403 })
      expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    }
    expect(app.takeEvents()).toEqual([])
    expect(app.dump()).toEqual(before)
  })

  test('and is not told in advance that it might: there is no CORS', async () => {
    await using app = await openHostileApp()
    for (const { path } of changes(app)) {
      const answer = await app.fetch(
        toRequest({
          ...{ method: 'OPTIONS' as 'GET', path },
          headers: {
            origin: 'https://evil.test',
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'content-type',
          },
        }),
      )
      expect(answer.status).toBe(403)
      expect(
        [...answer.headers.keys()].filter((each) => each.startsWith('access-control')),
      ).toEqual([])
    }
  })
})

test('a body that is not declared as JSON is never read as JSON, at any route that takes one', async () => {
  await using app = await openHostileApp()
  const before = app.dump()
  const answers = new Map<string, number[]>()
  for (const { method, path } of changes(app)) {
    if (method === ('DELETE' as string)) continue
    const statuses: number[] = []
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'text/html',
      'application/jsonp',
      '',
    ]) {
      const answer = await app.fetch(
        toRequest({
          method,
          path,
          body: '{"answer":"x","name":"n","prompt":"p","content":"c","agent_id":"a1","token":"t","from":"one"}',
          headers: { 'content-type': type },
        }),
      )
      statuses.push(answer.status)
    }
    answers.set(`${method} ${path}`, statuses)
  }
  // Verbs that take no body at all say so by not caring; whatever takes one refuses all five.
  const bodiless =
    /\/(start|stop|resume|cancel|skip|interrupt|freeze|unfreeze|dismiss|logout|image\/build|retention|remove-orphans|pull-request\/look|outgoing-webhook\/test|repo-templates\/one\/(test|memory))$|PUT \/api\/config$/
  for (const [route, statuses] of answers)
    if (!bodiless.test(route))
      expect({ route, statuses }).toEqual({ route, statuses: Array(5).fill(415) })
  const { tasks, messages } = app.dump()
  expect({ messages, count: tasks?.length }).toEqual({
    messages: before.messages,
    count: before.tasks?.length,
  })
})
