/** What forges send by themselves: only with the signature of the template's secret, and only so that we look for ourselves. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type ForgeKind, forgeKinds } from '#contract/delivery.ts'
import type { RepoTemplate } from '#contract/repo-template.ts'
import type { WebhookAnswer } from '#contract/webhook.ts'
import { findDelivery, insertDelivery, updateDelivery } from '#db/deliveries.ts'
import { updateTask } from '#db/tasks.ts'
import { settingsFor } from '../support/delivered.ts'
import { signed } from '../support/forges/signed.ts'
import { type ForgeWorld, serveForge } from '../support/forges/world.ts'
import { toRequest } from '../support/scenario.ts'
import { seedTask } from '../support/seed.ts'
import { openTestApp, type TestApp } from '../support/test-app.ts'

const secret = 'agreed on with the forge'
const later = 4_000_000_000_000
const commit = 'c'.repeat(40)
const hasIssues = (kind: ForgeKind): boolean => kind !== 'bitbucket-server'

let app: TestApp
let forges: Map<ForgeKind, ForgeWorld>
let token: string
const templates = new Map<ForgeKind, string>()

const forgeOf = (kind: ForgeKind): ForgeWorld => {
  const forge = forges.get(kind)
  if (!forge) throw new Error(`there is no ${kind}`)
  return forge
}

async function save<Answer = RepoTemplate>(
  json: object,
  { method = 'POST', path = '' }: { method?: 'POST' | 'PUT' | 'DELETE'; path?: string } = {},
): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}` }
  const request = toRequest({ method, path: `/api/repo-templates${path}`, json, headers })
  const answer = await app.fetch(request)
  const text = await answer.text()
  expect(answer.status).toBeLessThan(300)
  expect(text).not.toContain(secret)
  // What the route promises.
  return JSON.parse(text) as Answer
}

/** A task whose pull request is followed, and asked about in a far future. */
function follow(kind: ForgeKind): string {
  const id = `task-${kind}`
  seedTask(app.db, { id, status: 'completed' })
  updateTask(app.db, id, { source: { kind: 'git', url: forgeOf(kind).url } }, 1)
  const settings = settingsFor(forgeOf(kind))
  insertDelivery(app.db, {
    ...{ taskId: id, settings, state: 'delivered', branch: `klaudio/${id}`, updatedAt: 1 },
  })
  const url = `https://git.example.com/${kind}/1`
  const pullRequest = { number: 1, url, title: 'T', state: 'open', is_draft: false } as const
  updateDelivery(app.db, id, { pullRequest, pushedCommit: commit, pollAt: later }, 1)
  return id
}

/** As a forge does: by whatever name, with neither a token nor an origin of ours. */
async function send(
  kind: ForgeKind,
  content: object | string,
  more: { key?: string; headers?: Record<string, string>; id?: string } = {},
): Promise<{ status: number; answer: Partial<WebhookAnswer & { code: string }> }> {
  const body = typeof content === 'string' ? content : JSON.stringify(content)
  const headers = { host: 'hooks.example.com', ...signed(kind, more.key ?? secret, body) }
  const response = await app.fetch(
    new Request(`http://hooks.example.com/api/webhooks/${more.id ?? templates.get(kind)}`, {
      ...{ method: 'POST', headers: { ...headers, ...more.headers }, body },
    }),
  )
  // One of ours, as the app under test checks.
  return { status: response.status, answer: (await response.json()) as WebhookAnswer }
}

const pollAt = (id: string): number => findDelivery(app.db, id)?.pollAt ?? 0
let count = 0
/** What tells of an issue, in each dialect; no two are the same. */
function ofIssue(kind: ForgeKind, number: number): object {
  count++
  if (kind === 'gitlab') return { object_kind: 'issue', object_attributes: { iid: number }, count }
  if (kind === 'bitbucket') return { issue: { id: number, title: 'x' }, count }
  return { action: 'labeled', issue: { number, title: 'Drop everything', labels: [] }, count }
}
/** What tells of a pull request, in each dialect. */
const naming: Record<ForgeKind, object> = {
  github: { ref: 'refs/heads/klaudio/task-github' },
  gitlab: { object_kind: 'note', merge_request: { source_branch: 'klaudio/task-gitlab' } },
  bitbucket: { commit_status: { refname: 'klaudio/task-bitbucket' } },
  'bitbucket-server': {
    pullRequest: { fromRef: { displayId: 'klaudio/task-bitbucket-server', latestCommit: 'x' } },
  },
  gitea: {
    issue: { number: 1, pull_request: { html_url: 'https://git.example.com/gitea/1' } },
    comment: { body: 'Hm.' },
  },
}

beforeAll(async () => {
  app = await openTestApp({ required: true })
  token = app.access.createToken('test').token
  forges = new Map()
  for (const kind of forgeKinds) {
    const forge = await serveForge(kind)
    forges.set(kind, forge)
    const { forge: _, forge_url } = settingsFor(forge)
    const made = await save({
      ...{ name: kind, url: forge.url, access_token: forge.token, forge: kind, forge_url },
      ...{ auto_branch: true, auto_commit: true, auto_push: true, auto_pr: true },
      ...{ webhook_secret: secret, issue_label: 'bug' },
    })
    expect(made).toMatchObject({ has_webhook_secret: true, issue_label: 'bug' })
    templates.set(kind, made.id)
    follow(kind)
  }
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  for (const forge of forges.values()) await forge[Symbol.asyncDispose]()
})

describe.each(forgeKinds.map((kind) => [kind] as const))('%s', (kind) => {
  test('makes us look at the pull request that it names, once, and at no other', async () => {
    const others = forgeKinds.filter((other) => other !== kind)
    const before = others.map((other) => pollAt(`task-${other}`))
    const sent = naming[kind]
    expect(await send(kind, sent)).toMatchObject({ status: 200, answer: { effect: 'look' } })
    expect(pollAt(`task-${kind}`)).toBeLessThan(later)
    expect(others.map((other) => pollAt(`task-${other}`))).toEqual(before)
    updateDelivery(app.db, `task-${kind}`, { pollAt: later }, 1)
    // The number of a delivery, which nothing signs, makes it no new one.
    const headers = { 'x-github-delivery': 'another', 'x-request-id': 'another' }
    expect(await send(kind, sent, { headers })).toMatchObject({ answer: { effect: 'repeated' } })
    expect(pollAt(`task-${kind}`)).toBe(later)
  })

  test('is refused with a wrong signature, a missing one, and nothing happens', async () => {
    const before = app.dump()
    for (const more of [
      { key: 'another secret of a forge' },
      { headers: { ...signed(kind, '', ''), 'x-gitlab-token': '' } },
    ])
      expect(await send(kind, { about: commit }, more)).toMatchObject({
        ...{ status: 401, answer: { code: 'auth.refused' } },
      })
    expect(app.dump()).toEqual(before)
  })
})

test.each(forgeKinds.filter(hasIssues))(
  'an issue on %s becomes a task once its own label says so',
  async (kind) => {
    const { issues, requests, token: access } = forgeOf(kind)
    const issue = { number: 7, title: 'It breaks', body: 'Really.', author: 'eve', isOpen: true }
    const label = { ...issue, labels: ['ready'] }
    issues.push(label)
    const tasks = (): number => app.tasks.list({ limit: 1 }).total
    const before = tasks()
    // It says nothing of labels that counts.
    const claimed = { ...ofIssue(kind, 7), labels: [{ title: 'bug', name: 'bug' }] }
    expect(await send(kind, claimed)).toMatchObject({ status: 200, answer: { effect: 'none' } })
    label.labels = ['bug']
    label.isOpen = false
    expect(await send(kind, ofIssue(kind, 7))).toMatchObject({ answer: { effect: 'none' } })
    expect(tasks()).toBe(before)
    label.isOpen = true
    const both = await Promise.all([ofIssue(kind, 7), ofIssue(kind, 7)].map((it) => send(kind, it)))
    expect(both.map(({ answer }) => answer.effect).toSorted()).toEqual(['repeated', 'task'])
    expect(tasks()).toBe(before + 1)
    const [task] = app.tasks.list({ limit: 1 }).tasks
    expect(task).toMatchObject({ name: 'It breaks', auto_approve: false, status: 'planning' })
    expect(requests.some(({ authorization }) => authorization?.includes(access))).toBe(true)
    // One that cannot be read can be sent again.
    const lost = ofIssue(kind, 8)
    expect(await send(kind, lost)).toMatchObject({ answer: { code: 'forge.failed' } })
    issues.push({ ...label, number: 8 })
    expect(await send(kind, lost)).toMatchObject({ answer: { effect: 'task' } })
  },
)
test('GitHub and Gitea may send a form, and what is no JSON is refused', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' }
  const body = `payload=${encodeURIComponent(JSON.stringify({ sha: commit }))}`
  expect(await send('github', body, { headers: form })).toMatchObject({
    answer: { effect: 'look' },
  })
  expect(await send('github', 'nothing')).toMatchObject({
    ...{ status: 400, answer: { code: 'request.invalid' } },
  })
})

/** What came last, as its template shows it. */
async function received(kind: ForgeKind): Promise<RepoTemplate['webhook']> {
  const headers = { authorization: `Bearer ${token}` }
  const request = toRequest({
    method: 'GET',
    path: `/api/repo-templates/${templates.get(kind)}`,
    headers,
  })
  // What the route promises.
  return ((await (await app.fetch(request)).json()) as RepoTemplate).webhook
}

test('what came last is shown with its template, and what is not signed leaves no trace', async () => {
  const sent = { ref: 'refs/heads/klaudio/task-github', once: 'more' }
  await send('github', sent)
  expect(await received('github')).toMatchObject({ effect: 'look' })
  await send('github', sent)
  expect(await received('github')).toMatchObject({ effect: 'repeated' })
  await send('github', { zen: 'Another.' })
  const seen = await received('github')
  expect(seen).toEqual({ effect: 'none', received_at: expect.any(String) })
  await send('github', { ref: 'refs/heads/klaudio/task-github' }, { key: 'not the one agreed on' })
  expect(await received('github')).toEqual(seen)
  await send('github', ofIssue('github', 404))
  expect(await received('github')).toMatchObject({ effect: 'failed', error: expect.any(String) })
})

const exceptReceipts = () => ({ ...app.dump(), webhook_receipts: [] })

test('what names nothing of ours changes nothing but what came last, however deep it is', async () => {
  const before = exceptReceipts()
  expect(await send('github', { zen: 'Keep it simple.', hook: { type: 'ping' } })).toMatchObject({
    ...{ status: 200, answer: { effect: 'none' } },
  })
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
  expect([200, 400]).toContain((await send('github', deep)).status)
  expect(exceptReceipts()).toEqual(before)
})

test('there is nothing for a template that is unknown or has no secret, whoever asks', async () => {
  const { url } = forgeOf('gitea')
  const { id } = await save({ name: 'closed', url, webhook_secret: secret, issue_label: 'bug' })
  expect((await send('gitea', { count: 1 }, { id })).status).toBe(200)
  // What is left out stays.
  expect(await save({ name: 'renamed' }, { method: 'PUT', path: `/${id}` })).toMatchObject({
    ...{ has_webhook_secret: true, issue_label: 'bug' },
  })
  const closed = await save({ webhook_secret: null }, { method: 'PUT', path: `/${id}` })
  expect(closed.has_webhook_secret).toBe(false)
  const before = app.dump()
  for (const each of [id, 'unknown'])
    for (const key of [secret, ''])
      expect(await send('gitea', { count: 1 }, { id: each, key })).toMatchObject({
        ...{ status: 404, answer: { code: 'template.not-found' } },
      })
  expect(app.dump()).toEqual(before)
  await save({}, { method: 'DELETE', path: `/${id}` })
})

test('what is too large is refused before it is looked at', async () => {
  const body = JSON.stringify({ sha: commit, rest: 'x'.repeat(1024 * 1024) })
  expect(await send('gitea', body)).toMatchObject({
    ...{ status: 413, answer: { code: 'request.too-large' } },
  })
})

test('secrets are sealed, die with their template, and open nothing else', async () => {
  expect(JSON.stringify(app.dump())).not.toContain(secret)
  const headers = { host: 'hooks.example.com', ...signed('github', secret, '{}') }
  for (const [method, path] of [
    ['POST', '/api/tasks'],
    ['POST', `/api/webhooks/${templates.get('github')}/more`],
    ['POST', '/api/webhooks/..%2ftasks'],
    ['GET', `/api/webhooks/${templates.get('github')}`],
  ] as const) {
    const request = new Request(`http://hooks.example.com${path}`, { method, headers })
    expect({ path, status: (await app.fetch(request)).status }).toEqual({ path, status: 403 })
  }
  const rows = (): number => app.dump().secrets?.length ?? 0
  const before = rows()
  const { id } = await save({ name: 'short', url: forgeOf('gitea').url, webhook_secret: secret })
  expect(rows()).toBe(before + 1)
  await save({ webhook_secret: `${secret} 2` }, { method: 'PUT', path: `/${id}` })
  expect(rows()).toBe(before + 1)
  await save({}, { method: 'DELETE', path: `/${id}` })
  expect(rows()).toBe(before)
})
