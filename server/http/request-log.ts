import type { MiddlewareHandler } from 'hono'
import type { Log } from '#lib/log.ts'
import type { Env } from './env.ts'

type Options = { log: Log; now: () => number; newId: () => string }

/** Gives the request an id and leaves one line about it: no query, no body, no header that could hold a secret. */
export function requestLog({ log, now, newId }: Options): MiddlewareHandler<Env> {
  return async (c, next) => {
    const started = now()
    const id = toHarmless(c.req.header('x-request-id')) ?? newId()
    c.set('requestId', id)
    await next()
    c.res.headers.set('X-Request-ID', id)
    log.info('request', {
      method: c.req.method,
      path: c.req.path,
      status: c.res.status,
      duration_ms: Math.round(now() - started),
      request_id: id,
      remote: c.env?.remoteAddress,
    })
  }
}

function toHarmless(id: string | undefined): string | undefined {
  return id && /^[\w.:-]{1,64}$/.test(id) ? id : undefined
}
