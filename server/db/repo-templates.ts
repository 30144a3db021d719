import { asc, eq } from 'drizzle-orm'
import { AppError } from '#contract/errors.ts'
import type { Tx } from './open.ts'
import { repoTemplates } from './schema/templates.ts'

export type RepoTemplateRow = typeof repoTemplates.$inferSelect

/** Oldest first. */
export function listRepoTemplates(tx: Tx): RepoTemplateRow[] {
  return tx
    .select()
    .from(repoTemplates)
    .orderBy(asc(repoTemplates.createdAt), asc(repoTemplates.id))
    .all()
}

export function findRepoTemplate(tx: Tx, id: string): RepoTemplateRow | undefined {
  return tx.select().from(repoTemplates).where(eq(repoTemplates.id, id)).get()
}

/** Throws `template.not-found`. */
export function getRepoTemplate(tx: Tx, id: string): RepoTemplateRow {
  const row = findRepoTemplate(tx, id)
  if (!row) throw new AppError('template.not-found', `There is no repository template "${id}".`)
  return row
}

export function saveRepoTemplate(tx: Tx, row: RepoTemplateRow): void {
  const { id: _, ...set } = row
  tx.insert(repoTemplates).values(row).onConflictDoUpdate({ target: repoTemplates.id, set }).run()
}

export function deleteRepoTemplate(tx: Tx, id: string): void {
  tx.delete(repoTemplates).where(eq(repoTemplates.id, id)).run()
}
