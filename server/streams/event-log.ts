import type { TaskEvent } from '#contract/event.ts'
import { type EventQuery, insertEvent, listEvents, type NewEvent } from '#db/events.ts'
import { explainFull } from '#db/failures.ts'
import type { Db, Tx } from '#db/open.ts'
import type { Clock } from '#lib/clock.ts'

export type RecordEvent = (event: NewEvent) => void

/**
 * The event log. Every state change goes through `transact`: rows and events commit together in one synchronous
 * transaction, and listeners hear of them only after the commit. Nothing in the server decides from a listener.
 */
export type EventLog = {
  /**
   * `work` must not await. Throwing rolls everything back and publishes nothing; `disk.full` means that the same may be tried again.
   * Calls must not nest.
   */
  transact<T>(work: (tx: Tx, record: RecordEvent) => T): T
  /** Stored events, see `EventQuery`. */
  list(query: EventQuery): TaskEvent[]
  /** Called synchronously after each commit, in order. Returns the way to stop. */
  subscribe(listener: (event: TaskEvent) => void): () => void
}

type EventLogOptions = {
  db: Db
  clock: Clock
  /** Writes what else an event means, in the same transaction. */
  alongside?: (tx: Tx, event: TaskEvent) => void
}

export function createEventLog({ db, clock, alongside }: EventLogOptions): EventLog {
  const listeners = new Set<(event: TaskEvent) => void>()
  return {
    transact(work) {
      const recorded: TaskEvent[] = []
      const record: RecordEvent = (event) => {
        const stored = insertEvent(db, event, clock.now())
        alongside?.(db, stored)
        recorded.push(stored)
      }
      const result = explained(() =>
        db.transaction(
          // There is one connection, so the database itself is in the transaction, and what was prepared on it serves.
          () => work(db, record),
          { behavior: 'immediate' },
        ),
      )
      for (const event of recorded) for (const listener of listeners) listener(event)
      return result
    },
    list: (query) => listEvents(db, query),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function explained<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw explainFull(error)
  }
}
