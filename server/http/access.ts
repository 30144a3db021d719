import { Hono } from 'hono'
import { type AccessState, CreateToken, Login } from '#contract/access.ts'
import { type AccessServices, addressOf, isSecure, refuseToken } from './authenticate.ts'
import type { Env } from './env.ts'
import { json } from './validate.ts'

/** Signing in and out, and whom to let in. The first three answer anybody. */
export const accessRoutes = ({ access, attempts, cookie }: AccessServices) =>
  new Hono<Env>()
    .get('/access', (c) =>
      c.json({
        required: access.required,
        signed_in: c.get('identity') !== undefined,
      } satisfies AccessState),
    )
    .post('/login', json(Login, { maxBytes: 4096 }), (c) => {
      const secret = access.login(c.req.valid('json').token, {
        userAgent: c.req.header('user-agent') ?? '',
        address: addressOf(c),
        earlier: cookie.read(c.req.header('cookie') ?? null),
      })
      if (secret === undefined) throw refuseToken(attempts.failed(addressOf(c)))
      const options = { maxAgeMs: access.sessionLifetimeMs, secure: isSecure(c) }
      c.header('Set-Cookie', cookie.give(secret, options))
      return c.json({ required: access.required, signed_in: true } satisfies AccessState)
    })
    .post('/logout', (c) => {
      const session = cookie.read(c.req.header('cookie') ?? null)
      if (session !== undefined) access.logout(session)
      c.header('Set-Cookie', cookie.take({ secure: isSecure(c) }))
      return c.json({ required: access.required, signed_in: false } satisfies AccessState)
    })
    .get('/sessions', (c) => c.json({ sessions: access.sessions(c.get('identity')) }))
    .delete('/sessions/:id', (c) => {
      access.revokeSession(c.req.param('id'))
      return c.json({ status: 'revoked' as const })
    })
    .get('/tokens', (c) => c.json({ tokens: access.tokens() }))
    .post('/tokens', json(CreateToken), (c) => {
      c.header('Cache-Control', 'no-store')
      return c.json(access.createToken(c.req.valid('json').name), 201)
    })
    .delete('/tokens/:id', (c) => {
      access.revokeToken(c.req.param('id'))
      return c.json({ status: 'revoked' as const })
    })
