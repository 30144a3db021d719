/**
 * A stretch of a long event log, newest first, that grows at both ends: `events` never has a hole, whatever is asked for at once.
 * Knows nothing of the screen or of HTTP.
 */
import type { EventType, TaskEvent } from '#contract/event.ts'

export type EventQuery = {
  types: readonly EventType[]
  limit: number
} & ({ order: 'asc'; after: number } | { order: 'desc'; before?: number })

export type EventRead = (query: EventQuery) => Promise<{ events: TaskEvent[]; more: boolean }>

export type EventWindow = {
  /** Newest first. */
  events: readonly TaskEvent[]
  hasOlder: boolean
  /** There may be newer ones than the first; never while only new ones are waited for. */
  hasNewer: boolean
}

export const pageSize = 200
/** So many newer ones come along with the one that is looked for. */
const above = 50

/** The newest, or those around `seq`. */
export async function openEventWindow(
  read: EventRead,
  types: readonly EventType[],
  seq?: number,
): Promise<EventWindow> {
  if (seq === undefined) {
    const { events, more } = await read({ types, limit: pageSize, order: 'desc' })
    return { events, hasOlder: more, hasNewer: false }
  }
  const [older, newer] = await Promise.all([
    read({ types, limit: pageSize, order: 'desc', before: seq + 1 }),
    read({ types, limit: above, order: 'asc', after: seq }),
  ])
  return {
    events: [...newer.events.toReversed(), ...older.events],
    hasOlder: older.more,
    hasNewer: newer.more,
  }
}

export async function addOlder(
  read: EventRead,
  types: readonly EventType[],
  known: EventWindow,
): Promise<EventWindow> {
  const last = known.events.at(-1)
  if (!last || !known.hasOlder) return known
  const { events, more } = await read({ types, limit: pageSize, order: 'desc', before: last.seq })
  return { ...known, events: [...known.events, ...events], hasOlder: more }
}

/** One page of what came after the first; everything at the top of the log comes in this way, too. */
export async function addNewer(
  read: EventRead,
  types: readonly EventType[],
  known: EventWindow,
): Promise<EventWindow> {
  const after = known.events[0]?.seq ?? 0
  const { events, more } = await read({ types, limit: pageSize, order: 'asc', after })
  if (events.length === 0) return { ...known, hasNewer: more }
  return { ...known, events: [...events.toReversed(), ...known.events], hasNewer: more }
}

/** Without the oldest, which can be read again; for a log that only grows at its newer end. */
export const keepNewest = (known: EventWindow, most: number): EventWindow =>
  known.events.length > most
    ? { ...known, events: known.events.slice(0, most), hasOlder: true }
    : known
