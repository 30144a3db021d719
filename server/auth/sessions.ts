import type { Session } from '#contract/access.ts'
import { AppError } from '#contract/errors.ts'
import { listAccessTokens } from '#db/access-tokens.ts'
import type { Db } from '#db/open.ts'
import {
  deleteExpiredSessions,
  deleteSession,
  findSession,
  findSessionByHash,
  insertSession,
  listSessions,
  renewSession,
  type SessionRow,
} from '#db/sessions.ts'
import { toIso } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import { hashSecret, newSecret, sameHash } from './token.ts'
import { noteEveryMs } from './tokens.ts'

export type SessionsOptions = {
  db: Db
  lifetimeMs: number
  now: () => number
  changed: () => void
}

export type Visitor = { userAgent: string; address: string }

/** Browsers that are signed in, by the hashes of their cookies. `changed` is called after each one that ended. */
export function createSessions({ db, lifetimeMs, now, changed }: SessionsOptions) {
  const find = (secret: string): SessionRow | undefined => {
    const hash = hashSecret(secret)
    const row = findSessionByHash(db, hash, now())
    return row && sameHash(row.hash, hash) ? row : undefined
  }
  return {
    find,
    has: (id: string): boolean => findSession(db, id, now()) !== undefined,
    /** Always under a new secret, which is returned: whatever the browser had before is of no account, and ends. */
    open(tokenId: string, { userAgent, address }: Visitor, earlier: string | undefined): string {
      const secret = newSecret()
      const at = now()
      db.transaction((tx) => {
        deleteExpiredSessions(tx, at)
        const old = earlier === undefined ? undefined : find(earlier)
        if (old) deleteSession(tx, old.id)
        insertSession(tx, {
          id: newId(),
          hash: hashSecret(secret),
          tokenId,
          userAgent: userAgent.slice(0, 300),
          address,
          createdAt: at,
          lastUsedAt: at,
          expiresAt: at + lifetimeMs,
        })
      })
      changed()
      return secret
    },
    /** Notes the use, and moves the end; not at every request. Whether it did. */
    renew(row: SessionRow): boolean {
      if (now() - row.lastUsedAt < Math.min(noteEveryMs, lifetimeMs / 10)) return false
      renewSession(db, row.id, { lastUsedAt: now(), expiresAt: now() + lifetimeMs })
      return true
    },
    end(secret: string): void {
      const row = find(secret)
      if (row) deleteSession(db, row.id)
      changed()
    },
    /** `currentId` is the one that asks. */
    list(currentId: string | undefined): Session[] {
      const names = new Map(listAccessTokens(db).map((row) => [row.id, row.name]))
      return listSessions(db, now()).map((row) => ({
        id: row.id,
        current: row.id === currentId,
        user_agent: row.userAgent,
        address: row.address,
        token_name: names.get(row.tokenId) ?? '',
        created_at: toIso(row.createdAt),
        last_used_at: toIso(row.lastUsedAt),
        expires_at: toIso(row.expiresAt),
      }))
    },
    revoke(id: string): void {
      if (!deleteSession(db, id))
        throw new AppError('session.not-found', `There is no session ${id}.`)
      changed()
    },
  }
}
