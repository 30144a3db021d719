import { and, desc, eq, gt, lte } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { sessions } from './schema/access.ts'

export type SessionRow = typeof sessions.$inferSelect

export function insertSession(tx: Tx, row: typeof sessions.$inferInsert): void {
  tx.insert(sessions).values(row).run()
}

/** Only while it lasts. */
export function findSession(tx: Tx, id: string, now: number): SessionRow | undefined {
  return tx
    .select()
    .from(sessions)
    .where(and(eq(sessions.id, id), gt(sessions.expiresAt, now)))
    .get()
}

/** Only while it lasts. */
export function findSessionByHash(tx: Tx, hash: string, now: number): SessionRow | undefined {
  return tx
    .select()
    .from(sessions)
    .where(and(eq(sessions.hash, hash), gt(sessions.expiresAt, now)))
    .get()
}

/** Those that last, most recently used first. */
export function listSessions(tx: Tx, now: number): SessionRow[] {
  return tx
    .select()
    .from(sessions)
    .where(gt(sessions.expiresAt, now))
    .orderBy(desc(sessions.lastUsedAt))
    .all()
}

export function renewSession(
  tx: Tx,
  id: string,
  times: { lastUsedAt: number; expiresAt: number },
): void {
  tx.update(sessions).set(times).where(eq(sessions.id, id)).run()
}

/** Whether there was one. */
export function deleteSession(tx: Tx, id: string): boolean {
  return (
    tx.delete(sessions).where(eq(sessions.id, id)).returning({ id: sessions.id }).all().length > 0
  )
}

export function deleteExpiredSessions(tx: Tx, now: number): void {
  tx.delete(sessions).where(lte(sessions.expiresAt, now)).run()
}
