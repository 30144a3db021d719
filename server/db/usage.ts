/** What agents have spent, from the figures that their events carry. */
import { and, asc, eq, gte, sql } from 'drizzle-orm'
import type { Tx } from './open.ts'
import { events } from './schema/tables.ts'

export type UsageEvent = { agentId: string; at: number; data: Record<string, unknown> }

/** Every report of what an agent of the task has spent so far, oldest first. */
export function listUsage(tx: Tx, taskId: string): UsageEvent[] {
  return tx
    .select({ agentId: events.agentId, at: events.createdAt, data: events.data })
    .from(events)
    .where(and(eq(events.taskId, taskId), eq(events.type, 'agent.usage')))
    .orderBy(asc(events.seq))
    .all()
    .flatMap(({ agentId, ...rest }) => (agentId === null ? [] : [{ agentId, ...rest }]))
}

const hourMs = 3_600_000

/** What was spent in each hour since then, by the number of the hour; hours without cost are left out. */
export function costByHour(tx: Tx, since: number): Map<number, number> {
  const hour = sql<number>`(${events.createdAt} - ${since}) / ${hourMs}`
  const rows = tx
    .select({
      hour,
      costUsd: sql<number>`sum(coalesce(json_extract(${events.data}, '$.added_usd'), 0))`,
    })
    .from(events)
    .where(
      and(
        eq(events.type, 'agent.usage'),
        gte(events.id, firstSince(tx, since)),
        gte(events.createdAt, since),
      ),
    )
    .groupBy(hour)
    .all()
  return new Map(rows.map((row) => [row.hour, row.costUsd]))
}

/** The first event of that time or later; found by halving, as ids grow with time and have an index. */
function firstSince(tx: Tx, since: number): number {
  const end = tx
    .select({ id: sql<number>`coalesce(max(${events.id}), 0)` })
    .from(events)
    .get()
  let [low, high] = [0, (end?.id ?? 0) + 1]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const found = tx
      .select({ id: events.id, at: events.createdAt })
      .from(events)
      .where(gte(events.id, middle))
      .orderBy(asc(events.id))
      .limit(1)
      .get()
    if (found && found.at < since) low = found.id + 1
    else high = middle
  }
  return low
}
