/** The events that a task's bars are made from. Read once from the first to the last, then only what is new. */
import type { TaskEvent } from '#contract/event.ts'
import type { EventRead } from '../lib/timeline/event-window.ts'
import { structuralTypes } from '../lib/timeline/spans.ts'

/** More than this many would be no picture any more; the list below it has them all. */
export const maxEvents = 20_000
const pageEvents = 1000

/** Fetches for one cache entry per task. */
export function createStructureReader(
  readerOf: (taskId: string) => EventRead,
): (taskId: string) => Promise<TaskEvent[]> {
  const known = new Map<string, TaskEvent[]>()
  return async (taskId) => {
    const read = readerOf(taskId)
    const events = [...(known.get(taskId) ?? [])]
    for (let more = true; more && events.length < maxEvents; ) {
      const page = await read({
        types: structuralTypes,
        limit: pageEvents,
        order: 'asc',
        after: events.at(-1)?.seq ?? 0,
      })
      events.push(...page.events)
      more = page.more
    }
    known.set(taskId, events)
    return events
  }
}
