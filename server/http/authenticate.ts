import type { Context, MiddlewareHandler } from 'hono'
import type { Access, Identity } from '#auth/access.ts'
import type { Attempts } from '#auth/attempts.ts'
import type { SessionCookie } from '#auth/cookie.ts'
import { readBearer } from '#auth/token.ts'
import { AppError } from '#contract/errors.ts'
import type { Env } from './env.ts'
import { isWebhook } from './webhooks.ts'

export type AccessServices = { access: Access; attempts: Attempts; cookie: SessionCookie }

/** Answered to anybody: whether the server lives, and the way in. */
const open = new Set(['/health', '/api/access', '/api/login', '/api/logout'])

const whatToDo =
  'Sign in with the link of "klaudio token link", or send a token as "Authorization: Bearer <token>".'

/**
 * Finds out who asks, and refuses whoever may not. Closed by default: a path is guarded when any route answers it, and when it looks
 * like the API; what remains is the UI's own files, which hold no data.
 */
export function authenticate(
  services: AccessServices,
  isRoute: (path: string) => boolean,
): MiddlewareHandler<Env> {
  const { access, cookie } = services
  const isOpen = (path: string): boolean =>
    open.has(path) || !(isRoute(path) || /^\/(api|ws)(\/|$)/i.test(path))
  return async (c, next) => {
    // Whatever else it shows.
    if (isWebhook(c.req.raw)) return await next()
    const shown = { headers: c.req.raw.headers, address: addressOf(c) }
    const { identity, renewed } = identify(services, shown, { orNobody: isOpen(c.req.path) })
    c.set('identity', identity)
    await next()
    // A sign-in or sign-out in between has its own.
    if (renewed === undefined || c.res.headers.has('Set-Cookie')) return
    const options = { maxAgeMs: access.sessionLifetimeMs, secure: isSecure(c) }
    c.res.headers.append('Set-Cookie', cookie.give(renewed, options))
  }
}

type Shown = { headers: Pick<Headers, 'get'>; address: string }
type Asker<Nobody> = {
  identity: Identity | Nobody
  /** The session's secret, when the cookie has to be given again. */
  renewed?: string
}

/** Who shows a token or a session. Throws `auth.*` or `rate.limited`; one who shows nothing at all may be let off with `orNobody`. */
export function identify(services: AccessServices, shown: Shown): Asker<never>
export function identify(
  services: AccessServices,
  shown: Shown,
  options: { orNobody: boolean },
): Asker<undefined>
export function identify(
  { access, attempts, cookie }: AccessServices,
  { headers, address }: Shown,
  { orNobody } = { orNobody: false },
): Asker<undefined> {
  const session = cookie.read(headers.get('cookie'))
  const bearer = readBearer(headers.get('authorization'))
  const { identity, wrongToken, renewed } = access.identify({ bearer, session })
  if (wrongToken) throw refuseToken(attempts.failed(address))
  if (!identity && !orNobody) throw askForToken(session !== undefined)
  return { identity, ...(renewed && session !== undefined ? { renewed: session } : {}) }
}

/** The refusal of one who showed nothing, or nothing that is still good. */
function askForToken(hadSession: boolean): AppError {
  return new AppError(
    'auth.required',
    hadSession
      ? `This browser is not signed in any more. ${whatToDo}`
      : `This server asks for a token. ${whatToDo}`,
  )
}

/** The refusal of a wrong token; `waitSeconds` when there were too many of them. */
export function refuseToken(waitSeconds: number | undefined): AppError {
  if (waitSeconds === undefined)
    return new AppError(
      'auth.refused',
      'This token is not known here, or was revoked. Run "klaudio token link" on the server for one that is.',
    )
  return new AppError(
    'rate.limited',
    `There were too many wrong tokens. Try again in ${waitSeconds} s; the right token works at once.`,
    { details: { retry_after_seconds: waitSeconds } },
  )
}

export const addressOf = (c: Context<Env>): string => c.env?.remoteAddress ?? ''

/**
 * Whether the browser came over https, so that the cookie may insist on it. Its own Origin says so even when a proxy in between does
 * not; a page of another origin has been refused before.
 */
export function isSecure(c: Context<Env>): boolean {
  return c.env?.isHttps === true || /^https:/i.test(c.req.header('origin') ?? '')
}
