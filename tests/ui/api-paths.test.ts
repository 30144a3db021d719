/** The typed client of the UI calls what the server describes, and nothing else. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { OpenApi, Operation } from '#http/openapi.ts'
import { api } from '../../ui/src/data/api.ts'
import { issueApi } from '../../ui/src/data/issue-task.ts'
import { keptApi } from '../../ui/src/data/kept-api.ts'
import { pullRequestApi } from '../../ui/src/data/pull-request-api.ts'
import { restoreApi } from '../../ui/src/data/restore-api.ts'
import { reviewApi } from '../../ui/src/data/review-api.ts'
import { setupApi } from '../../ui/src/data/setups.ts'
import { steerApi } from '../../ui/src/data/steer-api.ts'
import { toRequest } from '../support/scenario.ts'
import { openTestApp } from '../support/test-app.ts'

const client = {
  ...{ ...api, ...restoreApi, ...pullRequestApi, ...issueApi, ...reviewApi, ...steerApi },
  ...setupApi,
}

type Call = { method: string; url: string }

const calls: Call[] = []
const realFetch = globalThis.fetch
let described: OpenApi

beforeAll(async () => {
  await using app = await openTestApp()
  const response = await app.fetch(toRequest({ path: '/api/openapi.json' }))
  described = (await response.json()) as OpenApi
  globalThis.fetch = Object.assign(
    (input: string | URL | Request, init?: RequestInit) => {
      calls.push({ method: init?.method ?? 'GET', url: String(input) })
      // Only the address counts here.
      return Promise.resolve(new Response('', { status: 404 }))
    },
    { preconnect: realFetch.preconnect },
  )
})
afterAll(() => {
  globalThis.fetch = realFetch
})

const file = { area: 'workspace', path: 'a.txt' }
/** What those take that cannot do with words. */
const particular: Record<string, unknown[]> = {
  eventPage: ['one', { types: [], limit: 1, order: 'asc', after: 0 }],
  readFile: ['one', file, { maxBytes: 1 }],
  downloadUrl: ['one', file],
  changes: ['one'],
  comments: ['one'],
  diff: ['one', { kind: 'all' }, { path: 'a.txt', context: 3 }],
}

/** What a function of the client asks for, called with words in place of whatever it takes. */
async function callsOf(name: string): Promise<Call[]> {
  calls.length = 0
  const member: unknown = Reflect.get(client, name)
  if (typeof member !== 'function') return []
  const result: unknown = await Promise.resolve()
    .then(() => member(...(particular[name] ?? ['one', 'two', 'three'])))
    .catch(() => undefined)
  const link = typeof result === 'string' && result.startsWith('/') ? result : undefined
  return link === undefined ? [...calls] : [{ method: 'GET', url: link }]
}

function operationOf({ method, url }: Call): Operation | undefined {
  const path = pathOf(url)
  return path === undefined ? undefined : described.paths[path]?.[method.toLowerCase()]
}

/** As it is described, with names in place of ids. */
function pathOf(url: string): string | undefined {
  const { pathname } = new URL(url, 'http://localhost')
  const parts = pathname.split('/')
  return Object.keys(described.paths).find((path) => {
    const wanted = path.split('/')
    return (
      wanted.length === parts.length &&
      wanted.every((part, i) => part.startsWith('{') || part === parts[i])
    )
  })
}

describe('each call of the client is described', () => {
  test.each(Object.keys(client))('%s', async (name) => {
    const made = await callsOf(name)
    expect(made.length).toBeGreaterThan(0)
    for (const call of made) {
      const operation = operationOf(call)
      expect({ ...call, isDescribed: operation !== undefined }).toEqual({
        ...call,
        isDescribed: true,
      })
      const known = (operation?.parameters ?? []).map((each) => each.name)
      const asked = [...new URL(call.url, 'http://localhost').searchParams.keys()]
      expect(asked.filter((query) => !known.includes(query))).toEqual([])
    }
  })
})

test('each call about what is in a checkpoint is described', async () => {
  const compared = { id: 'two', of: 'branch', against: 'start' } as const
  const talk = { agentId: 'a1', session: 's', from: 0, to: 1 }
  calls.length = 0
  const asked = [
    () => keptApi.contents('one', 'two'),
    () => keptApi.files('one', 'two', { of: 'branch', q: 'a', limit: 1 }),
    () => keptApi.changes('one', compared),
    () => keptApi.diff('one', compared, { path: 'a.txt', context: 3 }),
    () => keptApi.conversation('one', 'two', talk),
  ]
  expect(asked.length + 1).toBe(Object.keys(keptApi).length)
  for (const ask of asked) await ask().catch(() => undefined)
  calls.push({ method: 'GET', url: keptApi.archiveUrl('one', 'two', 'branch') })
  expect(calls).toHaveLength(asked.length + 1)
  for (const call of calls) {
    const known = operationOf(call)?.parameters?.map(({ name }) => name) ?? []
    const queries = [...new URL(call.url, 'http://localhost').searchParams.keys()]
    expect({ ...call, unknown: queries.filter((query) => !known.includes(query)) }).toEqual({
      ...call,
      unknown: [],
    })
    expect(operationOf(call)).toBeDefined()
  }
})

describe('what the server can do with a task has its place on a page (U15)', () => {
  const top = join(import.meta.dir, '../../ui/src')
  const sources = [...new Bun.Glob('**/*.{ts,tsx}').scanSync({ cwd: top })]
    .filter(
      (path) =>
        path !== 'data/api.ts' &&
        path !== 'data/restore-api.ts' &&
        path !== 'data/pull-request-api.ts' &&
        path !== 'data/review-api.ts' &&
        path !== 'data/setups.ts' &&
        path !== 'data/steer-api.ts',
    )
    .map((path) => readFileSync(join(top, path), 'utf8'))
  /** By its name, or as one of the words that a file chooses from. */
  const isUsed = (name: string): boolean =>
    sources.some(
      (text) =>
        new RegExp(
          `\\b(?:api|restoreApi|pullRequestApi|issueApi|reviewApi|setupApi|steerApi|server)\\.${name}\\b`,
        ).test(text) ||
        (/\bapi\[/.test(text) && text.includes(`'${name}'`)),
    )

  test.each(Object.keys(client))('a page uses %s', (name) => {
    expect(isUsed(name)).toBe(true)
  })

  test('every route that changes a task is called', async () => {
    const called = new Set<string>()
    for (const name of Object.keys(client))
      for (const { method, url } of await callsOf(name)) called.add(`${method} ${pathOf(url)}`)
    const changing = Object.entries(described.paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => path.startsWith('/api/tasks') && method !== 'get')
        .map((method) => `${method.toUpperCase()} ${path}`),
    )
    expect(changing.length).toBeGreaterThan(15)
    expect(changing.filter((route) => !called.has(route)).sort()).toEqual([
      // Uploads show their progress, so they have a way of their own: data/upload.ts.
      'POST /api/tasks/{id}/files',
      // Between agents; a person writes to one agent (`send`).
      'POST /api/tasks/{id}/messages',
    ])
  })

  test('a name that nothing uses is seen', () => {
    expect(isUsed('nothingUsesThis')).toBe(false)
  })
})
