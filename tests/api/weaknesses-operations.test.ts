/** What the original got wrong where it runs, O1 to O4 and O8, each held shut by a test of its name. The others stand in `PARITY.md`. */
import { afterEach, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { openSettings } from '#config/settings.ts'
import { klaudio, type Running, startKlaudio } from '../support/klaudio.ts'
import { openServedApp } from '../support/served-app.ts'

const dirs: string[] = []
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-operations-'))
  dirs.push(dir)
  return dir
}

/** What systemd sets for a unit, and in every shell that was started from one. */
const ofSystemd = {
  INVOCATION_ID: '0123456789abcdef0123456789abcdef',
  JOURNAL_STREAM: '8:12345',
  DOCKER_HOST: 'unix:///nowhere/docker.sock',
}

async function serve(dir: string, env: Record<string, string>): Promise<Running & { url: string }> {
  const running = startKlaudio(['--port', '0'], { cwd: dir, env })
  const find = (): string | undefined => /Klaudio is at (\S+)/.exec(running.stdout())?.[1]
  await running.until(() => find() !== undefined)
  return { ...running, url: find() ?? '' }
}

test('a unit whose watchdog would kill the server is named at the start (O1)', async () => {
  const dir = newDir()
  const warnings = (env: Record<string, string>): string[] =>
    openSettings({ env, cwd: dir, home: dir }).warnings
  const said = expect.stringMatching(/systemd kills Klaudio every 60 s.*Remove WatchdogSec/)
  expect(warnings({ WATCHDOG_USEC: '60000000' })).toEqual([said])
  expect(warnings({ WATCHDOG_USEC: '60000000', WATCHDOG_PID: String(process.pid) })).toEqual([said])
  expect(warnings({ WATCHDOG_USEC: '60000000', WATCHDOG_PID: '1' })).toEqual([])
  expect(warnings({})).toEqual([])
  const server = await serve(dir, { ...ofSystemd, WATCHDOG_USEC: '60000000' })
  await server.until(() => server.stderr().includes('Remove WatchdogSec'))
  server.kill('SIGTERM')
  expect(await server.exited).toBe(0)
})

test('a shell that systemd started is no service: data stays where it is, and SIGTERM ends the server in order (O2)', async () => {
  const dir = newDir()
  const server = await serve(dir, ofSystemd)
  expect(existsSync(join(dir, 'data', 'address'))).toBe(true)
  const { storage } = (await (await fetch(`${server.url}/api/config`)).json()) as {
    storage: { data_dir: string }
  }
  expect(storage.data_dir).toBe(join(dir, 'data'))
  server.kill('SIGTERM')
  expect(await server.exited).toBe(0)
  expect(existsSync(join(dir, 'data', 'address'))).toBe(false)
})

test('the log goes to stderr, where the journal reads it, and into no file (O3)', async () => {
  const dir = newDir()
  const server = await serve(dir, ofSystemd)
  server.kill('SIGTERM')
  expect(await server.exited).toBe(0)
  expect(server.stderr()).toContain('stopping')
  const files = readdirSync(dir, { recursive: true }).map(String)
  expect(files.length).toBeGreaterThan(0)
  expect(files.filter((file) => /log/i.test(file))).toEqual([])
})

test('settings that cannot be saved are not in force either, and the answer says why (O4)', async () => {
  await using server = await openServedApp()
  const read = async (): Promise<unknown> => (await fetch(`${server.url}/api/config`)).json()
  const before = await read()
  // A directory in the way: the owner of the tests may write anywhere else.
  mkdirSync(join(server.dataDir, 'settings.json.tmp'))
  const answer = await fetch(`${server.url}/api/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ docker: { max_agents: 2 } }),
  })
  expect(answer.status).toBe(409)
  expect(await answer.json()).toMatchObject({
    code: 'config.fixed',
    error: expect.stringContaining('cannot be saved'),
  })
  expect(await read()).toEqual(before)
  expect(server.config.docker.max_agents).toBe(5)
})

test('a service without a home still has a place to look for its login (O4)', async () => {
  const dir = newDir()
  const server = await serve(dir, { ...ofSystemd, HOME: '' })
  const { claude } = (await (await fetch(`${server.url}/api/config`)).json()) as {
    claude: { host_dir: string }
  }
  server.kill('SIGTERM')
  await server.exited
  expect(isAbsolute(claude.host_dir)).toBe(true)
  expect(claude.host_dir).toMatch(/.\/\.claude$/)
})

test.each(['install', 'service instal', '--hlep', 'servve', 'serve now'])(
  'words that are no command start no server: klaudio %s (O8)',
  async (line) => {
    const dir = newDir()
    const ended = await klaudio(line.split(' '), { cwd: dir })
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain('See klaudio')
    expect(readdirSync(dir)).toEqual([])
  },
)

test('asking for help starts no server (O8)', async () => {
  const dir = newDir()
  const ended = await klaudio(['--help'], { cwd: dir })
  expect(ended).toMatchObject({ code: 0, stderr: '' })
  expect(ended.stdout).toContain('Usage: klaudio')
  expect(readdirSync(dir)).toEqual([])
})
