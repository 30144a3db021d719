/** Which status follows which, and which verb a person may use in which status. Both are tables, and the only truth about it. */
import { AppError } from '#contract/errors.ts'
import type { SubtaskStatus } from '#contract/plan.ts'
import type { TaskStatus } from '#contract/task.ts'

/** A restore is beside it: from where one is possible, the task becomes what it was in the checkpoint (`set-back.ts`). */
export const transitions = {
  created: ['planning', 'cancelled'],
  planning: ['planned', 'failed', 'paused', 'cancelled'],
  planned: ['approved', 'planning', 'cancelled'],
  approved: ['running', 'paused', 'cancelled'],
  running: ['completed', 'failed', 'paused', 'planning', 'cancelled'],
  paused: ['planning', 'running', 'cancelled'],
  failed: ['planning', 'running', 'cancelled'],
  // Delivered once more.
  completed: ['running'],
  cancelled: ['planning'],
} as const satisfies Record<TaskStatus, readonly TaskStatus[]>

export const canBecome = (from: TaskStatus, to: TaskStatus): boolean =>
  (transitions[from] as readonly TaskStatus[]).includes(to)

/** Every verb that depends on the status. `delete` and reading are always possible. */
export const verbs = {
  start: ['created', 'failed', 'cancelled'],
  /** A planner, or an agent at work. */
  answer: ['planning', 'running'],
  approve: ['planned'],
  edit: ['planned', 'running', 'paused', 'failed'],
  replan: ['planned', 'running', 'paused', 'failed'],
  stop: ['planning', 'approved', 'running'],
  freeze: ['planning', 'planned', 'approved', 'running'],
  unfreeze: ['planning', 'planned', 'approved', 'running'],
  resume: ['paused'],
  'retry a subtask': ['running', 'paused', 'failed'],
  'skip a subtask': ['running', 'paused', 'failed'],
  'set up': ['created', 'planning', 'planned', 'approved', 'running', 'paused', 'failed'],
  /** More to do for who has done it. */
  'follow up': ['running', 'paused', 'completed', 'failed'],
  'restart an agent': ['planning', 'running'],
  'take a worker out': ['running'],
  'approve the work': ['running', 'failed'],
  restore: ['planned', 'paused', 'completed', 'failed', 'cancelled'],
  deliver: ['completed', 'failed'],
  'answer a pull request': ['completed'],
  relaunch: ['completed', 'failed', 'cancelled'],
  cancel: ['created', 'planning', 'planned', 'approved', 'running', 'paused', 'failed'],
} as const satisfies Record<string, readonly TaskStatus[]>
export type Verb = keyof typeof verbs

export const isPossible = (verb: Verb, status: TaskStatus): boolean =>
  (verbs[verb] as readonly TaskStatus[]).includes(status)

/** Statuses in which the runner has something to do. */
export const isActive = (status: TaskStatus): boolean =>
  status === 'planning' || status === 'planned' || status === 'approved' || status === 'running'

/** A subtask in one of these has had an agent put on it. */
export const hasStarted = (status: SubtaskStatus): boolean =>
  status === 'queued' || status === 'running' || status === 'integrating' || status === 'completed'

/** `task.wrong-state`: names the present status and what is possible in it. */
export function wrongState(verb: Verb, status: TaskStatus): AppError {
  const possible = possibleVerbs(status)
  const message = `The task is ${status}, so it is not possible to ${verb} now. Possible: ${possible.join(', ')}.`
  return new AppError('task.wrong-state', message, { details: { status, possible } })
}

export function possibleVerbs(status: TaskStatus): string[] {
  const names = Object.keys(verbs) as Verb[] // keys of a const object are exactly its type's keys
  return [...names.filter((name) => isPossible(name, status)), 'delete']
}
