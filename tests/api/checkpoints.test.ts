/** Checkpoints over HTTP and from the command line, on the real service. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Checkpoint } from '#contract/checkpoint.ts'
import type { KeptFiles } from '#contract/checkpoint-contents.ts'
import type { Task } from '#contract/task.ts'
import { changeTaskStatus, updateTask } from '#db/tasks.ts'
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

async function commitFile(id: string, path: string): Promise<void> {
  const content = new TextEncoder().encode(`${path}\n`)
  const to = { taskId: id, branch: `klaudio/${id}`, path, message: `Add ${path}` }
  const headCommit = await app.workspaces.write({ ...to, content })
  updateTask(app.db, id, { headCommit }, Date.now())
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
  expect(gone.status).toBe(410)
  expect(await gone.json()).toMatchObject({ code: 'checkpoint.removed' })
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

test('what is in one is listed in pages, downloaded, compared, and gone with it', async () => {
  const id = await withFiles()
  for (const path of ['README.md', 'src/a.ts']) await commitFile(id, path)
  const begun = (await (await ask('POST', `${id}/checkpoints`, {})).json()) as Checkpoint
  await app.checkpoints.settled()
  await commitFile(id, 'later.txt')
  const base = `${id}/checkpoints/${begun.id}`
  const json = async (path: string): Promise<unknown> => (await ask('GET', path)).json()

  expect(await json(`${base}/contents`)).toMatchObject({
    checkpoint: { id: begun.id, status: 'ready' },
    branch: { name: expect.stringContaining('klaudio/') },
    plan: { version: 1, subtasks: [{ id: 'one', status: 'pending' }, { id: 'two' }] },
  })
  const first = (await json(`${base}/files?limit=1`)) as KeptFiles
  expect(first.files).toHaveLength(1)
  const name = first.files[0]?.name ?? ''
  const rest = (await json(
    `${base}/files?limit=100&cursor=${first.next_cursor ?? ''}`,
  )) as KeptFiles
  expect(rest.files.map((file) => file.name)).not.toContain(name)
  expect(rest.next_cursor).toBeNull()

  const url = `${app.url}/api/tasks/${base}/file?path=${encodeURIComponent(name)}`
  const file = await fetch(url)
  expect(file.headers.get('content-disposition')).toContain(`filename="${name}"`)
  const etag = file.headers.get('etag') ?? ''
  expect((await file.bytes()).length).toBe(first.files[0]?.size ?? -1)
  expect((await fetch(url, { headers: { range: 'bytes=0-1' } })).status).toBe(206)
  expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304)
  const archive = await ask('GET', `${base}/archive`)
  expect(archive.headers.get('content-type')).toBe('application/gzip')
  expect((await archive.bytes()).length).toBeGreaterThan(20)
  expect(await json(`${base}/changes`)).toMatchObject({
    files: [{ path: 'later.txt', status: 'A', added: 1 }],
    total: 1,
  })
  expect((await ask('GET', `${base}/diff`)).headers.get('content-type')).toContain('text/plain')

  for (const [path, status, code] of [
    [`${base}/files?of=save:a1;rm`, 400, 'request.invalid'],
    [`${base}/changes?against=HEAD`, 400, 'request.invalid'],
    [`${base}/file?path=../../klaudio.db`, 403, 'file.forbidden'],
    [`${base}/file?path=nothing`, 404, 'file.not-found'],
    [`${base}/files?of=save:a9`, 404, 'agent.not-found'],
    [`${base}/agents/a9/conversation`, 404, 'agent.not-found'],
    [`${id}/checkpoints/never/contents`, 404, 'checkpoint.not-found'],
  ] as const) {
    const refused = await ask('GET', path)
    expect({ path, status: refused.status }).toEqual({ path, status })
    expect(await refused.json()).toMatchObject({ code })
  }
  await ask('DELETE', base)
  const gone = await ask('GET', `${base}/files`)
  expect(gone.status).toBe(410)
  expect(await gone.json()).toMatchObject({ code: 'checkpoint.removed' })
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

test('a restore is previewed, accepted and done, undone by its own checkpoint, and refused with what to do', async () => {
  const id = await withFiles()
  const { id: checkpoint } = (await (
    await ask('POST', `${id}/checkpoints`, {})
  ).json()) as Checkpoint
  await app.checkpoints.settled()
  const path = `${id}/checkpoints/${checkpoint}/restore`
  const running = await ask('POST', path, {})
  expect(running.status).toBe(409)
  expect(await running.json()).toMatchObject({
    code: 'task.wrong-state',
    details: { possible: ['stop'] },
  })
  expect(await (await ask('GET', path)).json()).toMatchObject({ possible: 'stop' })

  changeTaskStatus(app.db, { taskId: id, from: ['running'], to: 'paused', now: Date.now() })
  const before = app.dump()
  const preview = await (await ask('GET', path)).json()
  expect(preview).toMatchObject({ possible: 'now', status: { from: 'paused', to: 'paused' } })
  expect(app.dump()).toEqual(before)

  const accepted = await ask('POST', path)
  expect(accepted.status).toBe(202)
  expect(await accepted.json()).toMatchObject({
    task: { phase: 'restoring', restore: { state: 'under-way' } },
  })
  await app.tasks.settled()
  const task = app.tasks.get(id)
  expect(task).toMatchObject({
    status: 'paused',
    restore: { state: 'done', checkpoint_id: checkpoint },
  })
  const undone = await run('checkpoint', 'restore', id, task.restore?.undo_id ?? '', '--yes')
  expect(undone).toMatchObject({ code: 0, stderr: '' })
  expect(undone.stdout).toContain('Undo with: klaudio checkpoint restore')
  expect((await run('checkpoint', 'restore', id, checkpoint)).code).toBe(2)
  expect((await run('checkpoint', 'preview', id, checkpoint)).stdout).toContain(
    '0 added, 0 changed, 0 removed',
  )

  const wrong = await ask('POST', `${id}/checkpoints/never/restore`, {})
  expect(wrong.status).toBe(404)
  expect((await ask('POST', path, { stop: 'yes' })).status).toBe(400)
})

test('a fork is a new paused task that knows where it came from', async () => {
  const id = await withFiles()
  const { id: checkpoint } = (await (
    await ask('POST', `${id}/checkpoints`, {})
  ).json()) as Checkpoint
  await app.checkpoints.settled()
  const made = await ask('POST', `${id}/checkpoints/${checkpoint}/fork`, { name: 'Another' })
  expect(made.status).toBe(201)
  const fork = (await made.json()) as Task
  expect(fork).toMatchObject({
    ...{ name: 'Another', status: 'paused' },
    forked_from: { task_id: id, checkpoint_id: checkpoint },
  })
  await app.tasks.settled()
  expect(app.tasks.get(fork.id)).toMatchObject({
    phase: null,
    restore: { kind: 'fork', state: 'done' },
  })
  expect(app.tasks.get(id).status).toBe('running')
  const byHand = await run('checkpoint', 'fork', id, checkpoint, 'Do it otherwise.', '--json')
  expect(JSON.parse(byHand.stdout)).toMatchObject({
    prompt: 'Do it otherwise.',
    name: 'Count (fork)',
  })
  await app.tasks.settled()
})

test('the command line lists what one keeps, and shows what has changed since', async () => {
  const id = await withFiles()
  await commitFile(id, 'README.md')
  const taken = await run('checkpoint', 'take', id, '--json')
  const { id: checkpoint } = JSON.parse(taken.stdout) as Checkpoint
  await commitFile(id, 'later.txt')

  const files = await run('checkpoint', 'files', id, checkpoint)
  expect(files.code).toBe(0)
  expect(files.stdout).toContain('README.md')
  expect(files.stdout).not.toContain('later.txt')
  const listed = await run('checkpoint', 'files', id, checkpoint, '--json')
  expect(JSON.parse(listed.stdout)).toEqual({
    files: [{ name: 'README.md', size: 10, type: 'file' }],
  })
  expect((await run('checkpoint', 'diff', id, checkpoint)).stdout).toContain('+later.txt\n')
  const start = await run('checkpoint', 'diff', id, checkpoint, '--against', 'start', '--stat')
  expect(start.stdout).toContain('README.md')
  const same = await run('checkpoint', 'diff', id, checkpoint, '--with', checkpoint, '--stat')
  expect(same.stdout).toContain('Nothing has changed.')
  expect((await run('checkpoint', 'diff', id, checkpoint, '--against', 'saved')).code).toBe(2)
  expect((await run('checkpoint', 'files', id, checkpoint, '--agent', 'nobody')).code).toBe(4)
})
