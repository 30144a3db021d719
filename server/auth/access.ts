/**
 * Who may use the server: holders of a token (programs) and of a session (browsers that have shown a token once). Only hashes are
 * kept. Every question is answered from the rows, so what another process revokes is revoked here too.
 */
import type { AccessToken, CreatedToken, Session } from '#contract/access.ts'
import type { Db } from '#db/open.ts'
import { createSessions, type Visitor } from './sessions.ts'
import { createTokens } from './tokens.ts'

/** What a request has shown. `open`: nothing, where nothing is asked for. */
export type Identity =
  | { kind: 'open' }
  | { kind: 'token'; id: string }
  | { kind: 'session'; id: string }

type Shown = { bearer: string | undefined; session: string | undefined }

export type Found = {
  /** Absent when the asker may not go on. */
  identity?: Identity
  /** A token was shown, and it is none of ours. */
  wrongToken?: true
  /** The session lasts longer from now on: the cookie has to be given again. */
  renewed?: true
}

export type Access = {
  /** Whether anything has to be shown at all. */
  required: boolean
  sessionLifetimeMs: number
  identify(shown: Shown): Found
  /** Whether what was shown then would still do now. */
  isValid(identity: Identity): boolean
  /** The secret of a new session; undefined for a wrong token. The `earlier` session of the same browser ends. */
  login(token: string, visitor: Visitor & { earlier: string | undefined }): string | undefined
  logout(session: string): void
  tokens(): AccessToken[]
  createToken(name: string): CreatedToken
  /** Throws `token.not-found`, and `token.wrong-state` for the owner's. */
  revokeToken(id: string): void
  sessions(asker: Identity | undefined): Session[]
  /** Throws `session.not-found`. */
  revokeSession(id: string): void
  /** Makes this the one owner's token; the sessions of an earlier one end. */
  setOwner(token: string): void
  /** After each change that may have ended something. */
  subscribe(listener: () => void): () => void
}

export type AccessOptions = {
  db: Db
  required: boolean
  sessionLifetimeMs: number
  now: () => number
}

export function createAccess({ db, required, sessionLifetimeMs, now }: AccessOptions): Access {
  const listeners = new Set<() => void>()
  const changed = (): void => {
    for (const listener of [...listeners]) listener()
  }
  const tokens = createTokens({ db, now, changed })
  const sessions = createSessions({ db, now, changed, lifetimeMs: sessionLifetimeMs })

  const bySession = (secret: string | undefined): Found | undefined => {
    const row = secret === undefined ? undefined : sessions.find(secret)
    if (!row) return undefined
    const identity: Identity = { kind: 'session', id: row.id }
    return sessions.renew(row) ? { identity, renewed: true } : { identity }
  }

  return {
    required,
    sessionLifetimeMs,
    identify({ bearer, session }) {
      const token = bearer === undefined ? undefined : tokens.find(bearer)
      if (token) return { identity: { kind: 'token', id: token.id } }
      if (bearer !== undefined && required) return { wrongToken: true }
      return bySession(session) ?? (required ? {} : { identity: { kind: 'open' } })
    },
    isValid(identity) {
      if (identity.kind === 'token') return tokens.has(identity.id)
      if (identity.kind === 'session') return sessions.has(identity.id)
      return !required
    },
    login(text, { earlier, ...visitor }) {
      const token = tokens.find(text)
      return token ? sessions.open(token.id, visitor, earlier) : undefined
    },
    logout: sessions.end,
    tokens: tokens.list,
    createToken: tokens.create,
    revokeToken: tokens.revoke,
    sessions: (asker) => sessions.list(asker?.kind === 'session' ? asker.id : undefined),
    revokeSession: sessions.revoke,
    setOwner: tokens.setOwner,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
