/**
 * What was asked and answered, over all tasks, newest first. Each source walks an index of its answered rows and stops at the limit,
 * so a page costs the same however much there is.
 */
import { and, desc, eq, lt, lte, or, type SQL, sql } from 'drizzle-orm'
import { type AnsweredSource, answeredSources } from '#contract/answered.ts'
import type { Tx } from './open.ts'
import type { PermissionRow } from './permissions.ts'
import type { QuestionRow } from './questions.ts'
import { permissions, questions } from './schema/tables.ts'

export type AnsweredPlace = {
  /** Epoch milliseconds. */
  at: number
  source: AnsweredSource
  id: string
}

export type AnsweredRow = { at: number; id: string; taskId: string } & (
  | { source: 'permission'; row: PermissionRow }
  | { source: 'question'; row: QuestionRow }
)

export type AnsweredQuery = { limit: number; before?: AnsweredPlace; taskId?: string }

export function listAnswered(tx: Tx, query: AnsweredQuery): AnsweredRow[] {
  const found: AnsweredRow[] = [
    ...walk(tx, 'permission', query).map((row) => ({ source: 'permission' as const, row })),
    ...walk(tx, 'question', query).map((row) => ({ source: 'question' as const, row })),
  ].map(({ source, row }) => {
    const place = { at: row.answeredAt ?? 0, id: row.id, taskId: row.taskId }
    // One of the two, as it was put together above.
    return { ...place, source, row } as AnsweredRow
  })
  return found.sort(byPlace).slice(0, query.limit)
}

const order = (source: AnsweredSource): number => answeredSources.indexOf(source)

const byPlace = (a: AnsweredPlace, b: AnsweredPlace): number =>
  b.at - a.at || order(a.source) - order(b.source) || (a.id < b.id ? 1 : -1)

function walk(tx: Tx, source: 'permission', query: AnsweredQuery): PermissionRow[]
function walk(tx: Tx, source: 'question', query: AnsweredQuery): QuestionRow[]
function walk(tx: Tx, source: AnsweredSource, query: AnsweredQuery) {
  const table = source === 'permission' ? permissions : questions
  return tx
    .select()
    .from(table)
    .where(
      and(
        // As the index has it.
        sql`${table.status} <> 'pending'`,
        query.taskId === undefined ? undefined : eq(table.taskId, query.taskId),
        behind(table, source, query.before),
      ),
    )
    .orderBy(desc(table.answeredAt), desc(table.id))
    .limit(query.limit)
    .all()
}

function behind(
  { answeredAt, id }: typeof permissions | typeof questions,
  source: AnsweredSource,
  before: AnsweredPlace | undefined,
): SQL | undefined {
  if (!before) return undefined
  if (order(source) < order(before.source)) return lt(answeredAt, before.at)
  if (order(source) > order(before.source)) return lte(answeredAt, before.at)
  return or(lt(answeredAt, before.at), and(eq(answeredAt, before.at), lt(id, before.id)))
}
