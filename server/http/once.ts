import type { MiddlewareHandler } from 'hono'
import type { Identity } from '#auth/access.ts'
import { AppError } from '#contract/errors.ts'
import type { Env } from './env.ts'

/** The header by which a client says that two requests are the same one, sent again because no answer came. */
export const onceHeader = 'Idempotency-Key'

type Answer = { status: number; headers: [string, string][]; body: Uint8Array<ArrayBuffer> }
type Entry = {
  request: string
  at: number
  /** Of the answer, when there is one. */
  bytes?: number
  /** Undefined when it must be done again. */
  answer: Promise<Answer | undefined>
}

/** Ten minutes: a client that tries again does so within seconds. */
const keptMs = 600_000
const mostKept = 1000
const mostKeptBytes = 16 * 1024 * 1024

/**
 * What a client asks for twice under one `Idempotency-Key` is done once, and answered alike both times. A browser ends requests when
 * the machine's network changes, which every container that starts does; whether the server got such a request, nobody can
 * tell it. Answers live in memory: a server that restarts knows none of them.
 */
export function onlyOnce(now: () => number): MiddlewareHandler<Env> {
  const kept = new Map<string, Entry>()
  return async (c, next) => {
    const key = c.req.header(onceHeader)
    const identity = c.get('identity')
    if (key === undefined || !identity || isRead(c.req.method)) return await next()
    if (!/^[\x21-\x7e]{8,128}$/.test(key))
      throw new AppError('request.invalid', `${onceHeader} has 8 to 128 letters, such as a UUID.`)
    const name = `${toName(identity)} ${key}`
    const { pathname, search } = new URL(c.req.url)
    const request = `${c.req.method} ${pathname}${search}`
    for (let known = find(kept, name, request); known; known = find(kept, name, request)) {
      const answer = await known.answer
      if (answer) return toResponse(answer)
    }
    const { promise, resolve } = Promise.withResolvers<Answer | undefined>()
    const entry: Entry = { request, at: now(), answer: promise }
    kept.set(name, entry)
    let answer: Answer | undefined
    try {
      await next()
      answer = await toAnswer(c.res)
    } finally {
      if (answer) entry.bytes = answer.body.byteLength
      else kept.delete(name)
      resolve(answer)
      forget(kept, now())
    }
  }
}

/** Throws when the key belongs to another request. */
function find(kept: ReadonlyMap<string, Entry>, name: string, request: string): Entry | undefined {
  const entry = kept.get(name)
  if (entry && entry.request !== request)
    throw new AppError(
      'request.invalid',
      `This ${onceHeader} was used for another request. Take a new one.`,
    )
  return entry
}

const isRead = (method: string): boolean => ['GET', 'HEAD', 'OPTIONS'].includes(method)

const toName = (identity: Identity): string =>
  identity.kind === 'open' ? 'open' : `${identity.kind}:${identity.id}`

/** Undefined for what may go another way the next time: a failure of ours, a body that did not arrive, and what is no plain answer. */
async function toAnswer(response: Response): Promise<Answer | undefined> {
  const { status, headers } = response
  const isPlain =
    response.body === null || headers.get('content-type')?.startsWith('application/json')
  if (status >= 500 || status === 408 || status === 429 || !isPlain) return undefined
  const body = new Uint8Array(await response.clone().arrayBuffer())
  return { status, headers: [...headers], body }
}

const toResponse = ({ status, headers, body }: Answer): Response =>
  new Response(body.byteLength === 0 ? null : body, { status, headers })

/** The oldest first; never one that is under way. */
function forget(kept: Map<string, Entry>, now: number): void {
  let bytes = 0
  for (const entry of kept.values()) bytes += entry.bytes ?? 0
  for (const [name, entry] of kept) {
    const isFull = kept.size > mostKept || bytes > mostKeptBytes
    if (!isFull && now - entry.at <= keptMs) return
    if (entry.bytes === undefined) continue
    bytes -= entry.bytes
    kept.delete(name)
  }
}
