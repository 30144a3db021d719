import { and, asc, eq, ne } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { accessTokens } from './schema/access.ts'

export type AccessTokenRow = typeof accessTokens.$inferSelect

export function insertAccessToken(tx: Tx, row: typeof accessTokens.$inferInsert): void {
  tx.insert(accessTokens).values(row).run()
}

export function findAccessToken(tx: Tx, id: string): AccessTokenRow | undefined {
  return tx.select().from(accessTokens).where(eq(accessTokens.id, id)).get()
}

export function findAccessTokenByHash(tx: Tx, hash: string): AccessTokenRow | undefined {
  return tx.select().from(accessTokens).where(eq(accessTokens.hash, hash)).get()
}

/** Oldest first. */
export function listAccessTokens(tx: Tx): AccessTokenRow[] {
  return tx.select().from(accessTokens).orderBy(asc(accessTokens.createdAt)).all()
}

export function touchAccessToken(tx: Tx, id: string, lastUsedAt: number): void {
  tx.update(accessTokens).set({ lastUsedAt }).where(eq(accessTokens.id, id)).run()
}

/** Whether there was one. Its sessions go with it. */
export function deleteAccessToken(tx: Tx, id: string): boolean {
  return (
    tx.delete(accessTokens).where(eq(accessTokens.id, id)).returning({ id: accessTokens.id }).all()
      .length > 0
  )
}

/** Every owner's token but the one with this hash, with their sessions. */
export function deleteOtherOwners(tx: Tx, hash: string): void {
  tx.delete(accessTokens)
    .where(and(eq(accessTokens.kind, 'owner'), ne(accessTokens.hash, hash)))
    .run()
}
