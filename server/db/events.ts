import { and, asc, eq, gt, inArray, sql } from 'drizzle-orm'
import type { EventType, TaskEvent } from '#contract/event.ts'
import { toIso } from '#lib/clock.ts'
import type { Tx } from './open.ts'
import { events, tasks } from './schema/tables.ts'

export type NewEvent = {
  taskId: string
  type: EventType
  agentId?: string
  subtaskId?: string
  data?: Record<string, unknown>
}

/** Appends with the task's next sequence number. Throws when the task does not exist. */
export function insertEvent(tx: Tx, event: NewEvent, now: number): TaskEvent {
  const counter = tx
    .update(tasks)
    .set({ lastSeq: sql`${tasks.lastSeq} + 1`, updatedAt: now })
    .where(eq(tasks.id, event.taskId))
    .returning({ seq: tasks.lastSeq })
    .get()
  if (!counter)
    throw new Error(`event ${event.type} for a task that does not exist: ${event.taskId}`)
  const row = tx
    .insert(events)
    .values({
      taskId: event.taskId,
      seq: counter.seq,
      type: event.type,
      agentId: event.agentId ?? null,
      subtaskId: event.subtaskId ?? null,
      data: event.data ?? {},
      createdAt: now,
    })
    .returning()
    .get()
  return toEvent(row)
}

/** Events of one task with `seq > after`, or of all tasks with `id > after`, oldest first. */
export function listEvents(
  tx: Tx,
  {
    taskId,
    after,
    limit,
    types,
  }: { taskId?: string; after: number; limit: number; types?: readonly EventType[] },
): TaskEvent[] {
  const where = and(
    taskId ? and(eq(events.taskId, taskId), gt(events.seq, after)) : gt(events.id, after),
    types ? inArray(events.type, [...types]) : undefined,
  )
  const order = taskId ? asc(events.seq) : asc(events.id)
  return tx.select().from(events).where(where).orderBy(order).limit(limit).all().map(toEvent)
}

function toEvent(row: typeof events.$inferSelect): TaskEvent {
  return {
    id: row.id,
    task_id: row.taskId,
    seq: row.seq,
    type: row.type,
    ...(row.agentId ? { agent_id: row.agentId } : {}),
    ...(row.subtaskId ? { subtask_id: row.subtaskId } : {}),
    data: row.data,
    created_at: toIso(row.createdAt),
  }
}
