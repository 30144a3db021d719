/**
 * The calls of a pull request's life against a real Gitea, which our own server of that API is measured by. Runs where
 * `GITEA_BINARY` names one (CONTRIBUTING.md says how to build it); nothing that tests need can bring it along.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import * as v from 'valibot'
import { type Forge, ForgeError } from '#forges/forge.ts'

import { createForges } from '#forges/forges.ts'
import { giteaBinary, type RealGitea, startGitea } from '../../support/forges/real-gitea.ts'
import { createTestClock } from '../../support/test-clock.ts'

const branches = { head: 'klaudio/1234abcd', base: 'main' }
const request = { ...branches, title: 'Do it', body: 'As it was planned.', isDraft: false }
const repository = '/repos/owner/next.app'

describe.skipIf(!giteaBinary)('a real Gitea', () => {
  let gitea: RealGitea
  let forge: Forge
  let number = 0
  let commit = ''

  const openForge = (token: string, url = gitea.url): Promise<Forge> =>
    createForges({ clock: createTestClock() }).open({ url, token })
  const failure = async (work: Promise<unknown>): Promise<ForgeError> => {
    const error = await work.then(() => undefined).catch((reason: unknown) => reason)
    if (error instanceof ForgeError) return error
    throw new Error(`expected a ForgeError, got ${error}`)
  }

  beforeAll(async () => {
    gitea = await startGitea(giteaBinary ?? '')
    forge = await openForge(gitea.tokens.owner)
    commit = await gitea.push(branches.head, { 'a.txt': 'one\ntwo\nthree\n' })
  }, 120_000)
  afterAll(() => gitea?.[Symbol.asyncDispose]())

  test('is recognised by its address, and opens one pull request however often it is asked', async () => {
    expect(forge.kind).toBe('gitea')
    expect(await forge.find(branches)).toBeUndefined()
    const pull = await forge.open(request)
    expect(pull).toMatchObject({ title: 'Do it', state: 'open', is_draft: false })
    expect(pull.url).toBe(`${gitea.origin}/owner/next.app/pulls/${pull.number}`)
    const again = await forge.open(request)
    expect(again.number).toBe(pull.number)
    expect((await forge.find(branches))?.number).toBe(pull.number)
    expect(await forge.find({ ...branches, base: 'other' })).toBeUndefined()
    number = pull.number
  })

  test('a draft stays one when its text is written', async () => {
    await gitea.push('klaudio/draft', { 'd.txt': 'd' })
    const draft = await forge.open({ ...request, head: 'klaudio/draft', isDraft: true })
    expect(draft).toMatchObject({ is_draft: true, title: 'Do it' })
    const changed = await forge.update(draft.number, { title: 'Done', body: 'Look.' })
    expect(changed).toMatchObject({ is_draft: true, title: 'Done' })
  })

  test('asks people for a review, and names whom it cannot ask', async () => {
    expect(await forge.invite(number, ['ann'])).toEqual([])
    expect((await forge.invite(number, ['nobody'])).join(' ')).toContain('nobody')
    const pull = await gitea.ask('owner', 'GET', `${repository}/pulls/${number}`)
    expect(pull).toMatchObject({ requested_reviewers: [{ login: 'ann' }] })
  })

  test('adds the labels that there are', async () => {
    await gitea.ask('owner', 'POST', `${repository}/labels`, { name: 'bot', color: '#00aabb' })
    const notes = await forge.label(number, ['bot', 'other'])
    expect(notes).toEqual([expect.stringContaining('"other"')])
    const pull = await gitea.ask('owner', 'GET', `${repository}/pulls/${number}`)
    expect(pull).toMatchObject({ labels: [{ name: 'bot' }] })
  })

  test('reads the checks of a commit', async () => {
    expect(await forge.checks(commit)).toEqual([])
    const target_url = 'https://ci.example.com/1'
    const tell = (context: string, state: string) =>
      gitea.ask('owner', 'POST', `${repository}/statuses/${commit}`, {
        ...{ context, state, target_url, description: `about ${context}` },
      })
    await tell('build', 'pending')
    await tell('build', 'success')
    await tell('lint', 'failure')
    await tell('deploy', 'pending')
    const checks = await forge.checks(commit)
    expect(checks.toSorted((a, b) => a.name.localeCompare(b.name))).toMatchObject([
      { name: 'build', state: 'passed', url: target_url, summary: 'about build' },
      { name: 'deploy', state: 'pending' },
      { name: 'lint', state: 'failed' },
    ])
    const lint = checks.find(({ name }) => name === 'lint')
    if (!lint) throw new Error('there is a check')
    expect(await forge.log(lint, commit)).toEqual({
      log_missing: expect.stringContaining('no log of this check'),
    })
  })

  test('reads what people wrote, and knows who may write', async () => {
    const issue = `${repository}/issues/${number}/comments`
    await gitea.ask('eve', 'POST', issue, { body: 'Why?' })
    await gitea.ask('ann', 'POST', `${repository}/pulls/${number}/reviews`, {
      ...{ event: 'REQUEST_CHANGES', body: 'Not yet.', commit_id: commit },
      comments: [{ path: 'a.txt', new_position: 2, body: 'This line.' }],
    })
    await gitea.ask('ann', 'POST', `${repository}/pulls/${number}/reviews`, {
      ...{ event: 'APPROVED', body: '', commit_id: commit },
    })
    const comments = await forge.comments(number)
    const [plain] = comments.filter(({ body }) => body === 'Why?')
    const [line] = comments.filter(({ body }) => body === 'This line.')
    expect(line).toMatchObject({ author: 'ann', path: 'a.txt', line: 2 })
    expect(comments.map(({ verdict }) => verdict)).toContain('changes-requested')
    expect(comments.map(({ verdict }) => verdict)).toContain('approved')
    expect(comments.map(({ created_at }) => created_at)).toEqual(
      comments.map(({ created_at }) => created_at).toSorted(),
    )
    if (!plain || !line) throw new Error('there are both')
    expect([await forge.mayWrite(line), await forge.mayWrite(plain)]).toEqual([true, false])
  })

  test('reads an issue', async () => {
    const words = { title: 'It breaks', body: 'Always.' }
    const made = await gitea.ask('eve', 'POST', `${repository}/issues`, words)
    expect(made).toMatchObject(words)
    const { number: issue } = v.parse(v.object({ number: v.number() }), made)
    const found = await forge.issue(issue)
    expect(found).toMatchObject({ ...words, author: 'eve', is_open: true, labels: [] })
    expect((await failure(forge.issue(9999))).reason).toBe('not-found')
  })

  test('says what is wrong with a token, a branch and a repository', async () => {
    const wrong = await failure((await openForge('wrong')).find(branches))
    expect(wrong.reason).toBe('token')
    const denied = await failure(
      (await openForge(gitea.tokens.eve)).update(number, { title: 'Mine', body: '' }),
    )
    expect(denied.reason).toBe('permission')
    const gone = await failure(forge.open({ ...request, head: 'gone' }))
    expect(gone.message).toMatch(/gone|branch|head/)
    const url = `${gitea.origin}/owner/other.git`
    const other = await failure((await openForge(gitea.tokens.owner, url)).find(branches))
    expect(other.reason).toBe('not-found')
    expect(other.message).toContain('owner/other')
  })

  test('tells conflicts, and merged and closed from open', async () => {
    await gitea.push('klaudio/closed', { 'c.txt': 'c' })
    const closed = await forge.open({ ...request, head: 'klaudio/closed' })
    await gitea.ask('owner', 'PATCH', `${repository}/pulls/${closed.number}`, { state: 'closed' })
    expect((await forge.get(closed.number)).state).toBe('closed')
    await gitea.ask('owner', 'POST', `${repository}/pulls/${number}/merge`, { Do: 'merge' })
    expect((await forge.get(number)).state).toBe('merged')
    expect(await forge.find(branches)).toBeUndefined()
  })
})
