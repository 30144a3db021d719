/** What every forge must do the same, against servers that speak their APIs over a real repository. */
import { describe, expect, test } from 'bun:test'
import { forgeKinds } from '#contract/delivery.ts'
import { type Forge, ForgeError } from '#forges/forge.ts'
import { createForges } from '#forges/forges.ts'
import { at } from '../../support/forges/pages.ts'
import { commitTo, type ForgeWorld, jobPages, serveForge } from '../../support/forges/world.ts'
import { createTestClock } from '../../support/test-clock.ts'

async function open(world: ForgeWorld, more: { token?: string; signal?: AbortSignal } = {}) {
  const forges = createForges({ clock: createTestClock() })
  const { kind: forge, url, token, api: root } = world
  const apis = { 'bitbucket-server': `${root}/api/latest` } as Record<string, string>
  return await forges.open({ url, token, forge, forge_url: apis[forge] ?? root, ...more })
}

const branches = { head: 'klaudio/1234abcd', base: 'main' }
const request = { ...branches, title: 'Do it', body: 'As it was planned.', isDraft: false }

async function withPull(world: ForgeWorld, isDraft = false) {
  const commit = commitTo(world.dir, branches.head, { 'a.txt': 'a\n' })
  const forge = await open(world)
  return { forge, commit, pull: await forge.open({ ...request, isDraft }) }
}

async function failure(work: Promise<unknown>): Promise<ForgeError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof ForgeError) return error
  throw new Error(`expected a ForgeError, got ${error}`)
}

describe.each(forgeKinds.map((kind) => [kind] as const))('%s', (kind) => {
  test('finds nothing, opens a pull request, and finds that one', async () => {
    await using world = await serveForge(kind)
    commitTo(world.dir, branches.head, { 'a.txt': 'a\n' })
    const forge = await open(world)
    expect(await forge.find(branches)).toBeUndefined()
    const pull = await forge.open(request)
    expect(pull).toEqual({
      number: 1,
      url: expect.stringContaining(world.origin),
      title: 'Do it',
      state: 'open',
      is_draft: false,
      // Where it is told, and worked out at once.
      ...(kind === 'gitea' && { mergeable: true }),
    })
    expect(await forge.find(branches)).toEqual(pull)
    expect(await forge.find({ ...branches, base: 'other' })).toBeUndefined()
    expect(await forge.find({ ...branches, head: 'other' })).toBeUndefined()
    expect(world.pull(1)).toMatchObject({ ...branches, title: 'Do it', body: 'As it was planned.' })
  })

  test('asked to open twice, there is one', async () => {
    await using world = await serveForge(kind)
    const { forge, pull } = await withPull(world)
    expect(await forge.open(request)).toEqual(pull)
    expect(world.pulls).toHaveLength(1)
  })

  test('finds a pull request on a later page', async () => {
    await using world = await serveForge(kind)
    world.maxPage = 2
    const forge = await open(world)
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      commitTo(world.dir, name, { [name]: name })
      await forge.open({ ...request, head: name })
    }
    expect((await forge.find({ head: 'a', base: 'main' }))?.number).toBe(1)
    expect((await forge.find({ head: 'e', base: 'main' }))?.number).toBe(5)
  })

  test('opens a draft, and a new title leaves it one', async () => {
    await using world = await serveForge(kind)
    const { forge, pull } = await withPull(world, true)
    expect(pull).toMatchObject({ is_draft: true, title: 'Do it' })
    const changed = await forge.update(1, { title: 'Done', body: 'Look.' })
    expect(changed).toMatchObject({ is_draft: true, title: 'Done' })
    expect(world.pull(1).body).toBe('Look.')
  })

  test('tells merged and closed from open', async () => {
    await using world = await serveForge(kind)
    const { forge } = await withPull(world)
    world.pull(1).state = 'merged'
    expect((await forge.get(1)).state).toBe('merged')
    world.pull(1).state = 'closed'
    expect((await forge.get(1)).state).toBe('closed')
    expect(await forge.find(branches)).toBeUndefined()
  })

  test('asks people for a review, keeps those asked before, and names who is not known', async () => {
    await using world = await serveForge(kind)
    const { forge } = await withPull(world)
    expect(await forge.invite(1, ['ann'])).toEqual([])
    const notes = await forge.invite(1, ['bob', 'nobody'])
    expect(world.pull(1).reviewers.toSorted()).toEqual(['ann', 'bob'])
    expect(notes.join(' ')).toContain('nobody')
    expect(world.pull(1).body).toBe('As it was planned.')
  })

  test('adds labels, or says that it has none', async () => {
    await using world = await serveForge(kind)
    const { forge } = await withPull(world)
    const notes = await forge.label(1, ['bot'])
    const labels = kind.startsWith('bitbucket') ? [] : ['bot']
    expect(world.pull(1).labels).toEqual(labels)
    expect(notes.join('').includes('labels')).toBe(labels.length === 0)
  })

  test('reads the checks of a commit', async () => {
    await using world = await serveForge(kind)
    const { forge, commit } = await withPull(world)
    const url = 'https://ci.example.com/1'
    for (const [name, state] of Object.entries({
      build: 'passed',
      lint: 'failed',
      deploy: 'pending',
    } as const))
      world.checks.push({ commit, name, state, url, about: `about ${name}` })
    const checks = await forge.checks(commit)
    expect(checks.map(({ id: _, ...check }) => check)).toEqual([
      { name: 'build', state: 'passed', url, summary: 'about build' },
      { name: 'lint', state: 'failed', url, summary: 'about lint' },
      { name: 'deploy', state: 'pending', url, summary: 'about deploy' },
    ])
    expect(await forge.checks(world.tip('main') ?? '')).toEqual([])
  })

  test('reads what people wrote, in order and from every page', async () => {
    await using world = await serveForge(kind)
    const { forge } = await withPull(world)
    world.maxPage = 2
    const one = { pull: 1, author: 'ann' }
    for (let n = 0; n < 5; n++) world.remarks.push({ ...one, id: 10 + n, body: `${n}`, at: at(n) })
    const about = { path: 'a.txt', line: 3 }
    world.remarks.push({ ...one, id: 20, body: 'this line', ...about, at: at(8) })
    world.remarks.push({ ...one, id: 21, author: 'bob', body: '', verdict: 'approved', at: at(9) })
    const comments = await forge.comments(1)
    expect(comments.map(({ body }) => body)).toEqual(['0', '1', '2', '3', '4', 'this line', ''])
    expect(comments[5]).toMatchObject({ author: 'ann', path: 'a.txt', line: 3 })
    expect(comments[6]).toMatchObject({ author: 'bob', verdict: 'approved' })
  })

  test('says of a failed check what its API gives, at most a few thousand characters', async () => {
    await using world = await serveForge(kind)
    const { forge, commit } = await withPull(world)
    const log = `${'x'.repeat(20_000)}\n\u001b[31mexpected 2, got 3\u001b[0m`
    const about = { url: 'https://ci.example.com/1', about: 'Tests' }
    const own = { ...about, url: jobPages[kind] ?? about.url, log }
    world.checks.push({ commit, name: 'test', state: 'failed', ...own })
    world.checks.push({ commit, name: 'lint', state: 'failed', ...about })
    const [first, second] = await forge.checks(commit)
    if (!first || !second) throw new Error('there are two checks')
    const { log: text, log_missing: missing } = await forge.log(first, commit)
    // What builds for Bitbucket Data Center is another program.
    const gives = kind !== 'bitbucket-server'
    expect(text?.endsWith('\nexpected 2, got 3')).toBe(gives ? true : undefined)
    expect(text?.length ?? 0).toBeLessThanOrEqual(6_000)
    expect(missing).toEqual(gives ? undefined : expect.stringMatching(/no log of this check\.$/))
    const other = await forge.log(second, commit)
    if (kind === 'github') expect(other).toEqual({ log: '## Tests' })
    else expect(other).toEqual({ log_missing: expect.stringMatching(/no log of this check\.$/) })
    // Where a log lies elsewhere, its address is enough.
    expect(world.told).toHaveLength(kind === 'github' || kind === 'bitbucket' ? 1 : 0)
    expect(world.told.filter((headers) => headers.get('authorization') !== null)).toEqual([])
  })

  test('a log that the token may not read is named as missing, and the check stays', async () => {
    await using world = await serveForge(kind)
    const { forge, commit } = await withPull(world)
    const url = jobPages[kind] ?? 'https://ci.example.com/1'
    world.checks.push({ commit, name: 't', state: 'failed', url, about: '', log: 'secret' })
    const [check] = await forge.checks(commit)
    if (!check) throw new Error('there is a check')
    const refused = () => Response.json({ message: 'Forbidden' }, { status: 403 })
    world.instead.push(refused, refused, refused)
    const { log, log_missing: missing } = await forge.log(check, commit)
    expect(log).toBeUndefined()
    const why =
      kind === 'bitbucket-server' ? /no log of this check/ : /does not let this access token/
    expect(missing).toMatch(why)
  })

  test('tells conflicts, resolved threads, and who may write', async () => {
    await using world = await serveForge(kind)
    const { forge } = await withPull(world)
    world.pull(1).hasConflicts = true
    const told = kind === 'bitbucket' ? undefined : false
    expect((await forge.get(1)).mergeable).toBe(told)
    world.pull(1).hasConflicts = false
    expect((await forge.get(1)).mergeable).toBe(told === undefined ? undefined : true)
    const line = { pull: 1, path: 'a.txt', line: 1 }
    world.remarks.push({ ...line, id: 1, author: 'ann', body: 'x', at: at(1), isResolved: true })
    world.remarks.push({ ...line, id: 2, author: 'eve', body: 'y', at: at(2) })
    const [one, two] = await forge.comments(1)
    expect([one?.is_resolved, two?.is_resolved]).toEqual([true, undefined])
    if (!one || !two) throw new Error('there are two comments')
    expect(await forge.mayWrite(one)).toBe(true)
    // Data Center lets nobody else comment, and tells only administrators who may do what.
    expect(await forge.mayWrite(two)).toBe(kind === 'bitbucket-server')
  })

  test('reads an issue, or says that there are none', async () => {
    await using world = await serveForge(kind)
    const forge = await open(world)
    const labels = ['bug', 'parser']
    const words = { title: 'It breaks', body: 'Always.', author: 'eve' }
    world.issues.push({ number: 7, ...words, labels, isOpen: true })
    if (kind === 'bitbucket-server') {
      expect((await failure(forge.issue(7))).message).toContain('no issues')
      return
    }
    expect(await forge.issue(7)).toEqual({
      ...{ number: 7, ...words, labels, is_open: true },
      url: expect.stringContaining('/issues/7'),
    })
    expect((await failure(forge.issue(8))).reason).toBe('not-found')
  })

  test('what has not changed is not sent again, where the API knows how', async () => {
    await using world = await serveForge(kind)
    const { forge, commit } = await withPull(world)
    const look = async () => [await forge.get(1), await forge.checks(commit)]
    const before = await look()
    const asked = world.requests.length
    expect(await look()).toEqual(before)
    expect(world.unchanged.length > 0).toBe(kind === 'github' || kind === 'gitlab')
    expect(world.requests.length).toBeGreaterThan(asked)
    world.pull(1).state = 'merged'
    expect((await forge.get(1)).state).toBe('merged')
  })

  test('a wrong token is told from a missing permission, and both say what to do', async () => {
    await using world = await serveForge(kind)
    commitTo(world.dir, branches.head, { 'a.txt': 'a\n' })
    const wrong = await failure((await open(world, { token: 'wrong' })).find(branches))
    expect(wrong.reason).toBe('token')
    expect(wrong.message).toContain('Give one that is valid')
    world.mayWrite = false
    const denied = await failure((await open(world)).open(request))
    // Data Center has one status for both.
    expect(denied.reason).toBe(kind === 'bitbucket-server' ? 'token' : 'permission')
    expect(denied.message).toContain('needs')
    expect(`${wrong.message}${denied.message}`).not.toContain(world.token)
  })

  test('a branch that is not there is named', async () => {
    await using world = await serveForge(kind)
    const error = await failure((await open(world)).open({ ...request, head: 'gone' }))
    expect(error.message).toMatch(/gone|branch|head|source/)
    expect(world.pulls).toEqual([])
  })

  test('a repository that is not there is told with its name', async () => {
    await using world = await serveForge(kind)
    const forges = createForges({ clock: createTestClock() })
    const forge = await forges.open({
      url: `${world.origin}/team/other.git`,
      token: world.token,
      forge: kind,
      forge_url: kind === 'bitbucket-server' ? `${world.api}/api/latest` : world.api,
    })
    const error = await failure(forge.find(branches))
    expect(error.reason).toBe('not-found')
    expect(error.message).toContain('team/other')
  })

  test('a short rate limit is waited for, a long one is told with its end', async () => {
    await using world = await serveForge(kind)
    const { forge } = await withPull(world)
    const limited = (seconds: string) => () =>
      new Response('{}', { status: 429, headers: { 'Retry-After': seconds } })
    world.instead.push(limited('2'), limited('1'))
    expect((await forge.find(branches))?.number).toBe(1)
    world.instead.push(limited('7200'))
    const error = await failure(forge.find(branches))
    expect(error.reason).toBe('rate-limit')
    expect(error.message).toMatch(/until \d{4}-\d\d-\d\dT/)
  })

  test('trouble of the forge passes; its nonsense is not taken for an answer', async () => {
    await using world = await serveForge(kind)
    const { forge } = await withPull(world)
    world.instead.push(() => new Response('<h1>oh</h1>', { status: 502 }))
    expect((await forge.find(branches))?.number).toBe(1)
    for (const body of ['<html>', '{}', '[{}]', '{"values":[{}]}', 'null']) {
      world.instead.push(() => new Response(body, { status: 200 }))
      const result = await forge.get(1).catch((error: unknown) => error)
      expect(result).toBeInstanceOf(ForgeError)
    }
  })

  test('the token is not taken to another address', async () => {
    await using world = await serveForge(kind)
    await using other = await serveForge(kind)
    const { forge } = await withPull(world)
    world.instead.push(() => Response.redirect(`${other.origin}/`, 302))
    expect((await failure(forge.find(branches))).message).toContain('another address')
    expect(other.requests).toEqual([])
  })

  test('a broken connection and a call that is called off end it', async () => {
    const world = await serveForge(kind)
    const stop = new AbortController()
    const forge: Forge = await open(world, { signal: stop.signal })
    await world[Symbol.asyncDispose]()
    expect((await failure(forge.find(branches))).reason).toBe('unreachable')
    stop.abort(new Error('enough'))
    expect(forge.find(branches)).rejects.toThrow('enough')
  })
})
