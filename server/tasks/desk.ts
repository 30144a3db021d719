/** What every verb does first and last: check the state inside the transaction that changes it, then wake the runner. */
import { AppError } from '#contract/errors.ts'
import type { TaskStatus } from '#contract/task.ts'
import type { Tx } from '#db/open.ts'
import { findSubtask, type SubtaskRow } from '#db/subtasks.ts'
import type { TaskRow } from '#db/tasks.ts'
import type { TaskDeps } from './deps.ts'
import { type Change, getTask } from './records.ts'
import type { Runner } from './runner.ts'
import { isPossible, type Verb, wrongState } from './states.ts'

export type Desk = TaskDeps & {
  runner: Pick<Runner, 'wake' | 'scheduler' | 'erased' | 'isEngineAway' | 'fetchingOf'>
}

/** Runs `change` if the verb is possible now; nothing is changed when it throws. */
export function act<T>(
  desk: Desk,
  taskId: string,
  verb: Verb,
  change: (open: Change, task: TaskRow) => T,
): T {
  const result = desk.eventLog.transact((tx, record) => {
    const task = requirePossible(tx, taskId, verb)
    return change({ ...desk, tx, record }, task)
  })
  desk.runner.wake(taskId)
  return result
}

/** Throws `task.not-found`, `task.wrong-state`, `task.busy`. */
export function requirePossible(tx: Tx, taskId: string, verb: Verb): TaskRow {
  const task = getTask(tx, taskId)
  if (!isPossible(verb, task.status)) throw wrongState(verb, task.status)
  const overrides: readonly string[] = verb in overriding ? overriding[verb as Overriding] : []
  if (task.intent !== null && !overrides.includes(task.intent)) throw busy(task)
  return task
}

/** What may be asked for although something else has not been carried out yet. */
const overriding = {
  stop: ['replan', 'resume'],
  resume: ['stop'],
  restore: ['stop'],
  cancel: ['stop', 'resume', 'replan', 'restore'],
} as const satisfies Partial<Record<Verb, readonly NonNullable<TaskRow['intent']>[]>>
type Overriding = keyof typeof overriding

/** Whether the task is already what the verb makes of it, so that asking twice is one thing. Throws `task.not-found`. */
export function isSo({ db }: Desk, taskId: string, verb: keyof typeof madeBy): boolean {
  const { status, intent } = getTask(db, taskId)
  const statuses: readonly TaskStatus[] = madeBy[verb]
  return statuses.includes(status) && intent !== 'delete'
}

const madeBy = {
  stop: ['paused'],
  resume: ['planning', 'approved', 'running'],
  cancel: ['cancelled'],
} as const satisfies Partial<Record<Verb, readonly TaskStatus[]>>

function busy({ intent }: TaskRow): AppError {
  const doing = {
    stop: 'is still being stopped',
    resume: 'is still being stopped, and goes on after that',
    replan: 'is still being stopped for a new plan',
    restore: 'is being taken back to a checkpoint',
    cancel: 'is still being cancelled',
    delete: 'is being deleted',
  }[intent ?? 'stop']
  return new AppError('task.busy', `The task ${doing}. Try again in a moment.`, {
    details: { intent },
  })
}

/** Throws `subtask.not-found`. */
export function getSubtask(tx: Tx, taskId: string, id: string): SubtaskRow {
  const row = findSubtask(tx, taskId, id)
  if (!row) throw new AppError('subtask.not-found', `The plan has no subtask "${id}".`)
  return row
}
