/** Which checkpoint is meant, and what is said when there is nothing to look into. */
import { AppError } from '#contract/errors.ts'
import { type CheckpointRow, findCheckpoint } from '#db/checkpoints.ts'
import { listEvents } from '#db/events.ts'
import type { Tx } from '#db/open.ts'
import { findTask } from '#db/tasks.ts'

export type ReadyCheckpoint = CheckpointRow & { summary: NonNullable<CheckpointRow['summary']> }

/** Throws `task.not-found`, `checkpoint.not-found`, `checkpoint.removed`, and `checkpoint.not-ready` for one that holds nothing. */
export function getReady(tx: Tx, taskId: string, id: string): ReadyCheckpoint {
  if (!findTask(tx, taskId)) throw new AppError('task.not-found', `There is no task ${taskId}.`)
  const row = findCheckpoint(tx, taskId, id)
  if (!row) throw missing(tx, taskId, id)
  const { status, summary } = row
  const details = { status }
  if (status === 'taking')
    throw new AppError(
      'checkpoint.not-ready',
      'The checkpoint is still being taken. What is in it can be looked at when it is ready.',
      { details },
    )
  if (status === 'failed' || summary === null)
    throw new AppError(
      'checkpoint.not-ready',
      `There is nothing in this checkpoint, because it could not be taken: ${row.error ?? 'no reason is known.'}`,
      { details },
    )
  return { ...row, summary }
}

const mostRemovals = 1000

/** One that was there is told from one that never was. */
export function missing(tx: Tx, taskId: string, id: string): AppError {
  const removals = listEvents(tx, {
    ...{ taskId, types: ['checkpoint.removed'], limit: mostRemovals },
    before: Number.MAX_SAFE_INTEGER,
  })
  const removal = removals.find(({ data }) => Array.isArray(data.ids) && data.ids.includes(id))
  if (!removal) return new AppError('checkpoint.not-found', `The task has no checkpoint ${id}.`)
  return new AppError(
    'checkpoint.removed',
    `This checkpoint was removed at ${removal.created_at}. The task itself and its other checkpoints are as they were.`,
    { details: { removed_at: removal.created_at } },
  )
}
