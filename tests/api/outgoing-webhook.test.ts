import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { WebhookState } from '#contract/outgoing-webhook.ts'
import { toRequest } from '../support/scenario.ts'
import { openTestApp, type TestApp } from '../support/test-app.ts'

let app: TestApp
beforeAll(async () => {
  app = await openTestApp()
})
afterAll(() => app[Symbol.asyncDispose]())

async function ask(method: 'DELETE' | 'GET' | 'POST' | 'PUT', path = '', json?: unknown) {
  const request = toRequest({
    ...{ method, path: `/api/outgoing-webhook${path}` },
    ...(json === undefined ? {} : { json }),
  })
  const response = await app.fetch(request)
  const text = await response.text()
  return { status: response.status, text, body: JSON.parse(text) as WebhookState }
}

const secret = `whsec_${Buffer.alloc(24, 3).toString('base64')}`
const good = { url: 'https://example.test/hook', secret, kinds: ['task.failed'] }

test('a webhook is set, tried and removed, and its secret is told to nobody', async () => {
  expect((await ask('GET')).body).toEqual({ webhook: null, deliveries: [] })
  expect((await ask('POST', '/test')).status).toBe(404)
  const set = await ask('PUT', '', good)
  expect([set.status, set.body.webhook?.url]).toEqual([200, good.url])
  const tried = await ask('POST', '/test')
  expect([tried.status, tried.body.deliveries.map(({ type }) => type)]).toEqual([
    202,
    ['webhook.test'],
  ])
  const shown = await ask('GET')
  for (const { text } of [set, tried, shown]) expect(text).not.toContain('whsec_')
  expect((await ask('DELETE')).body).toEqual({ webhook: null, deliveries: [] })
})

test.each([
  ['an address that is none', { url: 'hook' }],
  ['another protocol', { url: 'file:///etc/passwd' }],
  ['a password in the address', { url: 'https://a:b@example.test/' }],
  ['a short secret', { secret: 'whsec_c2hvcnQ=' }],
  ['a secret that is no base64', { secret: `whsec_${'!'.repeat(32)}` }],
  ['nothing to tell', { kinds: [] }],
  ['a kind nobody knows', { kinds: ['task.sneezed'] }],
])('%s is refused, and nothing is stored', async (_name, wrong) => {
  expect((await ask('PUT', '', { ...good, ...wrong })).status).toBe(400)
  expect((await ask('GET')).body.webhook).toBeNull()
})
