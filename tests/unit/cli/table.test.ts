import { expect, test } from 'bun:test'
import { createPaint } from '#cli/client/paint.ts'
import { cutText, renderTable, textWidth, wrapText } from '#cli/client/table.ts'

const paint = createPaint(false)
const columns = [
  { title: 'ID' },
  { title: 'NAME', shrinksTo: 6 },
  { title: 'COST', align: 'right' },
] as const

test('columns are aligned by what a terminal shows, wide characters included', () => {
  const rows = [
    ['1', '漢字', '$1.00'],
    ['22', 'plain name', '$10.00'],
  ]
  expect(renderTable(columns, rows, { width: undefined, paint })).toEqual([
    'ID  NAME          COST',
    '1   漢字         $1.00',
    '22  plain name  $10.00',
  ])
})

test('a narrow terminal cuts what may be cut, and no line is wider than it', () => {
  const rows = [['1', 'a very long name that goes on', '$1.00']]
  const lines = renderTable(columns, rows, { width: 24, paint })
  expect(lines.at(-1)).toBe('1   a very long …  $1.00')
  for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(24)
})

test('a column without anything in it is left out', () => {
  expect(renderTable(columns, [['1', 'x', '']], { width: undefined, paint })).toEqual([
    'ID  NAME',
    '1   x',
  ])
})

test('a cell cannot bring control characters or lines into a table', () => {
  const [, line] = renderTable(columns, [['1', 'a\n\u001b[2Jb', '']], { width: undefined, paint })
  expect(line).toBe('1   a ␛[2Jb')
})

test('colour is around a cell, never counted in its width', () => {
  const rows = [
    [{ text: '✓ Done', state: 'done' as const }, 'x', ''],
    [{ text: '● Running', state: 'run' as const }, 'y', ''],
  ]
  const lines = renderTable(columns, rows, { width: 40, paint: createPaint(true) })
  expect(lines[1]).toBe('\u001b[32m✓ Done\u001b[0m     x')
  expect(lines[2]).toBe('\u001b[34m● Running\u001b[0m  y')
})

test('text is cut between characters as people see them', () => {
  expect(cutText('👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 5)).toBe('👩‍👩‍👧👩‍👩‍👧…')
})

test('text is wrapped at spaces, a word that is too long inside', () => {
  expect(wrapText('one two three', 8)).toEqual(['one two', 'three'])
  expect(wrapText('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij'])
  expect(wrapText('a\n\nb', 4)).toEqual(['a', '', 'b'])
})
