/** Repositories on their way in, from a real git server that stops in the middle of the pack: told, called off, killed. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '#lib/ids.ts'
import type { FetchProgress } from '#workspaces/mirrors.ts'
import { commitAll, gitIn, makeRepository, openTempDir, openWorkspaces } from '../support/git.ts'
import { type GitServer, serveGit } from '../support/git-server.ts'

const branch = 'klaudio/test'
let temp: Awaited<ReturnType<typeof openTempDir>>
let server: GitServer
let head: string
/** What the server waits for in the middle; told when it is there. */
let gate = Promise.withResolvers<void>()
let reached = Promise.withResolvers<void>()
const closeGate = (): void => {
  gate = Promise.withResolvers<void>()
  reached = Promise.withResolvers<void>()
}

beforeAll(async () => {
  temp = await openTempDir()
  const dir = join(temp.path, 'work')
  await makeRepository(dir, { 'a.txt': 'a\n' })
  head = await commitAll(dir, { 'large.bin': randomBytes(256 * 1024) }, 'large')
  await gitIn(temp.path, 'clone', '-q', '--bare', 'work', 'a.git')
  server = serveGit({
    root: temp.path,
    inTheMiddle() {
      reached.resolve()
      return gate.promise
    },
  })
})
afterAll(async () => {
  gate.resolve()
  await server[Symbol.asyncDispose]()
  await temp[Symbol.asyncDispose]()
})

const source = () => ({ kind: 'git', url: `${server.url}/a.git` }) as const
const files = async (root: string): Promise<string[]> =>
  (await readdir(root, { recursive: true })).filter((path) => !path.endsWith('.sample'))
const halfMade = async (root: string): Promise<string[]> =>
  (await files(root)).filter((path) => /partial|tmp_|\.lock$/.test(path))

test('a clone tells how far it is, and what was called off waits for nobody', async () => {
  await using area = await openWorkspaces()
  closeGate()
  const [first, second] = [new AbortController(), new AbortController()]
  const told: FetchProgress[] = []
  const prepare = (signal: AbortSignal, onProgress: (progress: FetchProgress) => void) =>
    area.workspaces.prepare({ taskId: newId(), source: source(), branch, signal, onProgress })
  const receiving = Promise.withResolvers<void>()
  const running = prepare(first.signal, (progress) => {
    told.push(progress)
    if (progress.stage === 'receiving') receiving.resolve()
  })
  await reached.promise
  await receiving.promise
  const waits: string[] = []
  const other = prepare(second.signal, ({ stage }) => waits.push(stage))
  // The other one is under way for as long as this one likes.
  second.abort(new Error('not wanted'))
  await expect(other).rejects.toThrow('not wanted')
  expect(waits).toEqual(['waiting'])
  first.abort(new Error('called off'))
  await expect(running).rejects.toThrow('called off')
  expect(await halfMade(area.root)).toEqual([])
  expect(await readdir(join(area.root, 'repos'))).toEqual([])
  gate.resolve()
  told.length = 0
  const third = await prepare(new AbortController().signal, (progress) => told.push(progress))
  expect(third.baseCommit).toBe(head)
  const stages = told.map(({ stage }) => stage)
  expect([stages[0], stages.includes('receiving')]).toEqual(['connecting', true])
  const last = told.findLast(({ stage }) => stage === 'receiving')
  expect(last).toMatchObject({ percent: 100 })
}, 60_000)

test('a server killed in the middle of a clone leaves nothing that stands in the way', async () => {
  await using area = await openWorkspaces()
  closeGate()
  const taskId = newId()
  const script = join(import.meta.dir, '..', 'support', 'clone-once.ts')
  const killed = Bun.spawn([process.execPath, script, area.root, source().url, taskId], {
    ...{ stdout: 'ignore', stderr: 'ignore', stdin: 'ignore' },
  })
  await reached.promise
  const isReceiving = async () => (await halfMade(area.root)).some((path) => /tmp_pack/.test(path))
  while (!(await isReceiving())) await Bun.sleep(5)
  killed.kill('SIGKILL')
  await killed.exited
  expect((await halfMade(area.root)).some((path) => /partial/.test(path))).toBe(true)
  gate.resolve()
  const { baseCommit } = await area.workspaces.prepare({ taskId, source: source(), branch })
  expect(baseCommit).toBe(head)
  expect(await area.workspaces.head(taskId, branch)).toBe(head)
  expect((await halfMade(join(area.root, 'repos'))).length).toBe(0)
}, 60_000)
