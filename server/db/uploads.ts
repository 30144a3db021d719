import { and, eq } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { uploads } from './schema/tables.ts'

type UploadRow = typeof uploads.$inferSelect

/** Records an upload; a second one under the same path replaces the first. */
export function upsertUpload(tx: Tx, row: UploadRow): void {
  tx.insert(uploads)
    .values(row)
    .onConflictDoUpdate({
      target: [uploads.taskId, uploads.path],
      set: { sizeBytes: row.sizeBytes, createdAt: row.createdAt },
    })
    .run()
}

export function deleteUpload(tx: Tx, { taskId, path }: { taskId: string; path: string }): void {
  tx.delete(uploads)
    .where(and(eq(uploads.taskId, taskId), eq(uploads.path, path)))
    .run()
}

export function deleteUploads(tx: Tx, taskId: string): void {
  tx.delete(uploads).where(eq(uploads.taskId, taskId)).run()
}
