import { afterEach, describe, expect, test } from 'bun:test'
import type { Credentials } from '#claude-login/credentials.ts'
import { createLoginState, type LoginState, probeCredentials } from '#claude-login/probe.ts'

const oauth: Credentials = { kind: 'oauth', value: 'sk-ant-oat01-secret' }
const apiKey: Credentials = { kind: 'api-key', value: 'sk-ant-api03-secret' }

const servers: { stop(force: boolean): Promise<void> }[] = []
afterEach(() => Promise.all(servers.splice(0).map((server) => server.stop(true))))

/** A Messages API that answers everything with one status. */
type Seen = { path: string; key: string | null; bearer: string | null }
function api(status: number): { baseUrl: string; requests: Seen[] } {
  const requests: Seen[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch(request) {
      requests.push({
        path: new URL(request.url).pathname,
        key: request.headers.get('x-api-key'),
        bearer: request.headers.get('authorization'),
      })
      return new Response('{}', { status })
    },
  })
  servers.push(server)
  return { baseUrl: `http://127.0.0.1:${server.port}/gateway/`, requests }
}

const probe = (credentials: Credentials, baseUrl: string): Promise<LoginState> =>
  probeCredentials(credentials, { baseUrl, fetch })

describe('the probe', () => {
  test.each<[number, LoginState['state']]>([
    [200, 'ok'],
    [429, 'ok'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'unknown'],
    [500, 'unknown'],
  ])('HTTP %d is %s', async (status, state) => {
    const { baseUrl } = api(status)
    const result = await probe(apiKey, baseUrl)
    expect(result.state).toBe(state)
    expect(result.detail).not.toContain('secret')
  })

  test('sends each kind of credential the way the CLI does, below the path of the base URL', async () => {
    const { baseUrl, requests } = api(200)
    await probe(apiKey, baseUrl)
    await probe(oauth, baseUrl)
    const path = '/gateway/v1/models'
    expect(requests).toEqual([
      { path, key: 'sk-ant-api03-secret', bearer: null },
      { path, key: null, bearer: 'Bearer sk-ant-oat01-secret' },
    ])
  })

  test('where nothing answers is unknown, with what to check', async () => {
    const result = await probe(oauth, 'http://127.0.0.1:1')
    expect(result).toMatchObject({
      state: 'unknown',
      detail: expect.stringContaining('claude.base_url'),
    })
  })

  test('does not ask about what is missing or expired', async () => {
    const { baseUrl, requests } = api(200)
    expect(await probe({ kind: 'expired', message: 'Expired.' }, baseUrl)).toEqual({
      state: 'expired',
      detail: 'Expired.',
    })
    expect(requests).toEqual([])
  })

  test('ends with its signal', async () => {
    const { baseUrl } = api(200)
    const signal = AbortSignal.abort(new Error('closing'))
    await expect(probeCredentials(oauth, { baseUrl, fetch, signal })).rejects.toThrow('closing')
  })
})

describe('the state of the login', () => {
  const world = (answer: LoginState['state']) => {
    const seen = { nowMs: 0, asked: 0, credentials: apiKey as Credentials, answer }
    const state = createLoginState({
      read: async () => seen.credentials,
      probe: async () => {
        seen.asked += 1
        return { state: seen.answer, detail: '' }
      },
      clock: { now: () => seen.nowMs },
    })
    return { seen, state }
  }
  const minute = 60_000

  test('asks the API again only after a while: ten minutes when it was well, one when not', async () => {
    for (const [answer, limitMs] of [
      ['ok', 10 * minute],
      ['refused', minute],
    ] as const) {
      const { seen, state } = world(answer)
      await state()
      seen.nowMs = limitMs - 1
      await state()
      expect(seen.asked).toBe(1)
      seen.nowMs = limitMs
      await state()
      expect(seen.asked).toBe(2)
    }
  })

  test('asks at once about a new credential, and never about a missing one', async () => {
    const { seen, state } = world('ok')
    await state()
    seen.credentials = { kind: 'api-key', value: 'another' }
    await state()
    expect(seen.asked).toBe(2)
    seen.credentials = { kind: 'missing', message: 'gone' }
    expect(await state()).toEqual({ state: 'missing', detail: 'gone' })
    expect(seen.asked).toBe(2)
  })
})
