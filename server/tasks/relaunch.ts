/** Another run of a task that has ended, as a new task. */
import { AppError } from '#contract/errors.ts'
import type { Relaunch } from '#contract/relaunch.ts'
import { createEnvironments } from '#credentials/environment.ts'
import { findDelivery } from '#db/deliveries.ts'
import { copySetup } from '#db/setups.ts'
import { findTask, findTwin, insertTask, type TaskRow, updateTask } from '#db/tasks.ts'
import { shortId } from '#lib/ids.ts'
import { storeSettings, withoutBranch } from './delivery-settings.ts'
import { type Desk, requirePossible } from './desk.ts'
import { deleteTask, startTask } from './lifecycle.ts'
import { recallRun } from './previous-run.ts'

/** Within this time the same words are the same relaunch: a second press, a request that was sent again. */
const sameWithinMs = 10_000

/** Resolves with the id of the new task. Throws at once when the old one cannot be launched again. */
export type RelaunchTask = (taskId: string, input: Relaunch) => Promise<string>

export function createRelaunch(desk: Desk): RelaunchTask {
  const underWay = new Map<string, Promise<string>>()
  return (taskId, input) => {
    const old = requirePossible(desk.db, taskId, 'relaunch')
    const prompt = input.prompt || old.prompt
    const key = JSON.stringify([taskId, prompt, input.keep_context])
    const running = underWay.get(key) ?? relaunch(desk, old, { ...input, prompt })
    underWay.set(key, running)
    return running
      .then((id) => {
        if (input.auto_start && findTask(desk.db, id)?.status === 'created') startTask(desk, id)
        return id
      })
      .finally(() => underWay.delete(key))
  }
}

async function relaunch(desk: Desk, old: TaskRow, input: Relaunch): Promise<string> {
  const { db, clock } = desk
  const { prompt, keep_context: keepsContext } = input
  const since = clock.now() - sameWithinMs
  const twin = findTwin(db, { relaunchedFrom: old.id, prompt, keepsContext, since })
  if (twin) return twin.id
  const previousRun = keepsContext ? await recallRun(desk, old) : null
  const id = insertHidden(desk, old, { prompt, previousRun })
  try {
    const branch = branchOf(id)
    const from = { taskId: old.id, branch: old.branch }
    const ready =
      keepsContext && old.baseCommit !== null
        ? await desk.workspaces.fork({ from, to: { taskId: id, branch } })
        : undefined
    await desk.files.copyInputs(old.id, id)
    show(desk, { id, old, keepsContext, baseCommit: ready?.baseCommit ?? null })
    return id
  } catch (error) {
    await deleteTask(desk, id)
    throw error
  }
}

const branchOf = (id: string): string => `klaudio/${shortId(id)}`

/**
 * The row comes first, marked to be deleted: whatever ends the server before all of the new task is there, the next start
 * leaves nothing of it.
 */
function insertHidden(
  { eventLog, newId, clock, vault }: Desk,
  old: TaskRow,
  { prompt, previousRun }: Pick<TaskRow, 'prompt' | 'previousRun'>,
): string {
  const id = newId()
  const now = clock.now()
  eventLog.transact((tx) => {
    const task = insertTask(tx, {
      ...{ id, name: old.name, prompt, status: 'created', mode: old.mode, model: old.model },
      ...{ source: old.source, limits: old.limits, autoApprove: old.autoApprove },
      permissionMode: old.permissionMode,
      ...{ outputFiles: old.outputFiles, teamTemplate: old.teamTemplate, team: old.team },
      ...{ credentialId: old.credentialId, repoTemplate: old.repoTemplate },
      ...{ enableMemory: old.enableMemory, testCommand: old.testCommand },
      environment: createEnvironments(vault).copy(tx, old.environment),
      secretId: old.secretId === null ? null : vault.seal(tx, vault.open(old.secretId)),
      branch: branchOf(id),
      ...{ relaunchedFrom: old.id, previousRun },
      ...{ intent: 'delete', phase: 'preparing_source', createdAt: now, updatedAt: now },
    })
    copySetup(tx, old.id, id)
    const delivery = findDelivery(tx, old.id)
    if (delivery) storeSettings({ tx, clock }, task, withoutBranch(delivery.settings))
  })
  return id
}

function show(
  { eventLog, clock }: Desk,
  relaunched: { id: string; old: TaskRow; keepsContext: boolean; baseCommit: string | null },
): void {
  const { id, old, keepsContext, baseCommit } = relaunched
  eventLog.transact((tx, record) => {
    if (!findTask(tx, id))
      throw new AppError('task.busy', 'Klaudio was still starting. Launch the task again.')
    const set = { intent: null, phase: null, baseCommit, headCommit: baseCommit }
    updateTask(tx, id, set, clock.now())
    const data = { name: old.name, relaunched_from: old.id, keep_context: keepsContext }
    record({ taskId: id, type: 'task.created', data })
    if (findTask(tx, old.id))
      record({
        taskId: old.id,
        type: 'task.relaunched',
        data: { task_id: id, keep_context: keepsContext },
      })
  })
}
