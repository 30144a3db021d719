/** What forges have sent before, so that it acts once. */
import { and, eq, like, lt } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { webhookMarks, webhookReceipts } from './schema/templates.ts'

type Mark = { templateId: string; key: string }

/** The key of a body, by its digest. */
export const bodyKey = (digest: string): string => `body:${digest}`
/** The key of an issue that became a task. */
export const issueKey = (number: number): string => `issue:${number}`

export function isMarked(tx: Tx, { templateId, key }: Mark): boolean {
  const { templateId: template, key: column } = webhookMarks
  const found = tx
    .select({ key: column })
    .from(webhookMarks)
    .where(and(eq(template, templateId), eq(column, key)))
    .get()
  return found !== undefined
}

export function mark(tx: Tx, mark: Mark, now: number): void {
  tx.insert(webhookMarks)
    .values({ ...mark, createdAt: now })
    .onConflictDoNothing()
    .run()
}

/** Bodies only: an issue becomes a task once. */
export function forgetBodies(tx: Tx, before: number): void {
  const { key, createdAt } = webhookMarks
  tx.delete(webhookMarks)
    .where(and(like(key, bodyKey('%')), lt(createdAt, before)))
    .run()
}

export type WebhookReceiptRow = typeof webhookReceipts.$inferSelect

/** By template. */
export function listReceipts(tx: Tx): Map<string, WebhookReceiptRow> {
  return new Map(
    tx
      .select()
      .from(webhookReceipts)
      .all()
      .map((row) => [row.templateId, row]),
  )
}

/** Only the last one is kept. */
export function keepReceipt(tx: Tx, row: WebhookReceiptRow): void {
  const { templateId: target } = webhookReceipts
  tx.insert(webhookReceipts).values(row).onConflictDoUpdate({ target, set: row }).run()
}

export function forgetReceipt(tx: Tx, templateId: string): void {
  tx.delete(webhookReceipts).where(eq(webhookReceipts.templateId, templateId)).run()
}
