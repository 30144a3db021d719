/** Rows of `tasks`. Every change of status is compare-and-set. */
import { and, asc, desc, eq, gte, inArray, isNotNull, isNull, lt, or, sql } from 'drizzle-orm'
import type { TaskStatus } from '#contract/task.ts'
import type { Tx } from './open.ts'
import { preparedChanges, preparedOnce } from './prepared.ts'
import { agents, tasks, uploads } from './schema/tables.ts'

export type TaskRow = typeof tasks.$inferSelect
export type NewTask = Omit<typeof tasks.$inferInsert, 'number'>
/** What may be changed freely; the status has its own function. */
export type TaskPatch = Partial<
  Omit<TaskRow, 'id' | 'number' | 'status' | 'lastSeq' | 'createdAt' | 'updatedAt'>
>

export function insertTask(tx: Tx, row: NewTask): TaskRow {
  const number = sql`(select coalesce(max(number), 0) + 1 from tasks)`
  return tx
    .insert(tasks)
    .values({ ...row, number })
    .returning()
    .get()
}

export function findTask(tx: Tx, taskId: string): TaskRow | undefined {
  return oneTask(tx).get({ taskId })
}

const oneTask = preparedOnce((tx) =>
  tx
    .select()
    .from(tasks)
    .where(eq(tasks.id, sql.placeholder('taskId')))
    .prepare(),
)

/** In no order; those that are gone are left out. */
export function findTasks(tx: Tx, taskIds: readonly string[]) {
  const { id, name, status, phase, branch, planVersion, error } = tasks
  return tx
    .select({ id, name, status, phase, branch, planVersion, error })
    .from(tasks)
    .where(inArray(id, [...taskIds]))
    .all()
}

/** Ids that begin with `prefix`, which is made of hexadecimal digits and dashes; in their order. */
export function listTaskIdsWith(tx: Tx, prefix: string, limit: number): string[] {
  return tx
    .select({ id: tasks.id })
    .from(tasks)
    .where(and(gte(tasks.id, prefix), lt(tasks.id, `${prefix}g`)))
    .orderBy(asc(tasks.id))
    .limit(limit)
    .all()
    .map(({ id }) => id)
}

/** Ids of tasks that may need the runner: an active status, an intent not carried out, or agents with something left. */
export function listTaskIdsToTend(tx: Tx): string[] {
  const withAgents = tx
    .select({ id: agents.taskId })
    .from(agents)
    .where(
      or(eq(agents.holdsResources, true), inArray(agents.status, ['queued', 'created', 'running'])),
    )
  return tx
    .select({ id: tasks.id })
    .from(tasks)
    .where(
      or(
        inArray(tasks.status, ['planning', 'planned', 'approved', 'running']),
        isNotNull(tasks.intent),
        inArray(tasks.id, withAgents),
      ),
    )
    .orderBy(asc(tasks.createdAt))
    .all()
    .map(({ id }) => id)
}

/** The newest run of that task with the same words, made since then. */
export function findTwin(
  tx: Tx,
  wanted: { relaunchedFrom: string; prompt: string; keepsContext: boolean; since: number },
): TaskRow | undefined {
  const { previousRun, relaunchedFrom, prompt, createdAt, intent } = tasks
  return tx
    .select()
    .from(tasks)
    .where(
      and(
        eq(relaunchedFrom, wanted.relaunchedFrom),
        eq(prompt, wanted.prompt),
        wanted.keepsContext ? isNotNull(previousRun) : isNull(previousRun),
        gte(createdAt, wanted.since),
        isNull(intent),
      ),
    )
    .orderBy(desc(createdAt))
    .get()
}

/** Paused by the server when it ended; a person may have gone on with others. */
export function listPausedByShutdown(tx: Tx): TaskRow[] {
  return tx
    .select()
    .from(tasks)
    .where(and(eq(tasks.status, 'paused'), eq(tasks.pausedBy, 'shutdown')))
    .all()
}

/** The changed row, or undefined when the task is not in one of `from` any more. */
export function changeTaskStatus(
  tx: Tx,
  change: {
    taskId: string
    from: readonly TaskStatus[]
    to: TaskStatus
    set?: TaskPatch
    now: number
  },
): TaskRow | undefined {
  return tx
    .update(tasks)
    .set({ ...change.set, status: change.to, updatedAt: change.now })
    .where(and(eq(tasks.id, change.taskId), inArray(tasks.status, [...change.from])))
    .returning()
    .get()
}

export function updateTask(tx: Tx, taskId: string, set: TaskPatch, now: number): void {
  const patch = { ...set, updatedAt: now }
  const query = changesOfTask(tx, patch)
  if (query) query.run({ ...patch, ofId: taskId })
  else tx.update(tasks).set(patch).where(eq(tasks.id, taskId)).run()
}

const changesOfTask = preparedChanges((tx, columns) =>
  tx
    .update(tasks)
    // The columns of a patch, with placeholders of the same types.
    .set(columns as TaskPatch)
    .where(eq(tasks.id, sql.placeholder('ofId')))
    .prepare(),
)

/** Removes the task and every row that refers to it. */
export function deleteTask(tx: Tx, taskId: string): void {
  tx.delete(tasks).where(eq(tasks.id, taskId)).run()
}

/** Paths inside `input/`, sorted. */
export function listUploadPaths(tx: Tx, taskId: string): string[] {
  return tx
    .select({ path: uploads.path })
    .from(uploads)
    .where(eq(uploads.taskId, taskId))
    .orderBy(asc(uploads.path))
    .all()
    .map(({ path }) => path)
}

/** Dollars spent by the agents of each of the tasks. */
export function costByTask(tx: Tx, taskIds: readonly string[]): Map<string, number> {
  const rows = tx
    .select({ taskId: agents.taskId, cost: sql<number>`sum(${agents.costUsd})` })
    .from(agents)
    .where(inArray(agents.taskId, [...taskIds]))
    .groupBy(agents.taskId)
    .all()
  return new Map(rows.map(({ taskId, cost }) => [taskId, cost]))
}
