import { expect, test } from 'bun:test'
import type { AttentionItem } from '#contract/attention.ts'
import { guardMs, isGuarded, mergeRows, nextOpen } from '../../ui/src/features/inbox/inbox-rows.ts'
import { toIconState } from '../../ui/src/features/shell/icon-state.ts'
import { pageOf } from '../../ui/src/features/shell/page-of.ts'
import { splitQuestion } from '../../ui/src/lib/attention-title.ts'
import { makeTask } from './mock-data.ts'

const item = (id: string): AttentionItem => ({
  kind: 'failed',
  id,
  task: makeTask(id, {}),
  error: 'x',
  since: '2026-03-01T12:00:00.000Z',
})
const shown = (rows: ReturnType<typeof mergeRows>): string[] =>
  rows.map((row) => `${row.item.id}${row.isGone ? ' gone' : ''}${row.isNew ? ' new' : ''}`)

test('what is answered stays in its place, what comes is added below', () => {
  const first = mergeRows([], [item('a'), item('b'), item('c')])
  const second = mergeRows(first, [item('x'), item('a'), item('c')])
  expect(shown(second)).toEqual(['a', 'b gone', 'c', 'x new'])
  expect(shown(mergeRows(second, [item('b'), item('a')]))).toEqual([
    'a',
    'b',
    'c gone',
    'x gone new',
  ])
})

test('the first paragraph of a question is its title, the rest explains it', () => {
  expect(splitQuestion('Which port?')).toEqual({ asked: 'Which port?', more: '' })
  expect(splitQuestion(' It has no\npaper. \n \n\n- a\n\n- b\n')).toEqual({
    asked: 'It has no\npaper.',
    more: '- a\n\n- b',
  })
  expect(splitQuestion('')).toEqual({ asked: '', more: '' })
})

test('what was merely further down is not called new', () => {
  const first = mergeRows([], [item('a')])
  expect(shown(mergeRows(first, [item('a'), item('b')], false))).toEqual(['a', 'b'])
})

test('after an answer the next open row is chosen, below before above', () => {
  const rows = mergeRows(mergeRows([], ['a', 'b', 'c', 'd'].map(item)), [item('a'), item('d')])
  expect(nextOpen(rows, 'b')).toBe('d')
  expect(nextOpen(rows, 'd')).toBe('a')
  expect(nextOpen(mergeRows(rows, []), 'a')).toBeUndefined()
})

test('keys wait until a row has been focused for a while', () => {
  expect(isGuarded(1000, 1000 + guardMs - 1)).toBe(true)
  expect(isGuarded(1000, 1000 + guardMs)).toBe(false)
})

test('the icon of the window shows the most urgent', () => {
  const calm = { isStale: false, asks: false, fails: false, works: false }
  expect(toIconState(calm)).toBe('')
  expect(toIconState({ ...calm, works: true })).toBe('run')
  expect(toIconState({ ...calm, works: true, fails: true })).toBe('fail')
  expect(toIconState({ ...calm, works: true, fails: true, asks: true })).toBe('need')
  expect(toIconState({ isStale: true, works: true, fails: true, asks: true })).toBe('stale')
})

test.each([
  ['/inbox/q1', '/inbox/q2', true],
  ['/tasks/a/files', '/tasks/a', true],
  ['/tasks/a', '/tasks/b', false],
  ['/tasks/a/agents', '/tasks/a/agents/1', false],
  ['/', '/inbox', false],
])('%s and %s are one page: %p', (from, to, isOne) => {
  expect(pageOf(from) === pageOf(to)).toBe(isOne)
})
