/** Files that a person uploaded for a task that is over since long. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isNoRoom } from '#contract/errors.ts'
import { listOldUploads } from '#db/retention.ts'
import { deleteUploads } from '#db/uploads.ts'
import type { Found, RetentionOptions } from './retention.ts'

const dayMs = 86_400_000

/** The folder first, so that rows which a crash leaves are found again. */
export async function sweepUploads(options: RetentionOptions, isPreview: boolean): Promise<Found> {
  const { settings, db, clock } = options
  const days = settings.upload_days
  if (days === 0) return { count: 0, bytes: 0 }
  const before = clock.now() - days * dayMs
  const removed: Found = { count: 0, bytes: 0 }
  for (const { taskId } of listOldUploads(db, before)) {
    // The task may have been begun anew since it was listed.
    const [found] = listOldUploads(db, before, taskId)
    if (!found || !(isPreview || (await removeUploads(options, found)))) continue
    removed.count += found.count
    removed.bytes += found.bytes
  }
  return removed
}

/** False when there was no room even for that. */
async function removeUploads(
  { filesDir, eventLog, settings, log }: RetentionOptions,
  { taskId, count, bytes }: ReturnType<typeof listOldUploads>[number],
): Promise<boolean> {
  try {
    await rm(join(filesDir, taskId), { recursive: true, force: true })
    eventLog.transact((tx, record) => {
      deleteUploads(tx, taskId)
      const data = { count, bytes, days: settings.upload_days }
      record({ taskId, type: 'uploads.removed', data })
    })
    return true
  } catch (error) {
    if (!isNoRoom(error)) throw error
    log.warn('not removed, the disk is full', { task: taskId })
    return false
  }
}
