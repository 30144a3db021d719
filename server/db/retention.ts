/** What old tasks still have. A task that is over may be begun anew, so everything is looked at again when it is removed. */
import { and, asc, eq, inArray, isNull, notLike, sql } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { agents, events, tasks } from './schema/tables.ts'

const over = ['completed', 'failed', 'cancelled'] as const
const ended = ['completed', 'failed', 'stopped', 'lost'] as const

/** Agents that are over, whose tasks are over and which have nothing on the engine: the longest over first. `only` looks at one. */
export function listEndedAgents(
  tx: Tx,
  only?: string,
): { agentId: string; taskId: string; overSince: number }[] {
  return tx
    .select({ agentId: agents.id, taskId: tasks.id, overSince: tasks.updatedAt })
    .from(agents)
    .innerJoin(tasks, eq(tasks.id, agents.taskId))
    .where(
      and(
        inArray(tasks.status, [...over]),
        isNull(tasks.intent),
        inArray(agents.status, [...ended]),
        eq(agents.holdsResources, false),
        ...(only === undefined ? [] : [eq(agents.id, only)]),
      ),
    )
    .orderBy(asc(tasks.updatedAt), asc(agents.createdAt), asc(agents.id))
    .all()
}

const isOld = (before: number) =>
  and(
    // What became of the task itself is kept as long as the task.
    notLike(events.type, 'task.%'),
    inArray(
      events.taskId,
      sql`(select id from tasks where status in ('completed', 'failed', 'cancelled') and intent is null and updated_at < ${before})`,
    ),
  )

export function countOldEvents(tx: Tx, before: number): { count: number; bytes: number } {
  const found = tx
    .select({ count: sql<number>`count(*)`, bytes: sql<number>`coalesce(sum(length(data)), 0)` })
    .from(events)
    .where(isOld(before))
    .get()
  return found ?? { count: 0, bytes: 0 }
}

/** At most `limit` of them, so that nobody waits for long. Returns how many. */
export function deleteOldEvents(tx: Tx, before: number, limit: number): number {
  const ids = tx
    .select({ id: events.id })
    .from(events)
    .where(isOld(before))
    .limit(limit)
    .all()
    .map(({ id }) => id)
  if (ids.length > 0) tx.delete(events).where(inArray(events.id, ids)).run()
  return ids.length
}
