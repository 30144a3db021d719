/** What a person takes out of the work before it is delivered, and brings back. */

import { AppError } from '#contract/errors.ts'
import type { Discard, DiscardChanges, DiscardList } from '#contract/review.ts'
import type { Tx } from '#db/open.ts'
import { type DiscardRow, insertDiscard, listDiscards, markUndone } from '#db/reviews.ts'
import { listSubtasks } from '#db/subtasks.ts'
import { type TaskRow, updateTask } from '#db/tasks.ts'
import { toIso } from '#lib/clock.ts'
import type { Desk } from '#tasks/desk.ts'
import { getTask } from '#tasks/records.ts'

export type DiscardVerbs = {
  discards(taskId: string): DiscardList
  /**
   * Takes changes out by a commit on the task branch. `task.wrong-state` while agents work on the task, `file.changed` when its branch is
   * not what was looked at.
   */
  discard(taskId: string, input: DiscardChanges): Promise<Discard>
  /** Brings back what that commit took out. Asked for again, it changes nothing. */
  undoDiscard(taskId: string, commit: string): Promise<Discard>
}

export function createDiscards(desk: Desk): DiscardVerbs {
  const { db, workspaces, clock, eventLog } = desk
  const listOf = (taskId: string): Discard[] => {
    const { headCommit } = getTask(db, taskId)
    return listDiscards(db, taskId).map((row) => toDiscard(row, headCommit))
  }
  const getDiscard = (taskId: string, commit: string): Discard => {
    const found = listOf(taskId).find(({ id }) => id === commit)
    if (found) return found
    throw new AppError('file.not-found', `Nothing was discarded from this task by ${commit}.`)
  }
  /** The row follows the branch: a server that ended in between has not written it. */
  const moveHead = (taskId: string, head: string): void =>
    eventLog.transact((tx) => updateTask(tx, taskId, { headCommit: head }, clock.now()))

  return {
    discards(taskId) {
      const why = heldBack(db, getTask(db, taskId))
      return { discards: listOf(taskId), ...(why !== undefined && { held: why }) }
    },
    async discard(taskId, { head, files }) {
      const task = requireQuiet(db, taskId)
      const base = requireBase(task)
      const present = await workspaces.head(taskId, task.branch)
      if (present !== head) {
        if (present !== task.headCommit) moveHead(taskId, present)
        throw movedOn()
      }
      const message = `${titleOf(files)}\n\nKlaudio-Task: ${taskId}\n`
      const input = { branch: task.branch, base, head, files, message }
      const commit = await workspaces.discard(taskId, input)
      const taken = files.map(({ path, hunks }) => ({
        path,
        ...(hunks && { hunks: hunks.length }),
      }))
      eventLog.transact((tx, record) => {
        updateTask(tx, taskId, { headCommit: commit }, clock.now())
        insertDiscard(tx, { taskId, commit, files: taken, createdAt: clock.now() })
        const data = { commit, files: taken.slice(0, 50), count: taken.length }
        record({ taskId, type: 'changes.discarded', data })
      })
      return getDiscard(taskId, commit)
    },
    async undoDiscard(taskId, commit) {
      const { undone_at, files } = getDiscard(taskId, commit)
      if (undone_at !== undefined) return getDiscard(taskId, commit)
      const { branch } = requireQuiet(db, taskId)
      const message = `Bring back what was discarded\n\nKlaudio-Task: ${taskId}\n`
      const head = await workspaces.undoDiscard(taskId, { branch, commit, message })
      eventLog.transact((tx, record) => {
        updateTask(tx, taskId, { headCommit: head }, clock.now())
        if (!markUndone(tx, { taskId, commit }, clock.now())) return
        const data = { commit: head, of: commit, files: files.slice(0, 50), count: files.length }
        record({ taskId, type: 'changes.restored', data })
      })
      return getDiscard(taskId, commit)
    },
  }
}

const toDiscard = (
  { commit, files, createdAt, undoneAt }: DiscardRow,
  head: string | null,
): Discard => ({
  id: commit,
  files,
  head: head ?? commit,
  created_at: toIso(createdAt),
  ...(undoneAt !== null && { undone_at: toIso(undoneAt) }),
})

function requireQuiet(tx: Tx, taskId: string): TaskRow {
  const task = getTask(tx, taskId)
  const why = heldBack(tx, task)
  if (why === undefined) return task
  const code = task.intent === null ? 'task.wrong-state' : 'task.busy'
  throw new AppError(code, why, { details: { status: task.status } })
}

function requireBase({ baseCommit }: TaskRow): string {
  if (baseCommit !== null) return baseCommit
  throw new AppError('file.not-found', 'This task has no work yet, so there is nothing to discard.')
}

/** What agents have in their hands was begun on what there is now, and would come back with it. */
function heldBack(tx: Tx, { id, status, intent }: TaskRow): string | undefined {
  const atWork = listSubtasks(tx, id).filter(
    (row) => row.status === 'queued' || row.status === 'running' || row.status === 'integrating',
  )
  if (atWork.length > 0)
    return `Agents still work on this task (${atWork.map((row) => row.id).join(', ')}) and build on what is there. Discard when they are done.`
  if (intent !== null) return 'The task is being changed. Discard when that is done.'
  if (status === 'planning' || status === 'approved' || status === 'running')
    return `The task is ${status}. Discard when it is done, or stop it first.`
  return undefined
}

const movedOn = (): AppError =>
  new AppError(
    'file.changed',
    'The work has changed since you looked at it. Load the changes again. Nothing was changed.',
  )

function titleOf(files: DiscardChanges['files']): string {
  const [only] = files
  if (files.length > 1 || !only) return `Discard changes of ${files.length} files`
  const name = only.path.replaceAll(/[\r\n]+/g, ' ')
  return only.hunks ? `Discard a part of ${name}` : `Discard the changes of ${name}`
}
