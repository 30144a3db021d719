/** Attacks that need the wire: requests no browser or library would send, to the whole server on a real port. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { ask, sendRaw } from '../support/raw-http.ts'
import { openServedApp, type ServedApp } from '../support/served-app.ts'

let server: ServedApp
let taskId: string
/** What no request without the right token, and no path at all, may bring out. */
let secrets: string[]

beforeAll(async () => {
  server = await openServedApp({ 'server.require_token': 'true' })
  const { id } = server.app.tasks.create({
    name: 'n',
    prompt: 'p',
    auto_start: false,
    source: { kind: 'empty' },
    limits: {},
    auto_approve: false,
    output_files: [],
  })
  taskId = id
  const input = join(server.config.storage.files_dir, id, 'input')
  mkdirSync(join(input, 'real'), { recursive: true })
  writeFileSync(join(input, 'real', 'file.txt'), 'ours')
  symlinkSync(join(server.dataDir, 'access-token'), join(input, 'link'))
  symlinkSync(server.dataDir, join(input, 'folder'))
  symlinkSync('/proc/self/environ', join(input, 'environ'))
  secrets = [server.token, readFileSync('/etc/passwd', 'utf8').split('\n')[0] ?? 'root']
})
afterAll(() => server[Symbol.asyncDispose]())

const authorized = (): string[] => [`Authorization: Bearer ${server.token}`]

/** `a/../b` in every spelling that some layer somewhere takes for it. */
const climbs = [
  '../../../../../../../../etc/passwd',
  '..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd',
  '%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
  '%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd',
  '%252e%252e%252f%252e%252e%252fetc%252fpasswd',
  '..%252f..%252f..%252fetc%252fpasswd',
  '..\\..\\..\\..\\etc\\passwd',
  '..%5c..%5c..%5cetc%5cpasswd',
  '%2fetc%2fpasswd',
  '/etc/passwd',
  '//etc/passwd',
  'C:%5cWindows%5cwin.ini',
  'file:///etc/passwd',
  '..%c0%af..%c0%afetc/passwd',
  '%e0%80%af..%e0%80%afetc/passwd',
  '%ef%bc%8e%ef%bc%8e/%ef%bc%8e%ef%bc%8e/etc/passwd',
  '%e2%80%a5/%e2%80%a5/etc/passwd',
  '..;/..;/etc/passwd',
  '....//....//etc/passwd',
  '.%00./etc/passwd',
  '../access-token',
  '..%2f..%2f..%2faccess-token',
  '..%2f..%2f..%2faccess-token%00.txt',
  '..%2f..%2f..%2fklaudio.db',
  '.git/config',
  '.GIT/config',
  '.git%20/config',
  '.g%e2%80%8cit/config',
  'git~1/config',
  'real/../../../../access-token',
  'real/./file.txt/..',
  'real//file.txt',
]

describe('a path cannot leave its tree (S2)', () => {
  const targets: [string, string, (path: string) => string][] = [
    ['GET', 'the pages', (path) => `/${path}`],
    ['GET', 'the assets', (path) => `/assets/${path}`],
    ['GET', 'a download by name', (path) => `/api/tasks/${taskId}/files/${path}`],
    ['GET', 'a download by name', (path) => `/api/tasks/${taskId}/files/${path}?type=input`],
    ...['input', 'output', 'workspace', '..', '../..', 'input/..'].flatMap(
      (area): [string, string, (path: string) => string][] => [
        [
          'GET',
          `a download of ${area}`,
          (path) => `/api/tasks/${taskId}/files/x?type=${area}&path=${path}`,
        ],
        [
          'GET',
          `the viewer of ${area}`,
          (path) => `/api/tasks/${taskId}/file-viewer?type=${area}&path=${path}`,
        ],
        [
          'PUT',
          `the editor of ${area}`,
          (path) => `/api/tasks/${taskId}/file-viewer?type=${area}&path=${path}`,
        ],
        [
          'DELETE',
          `removing from ${area}`,
          (path) => `/api/tasks/${taskId}/file-viewer?type=${area}&path=${path}`,
        ],
      ],
    ),
    ['GET', 'a diff', (path) => `/api/tasks/${taskId}/diff?path=${path}`],
    ['GET', 'an archive', (path) => `/api/tasks/${taskId}/archive?area=${path}`],
    ['GET', 'a task', (path) => `/api/tasks/${path}`],
    ['GET', 'output', (path) => `/api/tasks/${taskId}/agents/${path}/output`],
    ['DELETE', 'a session', (path) => `/api/sessions/${path}`],
    ['DELETE', 'a token', (path) => `/api/tokens/${path}`],
  ]

  test.each(targets)('%s of %s', async (method, _, toTarget) => {
    const body = method === 'PUT' ? '{"content":"x"}' : ''
    const headers = [...authorized(), ...(body ? ['Content-Type: application/json'] : [])]
    for (const path of climbs) {
      const target = toTarget(path)
      const answer = await ask(server.port, target, { method, headers, body })
      const shown = { target, status: answer.status }
      for (const secret of secrets)
        expect({ ...shown, leaks: answer.body.includes(secret) }).toEqual({
          ...shown,
          leaks: false,
        })
      expect({ ...shown, failed: answer.status >= 500 || answer.status === 0 }).toEqual({
        ...shown,
        failed: false,
      })
      if (method !== 'GET')
        expect({ ...shown, refused: answer.status >= 400 }).toEqual({ ...shown, refused: true })
    }
    expect(readFileSync(join(server.dataDir, 'access-token'), 'utf8').trim()).toBe(server.token)
  })

  test('a name in an upload is refused before anything is written, in every spelling', async () => {
    for (const path of [
      '../x',
      '/etc/x',
      'a/../../x',
      '..\\x',
      'C:\\x',
      '.git/x',
      'a\0b',
      'x/../y',
      '.klaudio/x',
    ]) {
      const form = new FormData()
      form.append('files[]', new File(['x'], 'ok.txt'))
      form.append('paths', path)
      const answer = await fetch(`${server.url}/api/tasks/${taskId}/files`, {
        method: 'POST',
        body: form,
        headers: { authorization: `Bearer ${server.token}` },
      })
      expect({ path, status: answer.status }).toEqual({ path, status: 403 })
    }
  })

  test.each(['link', 'environ', 'folder/access-token', 'folder/klaudio.db', 'folder'])(
    'a link in a tree is not followed: %s',
    async (path) => {
      for (const target of [
        `/api/tasks/${taskId}/files/x?type=input&path=${path}`,
        `/api/tasks/${taskId}/file-viewer?type=input&path=${path}`,
      ]) {
        const answer = await ask(server.port, target, { headers: authorized() })
        expect(answer.status).toBe(404)
        expect(answer.body).not.toContain(server.token)
      }
      const put = await ask(
        server.port,
        `/api/tasks/${taskId}/file-viewer?type=input&path=${path}`,
        {
          method: 'PUT',
          headers: [...authorized(), 'Content-Type: application/json'],
          body: '{"content":"overwritten"}',
        },
      )
      expect(put.status).toBeWithin(400, 500)
      expect(readFileSync(join(server.dataDir, 'access-token'), 'utf8').trim()).toBe(server.token)
    },
  )

  test('an archive of a tree holds no link’s target', async () => {
    const answer = await fetch(`${server.url}/api/tasks/${taskId}/archive?area=input`, {
      headers: { authorization: `Bearer ${server.token}` },
    })
    const text = Buffer.from(await answer.bytes()).toString('latin1')
    expect(answer.status).toBe(200)
    expect(text).not.toContain(server.token)
  })
})

describe('a foreign name is not answered (rebinding, S3)', () => {
  const names = [
    'evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'localhost:1@evil.example',
    '[::1%25evil]',
    '0.0.0.0',
    '',
  ]
  test.each(names)('Host: %s', async (host) => {
    for (const target of ['/', '/health', '/api/tasks', '/api/access']) {
      const answer = await ask(server.port, target, { host, headers: authorized() })
      expect(answer.status).toBeOneOf([400, 403])
      expect(answer.body).not.toContain(taskId)
    }
  })

  test('a second Host, and a name in the first line, do not help', async () => {
    const own = `127.0.0.1:${server.port}`
    const twice = await ask(server.port, '/api/tasks', {
      host: 'evil.example',
      headers: [`Host: ${own}`, ...authorized()],
    })
    expect(twice.status).toBeOneOf([400, 403])
    const absolute = await ask(server.port, 'http://evil.example/api/tasks', {
      host: 'evil.example',
      headers: authorized(),
    })
    expect(absolute.status).toBeOneOf([400, 403, 404])
  })

  test('a request without a Host is not answered', async () => {
    const answer = await sendRaw(server.port, 'GET /api/tasks HTTP/1.1\r\n\r\n')
    expect(answer.status).toBeOneOf([400, 403])
  })

  test('a proxy’s headers are not believed from anybody', async () => {
    const answer = await ask(server.port, '/api/tasks', {
      host: 'evil.example',
      headers: [
        `X-Forwarded-Host: 127.0.0.1:${server.port}`,
        'X-Forwarded-For: 127.0.0.1',
        ...authorized(),
      ],
    })
    expect(answer.status).toBe(403)
  })
})

describe('two requests are never one (smuggling)', () => {
  const hidden = 'GET /api/config HTTP/1.1\r\nHost: x\r\n\r\n'
  test.each([
    ['two lengths', ['Content-Length: 4', `Content-Length: ${hidden.length}`]],
    ['a length and chunks', [`Content-Length: ${hidden.length}`, 'Transfer-Encoding: chunked']],
    ['chunks under another spelling', ['Transfer-Encoding: xchunked']],
    ['a length that is none', ['Content-Length: -1']],
  ])('%s', async (_, headers) => {
    const answer = await ask(server.port, '/api/login', {
      method: 'POST',
      headers: [...headers, 'Content-Type: application/json'],
    })
    expect(answer.status).toBeWithin(400, 500)
    expect(answer.body).not.toContain('data_dir')
  })
})

describe('what is too much is refused (S16)', () => {
  test.each([
    ['one long header', [`X-Long: ${'a'.repeat(64 * 1024)}`]],
    ['very many headers', Array.from({ length: 5000 }, (_, n) => `X-${n}: a`)],
    ['a long cookie', [`Cookie: a=${'b'.repeat(64 * 1024)}`]],
  ])('%s', async (_, headers) => {
    expect((await ask(server.port, '/api/tasks', { headers })).status).toBe(431)
  })

  test('a long address', async () => {
    const answer = await ask(server.port, `/api/tasks?search=${'a'.repeat(64 * 1024)}`)
    expect(answer.status).toBeOneOf([414, 431])
  })

  test.each(['/api/tasks', '/api/login', '/api/tokens'])(
    'a body that declares a terabyte at %s',
    async (target) => {
      const answer = await ask(server.port, target, {
        method: 'POST',
        headers: [
          'Content-Length: 1099511627776',
          'Content-Type: application/json',
          ...authorized(),
        ],
      })
      expect(answer.status).toBe(413)
    },
  )

  test('a body without end is cut off, and the connection closed', async () => {
    const socket = connect(server.port, '127.0.0.1')
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`
    let text = ''
    let sent = 0
    socket.write(
      `POST /api/tasks HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n${authorized()[0]}\r\n\r\n`,
    )
    const closed = new Promise<void>((resolve) => {
      socket.on('close', () => resolve())
      socket.on('error', () => resolve())
    })
    socket.on('data', (data) => {
      text += data
      socket.end()
    })
    const pump = (): void => {
      while (!socket.destroyed && socket.writable && sent < 512 * 1024 * 1024) {
        sent += chunk.length
        if (!socket.write(chunk)) {
          socket.once('drain', pump)
          return
        }
      }
    }
    pump()
    await closed
    expect(text).toMatch(/^HTTP\/1.1 413 /)
    expect(sent).toBeLessThan(256 * 1024 * 1024)
  })
})

test('requests beyond the limit of an address are told to come back, and others go on', async () => {
  await using small = await openServedApp({ 'server.max_requests_per_address': '1' })
  const slow = connect(small.port, '127.0.0.1')
  // A body that does not come keeps its request open.
  slow.write(
    `POST /api/tasks HTTP/1.1\r\nHost: 127.0.0.1:${small.port}\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n`,
  )
  let answer = await fetch(`${small.url}/health`)
  while (answer.status === 200) answer = await fetch(`${small.url}/health`)
  expect(answer.status).toBe(429)
  expect(answer.headers.get('retry-after')).toBe('1')
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  slow.destroy()
  while (answer.status === 429) answer = await fetch(`${small.url}/health`)
  expect(answer.status).toBe(200)
})
