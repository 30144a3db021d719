import { afterEach, beforeEach, expect, type Mock, spyOn, test } from 'bun:test'
import * as v from 'valibot'
import { ask } from '../../ui/src/data/api.ts'
import { reach } from '../../ui/src/lib/reach.ts'

type Sent = { path: string; key: string | null; type: string | null }
let sent: Sent[] = []
/** So many requests get no answer. */
let lost = 0
let fetched: Mock<typeof fetch>
/** The time between two tries is not waited for. */
let later: Mock<typeof setTimeout>

beforeEach(() => {
  sent = []
  lost = 0
  later = spyOn(globalThis, 'setTimeout').mockImplementation(((work: () => void) =>
    queueMicrotask(work)) as typeof setTimeout)
  fetched = spyOn(globalThis, 'fetch').mockImplementation((async (
    path: string,
    init: RequestInit,
  ) => {
    const headers = new Headers(init.headers)
    sent.push({ path, key: headers.get('idempotency-key'), type: headers.get('content-type') })
    lost -= 1
    if (lost >= 0) throw new TypeError('Failed to fetch')
    return Response.json({})
  }) as typeof fetch)
})
afterEach(() => {
  fetched.mockRestore()
  later.mockRestore()
})

const post = (body: string) =>
  reach('/api/tasks', {
    method: 'POST',
    body,
    headers: { 'Content-Type': 'application/json' },
  })

test('a write that gets no answer is sent again, as the same request', async () => {
  lost = 1
  expect((await post('a')).ok).toBe(true)
  expect(sent).toHaveLength(2)
  expect(sent[0]?.key).toMatch(/^[0-9a-f-]{36}$/)
  expect(sent[1]).toEqual(sent[0] as Sent)
  expect(sent[0]?.type).toBe('application/json')
})

test('what a person tries again after that is the same request still, and a new one once it was answered', async () => {
  lost = 5
  await expect(post('b')).rejects.toThrow()
  await post('b')
  await post('b')
  await post('c')
  const keys = sent.map(({ key }) => key)
  expect(new Set(keys.slice(0, 6)).size).toBe(1)
  expect(new Set(keys).size).toBe(3)
})

test('what nobody waits for any more is not asked for again', async () => {
  lost = 2
  const leaving = new AbortController()
  leaving.abort()
  await expect(reach('/api/tasks', { signal: leaving.signal })).rejects.toThrow()
  expect(sent).toHaveLength(1)
})

test('reads are asked for again, and carry no key', async () => {
  lost = 1
  await reach('/api/tasks', {})
  expect(sent.map(({ key }) => key)).toEqual([null, null])
})

test('without any answer, a read and a write say what is known', async () => {
  lost = 10
  await expect(ask(v.unknown(), '/api/tasks')).rejects.toThrow(
    'Klaudio does not answer. Try again.',
  )
  await expect(ask(v.unknown(), '/api/tasks', { method: 'POST', body: {} })).rejects.toThrow(
    'Klaudio does not answer, so it is not known whether this was done. Look before you try again.',
  )
})
