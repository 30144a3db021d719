import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { chmod, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { newId } from '#lib/ids.ts'
import { parseBlocks, placeOf } from '#workspaces/line-blocks.ts'
import {
  commitAll,
  gitIn,
  makeRepository,
  openWorkspaces,
  runIn,
  type TestTask,
  type TestWorkspaces,
} from '../../support/git.ts'

const lines = (...all: string[]): string => all.map((line) => `${line}\n`).join('')
const ten = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']
const latin = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))
const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
const oddName = '"caf\\351.txt"'

const before: Record<string, string | Uint8Array> = {
  'two.txt': lines(...ten),
  'two-b.txt': lines(...ten),
  'two-c.txt': lines(...ten),
  'crlf.txt': 'a\r\nb\r\nc\r\n',
  'latin.txt': latin('eins\nzwölf\ndrei\n'),
  'open end.txt': 'a\nb',
  'gone.txt': 'it was here\n',
  'old name.txt': lines(...ten, ...ten),
  'tool.sh': 'echo\n',
  'picture.bin': bytes,
  'place/inside.txt': 'in a folder\n',
}
const twoChanged = lines('ONE', ...ten.slice(1, 9), 'TEN', 'ELEVEN')
const after: Record<string, string | Uint8Array> = {
  'two.txt': twoChanged,
  'two-b.txt': twoChanged,
  'two-c.txt': twoChanged,
  'crlf.txt': 'a\r\nB\r\nc\r\nd\r\n',
  'latin.txt': latin('eins\nzwölf und ein Käse\ndrei\nvierß\n'),
  'open end.txt': 'a\nb\nc\n',
  'new.txt': 'fresh\n',
  'picture.bin': bytes.toReversed(),
}

let area: TestWorkspaces
let task: TestTask
let head = ''

beforeAll(async () => {
  area = await openWorkspaces()
  const source = join(area.root, 'source')
  await makeRepository(source, {})
  await commitAll(source, before, 'files')
  task = await area.task({ kind: 'local', path: source })
  const clone = await task.clone('a')
  for (const [path, content] of Object.entries(after))
    await writeFile(join(clone.dir, path), content)
  await rm(join(clone.dir, 'gone.txt'))
  await rename(join(clone.dir, 'old name.txt'), join(clone.dir, 'new name.txt'))
  await writeFile(join(clone.dir, 'new name.txt'), lines('0', ...ten, ...ten.slice(0, 9), 'last'))
  await chmod(join(clone.dir, 'tool.sh'), 0o755)
  await rm(join(clone.dir, 'place'), { recursive: true })
  await writeFile(join(clone.dir, 'place'), 'now a file\n')
  await runIn(clone.dir, ['sh', '-c', 'printf one > "$(printf \'caf\\351.txt\')"'])
  await task.deliver(clone, newId())
  head = await area.workspaces.head(task.id, task.branch)
})
afterAll(() => area[Symbol.asyncDispose]())

type Files = Parameters<TestWorkspaces['workspaces']['discard']>[1]['files']

const discard = (files: Files, from = head): Promise<string> =>
  area.workspaces.discard(task.id, {
    ...{ branch: task.branch, base: task.base, head: from, files },
    message: 'Discard\n',
  })

const reset = (commit: string): Promise<unknown> =>
  area.workspaces.moveBranch({ taskId: task.id, branch: task.branch, from: commit, to: head })

const read = async (path: string): Promise<Uint8Array> => {
  const now = await area.workspaces.head(task.id, task.branch)
  return area.workspaces.read(task.id, now, path, 1024 * 1024)
}
const treeOf = (commit: string): Promise<string> => gitIn(task.dir, 'rev-parse', `${commit}^{tree}`)
const hunk = (old_start: number, old_lines: number, new_start: number, new_lines: number) => ({
  ...{ old_start, old_lines, new_start, new_lines },
})

/** Discards, looks, brings it back, and is where it began. */
async function discarded(files: Files, look: () => Promise<void>): Promise<void> {
  const commit = await discard(files)
  try {
    await look()
    const { branch } = task
    const undone = await area.workspaces.undoDiscard(task.id, { branch, commit, message: 'Back\n' })
    expect(await treeOf(undone)).toBe(await treeOf(head))
    await reset(undone)
  } catch (error) {
    await reset(await area.workspaces.head(task.id, task.branch))
    throw error
  }
}

describe('discarding a part of a file', () => {
  const parts: [string, string, ReturnType<typeof hunk>[], string | Uint8Array][] = [
    ['the first change', 'two.txt', [hunk(1, 4, 1, 4)], lines(...ten.slice(0, 9), 'TEN', 'ELEVEN')],
    ['the last change', 'two-b.txt', [hunk(7, 4, 7, 5)], lines('ONE', ...ten.slice(1))],
    ['all changes', 'two-c.txt', [hunk(1, 10, 1, 11)], lines(...ten)],
    ['lines that end in CR LF', 'crlf.txt', [hunk(1, 3, 1, 3)], 'a\r\nb\r\nc\r\nd\r\n'],
    [
      'bytes that are not UTF-8',
      'latin.txt',
      [hunk(2, 1, 2, 1)],
      latin('eins\nzwölf\ndrei\nvierß\n'),
    ],
    ['a file without a newline at its end', 'open end.txt', [hunk(1, 2, 1, 3)], 'a\nb'],
    [
      'a renamed file',
      'new name.txt',
      [hunk(1, 3, 1, 4)],
      lines(...ten, ...ten.slice(0, 9), 'last'),
    ],
  ]
  test('the rest stays byte for byte, whatever its lines are made of, and it can be brought back', async () => {
    const files = parts.map(([, path, hunks]) => ({ path, hunks }))
    await discarded(files, async () => {
      for (const [what, path, , expected] of parts) {
        const wanted = typeof expected === 'string' ? new TextEncoder().encode(expected) : expected
        expect([what, [...(await read(path))]]).toEqual([what, [...wanted]])
      }
    })
  })

  test('a part of a binary file, and lines without a change, are refused', async () => {
    const binary = discard([{ path: 'picture.bin', hunks: [hunk(1, 1, 1, 1)] }])
    await expect(binary).rejects.toMatchObject({ code: 'file.not-text' })
    const nothing = discard([{ path: 'two.txt', hunks: [hunk(4, 2, 4, 2)] }])
    await expect(nothing).rejects.toMatchObject({ code: 'request.invalid' })
    // It cuts through the last change.
    const half = discard([{ path: 'two.txt', hunks: [hunk(10, 1, 10, 1)] }])
    await expect(half).rejects.toMatchObject({ code: 'request.invalid' })
    expect(await area.workspaces.head(task.id, task.branch)).toBe(head)
  })
})

describe('discarding a whole file', () => {
  test('a new one goes, a deleted one comes back, a renamed one has its old name, a binary one and a mode are as they were', async () => {
    const paths = ['new.txt', 'gone.txt', 'new name.txt', 'picture.bin', 'tool.sh', oddName]
    await discarded(
      paths.map((path) => ({ path })),
      async () => {
        const left = await area.workspaces.changes(
          task.id,
          task.base,
          await area.workspaces.head(task.id, task.branch),
        )
        const names = left.map(({ path }) => path)
        for (const path of paths) expect(names).not.toContain(path)
        expect(names).toContain('two.txt')
        expect(await task.read('old name.txt')).toBe(lines(...ten, ...ten))
        expect(await read('gone.txt')).toEqual(new TextEncoder().encode('it was here\n'))
      },
    )
  })

  test('a file that took the place of a folder is only discarded together with it', async () => {
    await expect(discard([{ path: 'place/inside.txt' }])).rejects.toMatchObject({
      code: 'file.forbidden',
    })
    await discarded([{ path: 'place' }, { path: 'place/inside.txt' }], async () => {
      expect(await task.read('place/inside.txt')).toBe('in a folder\n')
    })
  })

  test('what is no change, and a branch that has moved on, are refused', async () => {
    await expect(discard([{ path: 'nothing.txt' }])).rejects.toMatchObject({
      code: 'file.not-found',
    })
    await expect(discard([{ path: 'new.txt' }], task.base)).rejects.toMatchObject({
      code: 'file.not-found',
    })
    const other = await discard([{ path: 'new.txt' }])
    await expect(discard([{ path: 'gone.txt' }])).rejects.toMatchObject({ code: 'file.changed' })
    await reset(other)
  })

  test('it is not brought back over what came after it', async () => {
    const { branch } = task
    const commit = await discard([{ path: 'two.txt' }])
    const content = new TextEncoder().encode('by hand\n')
    const input = { taskId: task.id, branch, path: 'two.txt', content, message: 'edit' }
    const edited = await area.workspaces.write(input)
    const undo = area.workspaces.undoDiscard(task.id, { branch, commit, message: 'Back\n' })
    await expect(undo).rejects.toMatchObject({ code: 'file.changed' })
    await reset(edited)
  })
})

describe('where a line stands', () => {
  const blocks = parseBlocks('@@ -2 +2,2 @@\n-b\n+B\n+@@ -1 +1 @@\n@@ -5,2 +5,0 @@\n-e\n-f\n') ?? []

  test('blocks are read over lines that look like their heads', () => {
    expect(blocks).toEqual([
      { old: { from: 2, to: 3 }, new: { from: 2, to: 4 } },
      { old: { from: 5, to: 7 }, new: { from: 6, to: 6 } },
    ])
  })

  test('a line above stays, one below moves, a changed one is gone', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map((line) => placeOf(blocks, line))).toEqual([
      1,
      undefined,
      4,
      5,
      undefined,
      undefined,
      6,
    ])
  })
})
