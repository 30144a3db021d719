/** Takes checkpoints when they are due: woken by events, but deciding from rows. */
import type { Checkpoint } from '#contract/checkpoint.ts'
import { AppError, toMessage } from '#contract/errors.ts'
import type { TaskEvent } from '#contract/event.ts'
import {
  type CheckpointRow,
  findCheckpoint,
  insertCheckpoint,
  listCheckpoints,
  listTaskIdsToCheckpoint,
} from '#db/checkpoints.ts'
import { listSubtasks } from '#db/subtasks.ts'
import { findTask } from '#db/tasks.ts'
import { toIso } from '#lib/clock.ts'
import { createKeyedQueue } from '#lib/keyed-queue.ts'
import type { CheckpointDeps, Checkpoints } from './checkpoints.ts'
import { dueCause } from './due.ts'
import { getReady, missing } from './find.ts'
import { keep } from './keep.ts'
import { lay } from './lay.ts'
import { parseManifest } from './manifest.ts'
import { prune, remove, sweep, usedByRestore } from './prune.ts'
import { take } from './take.ts'

/** After these a task may be due. What is due is decided from its rows. */
const wakers: ReadonlySet<TaskEvent['type']> = new Set([
  'task.paused',
  'task.completed',
  'subtask.completed',
])

const lookMs = 30_000

export function createCheckpoints(deps: CheckpointDeps): Checkpoints {
  const { db, clock } = deps
  const closing = new AbortController()
  const running = new Map<string, AbortController>()
  const { later, settled } = createJobs(deps, closing.signal)
  let isStarted = false
  let unsubscribe = (): void => {}

  const takeOpen = async (taskId: string): Promise<void> => {
    const [row] = listCheckpoints(db, taskId, ['taking']).slice(-1)
    if (!row) return
    const abort = new AbortController()
    running.set(taskId, abort)
    try {
      await take(deps, row, AbortSignal.any([abort.signal, closing.signal]))
    } finally {
      running.delete(taskId)
    }
    if (!closing.signal.aborted && findTask(db, taskId)) await prune(deps, taskId)
  }

  const tend = (taskId: string): void => {
    void later(taskId, async () => {
      insertDue(deps, taskId)
      await takeOpen(taskId)
      if (isOld(deps, taskId)) await prune(deps, taskId)
    }).catch(() => {})
  }

  const watch = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await clock.sleep(Math.min(lookMs, deps.config.intervalMs), closing.signal)
      const oldMs = clock.now() - deps.config.retentionMs
      for (const taskId of listTaskIdsToCheckpoint(db, oldMs)) tend(taskId)
    }
  }

  return {
    ...createReading(deps),
    take(taskId, { label }) {
      const row = beginByHand(deps, taskId, label)
      tend(taskId)
      return toCheckpoint(row)
    },
    async keep(taskId, id) {
      await later(taskId, () => keep(deps, { taskId, id, signal: closing.signal }))
      void later(taskId, () => prune(deps, taskId)).catch(() => {})
    },
    lay: (taskId, agent, options) => lay(deps, taskId, agent, options),
    async remove(taskId, id) {
      const row = getRow(deps, taskId, id)
      if (row.status === 'taking')
        throw new AppError('task.busy', 'The checkpoint is still being taken. Try again soon.')
      if (usedByRestore(findTask(db, taskId)).includes(id))
        throw new AppError('task.busy', 'The task is being taken back with it. Try again soon.')
      remove(deps, taskId, [row])
      await later(taskId, () => sweep(deps, taskId))
    },
    start() {
      if (isStarted) return
      isStarted = true
      unsubscribe = deps.eventLog.subscribe(({ type, task_id: taskId }) => {
        if (wakers.has(type)) tend(taskId)
        // Its volumes are about to go: whoever removes them must not wait for us.
        else if (type === 'task.status' && isGoing(deps, taskId)) running.get(taskId)?.abort()
      })
      for (const taskId of listTaskIdsToCheckpoint(db, 0)) tend(taskId)
      // Ends with the abort of `closing`.
      watch().catch(() => {})
    },
    settled,
    async close() {
      unsubscribe()
      closing.abort(new Error('the server is closing'))
      await settled()
    },
  }
}

function createReading(deps: CheckpointDeps): Pick<Checkpoints, 'list' | 'get' | 'read'> {
  return {
    list: (taskId) => {
      requireTask(deps, taskId)
      return listCheckpoints(deps.db, taskId).map(toCheckpoint)
    },
    get: (taskId, id) => toCheckpoint(getRow(deps, taskId, id)),
    async read(taskId, id) {
      getReady(deps.db, taskId, id)
      return parseManifest(await deps.workspaces.readManifest(taskId, id))
    },
  }
}

/** One at a time for a task; tasks do not wait for each other. Work of a task that is gone is dropped. */
function createJobs({ db, log }: CheckpointDeps, signal: AbortSignal) {
  const queue = createKeyedQueue()
  const jobs = new Set<Promise<void>>()
  return {
    later(taskId: string, work: () => Promise<void>): Promise<void> {
      const job = queue.run(taskId, async () => {
        if (!signal.aborted && findTask(db, taskId)) await work()
      })
      const kept = job
        .catch((error) => log.error('checkpoints', { task: taskId, error: toMessage(error) }))
        .finally(() => jobs.delete(kept))
      jobs.add(kept)
      return job
    },
    async settled(): Promise<void> {
      while (jobs.size > 0) await Promise.all(jobs)
    },
  }
}

/** Write intent first: from here on it is taken, whatever happens to the server. */
function insertDue({ eventLog, clock, config, newId }: CheckpointDeps, taskId: string): void {
  eventLog.transact((tx) => {
    const task = findTask(tx, taskId)
    const [newest] = listCheckpoints(tx, taskId)
    if (!task || newest?.status === 'taking') return
    const subtasks = listSubtasks(tx, taskId)
    const cause = dueCause({ task, subtasks, newest, now: clock.now(), config })
    if (cause) insertCheckpoint(tx, { id: newId(), taskId, cause, createdAt: clock.now() })
  })
}

function beginByHand(
  { eventLog, clock, newId }: CheckpointDeps,
  taskId: string,
  label: string | undefined,
): CheckpointRow {
  return eventLog.transact((tx) => {
    const task = findTask(tx, taskId)
    if (!task) throw noTask(taskId)
    if (task.baseCommit === null)
      throw new AppError(
        'task.wrong-state',
        'There is nothing to keep yet: the task has no files before its planning began.',
        { details: { status: task.status } },
      )
    const [open] = listCheckpoints(tx, taskId, ['taking'])
    const id = newId()
    const row = { id, taskId, cause: 'manual' as const, createdAt: clock.now() }
    return open ?? insertCheckpoint(tx, { ...row, label: label || null })
  })
}

const isGoing = ({ db }: CheckpointDeps, taskId: string): boolean => {
  const intent = findTask(db, taskId)?.intent
  return intent === 'cancel' || intent === 'delete'
}

const isOld = ({ db, clock, config }: CheckpointDeps, taskId: string): boolean =>
  listCheckpoints(db, taskId, ['ready'])
    .slice(1)
    .some(({ createdAt }) => clock.now() - createdAt > config.retentionMs)

function requireTask({ db }: CheckpointDeps, taskId: string): void {
  if (!findTask(db, taskId)) throw noTask(taskId)
}

const noTask = (taskId: string): AppError =>
  new AppError('task.not-found', `There is no task ${taskId}.`)

function getRow(deps: CheckpointDeps, taskId: string, id: string): CheckpointRow {
  requireTask(deps, taskId)
  const row = findCheckpoint(deps.db, taskId, id)
  if (!row) throw missing(deps.db, taskId, id)
  return row
}

function toCheckpoint(row: CheckpointRow): Checkpoint {
  const { id, taskId, cause, status, label, error, commit, summary, completedAt } = row
  const changed = summary?.agent_states.reduce((sum, agent) => sum + agent.files_changed, 0)
  return {
    ...{ id, task_id: taskId, cause, status },
    ...(label === null ? {} : { label }),
    ...(error === null ? {} : { error }),
    ...(commit === null ? {} : { commit }),
    size_bytes: row.sizeBytes,
    files_changed: changed ?? 0,
    ...summary,
    created_at: toIso(row.createdAt),
    ...(completedAt === null ? {} : { completed_at: toIso(completedAt) }),
  }
}
