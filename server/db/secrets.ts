import { eq } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { secrets } from './schema/installation.ts'

/** Sealed values only: what a row holds is worthless without the key file. */
export function insertSecret(
  tx: Tx,
  secret: { id: string; sealed: string; createdAt: number },
): void {
  tx.insert(secrets).values(secret).run()
}

export function findSecret(tx: Tx, id: string): { id: string; sealed: string } | undefined {
  return tx.select().from(secrets).where(eq(secrets.id, id)).get()
}

export function deleteSecret(tx: Tx, id: string): void {
  tx.delete(secrets).where(eq(secrets.id, id)).run()
}
