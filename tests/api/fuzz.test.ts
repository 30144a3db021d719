/** Whatever is sent to whichever route, the answer is one of ours: never an internal error, and a refusal changes nothing. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { errorCodes } from '#contract/errors.ts'
import type { ErrorBody } from '#http/errors.ts'
import type { OpenApi } from '#http/openapi.ts'
import {
  arbitraryRequest,
  type KnownIds,
  type MadeUp,
  operationsOf,
} from '../support/arbitrary-request.ts'
import { toRequest } from '../support/scenario.ts'
import { seedAgent, seedPermissions, seedPlan, seedQuestions, seedTask } from '../support/seed.ts'
import { openTestApp, type TestApp } from '../support/test-app.ts'
import { stride } from '../support/thorough.ts'

/** Requests to each route. */
const runs = 100 / stride(1, 20)

const description = await (async () => {
  await using app = await openTestApp()
  const response = await app.fetch(toRequest({ path: '/api/openapi.json' }))
  return (await response.json()) as OpenApi
})()

/** A task in each of several states, with everything that a route may be asked about. */
async function furnish(app: TestApp): Promise<KnownIds> {
  seedTask(app.db, { status: 'planned' })
  await app.makeRepository('t1')
  seedPlan(app.db, 't1')
  seedTask(app.db, { id: 't2', status: 'planning' })
  seedAgent(app.db, 't2', { kind: 'planner' })
  seedQuestions(app.db, 't2', ['Which?'])
  seedTask(app.db, { id: 't3', status: 'running' })
  seedPlan(app.db, 't3', undefined, { one: 'failed' })
  seedAgent(app.db, 't3', { id: 'a3', subtaskId: 'one', status: 'completed' })
  seedTask(app.db, { id: 't4', status: 'failed' })
  seedPermissions(app.db, 't3', ['npm test', 'rm -rf build'], { agentId: 'a3' })
  app.outputs.append('a1', 0, new TextEncoder().encode('{"type":"assistant"}\nhalf'))
  const { token: _, id } = app.access.createToken('CI')
  await app.files.upload('t1', 'a.txt', (async function* () {})())
  return {
    id: ['t1', 't2', 't3', 't4', id, 'nobody'],
    aid: ['a1', 'a3', 'nobody'],
    sid: ['one', 'two', 'three'],
    qid: ['q1', 'nobody'],
    iid: ['nobody'],
    pid: ['p1', 'p2', 'nobody'],
    filename: ['a.txt', '..%2f..%2fkey', 'src%2fmain.txt'],
  }
}

/** Every file below a directory with its content; the database's own are compared row by row elsewhere. */
function readTree(dir: string): Record<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('klaudio.db'))
    .map((entry) => join(entry.parentPath, entry.name))
  return Object.fromEntries(files.map((path) => [path, Bun.hash(readFileSync(path)).toString(36)]))
}

async function send(app: TestApp, { method, url, headers, body }: MadeUp): Promise<Response> {
  return await app.fetch(
    new Request(url, { method, headers, ...(body === undefined ? {} : { body }) }),
  )
}

type Furnished = { app: TestApp; ids: KnownIds }

async function openFurnished(): Promise<Furnished & AsyncDisposable> {
  const app = await openTestApp()
  return { app, ids: await furnish(app), [Symbol.asyncDispose]: app[Symbol.asyncDispose] }
}

describe('no request gets an internal error, and every refusal changes nothing', () => {
  /** For all routes that only read. */
  let readOnly: Furnished & AsyncDisposable
  /** For the others, until a request was accepted. */
  let untouched: (Furnished & AsyncDisposable) | undefined
  beforeAll(async () => {
    readOnly = await openFurnished()
  })
  afterAll(async () => {
    await readOnly[Symbol.asyncDispose]()
    await untouched?.[Symbol.asyncDispose]()
  })

  test.each(operationsOf(description).map((each) => [each.name, each] as const))(
    '%s',
    async (_name, operation) => {
      if (operation.method !== 'GET') untouched ??= await openFurnished()
      const own = operation.method === 'GET' ? undefined : untouched
      const { app, ids } = own ?? readOnly
      let recorded = 0
      let isTouched = false
      let looked: ReturnType<typeof look> | undefined
      using _ = { [Symbol.dispose]: app.eventLog.subscribe(() => void recorded++) }
      const look = () => ({ rows: app.dump(), files: readTree(app.dir) })
      const property = fc.asyncProperty(arbitraryRequest(operation, ids), async (request) => {
        app.takeEvents()
        // Refusals change nothing, as was seen at each.
        const before = looked ?? look()
        const soFar = recorded
        const response = await send(app, request)
        if (response.status < 400) {
          isTouched ||= own !== undefined
          looked = undefined
          return void (await response.bytes())
        }
        expect(response.status).toBeLessThan(500)
        expect(app.takeEvents()).toEqual([])
        if (response.status !== 416) {
          const { code, error } = (await response.json()) as ErrorBody
          expect(errorCodes).toContain(code)
          expect(error.length).toBeGreaterThan(5)
        }
        // What an earlier request began may go on in the background, and then says so.
        if (recorded === soFar) expect(look()).toEqual(before)
        if (!isTouched) looked = before
      })
      try {
        await fc.assert(property, { numRuns: runs })
      } finally {
        if (isTouched) {
          untouched = undefined
          await own?.[Symbol.asyncDispose]()
        }
      }
    },
  )
})

test('a method that a path does not have is refused with those it has', async () => {
  await using app = await openTestApp()
  await furnish(app)
  for (const [path, methods] of Object.entries(description.paths)) {
    const before = app.dump()
    for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH']) {
      if (Object.hasOwn(methods, method.toLowerCase())) continue
      const url = `http://localhost:8080${path.replace(/\{\w+\}/g, 't1')}`
      const response = await send(app, { method, url, headers: { host: 'localhost:8080' } })
      // Another path may match the same address, such as a file called "search".
      if (response.status !== 405) expect([200, 400, 404, 415]).toContain(response.status)
      else
        expect(response.headers.get('allow')).toContain(
          Object.keys(methods)[0]?.toUpperCase() ?? '',
        )
    }
    expect(app.dump()).toEqual(before)
  }
})
