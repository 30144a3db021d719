import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Credentials, readCredentials, toCliEnvironment } from '#claude-login/credentials.ts'

const now = Date.parse('2026-03-01T12:00:00Z')

describe('credentials from the environment', () => {
  const read = (sessionKey: string): Promise<Credentials> =>
    readCredentials({ auth_mode: 'env', host_dir: '/nowhere', session_key: sessionKey }, now)

  test('are told apart by their form and go under the variable the CLI reads', async () => {
    const token = await read('sk-ant-oat01-abc')
    const key = await read(' sk-ant-api03-abc\n')
    expect(token).toEqual({ kind: 'oauth', value: 'sk-ant-oat01-abc' })
    expect(key).toEqual({ kind: 'api-key', value: 'sk-ant-api03-abc' })
    expect(toCliEnvironment({ kind: 'oauth', value: 't' })).toEqual({
      CLAUDE_CODE_OAUTH_TOKEN: 't',
    })
    expect(toCliEnvironment({ kind: 'api-key', value: 'k' })).toEqual({ ANTHROPIC_API_KEY: 'k' })
  })

  test('a key of a gateway is an API key, whatever it looks like', async () => {
    expect(await read('corp-gateway-7')).toEqual({ kind: 'api-key', value: 'corp-gateway-7' })
  })

  test('that are empty are missing, with what to set', async () => {
    expect(await read('  ')).toMatchObject({
      kind: 'missing',
      message: expect.stringContaining('CLAUDE_SESSION_KEY'),
    })
  })
})

describe('credentials of the host', () => {
  let hostDir = ''
  beforeEach(async () => {
    hostDir = await mkdtemp(join(tmpdir(), 'klaudio-login-'))
  })
  afterEach(() => rm(hostDir, { recursive: true }))

  const path = (): string => join(hostDir, '.credentials.json')
  const read = (): Promise<Credentials> =>
    readCredentials({ auth_mode: 'host', host_dir: hostDir, session_key: 'unused' }, now)
  const login = (expiresAt: number, accessToken = 'sk-ant-oat01-host'): string =>
    JSON.stringify({
      claudeAiOauth: {
        accessToken,
        refreshToken: 'sk-ant-ort01-secret',
        expiresAt,
        scopes: ['user:inference'],
      },
    })

  test('are the access token and its end, never the refresh token', async () => {
    await Bun.write(path(), login(now + 1000))
    const credentials = await read()
    expect(credentials).toEqual({
      kind: 'oauth',
      value: 'sk-ant-oat01-host',
      expiresAtMs: now + 1000,
    })
    expect(JSON.stringify(credentials)).not.toContain('ort01')
  })

  test('are read anew each time, because the CLI of the host renews them', async () => {
    await Bun.write(path(), login(now + 1000, 'first'))
    await read()
    await Bun.write(path(), login(now + 9000, 'second'))
    expect(await read()).toMatchObject({ value: 'second' })
  })

  test('that have expired say when, and what to run', async () => {
    await Bun.write(path(), login(now))
    const credentials = await read()
    const message = 'message' in credentials ? credentials.message : ''
    expect(credentials.kind).toBe('expired')
    expect(message).toContain('2026-03-01T12:00:00')
    expect(message).toContain('claude setup-token')
    expect(message).not.toContain('sk-ant')
  })

  test('nobody logged in says what to run', async () => {
    expect(await read()).toMatchObject({
      kind: 'missing',
      message: expect.stringContaining('Run "claude"'),
    })
  })

  test.each([
    ['a torn file', '{"claudeAiOauth":{"accessTok'],
    ['another shape', '{"claudeAiOauth":{"accessToken":5}}'],
    ['no login in it', '{"mcpOAuth":{}}'],
    ['an empty token', login(now + 1000, '')],
  ])('%s is a missing login, without showing what is in it', async (_what, text) => {
    await Bun.write(path(), text)
    const credentials = await read()
    expect(credentials).toMatchObject({ kind: 'missing' })
    expect(JSON.stringify(credentials)).not.toContain('accessTok')
  })

  test('a file that cannot be read says so', async () => {
    await mkdir(path())
    expect(await read()).toMatchObject({ message: expect.stringContaining('cannot be read') })
  })
})
