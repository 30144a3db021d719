/** One request and all that may come of it, as a row of a table. */
import { expect, test } from 'bun:test'
import type { EventType } from '#contract/event.ts'
import { openTestApp, type TestApp } from './test-app.ts'

/** Who asks: a program of this machine, our own page, a page of another site, or a browser tricked about our name. */
const callers = {
  program: { host: 'localhost:8080' },
  page: {
    host: 'localhost:8080',
    origin: 'http://localhost:8080',
    'sec-fetch-site': 'same-origin',
  },
  'foreign page': {
    host: 'localhost:8080',
    origin: 'https://evil.test',
    'sec-fetch-site': 'cross-site',
  },
  'rebound name': { host: 'evil.test:8080', origin: 'http://evil.test:8080' },
} as const
export type Caller = keyof typeof callers

export type ScenarioRequest = {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE' | 'PATCH'
  path: string
  /** Sent as JSON with its content type. */
  json?: unknown
  /** Sent as it is. */
  body?: string | Uint8Array<ArrayBuffer> | FormData
  headers?: Record<string, string>
}

export type Scenario = {
  name: string
  /** What there is before the request. */
  given?: (app: TestApp) => void | Promise<void>
  /** `program` when absent. */
  as?: Caller
  request: ScenarioRequest
  expect: {
    status: number
    /** Matched as a whole for arrays and texts, by its named fields for objects. */
    body?: unknown
    headers?: Record<string, unknown>
    /** Exactly the events that the call records before it is answered; `[]` is silence. */
    events: EventType[]
  }
  /** A last look at what became of it. */
  after?: (app: TestApp) => void | Promise<void>
}

/**
 * Declares a test per row. A request that is refused, and one that only reads, must leave every table as it was, whatever
 * else the row says.
 */
export function scenarios(rows: readonly Scenario[]): void {
  for (const row of rows) test(row.name, () => play(row))
}

async function play({ given, as, request, expect: wanted, after }: Scenario): Promise<void> {
  await using app = await openTestApp()
  await given?.(app)
  const before = app.dump()
  const response = await app.fetch(toRequest(request, as))
  const recorded = app.takeEvents()
  const body = await readBody(response)
  // The body first: it says why when the status is not the wanted one.
  if (response.status !== wanted.status)
    expect({ status: response.status, body }).toBe(wanted.status as never)
  if (wanted.body !== undefined) expectBody(body, wanted.body)
  for (const [name, value] of Object.entries(wanted.headers ?? {}))
    expect(response.headers.get(name)).toEqual(value as never)
  expect(recorded).toEqual(wanted.events)
  const isRead = (request.method ?? 'GET') === 'GET' || request.method === 'HEAD'
  if (response.status >= 400 || isRead) expect(app.dump()).toEqual(before)
  await after?.(app)
}

export function toRequest(
  { method = 'GET', path, json, body, headers }: ScenarioRequest,
  as: Caller = 'program',
): Request {
  return new Request(`http://localhost:8080${path}`, {
    method,
    headers: {
      ...callers[as],
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    ...(body === undefined ? {} : { body }),
  })
}

async function readBody(response: Response): Promise<unknown> {
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return isJson ? await response.json() : await response.text()
}

function expectBody(actual: unknown, wanted: unknown): void {
  const isRecord = typeof actual === 'object' && actual !== null && !Array.isArray(actual)
  if (isRecord) expect(actual).toMatchObject(wanted as object)
  else expect(actual).toEqual(wanted)
}

/** The refusal of our API: its code, and a sentence. */
export const refusal = (code: string, sentence: string | RegExp = /.{8,}[.!]$/s) => ({
  code,
  error:
    typeof sentence === 'string'
      ? expect.stringContaining(sentence)
      : expect.stringMatching(sentence),
})
