import { and, asc, desc, eq, gt, lte, ne, notInArray } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { webhookDeliveries, webhooks } from './schema/webhooks.ts'

export type WebhookRow = typeof webhooks.$inferSelect
export type WebhookDeliveryRow = typeof webhookDeliveries.$inferSelect

export function findWebhook(tx: Tx): WebhookRow | undefined {
  return tx.select().from(webhooks).get()
}

/** Takes the place of the one there is. */
export function saveWebhook(tx: Tx, row: WebhookRow): void {
  tx.delete(webhooks).where(ne(webhooks.id, row.id)).run()
  const { id: _, ...set } = row
  tx.insert(webhooks).values(row).onConflictDoUpdate({ target: webhooks.id, set }).run()
}

/** With all that waited to be told. */
export function deleteWebhook(tx: Tx): void {
  tx.delete(webhooks).run()
  tx.delete(webhookDeliveries).where(eq(webhookDeliveries.state, 'waiting')).run()
}

export function insertWebhookDelivery(
  tx: Tx,
  row: Pick<WebhookDeliveryRow, 'id' | 'type' | 'taskId' | 'body' | 'createdAt'>,
): void {
  tx.insert(webhookDeliveries)
    .values({ ...row, state: 'waiting', nextAt: row.createdAt })
    .run()
}

export function findWebhookDelivery(tx: Tx, id: string): WebhookDeliveryRow | undefined {
  return tx.select().from(webhookDeliveries).where(eq(webhookDeliveries.id, id)).get()
}

/** Newest first. */
export function listWebhookDeliveries(tx: Tx, limit: number): WebhookDeliveryRow[] {
  return tx
    .select()
    .from(webhookDeliveries)
    .orderBy(desc(webhookDeliveries.createdAt), desc(webhookDeliveries.id))
    .limit(limit)
    .all()
}

/** What is to be sent by now, the longest due first. */
export function listDueDeliveries(tx: Tx, now: number, limit: number): WebhookDeliveryRow[] {
  return tx
    .select()
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.state, 'waiting'), lte(webhookDeliveries.nextAt, now)))
    .orderBy(asc(webhookDeliveries.nextAt))
    .limit(limit)
    .all()
}

/** When the next one behind `now` is due. */
export function nextDeliveryAt(tx: Tx, now: number): number | undefined {
  return tx
    .select({ nextAt: webhookDeliveries.nextAt })
    .from(webhookDeliveries)
    .where(and(eq(webhookDeliveries.state, 'waiting'), gt(webhookDeliveries.nextAt, now)))
    .orderBy(asc(webhookDeliveries.nextAt))
    .limit(1)
    .get()?.nextAt
}

export function updateWebhookDelivery(
  tx: Tx,
  id: string,
  set: Pick<WebhookDeliveryRow, 'state' | 'attempts' | 'nextAt' | 'status' | 'error' | 'endedAt'>,
): void {
  tx.update(webhookDeliveries).set(set).where(eq(webhookDeliveries.id, id)).run()
}

/** Leaves what waits, and the newest `kept` of all. */
export function pruneWebhookDeliveries(tx: Tx, kept: number): void {
  const newest = tx
    .select({ id: webhookDeliveries.id })
    .from(webhookDeliveries)
    .orderBy(desc(webhookDeliveries.createdAt), desc(webhookDeliveries.id))
    .limit(kept)
  tx.delete(webhookDeliveries)
    .where(and(ne(webhookDeliveries.state, 'waiting'), notInArray(webhookDeliveries.id, newest)))
    .run()
}
