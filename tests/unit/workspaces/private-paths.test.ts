import { expect, test } from 'bun:test'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '#lib/ids.ts'
import {
  commitAll,
  gitIn,
  makeRepository,
  openWorkspaces,
  type TestTask,
  type TestWorkspaces,
  testTask,
} from '../../support/git.ts'

const uploadsOf = (root: () => string) => (taskId: string) => join(root(), 'uploads', taskId)

/** A task with `data.csv` uploaded, and an agent that commits what it should not. */
async function withUpload(area: TestWorkspaces, task: TestTask, content = 'a,b\n') {
  const dir = join(area.root, 'uploads', task.id, 'deep')
  await mkdir(dir, { recursive: true })
  await writeFile(join(dir, 'data.csv'), content)
}

async function openWithUploads() {
  let root = ''
  const area = await openWorkspaces({ uploadsDirOf: uploadsOf(() => root) })
  root = area.root
  return area
}

async function handIn(area: TestWorkspaces, task: TestTask, dir: string, base: string) {
  const file = join(dir, '.git', 'work.bundle')
  await gitIn(dir, 'bundle', 'create', '-q', file, 'HEAD', `^${base}`)
  const input = { taskId: task.id, agentId: 'agent-a', baseCommit: base }
  const received = await area.workspaces.receive({ ...input, bundle: await Bun.file(file).bytes() })
  const integrated = await area.workspaces.integrate({
    ...input,
    branch: task.branch,
    commit: received.commit,
    message: 'Work',
  })
  return { received, integrated }
}

test('control files and uploads that an agent committed stay out of the branch and its history', async () => {
  await using area = await openWithUploads()
  const task = await area.task()
  await withUpload(area, task)
  const { dir, base } = await task.clone('a')
  await commitAll(
    dir,
    { '.klaudio/context/x.md': 'x', 'input/deep/data.csv': 'a,b\n', 'a.txt': 'a\n' },
    'all',
  )
  await commitAll(dir, { 'b.txt': 'b\n' }, 'more')

  const { received, integrated } = await handIn(area, task, dir, base)

  expect(received.changes.map(({ path }) => path)).toEqual(['a.txt', 'b.txt'])
  expect(integrated).toMatchObject({ kind: 'merged', changedFiles: ['a.txt', 'b.txt'] })
  expect(await task.paths()).toEqual(['a.txt', 'b.txt'])
  const history = await gitIn(task.dir, 'log', '--name-only', '--format=', task.branch)
  expect(history.split('\n').filter(Boolean).toSorted()).toEqual(['a.txt', 'b.txt'])
})

test('files that were added and removed again leave no trace in the history either', async () => {
  await using area = await openWithUploads()
  const task = await area.task()
  const { dir, base } = await task.clone('a')
  await commitAll(dir, { '.klaudio/secret.md': 'x', 'a.txt': 'a\n' }, 'with')
  await gitIn(dir, 'rm', '-q', '-r', '.klaudio')
  await commitAll(dir, {}, 'without')

  await handIn(area, task, dir, base)

  expect(await gitIn(task.dir, 'log', '--oneline', task.branch, '--', '.klaudio')).toBe('')
  expect(await task.read('a.txt')).toBe('a\n')
})

test('a merge that hides a control file from both its sides is caught', async () => {
  await using area = await openWithUploads()
  const task = await area.task()
  const { dir, base } = await task.clone('a')
  await gitIn(dir, 'checkout', '-q', '-b', 'side')
  await commitAll(dir, { 'side.txt': 's' }, 'side')
  await gitIn(dir, 'checkout', '-q', 'klaudio/a')
  await commitAll(dir, { 'main.txt': 'm' }, 'main')
  await gitIn(dir, 'merge', '-q', '--no-commit', 'side')
  await commitAll(dir, { '.klaudio/x': 'x' }, 'evil merge')

  await handIn(area, task, dir, base)

  expect(await task.paths()).toEqual(['main.txt', 'side.txt'])
  expect(await gitIn(task.dir, 'log', '-m', '--oneline', task.branch, '--', '.klaudio')).toBe('')
})

test('nothing but private files is nothing new', async () => {
  await using area = await openWithUploads()
  const task = await area.task()
  const { dir, base } = await task.clone('a')
  await commitAll(dir, { '.klaudio/x': 'x' }, 'private')

  const { integrated } = await handIn(area, task, dir, base)
  expect(integrated).toEqual({ kind: 'merged', mergedCommit: base, changedFiles: [] })
})

test('work handed in again after more of it was done merges without a false conflict', async () => {
  await using area = await openWithUploads()
  const task = await area.task()
  const { dir, base } = await task.clone('a')
  await commitAll(dir, { '.klaudio/x': 'x', 'a.txt': 'one\n' }, 'first')
  await handIn(area, task, dir, base)
  const other = await task.clone('other')
  await commitAll(other.dir, { 'other.txt': 'o\n' }, 'other')
  await task.deliver(other, 'agent-other')
  await commitAll(dir, { 'a.txt': 'two\n' }, 'second')

  const { integrated } = await handIn(area, task, dir, base)

  expect(integrated).toMatchObject({ kind: 'merged', changedFiles: ['a.txt'] })
  expect(await task.read('a.txt')).toBe('two\n')
  expect(await task.paths()).toEqual(['a.txt', 'other.txt'])
})

test('asking twice for the same stripped work gives the same commit', async () => {
  await using area = await openWithUploads()
  const task = await area.task()
  const { dir, base } = await task.clone('a')
  await commitAll(dir, { '.klaudio/x': 'x', 'a.txt': 'one\n' }, 'first')

  const first = await handIn(area, task, dir, base)
  expect(await handIn(area, task, dir, base)).toEqual(first)
})

test("a project's own input folder is the project's", async () => {
  await using area = await openWithUploads()
  const source = join(area.root, 'source')
  await makeRepository(source, { 'input/own.txt': 'own\n', 'input/deep/data.csv': 'theirs\n' })
  const task = await area.task({ kind: 'local', path: source })
  await withUpload(area, task, 'uploaded\n')
  const { dir, base } = await task.clone('a')
  await commitAll(
    dir,
    { 'input/own.txt': 'changed\n', 'input/new.txt': 'new\n', 'input/deep/data.csv': 'uploaded\n' },
    'work',
  )

  await handIn(area, task, dir, base)

  expect(await task.read('input/own.txt')).toBe('changed\n')
  expect(await task.read('input/new.txt')).toBe('new\n')
  expect(await task.read('input/deep/data.csv')).toBe('theirs\n')
})

test('an input folder that an agent makes in a task without uploads is work like any other', async () => {
  await using area = await openWithUploads()
  const task = await area.task()
  const { dir, base } = await task.clone('a')
  await commitAll(dir, { 'input/parser.ts': 'export {}\n' }, 'work')

  await handIn(area, task, dir, base)
  expect(await task.paths()).toEqual(['input/parser.ts'])
})

test('a task that starts from its uploads may have them as input/ too', async () => {
  await using area = await openWithUploads()
  const id = newId()
  const branch = 'klaudio/x'
  const filesDir = join(area.root, 'uploads', id)
  await mkdir(filesDir, { recursive: true })
  await writeFile(join(filesDir, 'a.txt'), 'a')
  const { baseCommit } = await area.workspaces.prepare({
    taskId: id,
    source: { kind: 'files' },
    branch,
    filesDir,
  })
  const task = testTask({
    workspaces: area.workspaces,
    root: area.root,
    id,
    branch,
    base: baseCommit,
  })
  const { dir, base } = await task.clone('a')
  await commitAll(dir, { 'input/a.txt': 'copy' }, 'work')

  await handIn(area, task, dir, base)
  expect(await task.paths()).toEqual(['a.txt', 'input/a.txt'])
})
