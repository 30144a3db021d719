/** What people say to lines of the work, and what they took out of it. */
import { and, asc, desc, eq, inArray, isNull } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { discards, reviewComments } from './schema/review.ts'

export type CommentRow = typeof reviewComments.$inferSelect
export type DiscardRow = typeof discards.$inferSelect

export function insertComment(tx: Tx, row: typeof reviewComments.$inferInsert): CommentRow {
  return tx.insert(reviewComments).values(row).returning().get()
}

/** Oldest first. */
export function listComments(tx: Tx, taskId: string): CommentRow[] {
  return tx
    .select()
    .from(reviewComments)
    .where(eq(reviewComments.taskId, taskId))
    .orderBy(asc(reviewComments.createdAt), asc(reviewComments.id))
    .all()
}

export function findComment(tx: Tx, taskId: string, id: string): CommentRow | undefined {
  return tx
    .select()
    .from(reviewComments)
    .where(and(eq(reviewComments.taskId, taskId), eq(reviewComments.id, id)))
    .get()
}

export type CommentPatch = Partial<
  Pick<CommentRow, 'body' | 'state' | 'subtaskId' | 'messageId' | 'sentAt' | 'updatedAt'>
>

export function updateComments(tx: Tx, ids: readonly string[], set: CommentPatch): void {
  tx.update(reviewComments)
    .set(set)
    .where(inArray(reviewComments.id, [...ids]))
    .run()
}

export function deleteComment(tx: Tx, id: string): void {
  tx.delete(reviewComments).where(eq(reviewComments.id, id)).run()
}

export function insertDiscard(tx: Tx, row: typeof discards.$inferInsert): void {
  tx.insert(discards).values(row).run()
}

/** Newest first. */
export function listDiscards(tx: Tx, taskId: string): DiscardRow[] {
  return tx
    .select()
    .from(discards)
    .where(eq(discards.taskId, taskId))
    .orderBy(desc(discards.createdAt), desc(discards.commit))
    .all()
}

/** False when that was done before. */
export function markUndone(
  tx: Tx,
  { taskId, commit }: Pick<DiscardRow, 'taskId' | 'commit'>,
  now: number,
): boolean {
  const row = tx
    .update(discards)
    .set({ undoneAt: now })
    .where(and(eq(discards.taskId, taskId), eq(discards.commit, commit), isNull(discards.undoneAt)))
    .returning()
    .get()
  return row !== undefined
}
