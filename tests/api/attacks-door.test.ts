/** Attacks on the way in, over real connections: what must not open without a token, and what must close when it is revoked. */
import { Database } from 'bun:sqlite'
import { describe, expect, test } from 'bun:test'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { runToken, type TokenCommand } from '#cli/token-command.ts'
import { signedOutCode } from '#contract/access.ts'
import { openTokenDesk, toUrl } from '../../server/access.ts'
import { openServedApp, type ServedApp } from '../support/served-app.ts'

const closed = { 'server.require_token': 'true' }
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const json = { 'content-type': 'application/json' }

async function signIn({ url, token }: ServedApp): Promise<string> {
  const answer = await fetch(`${url}/api/login`, {
    method: 'POST',
    body: JSON.stringify({ token }),
    headers: { ...json, origin: url },
  })
  expect(answer.status).toBe(200)
  return answer.headers.get('set-cookie')?.split(';')[0] ?? ''
}

type Open = { socket: WebSocket; closed: Promise<number> }

/** Resolves once it is open; rejects when it is refused. */
function openSocket({ url }: ServedApp, headers: Record<string, string>): Promise<Open> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/live`, { headers })
  const ended = new Promise<number>((resolve) => {
    socket.onclose = ({ code }) => resolve(code)
  })
  return new Promise((resolve, reject) => {
    socket.onopen = () => resolve({ socket, closed: ended })
    socket.onerror = () => reject(new Error('refused'))
  })
}

/** What a socket that was refused would have been told. */
const knock = (app: ServedApp, headers: Record<string, string>) =>
  fetch(`${app.url}/ws/live`, {
    headers: { upgrade: 'websocket', connection: 'upgrade', ...headers },
  })

describe('closed by default (S1)', () => {
  test('on loopback nothing is asked for, and no token is made', async () => {
    await using app = await openServedApp()
    expect((await fetch(`${app.url}/api/tasks`)).status).toBe(200)
    expect(app.app.owner).toBeUndefined()
    expect(() => statSync(join(app.dataDir, 'access-token'))).toThrow()
  })

  test('any other address asks for a token, which is made at the first start and only its owner can read', async () => {
    await using app = await openServedApp({ 'server.host': '0.0.0.0' })
    expect((await fetch(`${app.url}/api/tasks`)).status).toBe(401)
    const file = join(app.dataDir, 'access-token')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8').trim()).toBe(app.token)
    expect(app.app.owner?.isNew).toBe(true)
    expect((await fetch(`${app.url}/api/tasks`, { headers: bearer(app.token) })).status).toBe(200)
  })

  test('a server on loopback asks when it is told to', async () => {
    await using app = await openServedApp(closed)
    expect((await fetch(`${app.url}/api/tasks`)).status).toBe(401)
    expect((await fetch(`${app.url}/health`)).status).toBe(200)
    expect((await fetch(`${app.url}/`)).status).toBe(200)
  })

  test('the data directory holds the token in its own file, and nowhere else', async () => {
    await using app = await openServedApp(closed)
    await signIn(app)
    using sqlite = new Database(app.config.database.path, { readonly: true })
    const rows = [
      ...sqlite.query('SELECT * FROM access_tokens').all(),
      ...sqlite.query('SELECT * FROM sessions').all(),
    ]
    expect(rows).toHaveLength(2)
    expect(JSON.stringify(rows)).not.toContain(app.token)
  })
})

describe('sockets', () => {
  test('are refused without a token, with a wrong one, and with one in the address', async () => {
    await using app = await openServedApp(closed)
    expect((await knock(app, {})).status).toBe(401)
    expect((await knock(app, bearer('klaudio_wrong'))).status).toBe(401)
    const query = await fetch(`${app.url}/ws/live?token=${app.token}`, {
      headers: { upgrade: 'websocket', connection: 'upgrade' },
    })
    expect(query.status).toBe(401)
    expect(await query.json()).toMatchObject({ code: 'auth.required' })
  })

  test('open to a token of a program and to the cookie of a browser', async () => {
    await using app = await openServedApp(closed)
    const program = await openSocket(app, bearer(app.token))
    const browser = await openSocket(app, { cookie: await signIn(app), origin: app.url })
    program.socket.close()
    browser.socket.close()
  })

  test('are refused to a page of another site, even with the cookie (cross-site socket, S3)', async () => {
    await using app = await openServedApp(closed)
    const cookie = await signIn(app)
    const foreign = await knock(app, { cookie, origin: 'http://evil.example' })
    expect(foreign.status).toBe(403)
    expect(await foreign.json()).toMatchObject({ code: 'auth.forbidden' })
    const rebound = await knock(app, { cookie, host: `evil.example:${app.port}` })
    expect(rebound.status).toBe(403)
  })

  test('close as soon as their token is revoked, and only they', async () => {
    await using app = await openServedApp(closed)
    const made = await fetch(`${app.url}/api/tokens`, {
      method: 'POST',
      body: JSON.stringify({ name: 'CI' }),
      headers: { ...json, ...bearer(app.token) },
    })
    const { id, token } = (await made.json()) as { id: string; token: string }
    const program = await openSocket(app, bearer(token))
    const other = await openSocket(app, bearer(app.token))
    const path = `${app.url}/api/tokens/${id}`
    await fetch(path, { method: 'DELETE', headers: bearer(app.token) })
    expect(await program.closed).toBe(signedOutCode)
    expect((await knock(app, bearer(token))).status).toBe(401)
    expect(other.socket.readyState).toBe(WebSocket.OPEN)
    other.socket.close()
  })

  test('close with a sign-out', async () => {
    await using app = await openServedApp(closed)
    const cookie = await signIn(app)
    const browser = await openSocket(app, { cookie })
    await fetch(`${app.url}/api/logout`, { method: 'POST', headers: { cookie } })
    expect(await browser.closed).toBe(signedOutCode)
  })

  test('close when another process revokes, beside the running server', async () => {
    await using app = await openServedApp(closed)
    const { lines, run } = atTheDesk(app)
    expect(run({ verb: 'create', word: 'CI' })).toBe(0)
    const token = lines[0] ?? ''
    const program = await openSocket(app, bearer(token))
    expect(run({ verb: 'revoke', word: 'CI' })).toBe(0)
    expect((await knock(app, bearer(token))).status).toBe(401)
    expect(await program.closed).toBe(signedOutCode)
  })

  test('are limited for one address', async () => {
    await using app = await openServedApp({ 'server.max_sockets_per_address': '2' })
    const first = await openSocket(app, {})
    const second = await openSocket(app, {})
    const third = await knock(app, {})
    expect(third.status).toBe(429)
    expect(third.headers.get('retry-after')).toBe('1')
    first.socket.close()
    second.socket.close()
  })
})

/** `klaudio token` on the data directory of a server that runs. */
function atTheDesk(app: ServedApp) {
  const lines: string[] = []
  const run = (command: Partial<TokenCommand> & Pick<TokenCommand, 'verb'>): number => {
    const desk = openTokenDesk(app.config)
    try {
      return runToken({
        ...{ replace: false, json: false, required: true, isRunning: true, desk },
        url: toUrl('127.0.0.1', app.port),
        print: (line) => lines.push(line),
        complain: () => {},
        ...command,
      })
    } finally {
      desk.close()
    }
  }
  return { lines, run }
}

describe('klaudio token', () => {
  test('prints the link of the running server, and with --new one that ends the old and its sessions', async () => {
    await using app = await openServedApp(closed)
    const cookie = await signIn(app)
    const { lines, run } = atTheDesk(app)
    run({ verb: 'link' })
    expect(lines).toEqual([`${app.url}/#token=${app.token}`])
    run({ verb: 'link', replace: true })
    const token = lines[1]?.split('#token=')[1] ?? ''
    expect(token).not.toBe(app.token)
    const status = async (headers: Record<string, string>) =>
      (await fetch(`${app.url}/api/tasks`, { headers })).status
    expect(await status(bearer(token))).toBe(200)
    expect(await status(bearer(app.token))).toBe(401)
    expect(await status({ cookie })).toBe(401)
    expect(statSync(join(app.dataDir, 'access-token')).mode & 0o777).toBe(0o600)
  })

  test('lists names and times, never a value, and steers no terminal', async () => {
    await using app = await openServedApp(closed)
    const { lines, run } = atTheDesk(app)
    run({ verb: 'create', word: 'CI \u001b[31mred\u202e' })
    const [token = ''] = lines.splice(0)
    run({ verb: 'list' })
    run({ verb: 'list', json: true })
    expect(lines.join('\n')).not.toContain(token)
    expect(lines[0]).toMatch(/^ID +NAME +CREATED +LAST USED$/)
    for (const line of lines.slice(0, -1)) expect(line).not.toMatch(/[\p{Cc}\p{Cf}]/u)
  })

  test('revokes by name only what is meant', async () => {
    await using app = await openServedApp(closed)
    const { run } = atTheDesk(app)
    expect(run({ verb: 'revoke', word: 'nobody' })).toBe(1)
    run({ verb: 'create', word: 'twin' })
    run({ verb: 'create', word: 'twin' })
    expect(run({ verb: 'revoke', word: 'twin' })).toBe(1)
    expect(() => run({ verb: 'revoke', word: 'First token' })).toThrow('can only be replaced')
  })
})
