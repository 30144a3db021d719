import { type Placeholder, SQL, sql } from 'drizzle-orm'
import type { Tx } from './open.ts'

/**
 * A query that is put together and compiled once for a database, for what is asked again and again: putting it together costs more than
 * running it. `prepare` leaves `sql.placeholder`s for what changes. Pays off where `tx` is the database itself, which is what a transaction of the event log works on.
 */
export function preparedOnce<Query>(prepare: (tx: Tx) => Query): (tx: Tx) => Query {
  const known = new WeakMap<Tx, Query>()
  return (tx) => {
    const query = known.get(tx) ?? prepare(tx)
    known.set(tx, query)
    return query
  }
}

type Columns = Record<string, Placeholder | null>

/**
 * The same for changes of one row, which name now these columns and now others: one statement for each set of columns. NULL is part of
 * the statement, since a placeholder would be encoded as its column's kind. Undefined where a value is an expression, which must be put together each time.
 */
export function preparedChanges<Query>(
  prepare: (tx: Tx, columns: Columns) => Query,
): (tx: Tx, values: Record<string, unknown>) => Query | undefined {
  const known = new WeakMap<Tx, Map<string, Query>>()
  return (tx, values) => {
    const queries = known.get(tx) ?? new Map<string, Query>()
    known.set(tx, queries)
    let shape = ''
    for (const [name, value] of Object.entries(values)) {
      if (value instanceof SQL) return undefined
      if (value !== undefined) shape += value === null ? `${name}=null ` : `${name} `
    }
    const query = queries.get(shape) ?? prepare(tx, toColumns(values))
    queries.set(shape, query)
    return query
  }
}

function toColumns(values: Record<string, unknown>): Columns {
  const columns: Columns = {}
  for (const [name, value] of Object.entries(values))
    if (value !== undefined) columns[name] = value === null ? null : sql.placeholder(name)
  return columns
}
