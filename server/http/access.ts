import { Hono } from 'hono'
import { AccessState, CreatedToken, CreateToken, Login } from '#contract/access.ts'
import { Revoked, SessionList, TokenList } from '#contract/answers.ts'
import { type AccessServices, addressOf, isSecure, refuseToken } from './authenticate.ts'
import { answers } from './documented.ts'
import type { Env } from './env.ts'
import { json } from './validate.ts'

/** Signing in and out, and whom to let in. The first three answer anybody. */
export const accessRoutes = ({ access, attempts, cookie }: AccessServices) =>
  new Hono<Env>()
    .get(
      '/access',
      answers('Whether a token is needed, and whether the asker is signed in.', AccessState),
      (c) =>
        c.json({
          required: access.required,
          signed_in: c.get('identity') !== undefined,
        } satisfies AccessState),
    )
    .post(
      '/login',
      answers('Signs a browser in with a token.', AccessState, { errors: ['auth.refused'] }),
      json(Login, { maxBytes: 4096 }),
      (c) => {
        const secret = access.login(c.req.valid('json').token, {
          userAgent: c.req.header('user-agent') ?? '',
          address: addressOf(c),
          earlier: cookie.read(c.req.header('cookie') ?? null),
        })
        if (secret === undefined) throw refuseToken(attempts.failed(addressOf(c)))
        const options = { maxAgeMs: access.sessionLifetimeMs, secure: isSecure(c) }
        c.header('Set-Cookie', cookie.give(secret, options))
        return c.json({ required: access.required, signed_in: true } satisfies AccessState)
      },
    )
    .post('/logout', answers('Signs this browser out.', AccessState), (c) => {
      const session = cookie.read(c.req.header('cookie') ?? null)
      if (session !== undefined) access.logout(session)
      c.header('Set-Cookie', cookie.take({ secure: isSecure(c) }))
      return c.json({ required: access.required, signed_in: false } satisfies AccessState)
    })
    .get('/sessions', answers('Browsers that are signed in.', SessionList), (c) =>
      c.json({ sessions: access.sessions(c.get('identity')) }),
    )
    .delete(
      '/sessions/:id',
      answers('Signs a browser out.', Revoked, { errors: ['session.not-found'] }),
      (c) => {
        access.revokeSession(c.req.param('id'))
        return c.json({ status: 'revoked' as const })
      },
    )
    .get('/tokens', answers('Tokens of programs, without their values.', TokenList), (c) =>
      c.json({ tokens: access.tokens() }),
    )
    .post(
      '/tokens',
      answers('Makes a token for a program; its value is shown this once.', CreatedToken, {
        status: 201,
      }),
      json(CreateToken),
      (c) => {
        c.header('Cache-Control', 'no-store')
        return c.json(access.createToken(c.req.valid('json').name), 201)
      },
    )
    .delete(
      '/tokens/:id',
      answers('Revokes a token.', Revoked, { errors: ['token.not-found', 'token.wrong-state'] }),
      (c) => {
        access.revokeToken(c.req.param('id'))
        return c.json({ status: 'revoked' as const })
      },
    )
