/** Only the newest of a history: one remote with an old side branch, behind git's own http server, by path, and as plain files. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { cp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '#lib/ids.ts'
import { writeBoundary } from '#workspaces/boundary.ts'
import { isTogether } from '#workspaces/deepen.ts'
import { planDelivery } from '#workspaces/deliver.ts'
import { commonCommit } from '#workspaces/handed-in.ts'
import { openRepository } from '#workspaces/repository.ts'
import {
  commitAll,
  gitIn,
  makeRepository,
  openWorkspaces,
  runIn,
  type TestTask,
  type TestWorkspaces,
} from '../../support/git.ts'
import { type GitServer, serveGit } from '../../support/git-server.ts'

let area: TestWorkspaces
let server: GitServer
let work: string
let bare: string
let url: string

/** Commits on `main`: first, 1, ... 8; `old` parts from it at 2, `release` at 4. */
beforeAll(async () => {
  area = await openWorkspaces()
  work = join(area.root, 'work')
  await makeRepository(work, { 'a.txt': '0\n', 'b.txt': 'b\n' })
  for (let n = 1; n <= 8; n++) {
    await commitAll(work, { 'a.txt': `${n}\n` }, `change ${n}`)
    if (n === 2 || n === 4) await gitIn(work, 'branch', n === 2 ? 'old' : 'release')
  }
  await gitIn(work, 'checkout', '-q', 'release')
  await commitAll(work, { 'release.txt': 'r\n' }, 'released')
  await gitIn(work, 'checkout', '-q', 'main')
  bare = join(area.root, 'remotes', 'project.git')
  await gitIn(area.root, 'clone', '-q', '--bare', work, bare)
  await gitIn(bare, 'config', 'http.receivepack', 'true')
  server = serveGit({ root: join(area.root, 'remotes') })
  url = `${server.url}/project.git`
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await area[Symbol.asyncDispose]()
})

const subjects = async (task: Pick<TestTask, 'id'>, commit: string): Promise<string[]> =>
  (await area.workspaces.log(task.id, commit, 100)).map(({ subject }) => subject)

const git = (depth?: number) => ({ kind: 'git' as const, url, ...(depth && { depth }) })

/** An agent's clone with one more commit, handed in and merged. */
async function workOn(task: TestTask, name: string, files: Record<string, string>) {
  const clone = await task.clone(name)
  for (const [path, text] of Object.entries(files)) await writeFile(join(clone.dir, path), text)
  expect(await task.deliver(clone, name)).toMatchObject({ kind: 'merged' })
  return clone
}

test('a task has as many commits as it asked for, its agents too, and whole histories stay whole', async () => {
  const task = await area.task(git(3))
  expect(await subjects(task, task.base)).toEqual(['change 8', 'change 7', 'change 6'])
  const clone = await task.clone('reader')
  expect(await gitIn(clone.dir, 'log', '--format=%s')).toBe('change 8\nchange 7\nchange 6')
  expect(await gitIn(clone.dir, 'status', '--porcelain')).toBe('')
  await gitIn(clone.dir, 'fsck')
  expect(await area.workspaces.historyEnds(task.id, task.base)).toHaveLength(1)

  const whole = await area.task(git())
  expect(await subjects(whole, whole.base)).toHaveLength(9)
  expect(await area.workspaces.historyEnds(whole.id, whole.base)).toEqual([])
  // The other way round: after a whole one another depth is still a part.
  const one = await area.task(git(1))
  expect(await subjects(one, one.base)).toEqual(['change 8'])
  expect(await subjects(whole, whole.base)).toHaveLength(9)

  const next = { taskId: newId(), branch: 'next' }
  await area.workspaces.fork({ from: { taskId: task.id, branch: task.branch }, to: next })
  expect(await subjects({ id: next.taskId }, task.base)).toHaveLength(3)
})

test('the next task of the same depth fetches what is new, and nothing when nothing is', async () => {
  await area.task(git(2))
  const before = server.requests.length
  await area.task(git(2))
  // The list of refs is asked for, no pack.
  expect(server.requests.slice(before).map(({ path }) => path.split('.git')[1])).toEqual([
    '/info/refs',
    '/git-upload-pack',
  ])
  const newest = await commitAll(work, { 'a.txt': '9\n' }, 'change 9')
  await gitIn(work, 'push', '-q', bare, 'main')
  const moved = await area.task(git(2))
  expect(moved.base).toBe(newest)
  expect(await subjects(moved, newest)).toEqual(['change 9', 'change 8'])
})

test('a branch that goes on from another of the same depth does not shorten it', async () => {
  await gitIn(bare, 'branch', 'early', 'main~2')
  const early = { ...git(4), ref: 'early' }
  const first = await area.task(early)
  expect(await subjects(first, first.base)).toHaveLength(4)
  await area.task({ ...git(4), ref: 'main' })
  const again = await area.task(early)
  expect(await subjects(again, again.base)).toHaveLength(4)
})

test('work on one commit is delivered over http to a branch that merged something old meanwhile', async () => {
  const task = await area.task(git(1))
  await workOn(task, 'agent', { 'b.txt': 'better\n' })
  const old = join(area.root, 'old')
  await gitIn(area.root, 'clone', '-q', bare, old)
  await gitIn(old, 'checkout', '-q', 'old')
  await commitAll(old, { 'old.txt': 'old\n' }, 'late')
  await gitIn(old, 'checkout', '-q', 'main')
  await gitIn(old, 'merge', '-q', '--no-edit', 'old')
  await gitIn(old, 'push', '-q', 'origin', 'main')

  const out = { taskId: task.id, source: git(1), branch: task.branch, workBranch: 'klaudio/out' }
  const plan = await area.workspaces.planDelivery(out)
  if (plan.kind !== 'ready') throw new Error(plan.kind)
  expect(plan).toMatchObject({ commits: 2, conflicts: [], present: null })
  const push = { ...out, commit: plan.commit, present: null }
  expect(await area.workspaces.pushDelivery(push)).toBe(true)
  expect(await gitIn(bare, 'diff', '--name-only', 'main', 'klaudio/out')).toBe('b.txt')
  expect(await gitIn(bare, 'merge-base', 'main', 'klaudio/out')).toBe(
    await gitIn(bare, 'rev-parse', 'main'),
  )

  // Again, after somebody added to the branch and the first part was merged.
  await gitIn(old, 'fetch', '-q')
  await gitIn(old, 'checkout', '-q', 'klaudio/out')
  await commitAll(old, { 'theirs.txt': 't\n' }, 'theirs')
  await gitIn(old, 'push', '-q', 'origin', 'klaudio/out')
  await workOn(task, 'second', { 'c.txt': 'c\n' })
  const again = await area.workspaces.planDelivery(out)
  if (again.kind !== 'ready') throw new Error(again.kind)
  const next = { ...out, commit: again.commit, present: again.present }
  expect(await area.workspaces.pushDelivery(next)).toBe(true)
  expect(await gitIn(bare, 'ls-tree', '--name-only', 'klaudio/out')).toBe(
    'a.txt\nb.txt\nc.txt\nold.txt\ntheirs.txt',
  )
})

test('a target that parted long ago is fetched as deep as its merge needs, or the refusal says what to do', async () => {
  const source = { kind: 'local' as const, path: bare, depth: 1 }
  const task = await area.task(source)
  await workOn(task, 'for-release', { 'new.txt': 'n\n' })
  const { workspaces } = area
  const out = { source, branch: task.branch, workBranch: 'klaudio/rel', target: 'release' }
  const repository = openRepository(area.git, task.dir)
  await expect(planDelivery(repository, out, [1, 2])).rejects.toMatchObject({
    code: 'delivery.refused',
    message: expect.stringContaining('newest 2 commits of "release"'),
  })
  const plan = await workspaces.planDelivery({ taskId: task.id, ...out })
  if (plan.kind !== 'ready') throw new Error(plan.kind)
  expect(plan.conflicts).toEqual([])
  const push = { taskId: task.id, ...out, commit: plan.commit, present: null }
  expect(await workspaces.pushDelivery(push)).toBe(true)
  expect(await gitIn(bare, 'show', 'klaudio/rel:new.txt')).toBe('n')
  await gitIn(task.dir, 'fsck')
})

test('an older common commit does not count while a newer one may be hidden', async () => {
  const dir = join(area.root, 'made.git')
  await gitIn(area.root, 'init', '-q', '--bare', dir)
  const tree = await gitIn(dir, 'hash-object', '-t', 'tree', '-w', '/dev/null')
  const commit = async (at: number, ...parents: string[]): Promise<string> => {
    const env = { GIT_COMMITTER_DATE: `@${at} +0000`, GIT_DIR: dir }
    const given = parents.flatMap((parent) => ['-p', parent])
    const made = await runIn(dir, ['git', 'commit-tree', tree, ...given, '-m', `${at}`], { env })
    return new TextDecoder().decode(made.stdout).trim()
  }
  const older = await commit(2, await commit(1))
  const base = await commit(3, older)
  const end = await commit(10, base)
  const side = await commit(4, older)
  const tip = await commit(12, await commit(11, end), side)
  const repository = openRepository(area.git, dir)
  expect(await isTogether(repository, base, tip)).toBe(true)
  await writeBoundary(repository, [end])
  expect(await commonCommit(repository, base, tip)).toBe(older)
  expect(await isTogether(repository, base, tip)).toBe(false)
  await writeBoundary(repository, [older])
  expect(await isTogether(repository, base, tip)).toBe(true)
})

test('what the task has made is not cut off when the remote has gone on from it', async () => {
  const task = await area.task(git(2))
  for (const name of ['d1', 'd2', 'd3']) await workOn(task, name, { [`${name}.txt`]: `${name}\n` })
  const out = { source: git(2), branch: task.branch, workBranch: 'klaudio/merged' }
  const first = await area.workspaces.planDelivery({ taskId: task.id, ...out })
  if (first.kind !== 'ready') throw new Error(first.kind)
  await area.workspaces.pushDelivery({
    ...{ taskId: task.id, ...out },
    ...{ commit: first.commit, present: null },
  })
  await gitIn(bare, 'update-ref', 'refs/heads/main', 'klaudio/merged')
  const next = join(area.root, 'next')
  await gitIn(area.root, 'clone', '-q', bare, next)
  await commitAll(next, { 'after.txt': 'a\n' }, 'after')
  await gitIn(next, 'push', '-q', 'origin', 'main')

  const repository = openRepository(area.git, task.dir)
  expect(await planDelivery(repository, out, [2, 100])).toMatchObject({ present: first.commit })
  const head = await area.workspaces.head(task.id, task.branch)
  expect(await commonCommit(repository, head, task.base)).toBe(task.base)
  await gitIn(task.dir, 'fsck')
})

test('a remote of plain files gives its whole history, with the reason', async () => {
  const files = join(area.root, 'files')
  await cp(bare, join(files, 'plain.git'), { recursive: true })
  await gitIn(join(files, 'plain.git'), 'update-server-info')
  const plain = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const file = Bun.file(join(files, new URL(request.url).pathname))
      return (await file.exists()) ? new Response(file) : new Response('no', { status: 404 })
    },
  })
  try {
    const source = {
      ...{ kind: 'git' as const, depth: 1 },
      url: `http://127.0.0.1:${plain.port}/plain.git`,
    }
    const input = { taskId: newId(), branch: 'work', source }
    const first = await area.workspaces.prepare(input)
    expect(first.whole).toBe('the remote gives out no part of it')
    // Asked again, as after a crash, it still knows.
    expect(await area.workspaces.prepare(input)).toEqual(first)
    const all = await subjects({ id: input.taskId }, first.baseCommit)
    expect(all).toContain('first')
    expect(await area.workspaces.historyEnds(input.taskId, first.baseCommit)).toEqual([])
  } finally {
    await plain.stop(true)
  }
})
