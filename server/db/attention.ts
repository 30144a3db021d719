/**
 * Where something waits for a person, over all tasks. What the queries cost follows what is open, not how many tasks there are: each
 * source walks an index that holds open things only, named because SQLite would rather take one that it knows to be equal. Words are
 * written out in the conditions: an index of a part of a table is not used for bound values.
 *
 * To add a kind: a source here and in `contract/attention.ts`, with its index, its form in `contract/attention.ts`, and what is told of it in `tasks/attention.ts`.
 */
import { type SQL, sql } from 'drizzle-orm'
import { type AttentionSource, attentionSources } from '#contract/attention.ts'
import type { Tx } from './open.ts'

export type AttentionPlace = {
  source: AttentionSource
  /** Epoch milliseconds. */
  since: number
  taskId: string
  /** Its position in the task, 0 where a task has one of this source. */
  part: number
}

type Walk = {
  from: SQL
  where: SQL
  /** Columns of `since`, `taskId` and, where there can be several in a task, `part`; also what it is sorted by. */
  keys: readonly [since: string, taskId: string, part?: string]
}

/** `failedAfter` epoch milliseconds: tasks that failed earlier wait for nobody. */
export type AttentionQuery = { limit: number; after?: AttentionPlace; failedAfter: number }

const walks: Record<AttentionSource, (failedAfter: number) => Walk> = {
  // As many as agents ask at this moment; the row's own number tells apart those of one millisecond.
  permission: () => ({
    from: sql`permissions p indexed by permissions_open`,
    where: sql`p.status = 'pending'`,
    keys: ['p.asked_at', 'p.task_id', 'p.rowid'],
  }),
  question: () => ({
    from: sql`questions q indexed by questions_pending cross join tasks t on t.id = q.task_id`,
    // Of a planner, which waits for all of them, or of an agent at work.
    where: sql`q.status = 'pending' and (t.phase = 'awaiting_answers' or q.planning_session = 0 and t.status = 'running')`,
    keys: ['q.asked_at', 'q.task_id', 'q.position'],
  }),
  plan: () => ({
    from: sql`tasks t indexed by tasks_planned`,
    where: sql`t.status = 'planned'`,
    keys: ['t.updated_at', 't.id'],
  }),
  // Sorted by when a subtask failed, which no index of tasks knows; there are as many as there is failed work in hand.
  subtask: (failedAfter) => ({
    from: sql`(
      select id, updated_at from tasks where status = 'running' and plan_version is not null
      union all
      select id, updated_at from tasks indexed by tasks_failed
      where status = 'failed' and updated_at > ${failedAfter} and plan_version is not null
    ) open cross join subtasks s on s.task_id = open.id`,
    where: sql`s.status = 'failed'`,
    keys: ['coalesce(s.completed_at, open.updated_at)', 's.task_id', 's.position'],
  }),
  'follow-up': () => ({
    from: sql`follow_ups f indexed by follow_ups_waiting`,
    where: sql`f.state = 'waiting'`,
    keys: ['f.created_at', 'f.task_id', 'f.rowid'],
  }),
  failed: (failedAfter) => ({
    from: sql`tasks t indexed by tasks_failed`,
    where: sql`t.status = 'failed' and t.updated_at > ${failedAfter} and (t.plan_version is null
      or not exists (select 1 from subtasks s where s.task_id = t.id and s.status = 'failed'))`,
    keys: ['t.updated_at', 't.id'],
  }),
}

/** In the order of the list, going on behind `after`. */
export function listAttention(tx: Tx, query: AttentionQuery): AttentionPlace[] {
  const { after, limit } = query
  const found: AttentionPlace[] = []
  for (const source of attentionSources.slice(after ? attentionSources.indexOf(after.source) : 0)) {
    if (found.length === limit) break
    const rest = { failedAfter: query.failedAfter, limit: limit - found.length }
    found.push(...walk(tx, source, after?.source === source ? { ...rest, after } : rest))
  }
  return found
}

/** Of all sources together. */
export function countAttention(tx: Tx, failedAfter: number): number {
  return attentionSources
    .map((source) => {
      const { from, where } = walks[source](failedAfter)
      const [row] = tx.all<{ total: number }>(
        sql`select count(*) as total from ${from} where ${where}`,
      )
      return row?.total ?? 0
    })
    .reduce((sum, count) => sum + count, 0)
}

function walk(
  tx: Tx,
  source: AttentionSource,
  { after, limit, failedAfter }: AttentionQuery,
): AttentionPlace[] {
  const { from, where, keys } = walks[source](failedAfter)
  const [since, taskId, part = '0'] = keys
  const order = sql.raw(keys.join(', '))
  const position = after ? [after.since, after.taskId, after.part].slice(0, keys.length) : []
  const behind = after ? sql`and (${order}) > ${position}` : sql``
  return tx
    .all<Omit<AttentionPlace, 'source'>>(
      sql`select ${sql.raw(`${since} as since, ${taskId} as taskId, ${part} as part`)}
        from ${from} where ${where} ${behind} order by ${order} limit ${limit}`,
    )
    .map((place) => ({ source, ...place }))
}
