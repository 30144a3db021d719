import { expect, test } from 'bun:test'
import { fileOfRow } from '../../ui/src/lib/activity/row-file.ts'
import type { ReadItem, Row } from '../../ui/src/lib/activity/rows.ts'
import { toSpoken } from '../../ui/src/lib/activity/spoken.ts'

const base = { id: 'r', offset: 0, depth: 0 }
const edit = (path: string, error?: string): Row => ({
  ...base,
  ...{ kind: 'edit', state: error ? 'failed' : 'done', path, isNew: false },
  ...{ added: 1, deleted: 0, lines: [], ...(error ? { error } : {}) },
})
const read = (tool: ReadItem['tool'], target: string, state: ReadItem['state'] = 'done') =>
  ({ tool, target, state, result: '', callId: 'c', output: '' }) satisfies ReadItem
const reads = (...items: ReadItem[]): Row => ({ ...base, kind: 'reads', state: 'done', items })

test('an edit leads to the changes, a read file to the files', () => {
  expect(fileOfRow(edit('src/a.ts'))).toEqual({ pane: 'changes', path: 'src/a.ts' })
  expect(fileOfRow(reads(read('Grep', 'x'), read('Read', 'src/b.ts')))).toEqual({
    pane: 'files',
    path: 'src/b.ts',
  })
})

test('what is outside the workspace, failed, or only searched leads nowhere', () => {
  for (const row of [
    edit('/etc/passwd'),
    edit('../a'),
    edit(''),
    edit('src/a.ts', 'no such text'),
    reads(read('Glob', '**/*.ts')),
    reads(read('Read', '/state/in/a')),
    reads(read('Read', 'src/a.ts', 'failed')),
  ])
    expect(fileOfRow(row)).toBeUndefined()
})

test('new rows are said in words, the newest few of many', () => {
  const bash: Row = {
    ...base,
    kind: 'bash',
    state: 'failed',
    command: 'pnpm test',
    output: '',
    exit: 1,
  }
  const live: Row = { ...base, kind: 'text', text: 'half a wo', live: true }
  expect(toSpoken([edit('a.ts'), bash, live])).toBe('Edit a.ts. Bash pnpm test exit 1')
  expect(toSpoken(Array.from({ length: 9 }, () => edit('a.ts')))).toStartWith(
    '4 rows before. Edit a.ts',
  )
  expect(toSpoken([])).toBe('')
})
