/** Where the end of a file is read from: an address elsewhere gets no token, and not every address is one. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readEnd } from '#forges/file.ts'
import { createTestClock } from '../../support/test-clock.ts'

let server: Bun.Server<undefined>
let location = ''
beforeAll(() => {
  server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch({ url }) {
      const { pathname } = new URL(url)
      if (pathname === '/api/large') return new Response(`${'x'.repeat(300_000)}ä the end`)
      return new Response(null, { status: 302, headers: { Location: location } })
    },
  })
})
afterAll(() => server.stop(true))

function home(url = `${server.url.origin}/api`) {
  const words = { host: 'forge.example', repository: 'repository a/b', needs: 'needs more' }
  return {
    url,
    headers: { Authorization: 'Bearer t' },
    ...words,
    token: 't',
    clock: createTestClock(),
  }
}

test('of a large file its end is kept, and no more', async () => {
  const found = await readEnd({ path: '/large', doing: 'read it', most: 1_000 }, home())
  expect(found).toHaveLength(1_000)
  expect(found).toEndWith('xxä the end')
})

test.each([
  'ftp://elsewhere.example/log',
  'file:///etc/passwd',
  'http://169.254.169.254/latest/meta-data',
  'http://[::1]/log',
  'http://localhost/log',
  'http://vault.internal/log',
  'http://',
])('is not led to %s', async (next) => {
  location = next
  const url = `${server.url.origin}/api`
  await expect(readEnd({ path: '/log', doing: 'read it', most: 10 }, home(url))).rejects.toThrow(
    'leads to an address that is not safe',
  )
})

test('nor in a circle', async () => {
  location = `${server.url.origin}/api/log`
  await expect(readEnd({ path: '/log', doing: 'read it', most: 10 }, home())).rejects.toThrow(
    'leads from one address to the next',
  )
})
