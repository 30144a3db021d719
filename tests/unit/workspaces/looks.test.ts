/** What an agent has made before it hands in: the script of its image, and what the server makes of its bundle. */
import { describe, expect, test } from 'bun:test'
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  commitAll,
  gitIn,
  lookAt,
  openWorkspaces,
  runIn,
  type TestTask,
  type TestWorkspaces,
} from '../../support/git.ts'

const agentId = 'agent-a'

async function oneClone(area: TestWorkspaces, files: Record<string, string> = { 'a.txt': 'a\n' }) {
  const task = await area.task()
  const first = await task.clone('first')
  await commitAll(first.dir, files, 'start')
  await task.deliver(first, 'agent-first')
  const clone = await task.clone('a')
  const state = join(area.root, 'state')
  await mkdir(state)
  return { task, clone, state }
}

const take = (area: TestWorkspaces, task: TestTask, base: string, bundle: Uint8Array) =>
  area.workspaces.takeLook({ taskId: task.id, agentId, baseCommit: base, bundle })

/** Everything git and a person could see of the clone. */
async function everything(dir: string) {
  const files = await readdir(dir, { recursive: true })
  const index = await Bun.file(join(dir, '.git', 'index')).bytes()
  const status = await gitIn(dir, '--no-optional-locks', 'status', '--porcelain=v2', '-b', '-uall')
  return { files: files.toSorted(), index: Bun.hash(index), status }
}

describe('a look at a clone', () => {
  test('shows what is committed, staged, edited, deleted and new, and touches nothing', async () => {
    await using area = await openWorkspaces()
    const start = { 'a.txt': 'a\n', 'gone.txt': 'x\n', 'kept.txt': 'k\n', '.gitignore': 'out/\n' }
    const { task, clone, state } = await oneClone(area, start)
    const { dir, base } = clone
    await commitAll(dir, { 'committed.txt': 'c\n' }, 'part')
    await writeFile(join(dir, 'staged.txt'), 's\n')
    await gitIn(dir, 'add', 'staged.txt')
    await writeFile(join(dir, 'a.txt'), 'a\nb\n')
    await rm(join(dir, 'gone.txt'))
    await mkdir(join(dir, 'new'))
    await writeFile(join(dir, 'new', 'größe\n.txt'), 'n\n')
    await mkdir(join(dir, 'out'))
    await writeFile(join(dir, 'out', 'ignored.txt'), 'i\n')
    await mkdir(join(dir, '.klaudio'), { recursive: true })
    await writeFile(join(dir, '.klaudio', 'directive.md'), 'd\n')
    await symlink('/etc/passwd', join(dir, 'link'))
    const before = await everything(dir)

    const { code, stdout, stderr } = await lookAt(dir, { base, state })
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'left-out 0\n' })
    const { from, to, changes } = await take(area, task, base, stdout)

    expect(from).toBe(base)
    expect(changes.map(({ status, path }) => `${status} ${path}`).toSorted()).toEqual([
      'A committed.txt',
      'A link',
      'A new/größe\n.txt',
      'A staged.txt',
      'D gone.txt',
      'M a.txt',
    ])
    const look = { taskId: task.id, agentId, to }
    expect(await area.workspaces.diffLook(look, { path: 'a.txt' })).toContain('+b\n')
    expect(await area.workspaces.diffLook(look, { path: 'link' })).toContain('+/etc/passwd')
    expect(await everything(dir)).toEqual(before)
    expect(await readdir(state)).toEqual([])
  })

  test('of a clone that nobody touched is empty, and its state is that of the start', async () => {
    await using area = await openWorkspaces()
    const { task, clone, state } = await oneClone(area)
    const { code, stdout } = await lookAt(clone.dir, { base: clone.base, state })
    expect({ code, bytes: stdout.length }).toEqual({ code: 0, bytes: 0 })
    expect(await take(area, task, clone.base, stdout)).toEqual({
      from: clone.base,
      to: clone.base,
      changes: [],
    })
  })

  test('in the middle of a merge shows the files as they lie there', async () => {
    await using area = await openWorkspaces()
    const { task, clone, state } = await oneClone(area)
    const { dir, base } = clone
    await gitIn(dir, 'checkout', '-q', '-b', 'other')
    await commitAll(dir, { 'a.txt': 'other\n' }, 'other')
    await gitIn(dir, 'checkout', '-q', 'klaudio/a')
    await commitAll(dir, { 'a.txt': 'mine\n' }, 'mine')
    await runIn(dir, ['git', 'merge', '-q', 'other'])

    const { stdout } = await lookAt(dir, { base, state })
    const { to } = await take(area, task, base, stdout)
    const diff = await area.workspaces.diffLook({ taskId: task.id, agentId, to })
    expect(diff).toContain('+<<<<<<< HEAD')
  })

  test('leaves out what is large, what is too much, and repositories inside, and says so', async () => {
    await using area = await openWorkspaces()
    const { task, clone, state } = await oneClone(area)
    const { dir, base } = clone
    await writeFile(join(dir, 'large and odd\n.bin'), 'x'.repeat(2000))
    for (const name of ['1', '2', '3']) await writeFile(join(dir, `part-${name}`), 'y'.repeat(900))
    await mkdir(join(dir, 'inner'))
    await gitIn(join(dir, 'inner'), 'init', '-q')
    await commitAll(join(dir, 'inner'), { 'in.txt': 'in' }, 'inner')

    const limits = { mostOfOne: 1000, most: 2000 }
    const { code, stdout, stderr } = await lookAt(dir, { base, state, ...limits })

    expect(code).toBe(0)
    expect(stderr.trim().split('\n').toSorted()).toEqual([
      'left-out 3',
      'skipped 0 repository inner/',
      'skipped 2000 large large%20and%20odd%0A.bin',
      'skipped 900 many part-3',
    ])
    const { changes } = await take(area, task, base, stdout)
    expect(changes.map(({ path }) => path)).toEqual(['part-1', 'part-2'])
  })

  test('runs nothing that the settings of the clone name', async () => {
    await using area = await openWorkspaces()
    const { clone, state } = await oneClone(area)
    const { dir, base } = clone
    const trap = join(area.root, 'trap')
    await writeFile(join(area.root, 'set-trap'), `#!/bin/sh\ntouch ${trap}\n`, { mode: 0o755 })
    await gitIn(dir, 'config', 'core.fsmonitor', join(area.root, 'set-trap'))
    await gitIn(dir, 'config', 'core.hooksPath', area.root)
    await writeFile(join(area.root, 'post-index-change'), `#!/bin/sh\ntouch ${trap}\n`, {
      mode: 0o755,
    })
    await writeFile(join(dir, 'new.txt'), 'n')

    expect(await lookAt(dir, { base, state })).toMatchObject({ code: 0 })
    expect(await Bun.file(trap).exists()).toBe(false)
  })

  test('says why when there is no repository, or not the start', async () => {
    await using area = await openWorkspaces()
    const { clone, state } = await oneClone(area)
    const unknown = await lookAt(clone.dir, { base: '1'.repeat(40), state })
    expect(unknown).toMatchObject({ code: 4, stderr: expect.stringContaining('look: its history') })
    await rm(join(clone.dir, '.git'), { recursive: true })
    expect(await lookAt(clone.dir, { base: clone.base, state })).toMatchObject({ code: 3 })
  })
})

describe('what the server keeps of looks', () => {
  test('is in no ref, no object store of the task, and gone with the next start', async () => {
    await using area = await openWorkspaces()
    const { task, clone, state } = await oneClone(area)
    const { dir, base } = clone
    const refs = await gitIn(task.dir, 'for-each-ref')
    await writeFile(join(dir, 'new.txt'), 'n\n')
    const { to } = await take(area, task, base, (await lookAt(dir, { base, state })).stdout)

    expect(await gitIn(task.dir, 'for-each-ref')).toBe(refs)
    const found = await runIn(task.dir, ['git', 'cat-file', '-e', to])
    expect(found.code).not.toBe(0)
    const look = { taskId: task.id, agentId, to }
    await expect(area.workspaces.diffLook({ ...look, agentId: 'agent-b' })).rejects.toMatchObject({
      code: 'file.not-found',
    })

    await using again = await openWorkspaces({ root: area.root })
    await expect(again.workspaces.diffLook(look)).rejects.toMatchObject({ code: 'file.not-found' })
    await again.workspaces.head(task.id, task.branch)
    expect((await readdir(task.dir)).filter((name) => name.startsWith('look-'))).toEqual([])
  })

  test('is the last four of an agent', async () => {
    await using area = await openWorkspaces()
    const { task, clone, state } = await oneClone(area)
    const { dir, base } = clone
    const seen: string[] = []
    for (const text of ['one', 'two', 'three', 'four', 'five']) {
      await writeFile(join(dir, 'new.txt'), text)
      const { to } = await take(area, task, base, (await lookAt(dir, { base, state })).stdout)
      seen.push(to)
    }
    const [first = '', second = '', ...others] = seen
    const diff = (to: string) => area.workspaces.diffLook({ taskId: task.id, agentId, to })
    await expect(diff(first)).rejects.toMatchObject({ code: 'file.not-found' })
    expect(await diff(second)).toContain('+two')
    expect(await diff(others.at(-1) ?? '')).toContain('+five')
  })

  test('is nothing of a bundle that builds on another commit', async () => {
    await using area = await openWorkspaces()
    const { task, clone, state } = await oneClone(area)
    await writeFile(join(clone.dir, 'new.txt'), 'n')
    const { stdout } = await lookAt(clone.dir, { base: clone.base, state })
    await expect(take(area, task, task.base, stdout)).rejects.toThrow(/another commit/)
  })
})
