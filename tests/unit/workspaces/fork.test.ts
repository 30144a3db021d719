import { expect, test } from 'bun:test'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '#lib/ids.ts'
import { openWorkspaces, type TestWorkspaces } from '../../support/git.ts'

const text = (content: string): Uint8Array => new TextEncoder().encode(content)

/** A task with one file on its branch. */
async function worked({ workspaces }: TestWorkspaces) {
  const from = { taskId: newId(), branch: 'klaudio/old' }
  const { baseCommit } = await workspaces.prepare({ ...from, source: { kind: 'empty' } })
  const edit = { ...from, path: 'src/ü.txt', content: text('kept\n'), message: 'Edit' }
  const head = await workspaces.write(edit)
  return { from, baseCommit, head }
}

test('a fork begins at the head of the old branch, and neither is the other any more', async () => {
  await using area = await openWorkspaces()
  const { workspaces } = area
  const { from, head } = await worked(area)
  const to = { taskId: newId(), branch: 'klaudio/new' }
  const forked = await workspaces.fork({ from, to })
  expect(forked).toEqual({ baseCommit: head, defaultBranch: 'main' })
  expect(await workspaces.fork({ from, to })).toEqual(forked)
  const content = text('other\n')
  await workspaces.write({ ...to, path: 'src/ü.txt', content, message: 'Edit' })
  expect(await workspaces.head(from.taskId, from.branch)).toBe(head)
  await workspaces.remove(from.taskId)
  const now = await workspaces.head(to.taskId, to.branch)
  expect(await workspaces.changes(to.taskId, head, now)).toMatchObject([{ path: 'src/ü.txt' }])
  expect((await workspaces.log(to.taskId, now, 5)).map(({ subject }) => subject)).toEqual([
    'Edit',
    'Edit',
    'Start',
  ])
})

test('what cannot be forked leaves nothing behind', async () => {
  await using area = await openWorkspaces()
  const { from } = await worked(area)
  const to = { taskId: newId(), branch: 'klaudio/new' }
  const gone = { taskId: newId(), branch: 'klaudio/old' }
  await expect(area.workspaces.fork({ from: gone, to })).rejects.toThrow('no repository')
  const branch = 'klaudio/never'
  await expect(area.workspaces.fork({ from: { ...from, branch }, to })).rejects.toThrow()
  const names = await readdir(join(area.root, 'repos'))
  expect(names).toEqual([`${from.taskId}.git`])
})
