/** What old tasks still have. A task that is over may be begun anew, so everything is looked at again when it is removed. */
import { and, asc, eq, inArray, isNull, lt, notLike, type SQL, sql } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { agents, events, tasks, uploads } from './schema/tables.ts'

const over = ['completed', 'failed', 'cancelled'] as const
const isOver = and(inArray(tasks.status, [...over]), isNull(tasks.intent))
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
        isOver,
        inArray(agents.status, [...ended]),
        eq(agents.holdsResources, false),
        ...(only === undefined ? [] : [eq(agents.id, only)]),
      ),
    )
    .orderBy(asc(tasks.updatedAt), asc(agents.createdAt), asc(agents.id))
    .all()
}

/**
 * Tasks that are over since before then, with how much was uploaded for them, nothing of it since. Without those that began from
 * their uploads: they are begun anew from them. `only` looks at one.
 */
export function listOldUploads(
  tx: Tx,
  before: number,
  only?: string,
): { taskId: string; count: number; bytes: number }[] {
  return tx
    .select({
      taskId: tasks.id,
      count: sql<number>`count(*)`,
      bytes: sql<number>`sum(${uploads.sizeBytes})`,
    })
    .from(tasks)
    .innerJoin(uploads, eq(uploads.taskId, tasks.id))
    .where(
      and(
        isOver,
        lt(tasks.updatedAt, before),
        sql`json_extract(${tasks.source}, '$.kind') <> 'files'`,
        ...(only === undefined ? [] : [eq(tasks.id, only)]),
      ),
    )
    .groupBy(tasks.id)
    .having(sql`max(${uploads.createdAt}) < ${before}`)
    .all()
}

/** Ids of tasks that are over, the longest over first. */
export function listEndedTasks(tx: Tx): string[] {
  return tx
    .select({ id: tasks.id })
    .from(tasks)
    .where(isOver)
    .orderBy(asc(tasks.updatedAt), asc(tasks.id))
    .all()
    .map(({ id }) => id)
}

/** Bytes of the pages that hold something. The file is larger by those that are free for new rows. */
export function bytesOfRows(tx: Tx): number {
  const [found] = tx.all<{ bytes: number }>(
    sql`select (page_count - freelist_count) * page_size as bytes from pragma_page_count, pragma_freelist_count, pragma_page_size`,
  )
  return found?.bytes ?? 0
}

// What became of the task itself is kept as long as the task.
const mayGo = notLike(events.type, 'task.%')

const isOld = (before: number) =>
  and(
    mayGo,
    inArray(
      events.taskId,
      sql`(select id from tasks where status in ('completed', 'failed', 'cancelled') and intent is null and updated_at < ${before})`,
    ),
  )

/** A task may have been begun anew since it was listed. */
const ofEnded = (taskId: string) =>
  and(
    mayGo,
    eq(events.taskId, taskId),
    sql`${events.taskId} in (select id from tasks where status in ('completed', 'failed', 'cancelled') and intent is null)`,
  )

export const countOldEvents = (tx: Tx, before: number): { count: number; bytes: number } =>
  count(tx, isOld(before))

/** Of one task, as `deleteEvents` removes them. */
export const countEvents = (tx: Tx, taskId: string): { count: number; bytes: number } =>
  count(tx, ofEnded(taskId))

function count(tx: Tx, which: SQL | undefined): { count: number; bytes: number } {
  const found = tx
    .select({ count: sql<number>`count(*)`, bytes: sql<number>`coalesce(sum(length(data)), 0)` })
    .from(events)
    .where(which)
    .get()
  return found ?? { count: 0, bytes: 0 }
}

/** At most `limit` of them, so that nobody waits for long. Returns how many. */
export const deleteOldEvents = (tx: Tx, before: number, limit: number): number =>
  remove(tx, isOld(before), limit)

export const deleteEvents = (tx: Tx, taskId: string, limit: number): number =>
  remove(tx, ofEnded(taskId), limit)

function remove(tx: Tx, which: SQL | undefined, limit: number): number {
  const ids = tx
    .select({ id: events.id })
    .from(events)
    .where(which)
    .limit(limit)
    .all()
    .map(({ id }) => id)
  if (ids.length > 0) tx.delete(events).where(inArray(events.id, ids)).run()
  return ids.length
}
