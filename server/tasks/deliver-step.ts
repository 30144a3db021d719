/** Hands the finished work to its delivery, and writes down how far it came. Any line may be the last: asked again, it looks and goes on. */
import { AppError, toMessage } from '#contract/errors.ts'
import { type DeliveryRow, findDelivery, updateDelivery } from '#db/deliveries.ts'
import type { Tx } from '#db/open.ts'
import { findPlan } from '#db/plans.ts'
import { listSubtasks } from '#db/subtasks.ts'
import type { TaskRow } from '#db/tasks.ts'
import type { DeliveryProgress } from '#delivery/delivery.ts'
import { writeText } from '#delivery/text.ts'
import type { RecordEvent } from '#streams/event-log.ts'
import type { RunnerDeps, StepContext } from './deps.ts'
import { concludeFollowUps } from './following/follow-up.ts'
import { nextLook } from './following/pace.ts'
import { loginOf } from './origin.ts'
import { failTask, getTask } from './records.ts'

export async function deliverStep(
  deps: RunnerDeps,
  { taskId, signal }: Pick<StepContext, 'taskId' | 'signal'>,
): Promise<void> {
  const task = getTask(deps.db, taskId)
  const row = begin(deps, task)
  if (!row) return
  const login = loginOf(deps, task)
  const end = await deps.delivery.run({
    ...{ taskId, source: task.source, branch: task.branch, workBranch: row.branch },
    ...{ settings: row.settings, text: textOf(deps.db, task), login, signal },
    ...(row.pullRequest && { pullRequest: row.pullRequest }),
    save: (progress) => {
      signal.throwIfAborted()
      deps.eventLog.transact((tx, record) =>
        save({ tx, record, now: deps.clock.now() }, taskId, progress),
      )
    },
  })
  deps.eventLog.transact((tx, record) => {
    if (findDelivery(tx, taskId)?.state !== 'pending') return
    const { state, target } = end
    const set = { state, target, error: null, ...(state === 'unchanged' && { conflicts: null }) }
    const now = deps.clock.now()
    updateDelivery(tx, taskId, { ...set, ...toFollow(findDelivery(tx, taskId), now) }, now)
    concludeFollowUps({ ...deps, tx, record }, taskId)
    record({ taskId, type: 'delivery.completed', data: { state, branch: row.branch, target } })
  })
  deps.followed()
}

/** What was pushed is news: its checks begin. */
function toFollow(row: DeliveryRow | undefined, now: number) {
  const newsAt = now
  const pollAt = nextLook({ pullRequest: row?.pullRequest ?? null, newsAt }, now)
  return { newsAt, pollAt, pollFailures: 0, pollError: null }
}

/** Undefined when it is not wanted any more. */
function begin({ eventLog, clock }: RunnerDeps, { id: taskId }: TaskRow): DeliveryRow | undefined {
  return eventLog.transact((tx, record) => {
    const row = findDelivery(tx, taskId)
    if (row?.state !== 'pending') return undefined
    const attempts = row.attempts + 1
    updateDelivery(tx, taskId, { attempts, error: null, notes: [] }, clock.now())
    const data = { branch: row.branch, attempt: attempts }
    record({ taskId, type: 'delivery.started', data })
    return row
  })
}

function textOf(db: Tx, task: TaskRow) {
  return writeText({
    taskId: task.id,
    name: task.name,
    analysis: findPlan(db, task.id)?.draft.analysis,
    subtasks: listSubtasks(db, task.id).map(({ id, spec, status, summary }) => ({
      ...{ id, name: spec.name, status, summary },
    })),
  })
}

type Open = { tx: Tx; record: RecordEvent; now: number }

function save({ tx, record, now }: Open, taskId: string, progress: DeliveryProgress): void {
  const row = findDelivery(tx, taskId)
  if (row?.state !== 'pending') return
  switch (progress.kind) {
    case 'planned': {
      const { target, commit, conflicts } = progress
      const found = conflicts.length > 0 ? conflicts : null
      updateDelivery(tx, taskId, { target, commit, conflicts: found }, now)
      break
    }
    case 'pushed': {
      const { commit, commits, isNew } = progress
      if (row.pushedCommit === commit) return
      updateDelivery(tx, taskId, { pushedCommit: commit, commits, pushedAt: now }, now)
      const data = { branch: row.branch, commit, commits, already_there: !isNew }
      record({ taskId, type: 'delivery.pushed', data })
      break
    }
    case 'pull-request': {
      const { pullRequest, isNew, notes } = progress
      const known = row.pullRequest?.url === pullRequest.url ? row.pullRequest : {}
      const set = { pullRequest: { ...known, ...pullRequest }, notes }
      updateDelivery(tx, taskId, set, now)
      const { number, url, title, state } = pullRequest
      const data = { number, url, title, state, is_new: isNew, notes }
      record({ taskId, type: 'delivery.pull-request', data })
    }
  }
}

/** The work is done and stays; only its delivery can be asked for again. */
export function abandonDelivery(deps: RunnerDeps, taskId: string, error: unknown): void {
  const sentence = toMessage(error)
  const paths = error instanceof AppError ? error.details.conflicts : undefined
  deps.eventLog.transact((tx, record) => {
    const row = findDelivery(tx, taskId)
    if (row?.state !== 'pending') return
    const conflicts = Array.isArray(paths) ? { conflicts: paths.map(String) } : {}
    updateDelivery(tx, taskId, { state: 'failed', error: sentence, ...conflicts }, deps.clock.now())
    record({ taskId, type: 'delivery.failed', data: { error: sentence, branch: row.branch } })
    const whole = `All work is done and kept, but it could not be delivered. ${sentence}`
    failTask({ tx, record, clock: deps.clock }, taskId, whole)
  })
}
