/** Live state of the subtasks of the plan in force. Every change of status is compare-and-set. */
import { and, asc, eq, inArray, notInArray, sql } from 'drizzle-orm'
import type { SubtaskSpec, SubtaskStatus } from '#contract/plan.ts'
import type { Tx } from './open.ts'
import { preparedOnce } from './prepared.ts'
import { subtasks } from './schema/tables.ts'

export type SubtaskRow = typeof subtasks.$inferSelect
export type SubtaskPatch = Partial<Omit<SubtaskRow, 'taskId' | 'id' | 'status'>>

export function listSubtasks(tx: Tx, taskId: string): SubtaskRow[] {
  return allOfTask(tx).all({ taskId })
}

const allOfTask = preparedOnce((tx) =>
  tx
    .select()
    .from(subtasks)
    .where(eq(subtasks.taskId, sql.placeholder('taskId')))
    .orderBy(asc(subtasks.position))
    .prepare(),
)

/** Of several tasks at once, for lists. */
export function listStatuses(
  tx: Tx,
  taskIds: readonly string[],
): Pick<SubtaskRow, 'taskId' | 'status'>[] {
  return tx
    .select({ taskId: subtasks.taskId, status: subtasks.status })
    .from(subtasks)
    .where(inArray(subtasks.taskId, [...taskIds]))
    .all()
}

/** Of several tasks at once, without what their agents are told. */
export function outlineSubtasks(tx: Tx, taskIds: readonly string[]) {
  const { taskId, id, position, status, agentId, attempt, maxAttempts, error } = subtasks
  const { conflicts, resolution, completedAt } = subtasks
  return tx
    .select({
      ...{ taskId, id, position, status, agentId, attempt, maxAttempts, error },
      ...{ conflicts, resolution, completedAt },
      name: sql<string>`${subtasks.spec} ->> '$.name'`,
      role: sql<string>`${subtasks.spec} ->> '$.agent_role'`,
      dependsOn: sql<string>`${subtasks.spec} -> '$.depends_on'`.mapWith(
        (json: string) => JSON.parse(json) as string[], // as `SubtaskSpec` has it
      ),
    })
    .from(subtasks)
    .where(inArray(subtasks.taskId, [...taskIds]))
    .all()
}
export type SubtaskOutline = ReturnType<typeof outlineSubtasks>[number]

export function findSubtask(tx: Tx, taskId: string, id: string): SubtaskRow | undefined {
  return oneSubtask(tx).get({ taskId, id })
}

const oneSubtask = preparedOnce((tx) =>
  tx
    .select()
    .from(subtasks)
    .where(
      and(eq(subtasks.taskId, sql.placeholder('taskId')), eq(subtasks.id, sql.placeholder('id'))),
    )
    .prepare(),
)

/**
 * Makes the live rows those of a plan: the ones named in `keep` stay as they are but for place and definition,
 * all others begin anew.
 */
export function replaceSubtasks(
  tx: Tx,
  taskId: string,
  plan: { specs: readonly SubtaskSpec[]; maxAttempts: number; keep?: ReadonlySet<string> },
): void {
  const kept = plan.specs.map(({ id }) => id).filter((id) => plan.keep?.has(id))
  tx.delete(subtasks)
    .where(and(eq(subtasks.taskId, taskId), notInArray(subtasks.id, kept)))
    .run()
  for (const [position, spec] of plan.specs.entries())
    tx.insert(subtasks)
      .values({
        taskId,
        id: spec.id,
        position,
        spec,
        status: 'pending',
        maxAttempts: plan.maxAttempts,
      })
      .onConflictDoUpdate({
        target: [subtasks.taskId, subtasks.id],
        set: { position, spec },
      })
      .run()
}

/** Makes the live rows exactly these. */
export function setSubtasks(tx: Tx, taskId: string, rows: readonly SubtaskRow[]): void {
  tx.delete(subtasks).where(eq(subtasks.taskId, taskId)).run()
  for (const row of rows)
    tx.insert(subtasks)
      .values({ ...row, taskId })
      .run()
}

/** The changed row, or undefined when it is not in one of `from` (or belongs to another agent) any more. */
export function changeSubtaskStatus(
  tx: Tx,
  change: {
    taskId: string
    id: string
    from: readonly SubtaskStatus[]
    to: SubtaskStatus
    /** Changes only while this agent is on it. */
    agentId?: string
    set?: SubtaskPatch
  },
): SubtaskRow | undefined {
  return tx
    .update(subtasks)
    .set({ ...change.set, status: change.to })
    .where(
      and(
        eq(subtasks.taskId, change.taskId),
        eq(subtasks.id, change.id),
        inArray(subtasks.status, [...change.from]),
        change.agentId === undefined ? undefined : eq(subtasks.agentId, change.agentId),
      ),
    )
    .returning()
    .get()
}

export function updateSubtask(tx: Tx, taskId: string, id: string, set: SubtaskPatch): void {
  tx.update(subtasks)
    .set(set)
    .where(and(eq(subtasks.taskId, taskId), eq(subtasks.id, id)))
    .run()
}
