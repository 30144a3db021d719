/** Timelines of tasks that are over: past their days, and then the oldest until the rows of the database fit. */
import {
  bytesOfRows,
  countEvents,
  countOldEvents,
  deleteEvents,
  deleteOldEvents,
  listEndedTasks,
} from '#db/retention.ts'
import type { Found, RetentionOptions } from './retention.ts'

const dayMs = 86_400_000
const batch = 500

export async function sweepEvents(options: RetentionOptions, isPreview: boolean): Promise<Found> {
  const old = await sweepOld(options, isPreview)
  const more = await sweepBeyond(options, { old, isPreview })
  return { count: old.count + more.count, bytes: old.bytes + more.bytes }
}

async function sweepOld(
  { settings, db, eventLog, clock }: RetentionOptions,
  isPreview: boolean,
): Promise<Found> {
  if (settings.event_days === 0) return { count: 0, bytes: 0 }
  const before = clock.now() - settings.event_days * dayMs
  const found = countOldEvents(db, before)
  if (isPreview || found.count === 0) return found
  await inBatches(() => eventLog.transact((tx) => deleteOldEvents(tx, before, batch)))
  return found
}

async function sweepBeyond(
  { settings, db, eventLog }: RetentionOptions,
  { old, isPreview }: { old: Found; isPreview: boolean },
): Promise<Found> {
  const removed: Found = { count: 0, bytes: 0 }
  if (settings.database_total === 0) return removed
  let excess = bytesOfRows(db) - settings.database_total - (isPreview ? old.bytes : 0)
  for (const taskId of excess > 0 ? listEndedTasks(db) : []) {
    if (excess <= 0) break
    const found = countEvents(db, taskId)
    removed.count += found.count
    removed.bytes += found.bytes
    if (!isPreview)
      await inBatches(() => eventLog.transact((tx) => deleteEvents(tx, taskId, batch)))
    excess = isPreview ? excess - found.bytes : bytesOfRows(db) - settings.database_total
  }
  return removed
}

/** So that nobody waits for long. */
async function inBatches(remove: () => number): Promise<void> {
  while (remove() === batch) await new Promise((resolve) => setImmediate(resolve))
}

/** What is said of a database that is too large when all that may go has gone; `goingBytes` are about to. */
export function toWarning(
  { settings, db }: RetentionOptions,
  goingBytes: number,
): string | undefined {
  const bytes = bytesOfRows(db) - goingBytes
  if (settings.database_total === 0 || bytes <= settings.database_total) return undefined
  const [is, may] = [bytes, settings.database_total].map((size) => (size / 1e9).toFixed(1))
  return `The rows in the database take ${is} GB, more than the ${may} GB of retention.database_total, and no timeline of an ended task is left that could go. Delete tasks that you no longer need, or raise the limit.`
}
