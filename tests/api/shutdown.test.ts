/** How the server ends: as a process, with clients and an engine that do not help. Names end with the failure of the reference they rule out. */
import { Database } from 'bun:sqlite'
import { afterEach, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Task } from '#contract/task.ts'
import { type Running, startKlaudio } from '../support/klaudio.ts'
import { isQuick } from '../support/thorough.ts'

/** Ends only what hangs: processes start slowly on a machine that is busy. */
setDefaultTimeout(60_000)

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

type Server = Running & { url: string; dir: string }

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-shutdown-'))
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

async function start(env: Record<string, string> = {}, dir = newDir()): Promise<Server> {
  const running = startKlaudio(['--port', '0'], {
    cwd: dir,
    env: { DOCKER_HOST: 'unix:///nowhere/docker.sock', ...env },
  })
  cleanups.push(async () => {
    running.kill('SIGKILL')
    await running.exited
  })
  const find = (): string | undefined => /Klaudio is at (\S+)/.exec(running.stdout())?.[1]
  await running.until(() => find() !== undefined)
  return { ...running, dir, url: find() ?? '' }
}

/** Takes every call and answers none. Resolves with its address, and tells when it was called. */
async function hungEngine(): Promise<{ address: string; called: Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-engine-'))
  const path = join(dir, 'docker.sock')
  const called = Promise.withResolvers<void>()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    called.resolve()
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
    rmSync(dir, { recursive: true, force: true })
  })
  return { address: `unix://${path}`, called: called.promise }
}

async function connect(url: string): Promise<{ closed: Promise<CloseEvent> }> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/live`)
  const greeted = Promise.withResolvers<void>()
  socket.onmessage = () => greeted.resolve()
  const closed = new Promise<CloseEvent>((resolve) => {
    socket.onclose = resolve
  })
  await greeted.promise
  return { closed }
}

/** Asks for something and never reads a byte of the answer, nor closes. */
async function deafClient(url: string, head: string): Promise<void> {
  const { hostname, port } = new URL(url)
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: { data() {}, error() {} },
  })
  cleanups.push(() => socket.terminate())
  socket.pause()
  socket.write(`${head}host: ${hostname}:${port}\r\n\r\n`)
}

const upgrade =
  'GET /ws/live HTTP/1.1\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n'

/** A request whose body never comes. */
const unfinished =
  'POST /api/tasks HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: 100\r\n'

async function startTask({ url }: Server): Promise<string> {
  const answer = await fetch(`${url}/api/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'x', prompt: 'x', auto_start: true }),
  })
  return ((await answer.json()) as Task).id
}

test.each([
  ['SIGTERM', {}, 'Klaudio is stopping'],
  ['SIGINT', {}, 'Klaudio is stopping'],
  ['SIGTERM', { KLAUDIO_ON_SHUTDOWN: 'pause' }, 'Klaudio is stopping and pauses its agents'],
] as const)(
  '%s with %j ends it in order and tells every client why (L2)',
  async (signal, env, reason) => {
    const server = await start(env)
    const clients = [await connect(server.url), await connect(server.url)]
    server.kill(signal)
    for (const { closed } of clients) expect(await closed).toMatchObject({ code: 1001, reason })
    expect(await server.exited).toBe(0)
    expect(server.stderr()).toContain('stopped')
  },
)

test('neither an engine that hangs nor clients that read nothing keep it (L2)', async () => {
  const engine = await hungEngine()
  const server = await start({ DOCKER_HOST: engine.address })
  await startTask(server)
  await engine.called
  await deafClient(server.url, upgrade)
  await deafClient(server.url, unfinished)
  const { closed } = await connect(server.url)
  server.kill('SIGTERM')
  expect((await closed).code).toBe(1001)
  expect(await server.exited).toBe(0)
})

test('a second signal ends it at once, with the code of that signal', async () => {
  const server = await start()
  await deafClient(server.url, unfinished)
  server.kill('SIGTERM')
  server.kill('SIGINT')
  expect([130, 143]).toContain(await server.exited)
  expect(server.stderr()).not.toContain('"stopped"')
})

/** Makes the planner of a task look like one that works in a container. */
function pretendContainer(dir: string): void {
  const db = new Database(join(dir, 'data/klaudio.db'))
  db.run(
    "update agents set status = 'running', phase = 'running', holds_resources = 1, container_id = 'gone', run = 1",
  )
  db.close()
}

// It takes as long as a pause may take.
if (!isQuick)
  test('agents that cannot be paused in time are named in the log, and the next start goes on with them (L2)', async () => {
    const engine = await hungEngine()
    const first = await start({ DOCKER_HOST: engine.address })
    const id = await startTask(first)
    first.kill('SIGTERM')
    await first.exited
    pretendContainer(first.dir)
    const env = { DOCKER_HOST: engine.address, KLAUDIO_ON_SHUTDOWN: 'pause' }
    const second = await start(env, first.dir)
    second.kill('SIGTERM')
    expect(await second.exited).toBe(0)
    expect(second.stderr()).toContain('agents to pause')
    const third = await start({ ...env, KLAUDIO_ON_SHUTDOWN: 'leave' }, first.dir)
    const task = (await (await fetch(`${third.url}/api/tasks/${id}`)).json()) as Task
    expect(task).toMatchObject({ status: 'paused', phase: 'stopping' })
  }, 60_000)
