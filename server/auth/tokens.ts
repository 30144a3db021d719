import type { AccessToken, CreatedToken } from '#contract/access.ts'
import { AppError } from '#contract/errors.ts'
import {
  type AccessTokenRow,
  deleteAccessToken,
  deleteOtherOwners,
  findAccessToken,
  findAccessTokenByHash,
  insertAccessToken,
  listAccessTokens,
  touchAccessToken,
} from '#db/access-tokens.ts'
import type { Db } from '#db/open.ts'
import { toIso } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import { hashSecret, newToken, sameHash } from './token.ts'

/** Uses are noted once in this time, not at every request. */
export const noteEveryMs = 60_000

/** Long-lived secrets, by their hashes. `changed` is called after each one that ended. */
export function createTokens({
  db,
  now,
  changed,
}: {
  db: Db
  now: () => number
  changed: () => void
}) {
  return {
    has: (id: string): boolean => findAccessToken(db, id) !== undefined,
    /** Notes the use. */
    find(text: string): AccessTokenRow | undefined {
      const hash = hashSecret(text)
      const row = findAccessTokenByHash(db, hash)
      if (!row || !sameHash(row.hash, hash)) return undefined
      if (now() - (row.lastUsedAt ?? 0) >= noteEveryMs) touchAccessToken(db, row.id, now())
      return row
    },
    list: (): AccessToken[] => listAccessTokens(db).map(toToken),
    create(name: string): CreatedToken {
      const token = newToken()
      const row = { id: newId(), name, kind: 'program', createdAt: now() } as const
      insertAccessToken(db, { ...row, hash: hashSecret(token) })
      return { ...toToken({ ...row, lastUsedAt: null }), token }
    },
    revoke(id: string): void {
      const row = findAccessToken(db, id)
      if (!row) throw new AppError('token.not-found', `There is no token ${id}.`)
      if (row.kind === 'owner')
        throw new AppError(
          'token.wrong-state',
          'The first token can only be replaced: run "klaudio token link --new" on the server.',
        )
      deleteAccessToken(db, id)
      changed()
    },
    setOwner(token: string): void {
      const hash = hashSecret(token)
      const row = { id: newId(), name: 'First token', kind: 'owner', hash } as const
      db.transaction((tx) => {
        deleteOtherOwners(tx, hash)
        if (!findAccessTokenByHash(tx, hash)) insertAccessToken(tx, { ...row, createdAt: now() })
      })
      changed()
    },
  }
}

function toToken(row: Omit<AccessTokenRow, 'hash'>): AccessToken {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    created_at: toIso(row.createdAt),
    ...(row.lastUsedAt === null ? {} : { last_used_at: toIso(row.lastUsedAt) }),
  }
}
