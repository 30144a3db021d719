import { expect, test } from 'bun:test'
import { Hono } from 'hono'
import type { Env } from '#http/env.ts'
import { createOnError } from '#http/errors.ts'
import { onlyOnce } from '#http/once.ts'
import { createLog } from '#lib/log.ts'

/** A counter behind the rule; `answer` is what it says to the nth request that really came to it. */
function createCounter(answer: (count: number) => Response | Promise<Response>) {
  let count = 0
  let now = 0
  let token = 'mine'
  const app = new Hono<Env>()
    .use(async (c, next) => {
      c.set('identity', { kind: 'token', id: token })
      await next()
    })
    .use(onlyOnce(() => now))
    .all('/*', () => {
      count += 1
      return answer(count)
    })
    .onError(createOnError(createLog(() => {})))
  return {
    count: () => count,
    pass: (ms: number) => (now += ms),
    as: (id: string) => (token = id),
    async send(key?: string, { method = 'POST', path = '/tasks' } = {}) {
      const headers = key === undefined ? {} : { 'Idempotency-Key': key }
      const response = await app.fetch(new Request(`http://here${path}`, { method, headers }))
      return { status: response.status, text: await response.text() }
    },
  }
}
const counted = (count: number): Response => Response.json({ count }, { status: 201 })
const first = { status: 201, text: '{"count":1}' }
const key = '6d2d7a4c-0000-4000-8000-000000000001'

test('a write that is sent again under its key is done once and answered alike', async () => {
  const counter = createCounter(counted)
  expect([await counter.send(key), await counter.send(key)]).toEqual([first, first])
  expect(counter.count()).toBe(1)
})

test('one that comes while the first is still under way waits for its answer', async () => {
  const gate = Promise.withResolvers<void>()
  const counter = createCounter((count) => gate.promise.then(() => counted(count)))
  const both = [counter.send(key), counter.send(key)]
  gate.resolve()
  expect(await Promise.all(both)).toEqual([first, first])
  expect(counter.count()).toBe(1)
})

test('a refusal is remembered too, and an answer without a body', async () => {
  const refusing = createCounter(() => Response.json({ error: 'No.' }, { status: 409 }))
  await refusing.send(key)
  expect(await refusing.send(key)).toEqual({ status: 409, text: '{"error":"No."}' })
  const silent = createCounter(() => new Response(null, { status: 204 }))
  await silent.send(key)
  expect(await silent.send(key)).toEqual({ status: 204, text: '' })
  expect([refusing.count(), silent.count()]).toEqual([1, 1])
})

test('what failed inside, or did not arrive whole, is done again', async () => {
  for (const status of [500, 503, 408]) {
    const counter = createCounter((count) =>
      count === 1 ? Response.json({ error: 'No.' }, { status }) : counted(count),
    )
    expect((await counter.send(key)).status).toBe(status)
    expect(await counter.send(key)).toEqual({ status: 201, text: '{"count":2}' })
  }
})

test('two that wait for one that fails are not both done again', async () => {
  const gate = Promise.withResolvers<void>()
  const counter = createCounter(async (count) => {
    await gate.promise
    return count === 1 ? Response.json({ error: 'No.' }, { status: 500 }) : counted(count)
  })
  const all = [counter.send(key), counter.send(key), counter.send(key)]
  gate.resolve()
  expect((await Promise.all(all)).map(({ status }) => status)).toEqual([500, 201, 201])
  expect(counter.count()).toBe(2)
})

test('without a key, with another one, as somebody else, or for a read, it is another request', async () => {
  const counter = createCounter(counted)
  await counter.send(key)
  await counter.send()
  await counter.send('another-key')
  await counter.send(key, { method: 'GET' })
  counter.as('yours')
  await counter.send(key)
  expect(counter.count()).toBe(5)
})

test('a key that was used for something else, or is none, is refused', async () => {
  const counter = createCounter(counted)
  await counter.send(key)
  const other = await counter.send(key, { path: '/tasks/1/stop' })
  expect(other.status).toBe(400)
  expect(other.text).toContain('was used for another request')
  for (const bad of ['short', 'with a blank', 'x'.repeat(129)])
    expect((await counter.send(bad)).status).toBe(400)
  expect(counter.count()).toBe(1)
})

test('answers are forgotten after ten minutes, and the oldest when there are very many', async () => {
  const counter = createCounter(counted)
  await counter.send(key)
  counter.pass(600_001)
  await counter.send('something-else')
  await counter.send(key)
  expect(counter.count()).toBe(3)
  const large = createCounter(
    () =>
      new Response(new Uint8Array(9 * 1024 * 1024), {
        headers: { 'Content-Type': 'application/json' },
      }),
  )
  await large.send(key)
  await large.send('something-else')
  await large.send(key)
  expect(large.count()).toBe(3)
})
