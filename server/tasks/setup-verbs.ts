/** What a person does about the setup of a task's repository. */
import { AppError } from '#contract/errors.ts'
import { toOwnImage } from '#contract/runs-in.ts'
import type { DecideSetup, TaskSetupOutput } from '#contract/setup.ts'
import type { Tx } from '#db/open.ts'
import { findPlan } from '#db/plans.ts'
import { findRepoTemplate } from '#db/repo-templates.ts'
import { findSetup, moveSetup, restartSetup, toTaskSetup } from '#db/setups.ts'
import type { TaskRow } from '#db/tasks.ts'
import { act, type Desk } from './desk.ts'
import { type Change, getTask, moveTask } from './records.ts'

/** Throws `task.not-found`. */
export function showSetup(db: Tx, taskId: string): TaskSetupOutput {
  getTask(db, taskId)
  const row = findSetup(db, taskId)
  return { setup: row ? toTaskSetup(row) : null, output: row?.output ?? '' }
}

/** A task that failed for it goes on. Throws `setup.wrong-state` when there is nothing to decide. */
export function decideSetup(desk: Desk, taskId: string, input: DecideSetup): void {
  act(desk, taskId, 'set up', (open, task) => {
    const hadFailed = findSetup(open.tx, taskId)?.state === 'failed'
    if (input.do === 'retry') retry(open, task)
    else skip(open, task)
    if (!hadFailed || task.status !== 'failed') return
    // Planning that failed has reasons of its own.
    if (findPlan(open.tx, taskId)?.status !== 'approved') return
    const set = { error: null, completedAt: null }
    moveTask(open, { taskId, from: ['failed'], to: 'running', set })
  })
}

function retry({ tx, record }: Change, { id: taskId, repoTemplate }: TaskRow): void {
  const template = repoTemplate === null ? undefined : findRepoTemplate(tx, repoTemplate)
  const row = findSetup(tx, taskId)
  const runsIn = row?.hasOwnRunsIn ? row.runsIn : toOwnImage(template?.runsIn)
  const now = template && {
    ...{ commands: template.setupCommands, withSecrets: template.setupSecrets, runsIn },
  }
  if (!restartSetup(tx, taskId, now)) throw notSo('has not failed, so it cannot be tried again')
  // Its template has none by now.
  if (now?.commands.length === 0 && runsIn === null) skipRow({ tx, record }, taskId)
}

function skip({ tx, record }: Change, { id: taskId }: TaskRow): void {
  if (!skipRow({ tx, record }, taskId)) throw notSo('is done, or there is none')
}

const skipRow = ({ tx, record }: Pick<Change, 'tx' | 'record'>, taskId: string): boolean => {
  const from = ['waiting', 'running', 'failed'] as const
  const isSkipped = moveSetup(tx, { taskId, from, set: { state: 'skipped', error: null } })
  if (isSkipped) record({ taskId, type: 'setup.skipped', data: {} })
  return isSkipped
}

const notSo = (what: string): AppError =>
  new AppError('setup.wrong-state', `The setup of the task's repository ${what}.`)
