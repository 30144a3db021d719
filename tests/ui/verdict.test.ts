import { expect, test } from 'bun:test'
import { findingHref, findingPlace, verdictWords } from '../../ui/src/lib/verdict.ts'

test('a finding leads to its line in the changes, and one about no file leads nowhere', () => {
  expect(findingHref('t 1', { path: 'src/a b.ts', line: 12 })).toBe(
    '/tasks/t%201/changes?file=src%2Fa+b.ts&line=12',
  )
  expect(findingHref('t', { path: 'src/a.ts' })).toBe('/tasks/t/changes?file=src%2Fa.ts')
  expect(findingHref('t', {})).toBeUndefined()
  expect(findingPlace({ path: 'src/a.ts', line: 12 })).toBe('src/a.ts:12')
})

test('an open question comes before what the reviewer said, and a decision after it', () => {
  const said = { verdict: 'needs_fix' } as const
  expect(verdictWords(said).word).toBe('Needs changes')
  expect(verdictWords({ ...said, question_id: 'q' }).glyph).toBe('need')
  expect(verdictWords({ ...said, decision: 'accepted' }).glyph).toBe('done')
  expect(verdictWords({ ...said, decision: 'failed' }).glyph).toBe('fail')
  expect(verdictWords({ verdict: 'approved' }).word).toBe('Approved')
})
