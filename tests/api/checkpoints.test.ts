/** Checkpoints over HTTP and from the command line, on the real service. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Checkpoint } from '#contract/checkpoint.ts'
import { type CliServer, openCliServer } from '../support/cli-server.ts'
import { type Ended, klaudio } from '../support/klaudio.ts'
import { seedPlan, seedTask } from '../support/seed.ts'

let app: CliServer
const dir = mkdtempSync(join(tmpdir(), 'klaudio-checkpoints-'))
beforeAll(async () => {
  app = await openCliServer()
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

const run = (...args: string[]): Promise<Ended> => klaudio(args, { server: app.url, cwd: dir })
const ask = (method: string, path: string, body?: unknown): Promise<Response> =>
  fetch(`${app.url}/api/tasks/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  })

async function withFiles(): Promise<string> {
  const id = seedTask(app.db, { id: crypto.randomUUID(), status: 'running' })
  await app.makeRepository(id)
  seedPlan(app.db, id)
  return id
}

test('one is begun, becomes ready, is listed with what is in it, and goes', async () => {
  const id = await withFiles()
  const begun = await ask('POST', `${id}/checkpoints`, { label: 'now' })
  expect(begun.status).toBe(202)
  const checkpoint = (await begun.json()) as Checkpoint
  expect(checkpoint).toMatchObject({ cause: 'manual', label: 'now' })
  await app.checkpoints.settled()

  const listed = await (await ask('GET', `${id}/checkpoints`)).json()
  const { checkpoints } = listed as { checkpoints: Checkpoint[] }
  expect(checkpoints).toMatchObject([
    {
      ...{ id: checkpoint.id, status: 'ready', task_status: 'running' },
      plan_progress: { subtasks: [{ id: 'one' }, { id: 'two' }] },
    },
  ])
  expect((await ask('DELETE', `${id}/checkpoints/${checkpoint.id}`)).status).toBe(200)
  const gone = await ask('GET', `${id}/checkpoints/${checkpoint.id}`)
  expect(gone.status).toBe(404)
  expect(await gone.json()).toMatchObject({ code: 'checkpoint.not-found' })
})

test('is refused where there is nothing to keep, and changes nothing', async () => {
  const id = seedTask(app.db, { id: crypto.randomUUID() })
  const before = app.dump()
  const refused = await ask('POST', `${id}/checkpoints`, {})
  expect(refused.status).toBe(409)
  expect(await refused.json()).toMatchObject({ code: 'task.wrong-state' })
  expect((await ask('POST', 'nobody/checkpoints', {})).status).toBe(404)
  expect(app.dump()).toEqual(before)
})

test('the command line takes one, waits for it, shows and removes it', async () => {
  const id = await withFiles()
  const taken = await run('checkpoint', 'take', id, '--label', 'by script', '--json')
  expect(taken).toMatchObject({ code: 0, stderr: '' })
  const { id: checkpoint, status } = JSON.parse(taken.stdout) as Checkpoint
  expect(status).toBe('ready')

  expect((await run('checkpoint', 'list', id)).stdout).toContain('by script')
  expect((await run('checkpoint', 'show', id, checkpoint.slice(0, 8))).stdout).toContain('Do one')
  expect((await run('checkpoint', 'remove', id, checkpoint)).code).toBe(2)
  expect((await run('checkpoint', 'remove', id, checkpoint, '--yes')).code).toBe(0)
  expect((await run('checkpoint', 'show', id, checkpoint)).code).toBe(4)
})
