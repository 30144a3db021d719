import { and, asc, desc, eq, gt, inArray, lt, type SQL, sql } from 'drizzle-orm'
import type { EventType, TaskEvent } from '#contract/event.ts'
import { toIso } from '#lib/clock.ts'
import type { Db, Tx } from './open.ts'
import { events, tasks } from './schema/tables.ts'

export type NewEvent = {
  taskId: string
  type: EventType
  agentId?: string
  subtaskId?: string
  data?: Record<string, unknown>
}

/**
 * Appends with the task's next sequence number. Throws when the task does not exist. Its two statements are put together and compiled
 * once for a database: nothing is written as often. `db` must be the one that has the open transaction.
 */
export function insertEvent(db: Db, event: NewEvent, now: number): TaskEvent {
  const { count, insert } = statementsOf(db)
  const { taskId, type, agentId = null, subtaskId = null, data = {} } = event
  const counter = count.get({ taskId, now })
  if (!counter) throw new Error(`event ${type} for a task that does not exist: ${taskId}`)
  const row = { taskId, seq: counter.seq, type, agentId, subtaskId, data, createdAt: now }
  const { id } = insert.get(row)
  return toEvent({ id, ...row })
}

const prepared = new WeakMap<Db, ReturnType<typeof prepareStatements>>()

function statementsOf(db: Db): ReturnType<typeof prepareStatements> {
  const known = prepared.get(db) ?? prepareStatements(db)
  prepared.set(db, known)
  return known
}

function prepareStatements(db: Db) {
  const value = sql.placeholder
  return {
    count: db
      .update(tasks)
      .set({ lastSeq: sql`${tasks.lastSeq} + 1`, updatedAt: sql`${value('now')}` })
      .where(eq(tasks.id, value('taskId')))
      .returning({ seq: tasks.lastSeq })
      .prepare(),
    insert: db
      .insert(events)
      .values({
        taskId: value('taskId'),
        seq: value('seq'),
        type: value('type'),
        agentId: value('agentId'),
        subtaskId: value('subtaskId'),
        data: value('data'),
        createdAt: value('createdAt'),
      })
      .returning({ id: events.id })
      .prepare(),
  }
}

export type EventQuery = {
  /** Absent: of every task, ordered by `id` instead of `seq`. */
  taskId?: string
  types?: readonly EventType[]
  agentId?: string
  /** The position to begin behind: a `seq`, or an `id` without a task. */
  after?: number
  /** Newest first, from before this position on. */
  before?: number
  limit: number
}

/** Events behind a position, oldest first; with `before` newest first. Walks an index and stops at the limit. */
export function listEvents(tx: Tx, query: EventQuery): TaskEvent[] {
  const { types, limit, before } = query
  if (types === undefined || query.agentId !== undefined) return walk(tx, query).map(toEvent)
  // One walk for each type: an index gives each of them in order, but not their union.
  const direction = before === undefined ? 1 : -1
  return [...new Set(types)]
    .flatMap((type) => walk(tx, { ...query, types: [type] }))
    .sort((a, b) => (a.id - b.id) * direction)
    .slice(0, limit)
    .map(toEvent)
}

function walk(tx: Tx, { taskId, types, agentId, after, before, limit }: EventQuery) {
  const position = taskId === undefined ? events.id : events.seq
  const where = and(
    // An agent has one task; its own index leads.
    agentId === undefined ? undefined : eq(events.agentId, agentId),
    taskId === undefined ? undefined : ofTask(taskId, agentId !== undefined),
    types === undefined ? undefined : ofTypes(types),
    after === undefined ? undefined : gt(position, after),
    before === undefined ? undefined : lt(position, before),
  )
  return tx
    .select()
    .from(events)
    .where(where)
    .orderBy(before === undefined ? asc(position) : desc(position))
    .limit(limit)
    .all()
}

/** The plus sign keeps the condition out of the choice of an index. */
function ofTask(taskId: string, isLed: boolean): SQL {
  return isLed ? sql`+${events.taskId} = ${taskId}` : eq(events.taskId, taskId)
}

function ofTypes(types: readonly EventType[]): SQL {
  const [only] = types
  return only !== undefined && types.length === 1
    ? eq(events.type, only)
    : inArray(events.type, [...types])
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
