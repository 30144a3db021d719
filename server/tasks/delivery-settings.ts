/** What a person wants to become of the work: checked before it is stored. */
import * as v from 'valibot'
import {
  type Deliver,
  DeliverySettings,
  deliveryProblems,
  sourceProblems,
} from '#contract/delivery.ts'
import { AppError } from '#contract/errors.ts'
import type { TaskSource } from '#contract/task.ts'
import { findDelivery, insertDelivery, updateDelivery } from '#db/deliveries.ts'
import { listSubtasks } from '#db/subtasks.ts'
import { type TaskRow, updateTask } from '#db/tasks.ts'
import { isSatisfied } from './dag.ts'
import { act, type Desk } from './desk.ts'
import { type Change, moveTask } from './records.ts'
import { acceptResult } from './result-step.ts'

/** Throws `request.invalid` with one sentence for everything that cannot go together. */
export function checkSettings(
  settings: DeliverySettings,
  { source, hasToken }: { source: TaskSource; hasToken: boolean },
): void {
  const problems = [...deliveryProblems(settings), ...sourceProblems(settings, source)]
  const isRemote = source.kind === 'git' && /^https?:/i.test(source.url)
  if (problems.length === 0 && settings.auto_push && isRemote && !hasToken)
    problems.push('auto_push needs an access token that may write to the repository.')
  if (problems.length > 0)
    throw new AppError('request.invalid', problems.join(' '), { details: { problems } })
}

/** To be delivered as soon as all of its work is done. */
export function storeSettings(
  { tx, clock }: Pick<Change, 'tx' | 'clock'>,
  { id, branch }: Pick<TaskRow, 'id' | 'branch'>,
  settings: DeliverySettings,
): void {
  insertDelivery(tx, {
    taskId: id,
    settings,
    state: settings.auto_push ? 'pending' : 'off',
    branch: settings.work_branch ?? branch,
    updatedAt: clock.now(),
  })
}

/** For a task that is made from another one: that one's branch is its own. */
export function withoutBranch({ work_branch: _, ...settings }: DeliverySettings): DeliverySettings {
  return settings
}

/**
 * Delivers finished work, again or for the first time. Throws `subtask.wrong-state` while anything is left to do, and
 * `request.invalid` for settings that do not go together.
 */
export function deliverTask(
  desk: Desk,
  taskId: string,
  { access_token: token, ...changes }: Deliver,
): void {
  act(desk, taskId, 'deliver', (open, task) => {
    const subtasks = listSubtasks(open.tx, taskId)
    const left = subtasks.filter((subtask) => !isSatisfied(subtask)).length
    if (subtasks.length === 0 || left > 0)
      throw new AppError(
        'subtask.wrong-state',
        subtasks.length === 0
          ? 'There is no work to deliver yet: start the task and approve its plan first.'
          : `${left} of ${subtasks.length} subtasks did not complete: retry or skip them first, then deliver.`,
        { details: { status: task.status } },
      )
    const known = findDelivery(open.tx, taskId)
    const settings = withChanges(known?.settings, changes)
    const hasToken = token !== undefined || task.secretId !== null || task.credentialId !== null
    checkSettings(settings, { source: task.source, hasToken })
    if (token !== undefined) replaceToken(desk, open, { task, token })
    if (known) changeSettings(open, task, settings)
    else storeSettings(open, task, settings)
    acceptResult(open, task)
    const set = { error: null, completedAt: null }
    moveTask(open, { taskId, from: [task.status], to: 'running', set })
  })
}

/** Whoever asks for it wants it pushed, whatever was wanted before. */
function withChanges(
  known: DeliverySettings | undefined,
  changes: Omit<Deliver, 'access_token'>,
): DeliverySettings {
  const before = known?.auto_push ? known : { ...known, auto_commit: true }
  return v.parse(DeliverySettings, { ...before, auto_branch: true, auto_push: true, ...changes })
}

function changeSettings(
  { tx, clock }: Change,
  { id, branch: own }: TaskRow,
  settings: DeliverySettings,
): void {
  const branch = settings.work_branch ?? own
  const isElsewhere = findDelivery(tx, id)?.branch !== branch
  const gone = { pushedCommit: null, commits: null, pushedAt: null, pullRequest: null }
  const set = { settings, state: 'pending', branch, ...(isElsewhere ? gone : {}) } as const
  updateDelivery(tx, id, set, clock.now())
}

function replaceToken(
  { vault }: Desk,
  { tx, clock }: Change,
  { task, token }: { task: TaskRow; token: string },
): void {
  if (task.secretId !== null) vault.remove(tx, task.secretId)
  const set = { secretId: vault.seal(tx, token), credentialId: null }
  updateTask(tx, task.id, set, clock.now())
}
