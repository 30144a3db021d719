import { Hono, type MiddlewareHandler } from 'hono'
import type { Verdict } from '#auth/origin.ts'
import { AppError, type ErrorCode, toMessage } from '#contract/errors.ts'
import type { Log } from '#lib/log.ts'
import { createApi } from './api.ts'
import type { Assets } from './assets.ts'
import { authenticate } from './authenticate.ts'
import type { Env, RequestInfo } from './env.ts'
import { createOnError, type ErrorBody } from './errors.ts'
import { createAllowedMethods } from './methods.ts'
import { onlyOnce } from './once.ts'
import { requestLog } from './request-log.ts'
import { securityHeaders } from './security.ts'
import type { Services } from './services.ts'
import { isWebhook } from './webhooks.ts'

export type HttpOptions = {
  services: Services
  assets: Assets
  /** Whether a request may be answered at all, judged by its Host and Origin. */
  guard: (request: Request) => Verdict
  log: Log
  now: () => number
  newId: () => string
}

export type Http = {
  fetch(request: Request, info?: RequestInfo): Promise<Response>
}

/** Everything that is answered over HTTP: the API, and the UI around it. Never rejects. */
export function createHttp({ services, assets, guard, log, now, newId }: HttpOptions): Http {
  const api = createApi(services)
  const allowedMethods = createAllowedMethods(api.routes)
  const app = new Hono<Env>()
    .use(requestLog({ log, now, newId }))
    .use(securityHeaders)
    .use(refuseStrangers(guard))
    .use(authenticate(services, (path) => allowedMethods(path).length > 0))
    .use(onlyOnce(now))
    .route('/', api)
    .onError(createOnError(log))
    .notFound((c) => {
      const { path, method } = c.req
      const methods = allowedMethods(path)
      if (methods.length > 0) {
        const error = `${method} is not possible here; ${methods.join(', ')} is.`
        c.header('Allow', methods.join(', '))
        return c.json(toBody('route.method-not-allowed', error), 405)
      }
      const isPage = !/^\/(api|ws|health)(\/|$)/.test(path)
      const page =
        isPage && ['GET', 'HEAD'].includes(method) ? assets.respond(c.req.raw) : undefined
      return page ?? c.json(toBody('route.not-found', `There is nothing at ${path}.`), 404)
    })
  return {
    async fetch(request, info = {}) {
      try {
        return await app.fetch(request, info)
      } catch (error) {
        // Hono hands only real errors to `onError`.
        log.error('request failed', { error: toMessage(error) })
        return Response.json(toBody('internal', 'Internal error.'), { status: 500 })
      }
    },
  }
}

function refuseStrangers(guard: HttpOptions['guard']): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (isWebhook(c.req.raw)) return await next()
    const verdict = guard(c.req.raw)
    if (!verdict.ok) throw new AppError('auth.forbidden', verdict.reason)
    await next()
  }
}

function toBody(code: ErrorCode, error: string): ErrorBody {
  return { error, code }
}
