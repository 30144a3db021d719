/** The checkpoint before a restore, which has to be there: unlike any other it is waited for, and its failure is thrown. */
import { AppError } from '#contract/errors.ts'
import { deleteCheckpoints, findCheckpoint, insertCheckpoint } from '#db/checkpoints.ts'
import type { CheckpointDeps } from './checkpoints.ts'
import { fail, takeOrThrow } from './take.ts'

/** Done once: the same id again finds what is there, and goes on with what a crash left. */
export async function keep(
  deps: CheckpointDeps,
  { taskId, id, signal }: { taskId: string; id: string; signal: AbortSignal },
): Promise<void> {
  const row = deps.eventLog.transact((tx) => {
    const known = findCheckpoint(tx, taskId, id)
    if (known && known.status !== 'failed') return known
    deleteCheckpoints(tx, [id])
    return insertCheckpoint(tx, { id, taskId, cause: 'restore', createdAt: deps.clock.now() })
  })
  if (row.status === 'ready') return
  try {
    await takeOrThrow(deps, row, signal)
  } catch (error) {
    // An engine that is away comes back, and a server that closes is started again: both go on with this row.
    const isPassing = error instanceof AppError && error.code === 'engine.unreachable'
    if (signal.aborted || isPassing) throw error
    const reason = error instanceof Error ? error.message : String(error)
    fail(deps, row, reason)
    const message = `What is there now could not be kept first: ${reason}`
    throw new AppError('git.failed', message, { cause: error })
  }
}
