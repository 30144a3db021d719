/** `klaudio webhook`, `klaudio task follow-up` and what a person says in others' places, against the server. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { insertDelivery, updateDelivery } from '#db/deliveries.ts'
import { insertFollowUp } from '#db/follow-ups.ts'
import { runInside } from '../support/cli-inside.ts'
import { type CliServer, openCliServer } from '../support/cli-server.ts'
import { everything } from '../support/delivered.ts'
import { klaudio } from '../support/klaudio.ts'
import { draft, seedAgent, seedPlan, seedTask, spec } from '../support/seed.ts'

let app: CliServer
let status = 204
const got: { id: string | null; type: string }[] = []
const receiver = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  async fetch(request) {
    const { type } = JSON.parse(await request.text())
    got.push({ id: request.headers.get('webhook-id'), type })
    return new Response(null, { status })
  },
})
const hook = `${receiver.url}hook`
const id = 'beef1111-0000-4000-8000-000000000000'
const waiting = (number: number) => `f00d000${number}-0000-4000-8000-000000000000`

beforeAll(async () => {
  app = await openCliServer()
  app.webhooks.start()
  seedTask(app.db, { id, status: 'completed' })
  await app.makeRepository(id)
  seedPlan(app.db, id, draft(spec('one'), spec('two')), { one: 'completed', two: 'completed' })
  seedAgent(app.db, id, { status: 'completed', subtaskId: 'one' })
  const settings = { ...everything, pr_reviewers: [], pr_labels: [], pr_draft: false }
  insertDelivery(app.db, {
    ...{ taskId: id, settings, state: 'delivered', branch: 'klaudio/x', updatedAt: 1 },
  })
  const url = 'https://git.example.com/1'
  const pullRequest = { number: 1, url, title: 'T', state: 'open', is_draft: false } as const
  updateDelivery(app.db, id, { pullRequest, pushedCommit: 'c'.repeat(40) }, 1)
  for (const number of [1, 2])
    insertFollowUp(app.db, {
      ...{ id: waiting(number), taskId: id, kind: 'checks', state: 'waiting' },
      ...{ commit: 'c'.repeat(40), createdAt: number, reason: 'You decide.' },
      checks: [{ name: `unit \u001b[31m${number}`, state: 'failed' }],
    })
})
afterAll(async () => {
  await app.webhooks.close()
  await app[Symbol.asyncDispose]()
  await receiver.stop(true)
})

const run = (line: string, person: Parameters<typeof runInside>[2] = {}) =>
  runInside(app.url, line.split(' '), person)

test('a webhook is set with a secret that is shown once, tried, changed and removed', async () => {
  expect((await run('webhook show')).stdout).toBe(
    'Nobody is told of anything: there is no webhook.\n',
  )
  expect(await run('webhook test')).toMatchObject({ code: 4 })
  expect(await run('webhook remove --yes')).toMatchObject({ code: 4 })
  const set = await run(`webhook set ${hook} --tell task.failed`)
  expect(set.code).toBe(0)
  expect(set.stdout).toContain('told of task.failed.')
  const [secret = 'none'] = /whsec_\S+/.exec(set.stdout) ?? []
  expect(Buffer.from(secret.slice(6), 'base64')).toHaveLength(32)

  expect(await run('webhook test')).toMatchObject({ code: 0, stdout: 'It was taken.\n' })
  status = 500
  expect(await run('webhook test')).toMatchObject({
    ...{ code: 1, stderr: expect.stringContaining('It was not taken: ') },
  })
  expect(got.map(({ type }) => type)).toEqual(['webhook.test', 'webhook.test'])
  const shown = await run('webhook show')
  expect(shown.stdout).toContain(`${hook} is told of task.failed.`)
  for (const state of ['delivered', 'waiting']) expect(shown.stdout).toContain(state)
  expect(shown.stdout).not.toContain(secret)

  // What is not said stays as it is.
  const moved = await run(`webhook set ${hook}2 --json`)
  expect(JSON.parse(moved.stdout).webhook).toMatchObject({
    url: `${hook}2`,
    kinds: ['task.failed'],
  })
  expect(moved.stdout).not.toContain('whsec_')
  expect((await run(`webhook set ${hook} --secret-from -`, { stdin: 'short' })).code).toBe(2)
  expect((await run(`webhook set ${hook} --secret-from - --new-secret`)).code).toBe(2)
  const given = await run(`webhook set ${hook} --secret-from -`, { stdin: `${secret}\n` })
  expect(given).toMatchObject({ code: 0, stdout: expect.not.stringContaining('whsec_') })
  expect((await run('webhook remove')).stderr).toContain('--yes')
  expect((await run('webhook remove', { says: 'y' })).stdout).toBe(`Removed: ${hook}\n`)
  expect(JSON.parse((await run('webhook show --json')).stdout).webhook).toBeNull()
})

test('what a pull request calls for is listed, sent to an agent or dismissed', async () => {
  const words = await klaudio(['complete-words', 'task', 'follow-up', 'send', 'beef', ''], {
    server: app.url,
  })
  expect(words.stdout).toStartWith('f00d0001\tfailed: unit ')
  const list = await run('task follow-up list beef')
  expect(list).toMatchObject({ code: 0, stderr: '' })
  expect(list.stdout).toContain('f00d0001')
  expect(list.stdout).toContain('You decide.')
  expect(list.stdout).not.toContain('\u001b')
  expect((await run('task follow-up dismiss beef f00d')).stderr).toContain('Several begin')
  expect(await run('task follow-up dismiss beef nothing')).toMatchObject({ code: 4 })
  expect(await run('task follow-up dismiss beef f00d0002')).toMatchObject({
    ...{ code: 0, stdout: expect.stringContaining('Dismissed: failed: unit') },
  })
  expect(await run('task follow-up dismiss beef f00d0002')).toMatchObject({ code: 5 })
  const look = await run('task follow-up look beef')
  expect(look.stdout).toContain('https://git.example.com/1 (open)')
  expect((await run('task follow-up send beef f00d0001 --to nobody')).code).toBe(4)
  const sent = await run('task follow-up send beef f00d0001 --to two --text Please')
  expect(sent).toMatchObject({ code: 0, stdout: expect.stringContaining('Sent to two: failed:') })
  const json = JSON.parse((await run('task follow-up list beef --json')).stdout)
  expect(json.follow_ups).toMatchObject([
    { state: 'working', subtask_id: 'two', by_person: true },
    { state: 'dismissed' },
  ])
})

test('what a person says in a manager’s place is refused with what is possible', async () => {
  const created = seedTask(app.db, { id: 'cafe1111-0000-4000-8000-000000000000' })
  seedPlan(app.db, created)
  expect(await run('task accept cafe')).toMatchObject({
    ...{ code: 5, stderr: expect.stringContaining('The task is created') },
  })
  for (const verb of ['resolve cafe one ours', 'changes cafe one Better'])
    expect(await run(`task ${verb}`)).toMatchObject({ code: 5 })
})
