import { and, asc, eq, notInArray } from 'drizzle-orm'
import { AppError } from '#contract/errors.ts'
import type { Tx } from './open.ts'
import { tasks } from './schema/tables.ts'
import { credentials, repoTemplates } from './schema/templates.ts'

export type CredentialRow = typeof credentials.$inferSelect

/** By name. */
export function listCredentials(tx: Tx): CredentialRow[] {
  return tx.select().from(credentials).orderBy(asc(credentials.name), asc(credentials.id)).all()
}

/** Throws `credential.not-found`. */
export function getCredential(tx: Tx, id: string): CredentialRow {
  const row = tx.select().from(credentials).where(eq(credentials.id, id)).get()
  if (!row)
    throw new AppError(
      'credential.not-found',
      'This credential is gone. Choose another one, or store it again.',
    )
  return row
}

/** Throws `credential.name-taken` when another has the name. */
export function saveCredential(tx: Tx, row: CredentialRow): void {
  const other = tx.select().from(credentials).where(eq(credentials.name, row.name)).get()
  if (other && other.id !== row.id)
    throw new AppError(
      'credential.name-taken',
      `There is a credential "${row.name}" already. Give this one another name.`,
      { details: { id: other.id } },
    )
  const { id: _, ...set } = row
  tx.insert(credentials).values(row).onConflictDoUpdate({ target: credentials.id, set }).run()
}

export function touchCredential(tx: Tx, id: string, lastUsedAt: number): void {
  tx.update(credentials).set({ lastUsedAt }).where(eq(credentials.id, id)).run()
}

export type UseRow = { kind: 'repo-template' | 'task'; id: string; name: string }

/** What has it: templates, and tasks that have not ended. */
export function listUses(tx: Tx, credentialId: string): UseRow[] {
  const templates = tx
    .select({ id: repoTemplates.id, name: repoTemplates.name })
    .from(repoTemplates)
    .where(eq(repoTemplates.credentialId, credentialId))
    .orderBy(asc(repoTemplates.name))
    .all()
  const unfinished = tx
    .select({ id: tasks.id, name: tasks.name })
    .from(tasks)
    .where(
      and(
        eq(tasks.credentialId, credentialId),
        notInArray(tasks.status, ['completed', 'failed', 'cancelled']),
      ),
    )
    .orderBy(asc(tasks.number))
    .all()
  return [
    ...templates.map((row) => ({ kind: 'repo-template' as const, ...row })),
    ...unfinished.map((row) => ({ kind: 'task' as const, ...row })),
  ]
}

/** With every use of it. */
export function deleteCredential(tx: Tx, id: string): void {
  tx.update(repoTemplates)
    .set({ credentialId: null })
    .where(eq(repoTemplates.credentialId, id))
    .run()
  tx.update(tasks).set({ credentialId: null }).where(eq(tasks.credentialId, id)).run()
  tx.delete(credentials).where(eq(credentials.id, id)).run()
}
