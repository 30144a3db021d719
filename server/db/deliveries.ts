/** What is to become of a task's work outside, one row per task that has anything to deliver. */
import { and, asc, eq, inArray, isNotNull, isNull, ne, or, type SQL, sql } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { preparedOnce } from './prepared.ts'
import { deliveries } from './schema/deliveries.ts'
import { tasks } from './schema/tables.ts'

export type DeliveryRow = typeof deliveries.$inferSelect
export type NewDelivery = Pick<
  DeliveryRow,
  'taskId' | 'settings' | 'state' | 'branch' | 'updatedAt'
>

export function insertDelivery(tx: Tx, row: NewDelivery): void {
  tx.insert(deliveries).values(row).run()
}

export function findDelivery(tx: Tx, taskId: string): DeliveryRow | undefined {
  return oneDelivery(tx).get({ taskId })
}

const oneDelivery = preparedOnce((tx) =>
  tx
    .select()
    .from(deliveries)
    .where(eq(deliveries.taskId, sql.placeholder('taskId')))
    .prepare(),
)

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

/** Its branch is out, and the task is not about to be deleted. */
const isFollowed = (): SQL | undefined =>
  and(
    sql`${deliveries.pollAt} is not null`,
    isNotNull(deliveries.pullRequest),
    inArray(deliveries.state, ['delivered', 'unchanged']),
    or(isNull(tasks.intent), ne(tasks.intent, 'delete')),
  )

/** Whose forges are to be asked, those that wait longest first. */
export function listFollowed(tx: Tx): { taskId: string; pollAt: number }[] {
  return tx
    .select({ taskId: deliveries.taskId, pollAt: deliveries.pollAt })
    .from(deliveries)
    .innerJoin(tasks, eq(tasks.id, deliveries.taskId))
    .where(isFollowed())
    .orderBy(asc(deliveries.pollAt))
    .all()
    .flatMap(({ taskId, pollAt }) => (pollAt === null ? [] : [{ taskId, pollAt }]))
}
