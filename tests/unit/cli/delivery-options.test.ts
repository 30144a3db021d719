import { describe, expect, test } from 'bun:test'
import { toDelivery } from '#cli/client/delivery-options.ts'
import { deliveryRows } from '#cli/client/delivery-rows.ts'

const given = (options: Record<string, string[]>) => ({ options: new Map(Object.entries(options)) })

describe('delivery on the command line', () => {
  test('is nothing unless asked for', () => {
    expect(toDelivery(given({}))).toBeUndefined()
  })

  test('is one commit on a branch with --push, and a pull request with --pr, which pushes too', () => {
    const push = { auto_branch: true, auto_commit: true, auto_push: true, auto_pr: false }
    expect(toDelivery(given({ push: [''] }))).toEqual(push)
    const options = { pr: [''], reviewer: ['ann', 'bob'], label: ['bot'], 'pr-draft': [''] }
    expect(toDelivery(given({ ...options, 'keep-commits': [''] }))).toEqual({
      ...{ ...push, auto_commit: false, auto_pr: true },
      ...{ pr_reviewers: ['ann', 'bob'], pr_labels: ['bot'], pr_draft: true },
    })
  })

  test('details without --push or --pr are a mistake', () => {
    expect(() => toDelivery(given({ reviewer: ['ann'] }))).toThrow('--push or --pr')
    expect(() => toDelivery(given({ 'keep-commits': [''] }))).toThrow('--push or --pr')
  })

  test('shows where the work is, and what a person should know', () => {
    const pull = { number: 1, url: 'https://git.example.com/1', title: 't', state: 'open' as const }
    const rows = deliveryRows({
      delivery: {
        ...{ settings: {} as never, state: 'delivered', branch: 'klaudio/1', target: 'main' },
        ...{ pull_request: { ...pull, is_draft: true }, notes: ['nobody'], conflicts: ['a.txt'] },
        attempts: 1,
      },
    })
    expect(rows.map(([, value]) => value)).toEqual([
      'delivered, klaudio/1 for main',
      'https://git.example.com/1 (draft)',
      'a.txt',
      'nobody',
    ])
    expect(deliveryRows({})).toEqual([])
  })
})
