import { expect, test } from 'bun:test'
import type { TaskEvent } from '#contract/event.ts'
import { createAttentionReader } from '../../ui/src/data/attention-pages.ts'
import { affects } from '../../ui/src/data/invalidate.ts'
import { makeAttention } from './mock-attention.ts'

/** So many items, given out in pages; `asked` has every limit. */
function serve(total: number) {
  const asked: number[] = []
  const reader = createAttentionReader(async ({ limit, cursor }) => {
    asked.push(limit)
    const from = Number(cursor ?? 0)
    const items = Array.from({ length: Math.min(limit, total - from) }, (_, at) =>
      makeAttention(`i${from + at}`),
    )
    const next = from + items.length
    return { items, total, next_cursor: next < total ? String(next) : null }
  })
  return { reader, asked }
}

test('what needs a person is one request, however many tasks wait', async () => {
  const { reader, asked } = serve(90)
  const known = await reader.read()
  expect(known.items).toHaveLength(90)
  expect(known.total).toBe(90)
  expect(asked).toEqual([100])
})

test('a long list is read as far as somebody wants to see it', async () => {
  const { reader, asked } = serve(1000)
  expect(await reader.read()).toMatchObject({ total: 1000, wanted: 100 })
  reader.wantMore()
  reader.wantMore()
  const { items } = await reader.read()
  expect(items.map(({ id }) => id)).toEqual(Array.from({ length: 300 }, (_, at) => `i${at}`))
  expect(asked).toEqual([100, 200, 100])
})

test('an item that moves between two pages is there once', async () => {
  const pages = [
    { items: ['a', 'b'].map(makeAttention), total: 3, next_cursor: 'x' },
    { items: ['b', 'c'].map(makeAttention), total: 3, next_cursor: null },
  ]
  let at = 0
  const reader = createAttentionReader(async () => pages[at++] ?? fail())
  expect((await reader.read()).items.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
})

const fail = (): never => {
  throw new Error('There are two pages.')
}

test.each([
  'task.status',
  'planner.question',
  'question.answered',
  'plan.generated',
  'subtask.failed',
  'agent.question',
  'agent.restarted',
  'agent.taken-out',
  'follow-up.waiting',
] as const)('the list is asked for again after %s', (type) => {
  const event: TaskEvent = { id: 1, task_id: 't', seq: 1, type, data: {}, created_at: '' }
  expect(affects(event)).toContainEqual(['attention', 'all'])
})
