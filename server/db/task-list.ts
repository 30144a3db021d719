/**
 * Lists of tasks, newest first, however many there are: every query here walks an index and stops at its limit. The full-text index
 * (`tasks_search`) and the counts (`task_counts`) are kept by triggers, see `drizzle/0001_lists.sql`.
 */
import { and, desc, eq, getTableColumns, inArray, lt, type SQL, sql } from 'drizzle-orm'
import type { TaskStatus } from '#contract/task.ts'
import type { Tx } from './open.ts'
import { taskCounts, tasks } from './schema/tables.ts'
import type { TaskRow } from './tasks.ts'

export type TaskQuery = {
  /** Any status when empty. */
  status?: readonly TaskStatus[]
  /** Part of the name or the prompt, whatever its case; of the name only when it has less than three characters. */
  search?: string
  limit: number
  offset?: number
  /** Only tasks made before the one with this number. */
  before?: number
  /** Prompts are cut to this many characters. */
  promptLength?: number
}

export type TaskPage = {
  rows: TaskRow[]
  /** All that match, `before` or after. */
  total: number
  /** There are more than `total`, which stops counting at a thousand. */
  isMore: boolean
  /** `before` of the next page; absent when there is none. */
  next?: number
}

/** Shortest text that the full-text index, which is one of three-character pieces, can find. */
const shortestPiece = 3
const mostCounted = 1000

export function listTasks(tx: Tx, query: TaskQuery): TaskPage {
  const numbers = findNumbers(tx, query, { limit: query.limit + 1, offset: query.offset ?? 0 })
  const page = numbers.slice(0, query.limit)
  const next = numbers.length > page.length ? page.at(-1) : undefined
  return {
    rows: readRows(tx, page, query.promptLength),
    ...countMatching(tx, query),
    ...(next === undefined ? {} : { next }),
  }
}

/** Tasks in each status; those with none are left out. */
export function countTasks(tx: Tx): Partial<Record<TaskStatus, number>> {
  const rows = tx.select().from(taskCounts).all()
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]))
}

type Window = { limit: number; offset: number }

function findNumbers(tx: Tx, query: TaskQuery, window: Window): number[] {
  if (query.search !== undefined && query.search !== '') return search(tx, query, window)
  const { status = [] } = query
  if (status.length === 0) return browse(tx, query, window)
  // One walk for each status: an index gives each of them in order, but not their union.
  const upTo = { limit: window.limit + window.offset, offset: 0 }
  return [...new Set(status)]
    .flatMap((each) => browse(tx, query, upTo, eq(tasks.status, each)))
    .sort((a, b) => b - a)
    .slice(window.offset, window.offset + window.limit)
}

function browse(tx: Tx, { before }: TaskQuery, { limit, offset }: Window, where?: SQL): number[] {
  return tx
    .select({ number: tasks.number })
    .from(tasks)
    .where(and(where, before === undefined ? undefined : lt(tasks.number, before)))
    .orderBy(desc(tasks.number))
    .limit(limit)
    .offset(offset)
    .all()
    .map(({ number }) => number)
}

function search(tx: Tx, query: TaskQuery, { limit, offset }: Window): number[] {
  const { from, where, number } = matching(query)
  return tx
    .all<{ number: number }>(
      sql`select ${number} as number from ${from} where ${where} order by ${number} desc limit ${limit} offset ${offset}`,
    )
    .map((row) => row.number)
}

/** The tables and the condition of a search. The join is crossed so that the index of the text leads. */
function matching({ search = '', status = [], before }: TaskQuery) {
  const isShort = [...search].length < shortestPiece
  const number = isShort ? sql.raw('t.number') : sql.raw('s.rowid')
  const words = isShort
    ? sql`t.name like ${`%${search.replaceAll(/[\\%_]/g, '\\$&')}%`} escape '\\'`
    : sql`s.tasks_search match ${`"${search.replaceAll('"', '""')}"`}`
  const states = status.length === 0 ? sql`` : sql` and t.status in ${[...status]}`
  const earlier = before === undefined ? sql`` : sql` and ${number} < ${before}`
  const join = status.length === 0 ? '' : ' cross join tasks t on t.number = s.rowid'
  return {
    number,
    from: sql.raw(isShort ? 'tasks t' : `tasks_search s${join}`),
    where: sql`${words}${states}${earlier}`,
  }
}

function countMatching(tx: Tx, query: TaskQuery): { total: number; isMore: boolean } {
  const { status = [], search } = query
  if (search === undefined || search === '') {
    const counts = countTasks(tx)
    const wanted = status.length === 0 ? Object.values(counts) : status.map((s) => counts[s] ?? 0)
    return { total: wanted.reduce((sum, count) => sum + count, 0), isMore: false }
  }
  const { from, where } = matching({ search, status, limit: 0 })
  const [{ found } = { found: 0 }] = tx.all<{ found: number }>(
    sql`select count(*) as found from (select 1 from ${from} where ${where} limit ${mostCounted + 1})`,
  )
  return { total: Math.min(found, mostCounted), isMore: found > mostCounted }
}

function readRows(tx: Tx, numbers: readonly number[], promptLength?: number): TaskRow[] {
  if (numbers.length === 0) return []
  const columns = getTableColumns(tasks)
  const prompt =
    promptLength === undefined
      ? columns.prompt
      : sql<string>`substr(${tasks.prompt}, 1, ${promptLength})`.as('prompt')
  return tx
    .select({ ...columns, prompt })
    .from(tasks)
    .where(inArray(tasks.number, [...numbers]))
    .all()
    .sort((a, b) => b.number - a.number)
}
