/** Looking back at what was answered: one request for a page, more when somebody goes further back. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import type { AnsweredItem } from '#contract/answered.ts'
import { answered } from '../../ui/src/data/answered.ts'
import { makeTask } from './mock-data.ts'

const task = makeTask('t1', {})
const items = Array.from(
  { length: 120 },
  (_, at): AnsweredItem => ({
    ...{ kind: 'question', id: `q${at}`, task, at: '2026-03-01T12:00:00.000Z' },
    question: {
      ...{ id: `q${at}`, task_id: 't1', round: 1, text: `Question ${at}`, status: 'answered' },
      ...{ suggestions: [], options: [], asked_at: '2026-03-01T11:00:00.000Z' },
    },
  }),
)

const asked: string[] = []
const realFetch = globalThis.fetch
beforeAll(() => {
  globalThis.fetch = Object.assign(
    (input: string | URL | Request) => {
      const url = new URL(String(input), 'http://localhost')
      asked.push(url.search)
      const from = Number(url.searchParams.get('cursor') ?? 0)
      const to = from + Number(url.searchParams.get('limit'))
      const next = to < items.length ? String(to) : null
      return Promise.resolve(Response.json({ items: items.slice(from, to), next_cursor: next }))
    },
    { preconnect: realFetch.preconnect },
  )
})
beforeEach(() => {
  asked.length = 0
})
afterAll(() => {
  globalThis.fetch = realFetch
})

test('the newest are one request over all tasks or of one, and the next page is asked for when it is wanted', async () => {
  await answered.refresh('')
  expect(asked).toEqual(['?limit=50'])
  expect(answered.get('').value).toMatchObject({ more: true })
  await answered.more('')
  await answered.more('')
  const known = answered.get('').value
  expect(known?.items.map(({ id }) => id)).toEqual(items.map(({ id }) => id))
  expect(known?.more).toBe(false)
  expect(asked).toHaveLength(3)
  await answered.refresh('t1')
  expect(asked.at(-1)).toBe('?limit=150&task_id=t1')
})
