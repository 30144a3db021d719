/** The API's own description: complete, consistent, and readable. That answers are as it says is checked in every API test. */
import { describe, expect, test } from 'bun:test'
import { groupRoutes, type OpenApi, toTemplate } from '#http/openapi.ts'
import { toRequest } from '../support/scenario.ts'
import { seedTask } from '../support/seed.ts'
import { openTestApp, type TestApp } from '../support/test-app.ts'

async function readDescription(app: TestApp): Promise<OpenApi> {
  const response = await app.fetch(toRequest({ path: '/api/openapi.json' }))
  expect(response.status).toBe(200)
  return (await response.json()) as OpenApi
}
const operationsOf = ({ paths }: OpenApi) =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, method, path })),
  )
const refsOf = (value: unknown): string[] =>
  [...JSON.stringify(value).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref)

describe('the description of the API', () => {
  test('has every mounted route, and no other', async () => {
    await using app = await openTestApp()
    const described = operationsOf(await readDescription(app)).map(
      ({ method, path }) => `${method.toUpperCase()} ${path}`,
    )
    const mounted = [...groupRoutes(app.routes).keys()].map((key) => {
      const [method, path = ''] = key.split(' ')
      return `${method} ${toTemplate(path)}`
    })
    expect(described.toSorted()).toEqual(mounted.toSorted())
    expect(described.length).toBeGreaterThan(40)
  })

  test('refers only to forms that it has, and every form is used', async () => {
    await using app = await openTestApp()
    const description = await readDescription(app)
    const names = Object.keys(description.components.schemas)
    const used = new Set(refsOf(description).map((ref) => ref.replace('#/components/schemas/', '')))
    expect([...used].filter((name) => !names.includes(name))).toEqual([])
    expect(names.filter((name) => !used.has(name))).toEqual([])
  })

  test('names every operation once and every parameter of its path, with words', async () => {
    await using app = await openTestApp()
    const operations = operationsOf(await readDescription(app))
    const ids = operations.map(({ operationId }) => operationId)
    expect(ids.toSorted()).toEqual([...new Set(ids)].toSorted())
    for (const { path, parameters, summary } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const described = parameters.filter((each) => each.in === 'path').map(({ name }) => name)
      expect(described).toEqual(inPath as string[])
      expect(summary).toMatch(/^[A-Z].{8,}\.$/)
    }
  })

  test('has the limits that requests are checked by', async () => {
    await using app = await openTestApp()
    const { paths } = await readDescription(app)
    const list = paths['/api/tasks']?.get?.parameters ?? []
    const of = (name: string) => list.find((each) => each.name === name)?.schema
    expect(of('limit')).toEqual({ type: 'integer', minimum: 1, maximum: 200, default: 50 })
    expect(of('status')).toMatchObject({ type: 'array', items: { enum: expect.any(Array) } })
    expect(of('brief')).toEqual({ type: 'boolean', default: false })
    const body = paths['/api/tasks']?.post?.requestBody?.content['application/json']?.schema
    expect(body).toMatchObject({
      required: ['name', 'prompt'],
      properties: { name: { type: 'string', minLength: 1, maxLength: 200 } },
    })
  })

  test('says which refusals a route has, by status and code', async () => {
    await using app = await openTestApp()
    const { paths } = await readDescription(app)
    const { responses = {} } = paths['/api/tasks/{id}/approve']?.post ?? {}
    expect(responses[409]?.description).toContain('`plan.stale`')
    expect(responses[404]?.description).toContain('`task.not-found`')
    expect(responses[415]?.description).toContain('`request.unsupported-type`')
  })

  test('names the two ways of saying who asks', async () => {
    await using app = await openTestApp({ required: true })
    const { access } = app
    const { token } = access.createToken('reader')
    const headers = { authorization: `Bearer ${token}` }
    const response = await app.fetch(toRequest({ path: '/api/openapi.json', headers }))
    const { security, components } = (await response.json()) as OpenApi
    expect(security).toEqual([{ token: [] }, { session: [] }])
    expect(Object.keys(components.securitySchemes)).toEqual(['token', 'session'])
  })

  test('is a page to read too: every route, no script, nothing from elsewhere', async () => {
    await using app = await openTestApp()
    const description = await readDescription(app)
    const response = await app.fetch(toRequest({ path: '/api/docs' }))
    const page = await response.text()
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    for (const { operationId } of operationsOf(description))
      expect(page).toContain(`<article id="${operationId}">`)
    expect(page).not.toMatch(/<script|https?:\/\/|\son\w+=/)
    const anchors = [...page.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)
    for (const id of new Set(anchors)) expect(page).toContain(`id="${id}"`)
  })
})

test('an answer that the description does not have fails the test that got it', async () => {
  await using app = await openTestApp()
  seedTask(app.db)
  app.machine.system = { ...app.machine.system, secret: 'more' } as never
  const broken = app.fetch(toRequest({ path: '/api/system' }))
  expect(broken).rejects.toThrow(/more than the API's description says/)
})
