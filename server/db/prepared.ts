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
