/** Credentials and the repository templates that use them, over HTTP, with real git servers behind a login. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Credential } from '#contract/credential.ts'
import type { RepoMemoryAnswer } from '#contract/repo-memory.ts'
import type { RepoTemplate } from '#contract/repo-template.ts'
import type { SourceCheck } from '#contract/source.ts'
import type { Task } from '#contract/task.ts'
import { findTask } from '#db/tasks.ts'
import { type GitServer, serveGit } from '../support/git-server.ts'
import { toRequest } from '../support/scenario.ts'
import { openTestApp, type TestApp } from '../support/test-app.ts'

const token = 'ghp-Very-Secret-Token-0001'
let app: TestApp
let server: GitServer
beforeAll(async () => {
  app = await openTestApp()
  const root = join(app.dir, 'remotes')
  mkdirSync(root)
  for (const args of [
    ['init', '-q', '--bare', '--initial-branch=main', 'a.git'],
    ['init', '-q', '--initial-branch=main', 'work'],
  ])
    git(root, args)
  git(join(root, 'work'), ['commit', '-q', '--allow-empty', '-m', 'Start'])
  git(join(root, 'work'), ['push', '-q', '../a.git', 'main'])
  server = serveGit({ root, login: `oauth2:${token}` })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await app[Symbol.asyncDispose]()
})

function git(cwd: string, args: string[]): void {
  const who = ['-c', 'user.name=A', '-c', 'user.email=a@b.test', '-c', 'safe.directory=*']
  const { exitCode, stderr } = Bun.spawnSync(['git', ...who, ...args], { cwd })
  if (exitCode !== 0) throw new Error(stderr.toString())
}
async function ask<T>(
  method: 'DELETE' | 'GET' | 'POST' | 'PUT',
  path: string,
  json?: unknown,
): Promise<{ status: number; body: T; text: string }> {
  const request = toRequest({
    method,
    path: `/api${path}`,
    ...(json === undefined ? {} : { json }),
  })
  const response = await app.fetch(request)
  const text = await response.text()
  return { status: response.status, body: JSON.parse(text) as T, text }
}
let names = 0
const store = async (more: object = {}): Promise<Credential> => {
  const body = { kind: 'token', name: `c${++names}`, token, ...more }
  return (await ask<Credential>('POST', '/credentials', body)).body
}
const makeTemplate = async (more: object = {}): Promise<RepoTemplate> => {
  const body = { name: 'A', url: `${server.url}/a.git`, ...more }
  const made = await ask<RepoTemplate>('POST', '/repo-templates', body)
  if (made.status !== 201) throw new Error(made.text)
  return made.body
}
const makeTask = (more: object) => ask<Task>('POST', '/tasks', { name: 'x', prompt: 'x', ...more })

describe('a credential', () => {
  test('goes in and is never shown again: not in answers, not in the database', async () => {
    const made = await ask<Credential>('POST', '/credentials', {
      ...{ kind: 'login', name: 'forge', username: 'ada', token },
    })
    expect(made).toMatchObject({
      ...{ status: 201, body: { kind: 'login', username: 'ada', hint: '…0001', used_by: [] } },
    })
    const answers = [
      made,
      await ask('GET', '/credentials'),
      await ask('GET', `/credentials/${made.body.id}`),
      await ask('PUT', `/credentials/${made.body.id}`, { name: 'forge 2' }),
    ]
    for (const { text } of answers) expect(text).not.toContain(token)
    expect(JSON.stringify(app.dump())).not.toContain(token)
  })

  test('that has a new value is used with it everywhere', async () => {
    const { id } = await store({ token: 'wrong-token-for-now' })
    const template = await makeTemplate({ credential_id: id })
    const test = () => ask<SourceCheck>('POST', `/repo-templates/${template.id}/test`)
    expect(await test()).toMatchObject({
      ...{ status: 422, body: { error: expect.stringContaining('refused the access token') } },
    })
    await ask('PUT', `/credentials/${id}`, { token })
    expect(await test()).toMatchObject({ status: 200, body: { branch: 'main' } })
    expect((await ask<Credential>('GET', `/credentials/${id}`)).body.last_used_at).toBeString()
  })

  test('that goes is taken from all that use it, and says what that was', async () => {
    const { id } = await store()
    const template = await makeTemplate({ name: 'Used', credential_id: id })
    const { body: task } = await makeTask({ repo_template_id: template.id })
    const uses = [
      { kind: 'repo-template', id: template.id, name: 'Used' },
      { kind: 'task', id: task.id, name: 'x' },
    ]
    expect((await ask<Credential>('GET', `/credentials/${id}`)).body.used_by).toMatchObject(uses)
    const secrets = app.dump().secrets?.length ?? 0
    expect(await ask('DELETE', `/credentials/${id}`)).toMatchObject({
      ...{ status: 200, body: { status: 'deleted', was_used_by: uses } },
    })
    expect((await ask('GET', `/repo-templates/${template.id}`)).body).not.toHaveProperty(
      'credential_id',
    )
    expect(findTask(app.db, task.id)?.credentialId).toBeNull()
    expect(JSON.stringify(app.dump().credentials)).not.toContain(id)
    expect(app.dump().secrets).toHaveLength(secrets - 1)
    expect(await ask('GET', `/credentials/${id}`)).toMatchObject({
      ...{ status: 404, body: { code: 'credential.not-found' } },
    })
  })

  test.each([
    ['without a name', { name: ' ' }, 400, 'Give the credential a name'],
    ['with the name of another', { name: 'taken' }, 409, 'already'],
    ['of two words', { token: 'two words' }, 400, 'must be one word'],
    ['that is no key', { kind: 'ssh-key', private_key: 'ssh-rsa AAAA' }, 400, 'whole private key'],
    [
      'with a locked key',
      {
        kind: 'ssh-key',
        private_key:
          '-----BEGIN ENCRYPTED PRIVATE KEY-----\nx\n-----END ENCRYPTED PRIVATE KEY-----',
      },
      ...([400, 'needs a passphrase'] as const),
    ],
  ])('%s is refused with what to do', async (_, wrong, status, sentence) => {
    await ask('POST', '/credentials', { kind: 'token', name: 'taken', token })
    const before = app.dump()
    const body = { kind: 'token', name: 'new', token, ...wrong }
    const refused = await ask<{ error: string }>('POST', '/credentials', body)
    expect(refused.status).toBe(status)
    expect(refused.body.error).toContain(sentence)
    expect(refused.text).not.toContain(token)
    expect(app.dump()).toEqual(before)
  })

  test('keeps its kind', async () => {
    const { id } = await store()
    const key = '-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----'
    expect(await ask('PUT', `/credentials/${id}`, { private_key: key })).toMatchObject({
      ...{ status: 400, body: { error: expect.stringContaining('keeps its kind') } },
    })
  })
})

describe('a repository template', () => {
  test('is made in the form of the reference; its token becomes a credential and is not returned', async () => {
    const made = await ask<RepoTemplate>('POST', '/repo-templates', {
      ...{
        name: 'Ref',
        url: 'https://forge.test/a/b.git',
        access_token: token,
        enable_memory: true,
      },
      ...{ auto_branch: true, auto_commit: true, auto_push: true, auto_pr: true },
      ...{ pr_target: 'develop', pr_reviewers: ['ada', 'bob'] },
    })
    expect(made).toMatchObject({
      status: 201,
      body: {
        ...{ default_branch: 'main', pr_target: 'develop', pr_reviewers: ['ada', 'bob'] },
        ...{ auto_pr: true, enable_memory: true },
      },
    })
    expect(made.text).not.toContain(token)
    expect((await ask('GET', `/credentials/${made.body.credential_id}`)).body).toMatchObject({
      ...{ name: 'Ref token', kind: 'token' },
    })
    const listed = await ask<{ templates: RepoTemplate[] }>('GET', '/repo-templates')
    expect(listed.body.templates.map(({ id }) => id)).toContain(made.body.id)
  })

  test('that is changed in part keeps the rest: reviewers and credential too (U17)', async () => {
    const { id: credential_id } = await store()
    const flags = { auto_branch: true, auto_push: true, auto_pr: true, pr_reviewers: ['ada'] }
    const before = await makeTemplate({ credential_id, ...flags })
    const changed = await ask<RepoTemplate>('PUT', `/repo-templates/${before.id}`, { name: 'B' })
    const { updated_at: _, ...rest } = before
    expect(changed.body).toMatchObject({ ...rest, name: 'B' })
    const cleared = { pr_reviewers: [], credential_id: null }
    const { body } = await ask<RepoTemplate>('PUT', `/repo-templates/${before.id}`, cleared)
    expect(body.pr_reviewers).toEqual([])
    expect(body).not.toHaveProperty('credential_id')
  })

  test.each([
    ['without an address', { url: '' }, 400, 'Give the address'],
    ['with a program for an address', { url: 'ext::sh -c id' }, 422, 'not allowed'],
    ['that opens a pull request of nothing', { auto_pr: true }, 400, 'auto_pr needs auto_push'],
    ['that pushes to no branch of its own', { auto_push: true }, 400, 'needs auto_branch'],
    ['with a credential that is not there', { credential_id: 'x' }, 404, 'credential is gone'],
  ])('%s is refused with what to do', async (_, wrong, status, sentence) => {
    const before = app.dump()
    const body = { name: 'x', url: 'https://forge.test/a.git', ...wrong }
    const refused = await ask<{ error: string }>('POST', '/repo-templates', body)
    expect(refused.status).toBe(status)
    expect(refused.body.error).toContain(sentence)
    expect(app.dump()).toEqual(before)
  })

  test('with a token that its address cannot take is refused, and no key is made for it', async () => {
    await using fresh = await openTestApp()
    const json = { name: 'x', url: 'ssh://forge.test/a.git', access_token: 'ghp_x' }
    const request = toRequest({ method: 'POST', path: '/api/repo-templates', json })
    expect((await fresh.fetch(request)).status).toBe(422)
    expect(existsSync(join(fresh.dir, 'key'))).toBe(false)
  })

  test('with a key and an https address is refused: they do not go together', async () => {
    const key = '-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----'
    const { id } = await store({ kind: 'ssh-key', private_key: key })
    const body = { name: 'x', url: 'https://forge.test/a.git', credential_id: id }
    expect(await ask('POST', '/repo-templates', body)).toMatchObject({
      ...{ status: 422, body: { error: expect.stringContaining('only with an ssh address') } },
    })
  })

  test.each([
    [
      'a branch that is not there',
      { default_branch: 'nowhere' },
      'no branch, tag or commit "nowhere"',
    ],
    ['no credential', { credential_id: null }, 'asks for a login'],
    ['a repository that is not there', { url: '/b.git' }, 'There is no repository at'],
    [
      'a host that is not there',
      { url: 'https://nowhere.invalid/a.git' },
      'The host nowhere.invalid is unknown',
    ],
  ])('tried with %s says so', async (_, more, sentence) => {
    const { id: credential_id } = await store()
    const given = 'url' in more ? more.url : undefined
    const url = given?.startsWith('/') ? `${server.url}${given}` : given
    const template = await makeTemplate({ credential_id, ...more, ...(url ? { url } : {}) })
    const tried = await ask<{ error: string }>('POST', `/repo-templates/${template.id}/test`)
    expect(tried.status).toBe(422)
    expect(tried.body.error).toContain(sentence)
    expect(tried.text).not.toContain(token)
  })

  test('gives a task its source, credential and delivery, with what the task wants otherwise', async () => {
    const { id: credential_id } = await store()
    const flags = { auto_branch: true, auto_commit: true, auto_push: true, auto_pr: true }
    const more = { pr_reviewers: ['ada'], auto_fix_checks: true }
    const template = await makeTemplate({ credential_id, ...flags, ...more })
    // Without a pull request there are no checks of it to be fixed.
    const made = await makeTask({
      repo_template_id: template.id,
      repo_overrides: { auto_pr: false, auto_commit: null },
    })
    expect(made).toMatchObject({
      status: 201,
      body: {
        ...{ repo_template_id: template.id, credential_id },
        source: { kind: 'git', url: template.url, ref: 'main' },
        delivery: {
          settings: { auto_push: true, auto_commit: true, auto_pr: false, pr_reviewers: ['ada'] },
        },
      },
    })
    await ask('PUT', `/repo-templates/${template.id}`, { url: 'https://other.test/x.git' })
    await ask('DELETE', `/repo-templates/${template.id}`)
    expect((await ask<Task>('GET', `/tasks/${made.body.id}`)).body).toMatchObject({
      ...{ source: made.body.source, delivery: made.body.delivery },
    })
  })

  test('shows what is known of its repository, looks at it on demand and forgets it (G8, U15)', async () => {
    const { id: credential_id } = await store()
    const { id, url } = await makeTemplate({ credential_id })
    const memory = `/repo-templates/${id}/memory`
    expect(await ask('GET', memory)).toMatchObject({ status: 200, body: { memory: null } })
    const looked = await ask<RepoMemoryAnswer>('POST', memory)
    expect(looked).toMatchObject({
      status: 200,
      body: {
        memory: {
          ...{ repo_template_id: id, branch: 'main', url: url.replace('.git', '') },
          commit_hash: expect.stringMatching(/^[0-9a-f]{40}$/),
          content: expect.stringContaining('Branch main at '),
          ...{ languages: '{}', frameworks: '[]', key_files: '[]', dependencies: '[]' },
          ...{ file_tree: '[]', is_exact: true },
        },
      },
    })
    expect(looked.text).not.toContain(token)
    expect(await ask('GET', memory)).toEqual(looked)
    expect(await ask('GET', `${memory}?branch=other`)).toMatchObject({ body: { memory: null } })
    expect((await ask('GET', `${memory}?commit=x`)).status).toBe(400)
    expect(await ask('DELETE', memory)).toMatchObject({
      ...{ status: 200, body: { status: 'deleted' } },
    })
    expect(await ask('GET', memory)).toMatchObject({ body: { memory: null } })
    for (const method of ['GET', 'POST', 'DELETE'] as const)
      expect((await ask(method, '/repo-templates/nobody/memory')).status).toBe(404)
  })

  test('has variables for its agents: secrets are sealed, never shown, kept when left out, and gone with it', async () => {
    const secret = 'a-secret-of-the-repository'
    const before = app.dump().secrets?.length ?? 0
    const environment = [
      { name: 'MODE', value: 'test' },
      { name: 'DATABASE_URL', value: secret, is_secret: true },
    ]
    const shown = [
      { name: 'MODE', value: 'test', is_secret: false },
      { name: 'DATABASE_URL', is_secret: true },
    ]
    const template = await makeTemplate({ environment })
    expect(template.environment).toEqual(shown)
    const path = `/repo-templates/${template.id}`
    const { body: task } = await makeTask({ repo_template_id: template.id })
    const renamed = await ask<RepoTemplate>('PUT', path, { name: 'Z' })
    expect(renamed.body.environment).toEqual(shown)
    // As it was shown: the secret stays though its value is not there.
    const changed = await ask<RepoTemplate>('PUT', path, { environment: shown })
    expect(changed.body.environment).toEqual(shown)
    expect(app.environmentOf(task.id)).toEqual({
      ...{ values: { MODE: 'test', DATABASE_URL: secret }, secrets: [secret] },
    })
    expect(JSON.stringify([app.dump(), changed, await ask('GET', path)])).not.toContain(secret)
    expect(app.dump().secrets).toHaveLength(before + 2)
    await ask('PUT', path, { environment: [] })
    expect(app.dump().secrets).toHaveLength(before + 1)
    // A task keeps what it was made of, until it goes itself.
    expect(app.environmentOf(task.id).secrets).toEqual([secret])
    await ask('DELETE', `/tasks/${task.id}`)
    await ask('DELETE', path)
    expect(app.dump().secrets).toHaveLength(before)
  })

  test.each([
    ['a name of the CLI', { name: 'ANTHROPIC_API_KEY', value: 'x' }, 'name is taken'],
    ['a name that is none', { name: 'A B', value: 'x' }, 'letters, digits and _'],
    ['a short secret', { name: 'PIN', value: '1234', is_secret: true }, 'at least 8 characters'],
    ['a new secret without a value', { name: 'KEY', is_secret: true }, 'Give the secret KEY'],
    ['no value', { name: 'KEY' }, 'that is no secret has a value'],
  ])('with a variable of %s is refused with what to do', async (_, variable, sentence) => {
    const before = app.dump()
    const body = { name: 'x', url: 'https://forge.test/a.git', environment: [variable] }
    const refused = await ask<{ error: string }>('POST', '/repo-templates', body)
    expect(refused).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining(sentence) },
    })
    expect(app.dump()).toEqual(before)
  })

  test('that is not there makes no task, nor one that says the same thing twice', async () => {
    const template = await makeTemplate()
    const { id: credential_id } = await store()
    const before = app.dump()
    const other = { kind: 'git', url: 'https://other.test/x.git' }
    for (const [input, status] of [
      [{ repo_template_id: 'nobody' }, 404],
      [{ repo_template_id: template.id, source: other }, 400],
      [{ credential_id: 'nobody' }, 404],
      [{ credential_id, access_token: token, source: other }, 400],
    ] as const)
      expect((await makeTask(input)).status).toBe(status)
    expect(app.dump()).toEqual(before)
  })
})
