import { describe, expect, test } from 'bun:test'
import type { PullRequest, PullRequestCheck } from '#contract/delivery.ts'
import { newsOf } from '#tasks/following/news.ts'
import { nextLook, nextTry } from '#tasks/following/pace.ts'

const pull: PullRequest = {
  ...{ number: 1, url: 'https://x/1', title: 'T', state: 'open', is_draft: false },
}
const check = (name: string, state: PullRequestCheck['state']): PullRequestCheck => ({
  name,
  state,
})
const minute = 60_000
const afterMs = (ageMs: number, more: Partial<PullRequest> = {}): number | null => {
  const next = nextLook({ pullRequest: { ...pull, ...more }, newsAt: 0 }, ageMs)
  return next === null ? null : next - ageMs
}

describe('how often a forge is asked', () => {
  test('soon after news, more and more seldom without, and not for ever', () => {
    const gaps = [0, 30, 120, 3 * 24 * 60].map((minutes) => afterMs(minutes * minute))
    expect(gaps).toEqual([15_000, minute, 5 * minute, 30 * minute])
    expect(afterMs(31 * 24 * 60 * minute)).toBeNull()
  })

  test('while a check runs it is asked more often, for some hours', () => {
    const checks = [check('build', 'pending')]
    expect(afterMs(120 * minute, { checks })).toBe(30_000)
    expect(afterMs(12 * 60 * minute, { checks })).toBe(5 * minute)
  })

  test('what is merged or closed is not asked about', () => {
    expect(afterMs(0, { state: 'merged' })).toBeNull()
    expect(afterMs(0, { state: 'closed' })).toBeNull()
  })

  test('failures make it wait longer, an hour at most, and a rate limit as long as it says', () => {
    const waits = [0, 1, 4, 30].map((failures) => nextTry(failures, 0))
    expect(waits).toEqual([15_000, 30_000, 4 * minute, 60 * minute])
    expect(nextTry(0, 0, 2 * 60 * minute)).toBe(2 * 60 * minute)
  })
})

describe('what is new about a pull request', () => {
  test('the first look tells everything, the same once more nothing', () => {
    const seen = {
      ...pull,
      mergeable: true,
      checks: [check('build', 'passed')],
      comments: [{ id: '1', author: 'ann', body: 'x'.repeat(999), created_at: '' }],
    }
    expect(newsOf(pull, seen).map(({ type }) => type)).toEqual([
      'pull-request.state',
      'pull-request.check',
      'pull-request.comment',
    ])
    expect(JSON.stringify(newsOf(pull, seen)).length).toBeLessThan(700)
    expect(newsOf(seen, seen)).toEqual([])
  })

  test('a check that turns, a thread that is resolved and a merge are told, with what was before', () => {
    const comment = { id: '1', author: 'ann', body: 'x', created_at: '' }
    const before = { ...pull, checks: [check('build', 'failed')], comments: [comment] }
    const after: PullRequest = {
      ...pull,
      state: 'merged',
      checks: [check('build', 'passed')],
      comments: [{ ...comment, is_resolved: true }],
    }
    expect(newsOf(before, after).map(({ data }) => data)).toMatchObject([
      { from: 'open', state: 'merged' },
      { name: 'build', from: 'failed', state: 'passed' },
      { author: 'ann', is_resolved: true },
    ])
  })
})
