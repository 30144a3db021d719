/** What a person can do with one subtask of a plan that runs, rests or has failed. */
import { AppError } from '#contract/errors.ts'
import type { SubtaskStatus } from '#contract/plan.ts'
import { conflictChoices, type ResolveConflict } from '#contract/resolution.ts'
import { changeSubtaskStatus, type SubtaskRow } from '#db/subtasks.ts'
import type { TaskRow } from '#db/tasks.ts'
import { act, type Desk, getSubtask } from './desk.ts'
import { addVersion, getPlan, toValid } from './planning.ts'
import { type Change, moveTask } from './records.ts'
import { takeUp } from './resolve-step.ts'

export type SubtaskEdit = { prompt?: string; model?: string }

/** Another attempt, with the reason of the last failure told to it; a failed task runs again. */
export function retrySubtask(
  desk: Desk,
  {
    taskId,
    subtaskId,
    edit,
  }: { taskId: string; subtaskId: string; edit?: SubtaskEdit | undefined },
): void {
  act(desk, taskId, 'retry a subtask', (open, task) => {
    const subtask = getSubtask(open.tx, taskId, subtaskId)
    if (subtask.status !== 'failed') throw wrongState('retried', subtask, ['failed'])
    if (edit && Object.keys(edit).length > 0) editSpec(open, task, subtask, edit)
    const { attempt, maxAttempts, error } = subtask
    const reason = 'A person asked for another attempt.'
    changeSubtaskStatus(open.tx, {
      taskId,
      id: subtaskId,
      from: ['failed'],
      to: 'pending',
      set: {
        agentId: null,
        error: null,
        feedback: error,
        completedAt: null,
        maxAttempts: Math.max(maxAttempts, attempt + 1),
      },
    })
    open.record({ taskId, subtaskId, type: 'subtask.retrying', data: { reason, attempt } })
    runAgain(open, task)
  })
}

/** Dependents go on without it. */
export function skipSubtask(desk: Desk, taskId: string, subtaskId: string): void {
  act(desk, taskId, 'skip a subtask', (open, task) => {
    const subtask = getSubtask(open.tx, taskId, subtaskId)
    const from = ['pending', 'failed', 'skipped'] as const
    const set = { error: null, completedAt: open.clock.now() }
    const change = { taskId, id: subtaskId, from, to: 'skipped', set } as const
    if (!changeSubtaskStatus(open.tx, change)) throw wrongState('skipped', subtask, from)
    const reason = 'A person decided to go on without it.'
    open.record({ taskId, subtaskId, type: 'subtask.skipped', data: { reason, by_person: true } })
    runAgain(open, task)
  })
}

/** What a person makes of a conflict that no agent could bring together. */
export function resolveConflict(
  desk: Desk,
  { taskId, subtaskId, input }: { taskId: string; subtaskId: string; input: ResolveConflict },
): void {
  act(desk, taskId, 'retry a subtask', (open, task) => {
    const subtask = getSubtask(open.tx, taskId, subtaskId)
    const { status, conflicts, workCommit, agentId } = subtask
    if (status !== 'failed') throw wrongState('resolved', subtask, ['failed'])
    if (!conflicts?.length || workCommit === null || agentId === null)
      throw new AppError(
        'subtask.wrong-state',
        `Subtask "${subtaskId}" did not fail because of a conflict. Retry or skip it instead.`,
      )
    if (input.choice === 'made' && subtask.resolution?.made === undefined)
      throw new AppError(
        'subtask.wrong-state',
        'No agent has made anything of this conflict that could be taken. Choose a side, or give it to an agent.',
      )
    takeUp(open, subtask, input)
    const reason = `A person decided about the conflict: ${conflictChoices[input.choice]}.`
    open.record({ taskId, subtaskId, type: 'subtask.retrying', data: { reason } })
    runAgain(open, task)
  })
}

function runAgain(open: Change, task: TaskRow): void {
  if (task.status !== 'failed') return
  const set = { error: null, completedAt: null }
  moveTask(open, { taskId: task.id, from: ['failed'], to: 'running', set })
}

/** Definitions never change in place: the edit is a new version of the plan. */
function editSpec(open: Change, task: TaskRow, subtask: SubtaskRow, edit: SubtaskEdit): void {
  const { draft } = getPlan(open.tx, task.id)
  const subtasks = draft.subtasks.map((spec) =>
    spec.id === subtask.id ? { ...spec, ...edit } : spec,
  )
  addVersion(open, task, toValid({ ...draft, subtasks }, task.team))
}

function wrongState(
  what: string,
  { id, status }: SubtaskRow,
  possible: readonly SubtaskStatus[],
): AppError {
  const message = `Subtask "${id}" is ${status} and cannot be ${what} now; that is possible while it is ${possible.join(' or ')}.`
  return new AppError('subtask.wrong-state', message, { details: { status, possible } })
}
