/** Tokens and sessions: who gets in, for how long, and how that ends. */
import { describe, expect, test } from 'bun:test'
import type { CreatedToken, Session } from '#contract/access.ts'
import { refusal, type ScenarioRequest, toRequest } from '../support/scenario.ts'
import { openTestApp, sessionMs, type TestApp } from '../support/test-app.ts'

type Asked = TestApp & {
  token: string
  advance: (ms: number) => void
  ask: (request: ScenarioRequest, address?: string) => Promise<Response>
  /** Signs in; returns the cookie as a browser would send it. */
  signIn: (headers?: Record<string, string>) => Promise<string>
}

/** A server that asks for a token, at a time that stands still. */
async function openClosedApp(): Promise<Asked> {
  let time = Date.now()
  const app = await openTestApp({ required: true, now: () => time })
  const { token } = app.access.createToken('test')
  const ask: Asked['ask'] = (request, address = '10.0.0.7') =>
    app.fetch(toRequest(request), { remoteAddress: address })
  return {
    ...app,
    token,
    ask,
    advance: (ms) => {
      time += ms
    },
    async signIn(headers = {}) {
      const answer = await ask({ method: 'POST', path: '/api/login', json: { token }, headers })
      expect(answer.status).toBe(200)
      return toCookie(answer)
    },
  }
}

const toCookie = (answer: Response): string => answer.headers.get('set-cookie')?.split(';')[0] ?? ''
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const tasks = (headers: Record<string, string> = {}): ScenarioRequest => ({
  path: '/api/tasks',
  headers,
})

describe('without a token', () => {
  test.each([
    ['GET', '/api/tasks'],
    ['POST', '/api/tasks'],
    ['GET', '/api/config'],
    ['PUT', '/api/config'],
    ['GET', '/api/system'],
    ['GET', '/api/tokens'],
    ['POST', '/api/tokens'],
    ['GET', '/api/sessions'],
    ['GET', '/api/nothing/of/the/kind'],
    ['GET', '/API/tasks'],
    ['GET', '/%61pi/tasks'],
    ['OPTIONS', '/api/tasks'],
    ['GET', '/ws/live'],
  ] as const)('%s %s is 401 and says what to do', async (method, path) => {
    await using app = await openClosedApp()
    const before = app.dump()
    const answer = await app.ask({ method: method as 'GET', path })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer realm="klaudio"')
    expect(await answer.json()).toEqual(refusal('auth.required', 'klaudio token link'))
    expect(app.dump()).toEqual(before)
  })

  test('/health says that the server lives, and nothing else', async () => {
    await using app = await openClosedApp()
    const answer = await app.ask({ path: '/health' })
    expect(await answer.json()).toEqual({ status: 'ok', time: expect.any(String) })
    const known = await app.ask({ path: '/health', headers: bearer(app.token) })
    expect(await known.json()).toMatchObject({ version: 'test', ready: true })
  })

  test('the pages of the UI load, and can ask whether they are signed in', async () => {
    await using app = await openClosedApp()
    const page = await app.ask({ path: '/tasks/1', headers: { accept: 'text/html' } })
    expect(page.status).toBe(200)
    const answer = await app.ask({ path: '/api/access' })
    expect(await answer.json()).toEqual({ required: true, signed_in: false })
  })
})

test('every route that exists is closed, whatever it is called', async () => {
  await using app = await openClosedApp()
  const open = ['/health', '/api/access', '/api/login', '/api/logout', '/api/webhooks/:tid']
  for (const { method, path } of app.routes) {
    if (method === 'ALL' || open.includes(path)) continue
    const answer = await app.ask({ method: method as 'GET', path: path.replaceAll(/:\w+/g, 'x') })
    expect({ method, path, status: answer.status }).toEqual({ method, path, status: 401 })
  }
})

describe('a token', () => {
  test('opens the API to a program, and says when it was last used', async () => {
    await using app = await openClosedApp()
    expect((await app.ask(tasks(bearer(app.token)))).status).toBe(200)
    const { tokens } = (await (
      await app.ask({ path: '/api/tokens', headers: bearer(app.token) })
    ).json()) as { tokens: Record<string, unknown>[] }
    expect(tokens).toEqual([
      {
        id: expect.any(String),
        name: 'test',
        kind: 'program',
        created_at: expect.any(String),
        last_used_at: expect.any(String),
      },
    ])
  })

  test('is shown once, when it is made, and only its hash is kept', async () => {
    await using app = await openClosedApp()
    const answer = await app.ask({
      method: 'POST',
      path: '/api/tokens',
      json: { name: '  CI  ' },
      headers: bearer(app.token),
    })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const made = (await answer.json()) as CreatedToken
    expect(made).toMatchObject({ name: 'CI', kind: 'program' })
    expect(Buffer.from(made.token.replace('klaudio_', ''), 'base64url')).toHaveLength(32)
    expect((await app.ask(tasks(bearer(made.token)))).status).toBe(200)
    const listed = await app.ask({ path: '/api/tokens', headers: bearer(app.token) })
    expect(await listed.text()).not.toContain(made.token)
    expect(JSON.stringify(app.dump())).not.toContain(made.token)
  })

  test.each([
    ['wrong', 'klaudio_wrong'],
    ['empty', ''],
    ['very long', 'x'.repeat(10_000)],
    ['a hash of a right one', 'HASH'],
  ])('that is %s is refused', async (_, text) => {
    await using app = await openClosedApp()
    const value =
      text === 'HASH' ? new Bun.CryptoHasher('sha256').update(app.token).digest('hex') : text
    const answer = await app.ask(tasks({ authorization: `Bearer ${value}` }))
    expect(answer.status).toBe(401)
    expect(await answer.json()).toEqual(refusal('auth.refused'))
  })

  test.each(['Basic dXNlcjpwYXNz', 'klaudio', 'Bearer'])(
    'is not found in "Authorization: %s"',
    async (authorization) => {
      await using app = await openClosedApp()
      expect((await app.ask(tasks({ authorization }))).status).toBe(401)
    },
  )

  test('in the address is not looked at', async () => {
    await using app = await openClosedApp()
    for (const name of ['token', 'access_token', 'session'])
      expect((await app.ask({ path: `/api/tasks?${name}=${app.token}` })).status).toBe(401)
  })

  test('that is revoked is worth nothing from the next request on, and so are its sessions', async () => {
    await using app = await openClosedApp()
    const cookie = await app.signIn()
    const other = app.access.createToken('other')
    const [row] = app.access.tokens()
    const answer = await app.ask({
      method: 'DELETE',
      path: `/api/tokens/${row?.id}`,
      headers: bearer(other.token),
    })
    expect(answer.status).toBe(200)
    expect((await app.ask(tasks(bearer(app.token)))).status).toBe(401)
    expect((await app.ask(tasks({ cookie }))).status).toBe(401)
    expect((await app.ask(tasks(bearer(other.token)))).status).toBe(200)
  })

  test('of the owner cannot be revoked here, only replaced: nobody shuts themselves out', async () => {
    await using app = await openClosedApp()
    app.access.setOwner('klaudio_owner-token-of-this-test-only')
    const owner = app.access.tokens().find(({ kind }) => kind === 'owner')
    const answer = await app.ask({
      method: 'DELETE',
      path: `/api/tokens/${owner?.id}`,
      headers: bearer(app.token),
    })
    expect(answer.status).toBe(409)
    expect(await answer.json()).toEqual(refusal('token.wrong-state', 'klaudio token link --new'))
  })

  test('needs a name, and revoking one that does not exist is 404', async () => {
    await using app = await openClosedApp()
    const headers = bearer(app.token)
    const unnamed = await app.ask({
      ...{ method: 'POST', path: '/api/tokens', json: { name: ' ' }, headers },
    })
    expect(unnamed.status).toBe(400)
    const missing = await app.ask({ method: 'DELETE', path: '/api/tokens/nope', headers })
    expect(await missing.json()).toEqual(refusal('token.not-found'))
    const session = await app.ask({ method: 'DELETE', path: '/api/sessions/nope', headers })
    expect(await session.json()).toEqual(refusal('session.not-found'))
  })
})

describe('a session', () => {
  test('begins with the token and is a cookie that no script and no other site can use', async () => {
    await using app = await openClosedApp()
    const { token } = app
    const answer = await app.ask({ method: 'POST', path: '/api/login', json: { token } })
    const cookie = answer.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(
      /^klaudio_\w+=[\w-]{43}; Path=\/; Max-Age=3600; HttpOnly; SameSite=Strict$/,
    )
    expect((await app.ask(tasks({ cookie: toCookie(answer) }))).status).toBe(200)
    expect(JSON.stringify(app.dump())).not.toContain(toCookie(answer).split('=')[1])
  })

  test.each([
    ['https in its Origin', { origin: 'https://localhost:8080' }, {}],
    ['a trusted proxy that says https', {}, { isHttps: true }],
  ])('is for https only with %s', async (_, headers, info) => {
    await using app = await openClosedApp()
    const { token } = app
    const request = toRequest({ method: 'POST', path: '/api/login', json: { token }, headers })
    const answer = await app.fetch(request, info)
    expect(answer.headers.get('set-cookie')).toEndWith('; SameSite=Strict; Secure')
  })

  test('does not begin with a wrong token', async () => {
    await using app = await openClosedApp()
    const before = app.dump()
    const json = { token: 'klaudio_wrong' }
    const answer = await app.ask({ method: 'POST', path: '/api/login', json })
    expect(answer.status).toBe(401)
    expect(await answer.json()).toEqual(refusal('auth.refused'))
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect(app.dump()).toEqual(before)
  })

  test('does not begin from a page of another site, nor from a form', async () => {
    await using app = await openClosedApp()
    const { token } = app
    const request = { method: 'POST', path: '/api/login', json: { token } } as const
    const foreign = await app.fetch(toRequest(request, 'foreign page'))
    expect(foreign.status).toBe(403)
    const form = await app.ask({
      ...{ method: 'POST', path: '/api/login', body: JSON.stringify({ token }) },
      headers: { 'content-type': 'text/plain' },
    })
    expect(form.status).toBe(415)
  })

  test('never takes over a value that was there before (fixation)', async () => {
    await using app = await openClosedApp()
    const planted = `klaudio_test=${'a'.repeat(43)}`
    const cookie = await app.signIn({ cookie: planted })
    expect(cookie).not.toBe(planted)
    expect((await app.ask(tasks({ cookie: planted }))).status).toBe(401)
    const again = await app.signIn({ cookie })
    expect(again).not.toBe(cookie)
    expect((await app.ask(tasks({ cookie }))).status).toBe(401)
    expect((await app.ask(tasks({ cookie: again }))).status).toBe(200)
  })

  test('ends when it was not used for its lifetime, and lasts as long as it is', async () => {
    await using app = await openClosedApp()
    const cookie = await app.signIn()
    for (let hour = 0; hour < 3; hour++) {
      app.advance(sessionMs - 1)
      const answer = await app.ask(tasks({ cookie }))
      expect(answer.status).toBe(200)
      expect(answer.headers.get('set-cookie')).toStartWith(`${cookie}; Path=/; Max-Age=3600`)
    }
    app.advance(sessionMs)
    const answer = await app.ask(tasks({ cookie }))
    expect(answer.status).toBe(401)
    expect(await answer.json()).toEqual(refusal('auth.required', 'not signed in any more'))
  })

  test('ends with a sign-out, also for whoever kept the cookie', async () => {
    await using app = await openClosedApp()
    const cookie = await app.signIn()
    const answer = await app.ask({ method: 'POST', path: '/api/logout', headers: { cookie } })
    expect(answer.headers.get('set-cookie')).toContain('Max-Age=0')
    expect((await app.ask(tasks({ cookie }))).status).toBe(401)
  })

  test('is listed with its browser, and can be ended from another one', async () => {
    await using app = await openClosedApp()
    const phone = await app.signIn({ 'user-agent': 'Phone' })
    const desk = await app.signIn({ 'user-agent': 'Desk' })
    const answer = await app.ask({ path: '/api/sessions', headers: { cookie: desk } })
    const { sessions } = (await answer.json()) as { sessions: Session[] }
    expect(sessions.map(({ user_agent, current }) => [user_agent, current]).sort()).toEqual([
      ['Desk', true],
      ['Phone', false],
    ])
    expect(sessions[0]).toMatchObject({ address: '10.0.0.7', token_name: 'test' })
    const id = sessions.find(({ user_agent }) => user_agent === 'Phone')?.id
    const ended = await app.ask({
      method: 'DELETE',
      path: `/api/sessions/${id}`,
      headers: { cookie: desk },
    })
    expect(ended.status).toBe(200)
    expect((await app.ask(tasks({ cookie: phone }))).status).toBe(401)
    expect((await app.ask(tasks({ cookie: desk }))).status).toBe(200)
  })

  test('of one installation is not taken by another on the same host', async () => {
    await using app = await openClosedApp()
    const value = (await app.signIn()).split('=')[1]
    expect((await app.ask(tasks({ cookie: `klaudio_other=${value}` }))).status).toBe(401)
    expect((await app.ask(tasks({ cookie: `a=b; klaudio_test=${value}` }))).status).toBe(200)
  })
})

describe('brute force', () => {
  test('is told to wait, while the right token and a session work from the same address', async () => {
    await using app = await openClosedApp()
    const cookie = await app.signIn()
    const guess = (n: number, address?: string) =>
      app.ask({ method: 'POST', path: '/api/login', json: { token: `klaudio_${n}` } }, address)
    for (let n = 0; n < 10; n++) expect((await guess(n)).status).toBe(401)
    const refused = await guess(10)
    expect(refused.status).toBe(429)
    expect(Number(refused.headers.get('retry-after'))).toBeWithin(1, 61)
    expect(await refused.json()).toMatchObject(refusal('rate.limited', 'right token works at once'))
    // A guess in a header counts like one in the form.
    expect((await app.ask(tasks(bearer('klaudio_11')))).status).toBe(429)
    expect((await app.ask(tasks(bearer(app.token)))).status).toBe(200)
    expect((await app.ask(tasks({ cookie }))).status).toBe(200)
    await app.signIn()
    // Neighbours are not punished, and time heals.
    expect((await guess(12, '10.0.0.8')).status).toBe(401)
    app.advance(60_000)
    expect((await guess(13)).status).toBe(401)
  })

  test('from many addresses is told to wait as well, and the right token still works', async () => {
    await using app = await openClosedApp()
    let last = 0
    for (let n = 0; n < 201; n++) {
      const json = { token: `klaudio_${n}` }
      const request = { method: 'POST', path: '/api/login', json } as const
      last = (await app.ask(request, `10.1.${n >> 8}.${n & 255}`)).status
    }
    expect(last).toBe(429)
    await app.signIn()
  })
})

test('where no token is asked for, one can be used and made all the same', async () => {
  await using app = await openTestApp()
  const ask = (request: ScenarioRequest) => app.fetch(toRequest(request))
  expect(await (await ask({ path: '/api/access' })).json()).toEqual({
    required: false,
    signed_in: true,
  })
  const made = await ask({ method: 'POST', path: '/api/tokens', json: { name: 'CI' } })
  const { token } = (await made.json()) as CreatedToken
  expect((await ask(tasks(bearer(token)))).status).toBe(200)
  expect((await ask(tasks(bearer('stale')))).status).toBe(200)
})
