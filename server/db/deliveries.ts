/** What is to become of a task's work outside, one row per task that has anything to deliver. */
import { and, eq, inArray, isNotNull, ne, sql } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { deliveries } from './schema/deliveries.ts'

export type DeliveryRow = typeof deliveries.$inferSelect
export type NewDelivery = Pick<
  DeliveryRow,
  'taskId' | 'settings' | 'state' | 'branch' | 'updatedAt'
>

export function insertDelivery(tx: Tx, row: NewDelivery): void {
  tx.insert(deliveries).values(row).run()
}

export function findDelivery(tx: Tx, taskId: string): DeliveryRow | undefined {
  return tx.select().from(deliveries).where(eq(deliveries.taskId, taskId)).get()
}

export type DeliveryPatch = Partial<Omit<DeliveryRow, 'taskId' | 'updatedAt'>>

export function updateDelivery(tx: Tx, taskId: string, set: DeliveryPatch, now: number): void {
  tx.update(deliveries)
    .set({ ...set, updatedAt: now })
    .where(eq(deliveries.taskId, taskId))
    .run()
}

/** What is to be delivered at all is to be delivered again. */
export function askDelivery(tx: Tx, taskId: string, now: number): void {
  tx.update(deliveries)
    .set({ state: 'pending', updatedAt: now })
    .where(and(eq(deliveries.taskId, taskId), ne(deliveries.state, 'off')))
    .run()
}

/** Addresses of the pull requests of those of the tasks that have one. */
export function pullRequestUrls(tx: Tx, taskIds: readonly string[]): Map<string, string> {
  const rows = tx
    .select({
      taskId: deliveries.taskId,
      url: sql<string>`${deliveries.pullRequest} ->> '$.url'`,
    })
    .from(deliveries)
    .where(and(inArray(deliveries.taskId, [...taskIds]), isNotNull(deliveries.pullRequest)))
    .all()
  return new Map(rows.map(({ taskId, url }) => [taskId, url]))
}
