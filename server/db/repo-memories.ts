import { and, desc, eq, notInArray, sql } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { repoMemories } from './schema/templates.ts'

export type RepoMemoryRow = typeof repoMemories.$inferSelect

type Place = {
  scope: string
  version: number
  branch?: string | undefined
  commit?: string | undefined
}

/** The newest of what matches. */
export function findRepoMemory(
  tx: Tx,
  { scope, version, branch, commit }: Place,
): RepoMemoryRow | undefined {
  return tx
    .select()
    .from(repoMemories)
    .where(
      and(
        eq(repoMemories.scope, scope),
        eq(repoMemories.version, version),
        branch === undefined ? undefined : eq(repoMemories.branch, branch),
        commit === undefined ? undefined : eq(repoMemories.commitHash, commit),
      ),
    )
    .orderBy(desc(repoMemories.createdAt), desc(sql`rowid`))
    .limit(1)
    .get()
}

/** In place of what there was of the same branch and commit; of each repository only the newest `keep` stay. */
export function saveRepoMemory(tx: Tx, row: RepoMemoryRow, keep: number): void {
  const { scope, branch, commitHash } = repoMemories
  const { id: _, ...set } = row
  tx.insert(repoMemories)
    .values(row)
    .onConflictDoUpdate({ target: [scope, branch, commitHash], set })
    .run()
  const newest = tx
    .select({ id: repoMemories.id })
    .from(repoMemories)
    .where(eq(scope, row.scope))
    .orderBy(desc(repoMemories.createdAt), desc(sql`rowid`))
    .limit(keep)
  tx.delete(repoMemories)
    .where(and(eq(scope, row.scope), notInArray(repoMemories.id, newest)))
    .run()
}

export function deleteRepoMemories(tx: Tx, scope: string): void {
  tx.delete(repoMemories).where(eq(repoMemories.scope, scope)).run()
}
