/** What is known of repositories, over real ones: found again by commit, then by branch, and forgotten. */
import { expect, test } from 'bun:test'
import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { TaskSource } from '#contract/task.ts'
import { systemClock as clock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import { createRepoMemories } from '#repo-memory/memories.ts'
import { openTestDb } from '../../support/database.ts'
import {
  commitAll,
  gitIn,
  makeRepository,
  openWorkspaces,
  type TestWorkspaces,
} from '../../support/git.ts'
import { serveGit } from '../../support/git-server.ts'

const secret = 'outside-of-the-repository'

async function openWorld(area: TestWorkspaces) {
  const { db, close } = openTestDb(join(area.root, 'klaudio.db'))
  const work = join(area.root, 'work')
  await Bun.write(join(area.root, 'secret'), secret)
  const first = await makeRepository(work, {
    'package.json': '{"dependencies": {"react": "19"}, "scripts": {"test": "vitest"}}',
    'src/main.ts': 'export const x = 1\n',
  })
  await symlink(join(area.root, 'secret'), join(work, 'go.mod'))
  const linked = await commitAll(work, {}, 'a link out of it')
  await gitIn(area.root, 'clone', '-q', '--bare', work, 'remotes/a.git')
  const push = (branch = 'main') => gitIn(work, 'push', '-q', '../remotes/a.git', branch)
  const surveys = { count: 0 }
  const memories = createRepoMemories({
    ...{ db, clock, newId },
    workspaces: {
      surveyRemote: area.workspaces.surveyRemote,
      survey(...args) {
        surveys.count++
        return area.workspaces.survey(...args)
      },
    },
  })
  /** As the first step of a task does. */
  const learn = async (source: TaskSource) => {
    const taskId = newId()
    const made = await area.workspaces.prepare({ taskId, source, branch: `klaudio/${taskId}` })
    const place = { branch: made.defaultBranch, commit: made.baseCommit }
    return { ...place, how: await memories.learn({ taskId, source, ...place }) }
  }
  return { memories, learn, work, push, first, linked, surveys, [Symbol.dispose]: close }
}

test('is found again by commit whatever branch the task works on, and by branch with what differs (G8)', async () => {
  await using area = await openWorkspaces()
  using world = await openWorld(area)
  const { memories, learn, work, push, linked, surveys } = world
  await using server = serveGit({ root: join(area.root, 'remotes') })
  const url = `${server.url}/a.git`
  const source: TaskSource = { kind: 'git', url }

  expect(memories.find(url, {})).toBeUndefined()
  expect((await learn(source)).how).toBe('new')
  expect((await learn({ ...source, url: `${url}/` })).how).toBe('commit')
  expect(surveys.count).toBe(1)

  await commitAll(
    work,
    { 'package.json': '{"dependencies": {"vue": "3"}}', 'b.py': 'x = 1\n' },
    'another',
  )
  await push()
  const { commit, how } = await learn(source)
  expect(how).toBe('branch')
  const found = memories.find(url, { branch: 'main' })
  expect(found).toMatchObject({
    ...{ commit_hash: commit, branch: 'main', is_exact: true },
    since: {
      ...{ from_commit: linked, files: 2, paths: ['b.py', 'package.json'] },
      ...{ dependencies_added: ['vue'], dependencies_removed: ['react'] },
    },
  })
  expect(JSON.parse(found?.languages ?? '')).toEqual({ TypeScript: 1, Python: 1 })
  expect(memories.find(url, { commit: linked })).toMatchObject({ commit_hash: linked })
  expect(memories.find(url, { branch: 'main', commit: 'f'.repeat(40) })).toMatchObject({
    ...{ commit_hash: commit, is_exact: false },
  })
  const told = memories.recall(source, { commit, maxBytes: 4000 })
  expect(told).toContain(`2 files differ from ${linked.slice(0, 12)}: b.py, package.json`)
  expect(told).not.toContain('the files you have are not exactly those')
  const other = memories.recall(source, { commit: 'f'.repeat(40), maxBytes: 4000 })
  expect(other).toContain('the files you have are not exactly those')

  memories.clear(url)
  expect(memories.find(url, {})).toBeUndefined()
  expect(memories.recall(source, { commit, maxBytes: 4000 })).toBeUndefined()
})

test('reads blobs alone: a link out of the repository is not followed', async () => {
  await using area = await openWorkspaces()
  using world = await openWorld(area)
  await world.learn({ kind: 'local', path: world.work })
  const told = JSON.stringify(world.memories.find(world.work, {}))
  expect(told).toContain('react')
  expect(told).not.toContain(secret)
})

test('is looked at on demand through the mirror, with the login and the errors of a clone', async () => {
  await using area = await openWorkspaces()
  using world = await openWorld(area)
  await using server = serveGit({ root: join(area.root, 'remotes'), login: 'oauth2:s3cret' })
  const source = { kind: 'git', url: `${server.url}/a.git`, ref: 'main' } as const
  expect(await world.memories.look({ source, token: 's3cret' })).toMatchObject({
    ...{ branch: 'main', commit_hash: world.linked, is_exact: true },
    analysis: { frameworks: ['React'], commands: expect.arrayContaining([]) },
  })
  await expect(world.memories.look({ source, token: 'wrong' })).rejects.toThrow(
    /refused the access/,
  )
  const none = { ...source, ref: 'none' }
  await expect(world.memories.look({ source: none, token: 's3cret' })).rejects.toThrow(
    /no branch, tag or commit "none"/,
  )
})

test('a task of uploads or of nothing has nothing to know', async () => {
  await using area = await openWorkspaces()
  using world = await openWorld(area)
  expect((await world.learn({ kind: 'empty' })).how).toBeUndefined()
  expect(world.memories.recall({ kind: 'files' }, { commit: null, maxBytes: 99 })).toBeUndefined()
})
