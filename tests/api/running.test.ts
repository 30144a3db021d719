/** Where commands look for the server of their directory, also after a crash, when its port may be somebody else's. */
import { afterEach, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findRunning } from '#cli/running.ts'
import { findAddress, writeAddress } from '#config/address-file.ts'
import { klaudio, startKlaudio } from '../support/klaudio.ts'
import { openServedApp } from '../support/served-app.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-running-'))
  cleanups.push(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** A program that took the port of a server that is gone; notes what it is told. */
function takePort(port = 0): { url: string; heard: string[] } {
  const heard: string[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port,
    fetch(request) {
      heard.push(`${request.url} ${JSON.stringify([...request.headers])}`)
      return Response.json({ status: 'ok', proof: 'x'.repeat(64) })
    },
  })
  cleanups.push(() => server.stop(true))
  return { url: `http://127.0.0.1:${server.port}`, heard }
}

test('a server is found where it says that it is, and only by those who may read its directory', async () => {
  await using server = await openServedApp()
  expect(await findRunning(server.dataDir)).toEqual({ url: server.url })
  expect(statSync(join(server.dataDir, 'address')).mode & 0o077).toBe(0)
  writeAddress(server.dataDir, { url: server.url, key: 'another run' })
  expect(await findRunning(server.dataDir)).toEqual({ stale: server.url })
})

test('an address that nobody answers at, or another program, or another server, is stale', async () => {
  const dir = newDir()
  expect(await findRunning(dir)).toBeUndefined()
  const other = takePort()
  writeAddress(dir, { url: other.url, key: 'key' })
  expect(await findRunning(dir)).toEqual({ stale: other.url })
  await cleanups.pop()?.()
  expect(await findRunning(dir)).toEqual({ stale: other.url })
  await using server = await openServedApp()
  writeAddress(dir, { url: server.url, key: 'key' })
  expect(await findRunning(dir)).toEqual({ stale: server.url })
  // As versions before this one wrote it.
  writeFileSync(join(dir, 'address'), `${server.url}\n`)
  expect(await findRunning(dir)).toEqual({ stale: server.url })
})

test('after a crash the link is for where the settings put the server, and says what is the case; the token goes to nobody', async () => {
  const cwd = newDir()
  const env = { DOCKER_HOST: 'unix:///nowhere/docker.sock', KLAUDIO_PORT: '21877' }
  const server = startKlaudio(['--port', '0', '--host', '127.0.0.1'], {
    cwd,
    env: { ...env, KLAUDIO_REQUIRE_TOKEN: 'true' },
  })
  await server.until(({ stdout }) => stdout().includes('#token='))
  const said = findAddress(join(cwd, 'data'))
  if (!said) throw new Error('the server did not say where it is')
  const beside = await klaudio(['token', 'link'], { cwd, env })
  expect(beside.stdout).toStartWith(`${said.url}/#token=`)
  expect(beside.stderr).not.toContain('any more')
  server.kill('SIGKILL')
  await server.exited
  const { heard } = takePort(Number(new URL(said.url).port))
  const after = await klaudio(['token', 'link'], { cwd, env })
  expect(after.code).toBe(0)
  expect(after.stdout).toStartWith('http://127.0.0.1:21877/#token=')
  expect(after.stderr).toContain(
    `The server that was at ${said.url} does not answer there any more`,
  )
  expect(after.stderr).toContain('No server of this directory runs now')
  // Nor to whoever listens where the settings put the server, and has proved nothing.
  const configured = takePort(21877)
  await klaudio(['task', 'list'], { cwd, env })
  const token = after.stdout.trim().split('#token=')[1] ?? 'none'
  expect(heard.length).toBeGreaterThan(0)
  expect(configured.heard.length).toBeGreaterThan(0)
  expect([...heard, ...configured.heard].filter((each) => each.includes(token))).toEqual([])
})
