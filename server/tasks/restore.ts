/** The verb that takes a task back to a checkpoint. It stores what is wanted; the runner does it (`restore-step.ts`). */
import { missing } from '#checkpoints/find.ts'
import { AppError } from '#contract/errors.ts'
import type { RestoreRecord } from '#contract/restore.ts'
import { findCheckpoint } from '#db/checkpoints.ts'
import type { Tx } from '#db/open.ts'
import { findTask, type TaskRow, updateTask } from '#db/tasks.ts'
import { toIso } from '#lib/clock.ts'
import { type Desk, requirePossible } from './desk.ts'
import { type Change, getTask, moveTask, setPhase } from './records.ts'
import { isPossible, wrongState } from './states.ts'

type Wanted = { taskId: string; checkpointId: string; stop: boolean }

/** Throws at once when it is not possible; resolves when it is stored. The same again changes nothing. */
export function restoreTask(desk: Desk, wanted: Wanted): Promise<void> {
  if (isAsked(getTask(desk.db, wanted.taskId), wanted)) return Promise.resolve()
  requireRestorable(desk.db, wanted)
  return begin(desk, wanted)
}

const isAsked = ({ intent, restore }: TaskRow, { checkpointId }: Wanted): boolean =>
  intent === 'restore' && restore?.checkpoint_id === checkpointId

/** A task at work is possible when it may be stopped first. */
export function requireRestorable(tx: Tx, { taskId, stop }: Omit<Wanted, 'checkpointId'>): TaskRow {
  const { status } = getTask(tx, taskId)
  if (isPossible('restore', status)) return requirePossible(tx, taskId, 'restore')
  if (!isPossible('stop', status)) throw wrongState('restore', status)
  if (stop) return requirePossible(tx, taskId, 'stop')
  const message = `The task is ${status}. Stop it first, or ask for it to be stopped: {"stop": true}.`
  throw new AppError('task.wrong-state', message, { details: { status, possible: ['stop'] } })
}

async function begin(desk: Desk, wanted: Wanted): Promise<void> {
  const { taskId, checkpointId } = wanted
  // What is damaged is found before anything is stopped.
  await desk.checkpoints.read(taskId, checkpointId)
  desk.eventLog.transact((tx, record) => {
    const present = findTask(tx, taskId)
    if (present && isAsked(present, wanted)) return
    const task = requireRestorable(tx, wanted)
    const row = findCheckpoint(tx, taskId, checkpointId)
    if (!row) throw missing(tx, taskId, checkpointId)
    const restore: RestoreRecord = {
      ...{ kind: 'restore', checkpoint_id: row.id, taken_at: toIso(row.createdAt) },
      ...{ undo_id: desk.newId(), state: 'under-way', asked_at: toIso(desk.clock.now()) },
      agents: [],
      ...(task.error === null ? {} : { error_before: task.error }),
    }
    want({ ...desk, tx, record }, task, restore)
  })
  desk.runner.wake(taskId)
}

/** Agents at work are brought to rest first, as for a stop. */
function want(open: Change, task: TaskRow, restore: RestoreRecord): void {
  const { tx, clock } = open
  const now = clock.now()
  if (isPossible('restore', task.status)) {
    updateTask(tx, task.id, { restore }, now)
    const phase = task.intent === 'stop' ? 'stopping' : 'restoring'
    setPhase(open, task, { intent: 'restore', phase, error: null })
    return
  }
  // What an active task says as its error is what it waited for.
  const { error_before: _, ...rest } = restore
  const set = { intent: 'restore', phase: 'stopping', restore: rest } as const
  const at = { error: null, pausedBy: 'person', intentAt: task.intentAt ?? now } as const
  moveTask(open, { taskId: task.id, from: [task.status], to: 'paused', set: { ...set, ...at } })
}
