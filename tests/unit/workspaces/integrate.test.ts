import { expect, test } from 'bun:test'
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commitAll, gitIn, makeRepository, openTempDir, openWorkspaces } from '../../support/git.ts'

test('an agent that is alone moves the branch forward without a merge commit', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  const clone = await task.clone('a')
  await writeFile(join(clone.dir, 'a.txt'), 'one\n')

  const result = await task.deliver(clone, 'agent-a')

  expect(result).toMatchObject({ kind: 'merged', changedFiles: ['a.txt'] })
  expect(await task.read('a.txt')).toBe('one\n')
  expect(await gitIn(task.dir, 'rev-list', '--merges', '--count', task.branch)).toBe('0')
})

test('work on other files than the branch has moved by is merged, with both parents kept', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  const [left, right] = [await task.clone('left'), await task.clone('right')]
  await writeFile(join(left.dir, 'left.txt'), 'l\n')
  await writeFile(join(right.dir, 'right.txt'), 'r\n')

  await task.deliver(left, 'agent-left')
  const result = await task.deliver(right, 'agent-right')

  expect(result).toMatchObject({ kind: 'merged', changedFiles: ['right.txt'] })
  expect(await task.paths()).toEqual(['left.txt', 'right.txt'])
  expect(await gitIn(task.dir, 'log', '-1', '--format=%s %an %p', task.branch)).toMatch(
    /^Work of agent-right Klaudio \w+ \w+$/,
  )
})

test('twenty branches at once are all merged and none is lost', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  const commits = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const dir = join(area.root, `writer-${index}`)
      await gitIn(area.root, 'clone', '-q', task.dir, dir)
      const commit = await commitAll(dir, { [`dir-${index}/file.txt`]: `${index}\n` }, `n ${index}`)
      const bundle = await bundleOf(dir, task.base)
      const agentId = `agent-${index}`
      await area.workspaces.receive({ taskId: task.id, agentId, baseCommit: task.base, bundle })
      return { agentId, commit }
    }),
  )

  const results = await Promise.all(
    commits.map(({ agentId, commit }) =>
      area.workspaces.integrate({
        taskId: task.id,
        branch: task.branch,
        agentId,
        commit,
        message: agentId,
      }),
    ),
  )

  expect(results.map((result) => result.kind)).toEqual(Array(20).fill('merged'))
  const paths = await task.paths()
  expect(paths).toHaveLength(20)
  for (let index = 0; index < 20; index++)
    expect(await task.read(`dir-${index}/file.txt`)).toBe(`${index}\n`)
}, 120_000)

test('a conflict names the paths, leaves the branch alone and keeps both sides', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  const [left, right] = [await task.clone('left'), await task.clone('right')]
  await writeFile(join(left.dir, 'odd "name"\n.txt'), 'left\n')
  await writeFile(join(right.dir, 'odd "name"\n.txt'), 'right\n')
  await writeFile(join(right.dir, 'fine.txt'), 'fine\n')
  await task.deliver(left, 'agent-left')
  const head = await area.workspaces.head(task.id, task.branch)

  const result = await task.deliver(right, 'agent-right')

  expect(result).toMatchObject({ kind: 'conflict', paths: ['odd "name"\n.txt'], ours: head })
  expect(await area.workspaces.head(task.id, task.branch)).toBe(head)
  const kept = await gitIn(task.dir, 'show', 'refs/klaudio/agents/agent-right:fine.txt')
  expect(kept).toBe('fine')
})

test('integrating the same commit again gives the same answer, also after the branch moved on', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  const [left, right] = [await task.clone('left'), await task.clone('right')]
  await writeFile(join(left.dir, 'left.txt'), 'l\n')
  await writeFile(join(right.dir, 'right.txt'), 'r\n')
  const first = await task.deliver(left, 'agent-left')
  const second = await task.deliver(right, 'agent-right')
  const head = await area.workspaces.head(task.id, task.branch)

  expect(await task.deliver(left, 'agent-left')).toEqual(first)
  expect(await task.deliver(right, 'agent-right')).toEqual(second)
  expect(await area.workspaces.head(task.id, task.branch)).toBe(head)
})

test('the answer is the same when the server died between the merge and its record', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  const clone = await task.clone('a')
  await writeFile(join(clone.dir, 'a.txt'), 'a\n')
  await task.deliver(clone, 'agent-a')
  const head = await area.workspaces.head(task.id, task.branch)
  for (const ref of (
    await gitIn(task.dir, 'for-each-ref', '--format=%(refname)', 'refs/klaudio/integrated')
  ).split('\n'))
    await gitIn(task.dir, 'update-ref', '-d', ref)

  expect(await task.deliver(clone, 'agent-a')).toMatchObject({ kind: 'merged', mergedCommit: head })
})

test('nothing new is merged work with the old head', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  const clone = await task.clone('a')

  expect(await task.deliver(clone, 'agent-a')).toEqual({
    kind: 'merged',
    mergedCommit: task.base,
    changedFiles: [],
  })
})

test('a history that has nothing in common with the task is refused with the reason', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  const dir = join(area.root, 'stranger')
  const commit = await makeRepository(dir, { 'a.txt': 'a' })
  const bundle = await bundleOf(dir)
  const input = { taskId: task.id, agentId: 'agent-a', baseCommit: task.base, bundle }
  await area.workspaces.receive(input)

  const result = await area.workspaces.integrate({
    ...input,
    ...task,
    taskId: task.id,
    commit,
    message: 'm',
  })

  expect(result).toMatchObject({
    kind: 'refused',
    reason: expect.stringMatching(/nothing in common/),
  })
  expect(await area.workspaces.head(task.id, task.branch)).toBe(task.base)
})

test('a rename on one side and an edit on the other come together', async () => {
  await using area = await openWorkspaces()
  await using source = await openTempDir()
  await makeRepository(source.path, { 'old.txt': 'one\ntwo\nthree\nfour\nfive\n' })
  const task = await area.task({ kind: 'local', path: source.path })
  const [left, right] = [await task.clone('left'), await task.clone('right')]
  await gitIn(left.dir, 'mv', 'old.txt', 'new.txt')
  await writeFile(join(right.dir, 'old.txt'), 'one\ntwo\nthree\nfour\nFIVE\n')
  await task.deliver(left, 'agent-left')

  await task.deliver(right, 'agent-right')

  expect(await task.paths()).toEqual(['new.txt'])
  expect(await task.read('new.txt')).toBe('one\ntwo\nthree\nfour\nFIVE\n')
})

test('the same submodule brought in by two agents is a conflict, not a crash', async () => {
  await using area = await openWorkspaces()
  await using source = await openTempDir()
  await makeRepository(source.path, { 'a.txt': 'a' })
  const link = (commit: string, dir: string) =>
    gitIn(dir, 'update-index', '--add', '--cacheinfo', `160000,${commit},lib`)
  const task = await area.task({ kind: 'local', path: source.path })
  const results: unknown[] = []
  const clones = [await task.clone('left'), await task.clone('right')]
  for (const [index, clone] of clones.entries()) {
    await mkdir(join(clone.dir, 'lib'))
    await link(String(index + 2).repeat(40), clone.dir)
    await gitIn(clone.dir, '-c', 'user.name=a', 'commit', '-q', '-m', 'move')
    results.push(await task.deliver(clone, `agent-${index}`))
  }

  expect(results[1]).toMatchObject({ kind: 'conflict', paths: ['lib'] })
})

test('attributes in a tree cannot name a merge program', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  const proof = join(area.root, 'proof')
  const first = await task.clone('first')
  await writeFile(join(first.dir, '.gitattributes'), '* merge=evil filter=evil diff=evil\n')
  await writeFile(join(first.dir, 'a.txt'), '1\n2\n3\n4\n5\n')
  await task.deliver(first, 'agent-first')
  const [left, right] = [await task.clone('left'), await task.clone('right')]
  for (const { dir } of [left, right])
    await gitIn(dir, 'config', 'merge.evil.driver', `touch ${proof} && false`)
  await writeFile(join(left.dir, 'a.txt'), 'one\n2\n3\n4\n5\n')
  await writeFile(join(right.dir, 'a.txt'), '1\n2\n3\n4\nfive\n')
  await task.deliver(left, 'agent-left')

  expect(await task.deliver(right, 'agent-right')).toMatchObject({ kind: 'merged' })
  expect(await task.read('a.txt')).toBe('one\n2\n3\n4\nfive\n')
  expect(await Bun.file(proof).exists()).toBe(false)
})

test('a lock file of a git that was killed does not stop the next server', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  const clone = await task.clone('a')
  await writeFile(join(clone.dir, 'a.txt'), 'a\n')
  await writeFile(join(task.dir, 'refs', 'heads', `${task.branch}.lock`), '')
  await writeFile(join(task.dir, 'packed-refs.lock'), '')
  await mkdir(join(task.dir, 'incoming-dead', 'pack'), { recursive: true })
  await using restarted = await openWorkspaces({ root: area.root })

  const again = restarted.existing(task)
  expect(await again.deliver(clone, 'agent-a')).toMatchObject({ kind: 'merged' })
  expect(await Bun.file(join(task.dir, 'incoming-dead', 'pack')).exists()).toBe(false)
})

async function bundleOf(dir: string, base?: string): Promise<Uint8Array> {
  const file = join(dir, '.git', 'work.bundle')
  await gitIn(dir, 'bundle', 'create', '-q', file, 'HEAD', ...(base ? [`^${base}`] : []))
  return Bun.file(file).bytes()
}

test('links and executable files arrive as what they are', async () => {
  await using area = await openWorkspaces()
  const task = await area.task()
  const clone = await task.clone('a')
  await writeFile(join(clone.dir, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 })
  await symlink('/etc/passwd', join(clone.dir, 'link'))
  await writeFile(join(clone.dir, 'gone.txt'), 'x')
  await rm(join(clone.dir, 'gone.txt'))
  await task.deliver(clone, 'agent-a')

  const head = await area.workspaces.head(task.id, task.branch)
  expect(await area.workspaces.list(task.id, head)).toEqual([
    { path: 'link', mode: '120000', type: 'symlink', sizeBytes: 11 },
    { path: 'run.sh', mode: '100755', type: 'file', sizeBytes: 10 },
  ])
  expect(await task.read('link')).toBe('/etc/passwd')
})
