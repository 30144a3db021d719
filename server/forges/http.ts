/**
 * JSON over HTTP with one forge: bounded in time, size and pages, patient with rate limits, and never led elsewhere, because
 * every request carries the token.
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import type { Clock } from '#lib/clock.ts'
import { explainStatus, explainTransport, rateLimited, unreadable } from './explain.ts'
import { type Home, readEnd } from './file.ts'
import { ForgeError } from './forge.ts'
import { limitedFor } from './limits.ts'

export type Call = {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH'
  /** Below the API's address. */
  path: string
  query?: Readonly<Record<string, string>>
  body?: unknown
  /** For the sentence of a failure: "open the pull request". */
  doing: string
}

/** Where the next page is: an address, or parameters that replace those of this one. */
export type NextPage = (
  body: unknown,
  headers: Headers,
) => string | Record<string, string> | undefined

export type Api = {
  /** Throws `ForgeError`, also for an answer that is not what the forge's documents promise. */
  send<S extends v.GenericSchema>(call: Call, schema: S): Promise<v.InferOutput<S>>
  /** The end of a plain text, wherever the API leads to. */
  end(call: Pick<Call, 'path' | 'doing'>): Promise<string>
  /** Items of all pages, at most a thousand or so. */
  list<S extends v.GenericSchema>(
    call: Call,
    page: { item: S; itemsOf?: (body: unknown) => unknown; next: NextPage },
  ): Promise<v.InferOutput<S>[]>
}

export type ApiOptions = Home & {
  clock: Pick<Clock, 'sleep'>
  /** Answers of before, by address and token. */
  answers?: Answers
}

/**
 * What was answered with an `ETag` is asked for with `If-None-Match`: on GitHub a 304 does not count against the limit of requests
 * ("Best practices for using the REST API"), on GitLab it saves the body. Bounded: the oldest go first.
 */
export type Answers = Map<string, { etag: string; reply: Reply }>

const maxAnswers = 500
const maxAnswerLength = 256 * 1024

const timeoutMs = 30_000
const maxBytes = 8 * 1024 * 1024
const maxPages = 20
/** A limit that is over sooner is waited for. */
const patienceMs = 60_000
const maxTries = 4
/** Characters of a text's end. */
const maxEnd = 64 * 1024

type Reply = { text: string; body: unknown; headers: Headers }

export function createApi(options: ApiOptions): Api {
  const { signal } = options

  const request = async (url: string, call: Call): Promise<Reply> => {
    for (let tries = 1; ; tries++) {
      signal?.throwIfAborted()
      const result = await attempt(url, call, options)
      if ('reply' in result) return result.reply
      if (result.waitMs === undefined || tries >= maxTries) throw result.error
      await options.clock.sleep(result.waitMs, signal)
    }
  }

  return {
    async send(call, schema) {
      const { body } = await request(toUrl(options.url, call), call)
      return read(schema, body, { host: options.host, doing: call.doing })
    },
    end: (call) => readEnd({ ...call, most: maxEnd }, options),
    async list(call, { item, itemsOf = (body) => body, next }) {
      const found: v.InferOutput<typeof item>[] = []
      let url: string | undefined = toUrl(options.url, call)
      for (let page = 0; url !== undefined && page < maxPages; page++) {
        const { body, headers }: Reply = await request(url, call)
        found.push(...read(v.array(item), itemsOf(body), { host: options.host, doing: call.doing }))
        url = nextUrl(url, next(body, headers), options)
      }
      return found
    },
  }
}

function toUrl(base: string, { path, query = {} }: Call): string {
  const search = new URLSearchParams(query).toString()
  return `${base}${path}${search && `?${search}`}`
}

function nextUrl(
  present: string,
  next: ReturnType<NextPage>,
  { url, host }: ApiOptions,
): string | undefined {
  if (next === undefined) return undefined
  const target = new URL(present)
  if (typeof next === 'object') {
    for (const [name, value] of Object.entries(next)) target.searchParams.set(name, value)
    return target.href
  }
  // The token goes with every request: an answer must not be able to send it elsewhere.
  if (!URL.canParse(next) || new URL(next).origin !== new URL(url).origin)
    throw new ForgeError('unexpected', `${host} continues its list at another address.`)
  return next
}

type Attempt = { reply: Reply } | { error: unknown; waitMs?: number }

async function attempt(url: string, call: Call, options: ApiOptions): Promise<Attempt> {
  const { method = 'GET' } = call
  // Only what changes nothing is sent again when nobody knows whether it arrived.
  const again = method === 'GET' ? { waitMs: 500 } : {}
  const known = method === 'GET' ? recall(url, options) : undefined
  let response: Response
  let text: string
  try {
    response = await fetch(url, toRequest(call, options, known?.etag))
    text = await readText(response)
  } catch (error) {
    if (options.signal?.aborted) throw error
    return { error: explainTransport(error, options), ...again }
  }
  const waitMs = limitedFor(response, options.clock.now())
  if (waitMs !== undefined) {
    const error = rateLimited(options, options.clock.now() + waitMs)
    return waitMs <= patienceMs ? { error, waitMs } : { error }
  }
  if (response.status === 304 && known) return { reply: known.reply }
  const parsed = parse(text)
  if (response.ok) {
    const reply = { text, body: parsed, headers: response.headers }
    if (method === 'GET') keep(url, reply, options)
    return { reply }
  }
  const error = explainStatus({ status: response.status, body: parsed, doing: call.doing }, options)
  return response.status >= 500 ? { error, ...again } : { error }
}

function toRequest(
  { method = 'GET', body }: Call,
  { headers, signal }: ApiOptions,
  etag: string | undefined,
): RequestInit {
  const limit = AbortSignal.timeout(timeoutMs)
  return {
    method,
    headers: {
      Accept: 'application/json',
      'User-Agent': 'klaudio',
      ...headers,
      ...(etag === undefined ? {} : { 'If-None-Match': etag }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    redirect: 'manual',
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
  }
}

/** What one token may see another may not. */
const keyOf = (url: string, token: string): string =>
  createHash('sha256').update(`${token}\n${url}`).digest('base64')

const recall = (url: string, { answers, token }: ApiOptions) => answers?.get(keyOf(url, token))

function keep(url: string, reply: Reply, { answers, token }: ApiOptions): void {
  const etag = reply.headers.get('etag')
  if (!answers || etag === null || reply.text.length > maxAnswerLength) return
  const key = keyOf(url, token)
  answers.delete(key)
  answers.set(key, { etag, reply })
  const [oldest] = answers.keys()
  if (answers.size > maxAnswers && oldest !== undefined) answers.delete(oldest)
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > maxBytes) throw new Error('the answer is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function read<S extends v.GenericSchema>(
  schema: S,
  body: unknown,
  at: { host: string; doing: string },
): v.InferOutput<S> {
  const result = v.safeParse(schema, body)
  if (result.success) return result.output
  throw unreadable(at, v.getDotPath(result.issues[0]) ?? '')
}

/** RFC 8288: the address with `rel="next"`. GitHub, GitLab and Gitea page this way. */
export const linkNext: NextPage = (_body, headers) =>
  /<([^<>]+)>\s*;[^,]*\brel="?next"?/i.exec(headers.get('link') ?? '')?.[1]
