import { describe, expect, test } from 'bun:test'
import type { ReviewComment } from '#contract/review.ts'
import { parseDiff } from '../../ui/src/lib/diff.ts'
import { describeHunk, hunkAt, hunksOf, stepFrom } from '../../ui/src/lib/hunks.ts'
import {
  describePlace,
  describeSent,
  describeState,
  groupComments,
  recipientsOf,
} from '../../ui/src/lib/review.ts'

const same = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, at) => ` line ${from + at}`)
const body = [
  ...same(1, 4),
  '-old 5',
  '+new 5',
  ...same(6, 6),
  '+added 12',
  ...same(12, 7),
  '-gone',
  ...same(20, 1),
]
const lines =
  parseDiff(`diff --git a/x b/x\n@@ -1,20 +1,20 @@\n${body.join('\n')}\n`)[0]?.lines.slice(1) ?? []

describe('pieces of a change', () => {
  test('changes with six lines between them are one, with seven they are two, as git has it', () => {
    const hunks = hunksOf(lines)
    expect(hunks.map(({ range }) => range)).toEqual([
      { old_start: 5, old_lines: 7, new_start: 5, new_lines: 8 },
      { old_start: 19, old_lines: 1, new_start: 0, new_lines: 0 },
    ])
    expect(hunks.map(describeHunk)).toEqual(['Lines 5 to 12', 'Line 19'])
    expect(hunks.map(({ first }) => first)).toEqual([1, 17])
  })

  test('one steps from change to change, from line to line, and to the piece of a line', () => {
    const step = { by: 1, of: 'changes' } as const
    const first = stepFrom(lines, undefined, step)
    expect(first).toEqual({ side: 'old', line: 5 })
    const second = stepFrom(lines, first, step)
    expect(second).toEqual({ side: 'old', line: 19 })
    expect(stepFrom(lines, second, step)).toBeUndefined()
    expect(stepFrom(lines, second, { by: -1, of: 'changes' })).toEqual(first)
    expect(stepFrom(lines, first, { by: 1, of: 'lines' })).toEqual({ side: 'new', line: 5 })
    expect(hunkAt(lines, { side: 'new', line: 12 })?.range.new_start).toBe(5)
    expect(hunkAt(lines, { side: 'old', line: 19 })?.range.old_start).toBe(19)
  })
})

describe('what is said of comments', () => {
  const comment = (more: Partial<ReviewComment>): ReviewComment => ({
    ...{ id: 'c', path: 'a.ts', side: 'new', line: 3, end_line: 5, commit: '', quote: '' },
    ...{ body: 'Why?', state: 'draft', author: 'user', created_at: '', updated_at: '' },
    ...more,
  })

  test('they stand below the last of their lines, where these are now; outdated ones nowhere', () => {
    const placed = groupComments([comment({ now: 13 }), comment({}), comment({ now: 13 })])
    expect([...(placed.get('a.ts') ?? [])].map(([key, own]) => [key, own.length])).toEqual([
      ['new15', 2],
    ])
    expect(describePlace(comment({ now: 13 }))).toBe('a.ts, lines 13 to 15')
    expect(describePlace(comment({ end_line: 3, side: 'old' }))).toBe('a.ts, line 3 as it was')
  })

  test('one sees whom they go to, and what has become of them', () => {
    expect(recipientsOf([comment({ to: 'x' })])).toBe('x')
    expect(recipientsOf([comment({ to: 'x' }), comment({}), comment({ to: 'x' })])).toBe(
      'x 2, nobody yet 1',
    )
    expect(describeState(comment({ state: 'sent', to: 'x', delivery: 'waiting' }))).toBe(
      'Sent to x, not heard yet',
    )
    const sent = [{ to: 'x', comments: 2, message_id: 1, how: 'anew' as const }]
    expect(describeSent({ sent })).toBe('Sent 2 comments to x, which is taken up by a new agent.')
  })
})
