/** Versions of plans. A row never changes but for its status; the newest version is the one in force or on offer. */
import { and, asc, count, desc, eq, inArray, ne, sql } from 'drizzle-orm'
import type { PlanDraft, PlanStatus } from '#contract/plan.ts'
import type { Tx } from './open.ts'
import { preparedOnce } from './prepared.ts'
import { events, plans } from './schema/tables.ts'

export type PlanRow = typeof plans.$inferSelect

/** Stores the next version and marks the others superseded. */
export function insertPlan(
  tx: Tx,
  plan: {
    id: string
    taskId: string
    origin: PlanRow['origin']
    draft: PlanDraft
    status: PlanStatus
    now: number
  },
): PlanRow {
  const { now, ...row } = plan
  const version = (findPlan(tx, plan.taskId)?.version ?? 0) + 1
  supersedePlans(tx, plan.taskId)
  return tx
    .insert(plans)
    .values({ ...row, version, createdAt: now })
    .returning()
    .get()
}

/** The given version, or the newest. */
export function findPlan(tx: Tx, taskId: string, version?: number): PlanRow | undefined {
  return version === undefined
    ? newestPlan(tx).get({ taskId })
    : tx
        .select()
        .from(plans)
        .where(and(eq(plans.taskId, taskId), eq(plans.version, version)))
        .get()
}

const newestPlan = preparedOnce((tx) =>
  tx
    .select()
    .from(plans)
    .where(eq(plans.taskId, sql.placeholder('taskId')))
    .orderBy(desc(plans.version))
    .limit(1)
    .prepare(),
)

export type PlanOutline = Pick<PlanRow, 'taskId' | 'version'> &
  Pick<PlanDraft, 'strategy'> & { estimatedAgents: number; subtasks: number }

/** The newest plan of each task, without the texts of its subtasks. */
export function outlinePlans(tx: Tx, taskIds: readonly string[]): PlanOutline[] {
  return tx
    .select({
      taskId: plans.taskId,
      version: plans.version,
      strategy: sql<PlanDraft['strategy']>`${plans.draft} ->> '$.strategy'`,
      estimatedAgents: sql<number>`${plans.draft} ->> '$.estimated_agents'`,
      subtasks: sql<number>`json_array_length(${plans.draft}, '$.subtasks')`,
    })
    .from(plans)
    .where(
      and(
        inArray(plans.taskId, [...taskIds]),
        sql`${plans.version} = (select max(newest.version) from plans newest where newest.task_id = ${plans.taskId})`,
      ),
    )
    .all()
}

export function listPlans(tx: Tx, taskId: string): PlanRow[] {
  return tx.select().from(plans).where(eq(plans.taskId, taskId)).orderBy(asc(plans.version)).all()
}

export function setPlanStatus(tx: Tx, planId: string, status: PlanStatus): void {
  tx.update(plans).set({ status }).where(eq(plans.id, planId)).run()
}

export function supersedePlans(tx: Tx, taskId: string): void {
  tx.update(plans)
    .set({ status: 'superseded' })
    .where(and(eq(plans.taskId, taskId), ne(plans.status, 'superseded')))
    .run()
}

/** How often this planner's output was refused, as told in the event log. */
export function countInvalidPlans(tx: Tx, agentId: string): number {
  const where = and(eq(events.agentId, agentId), eq(events.type, 'plan.invalid'))
  return tx.select({ total: count() }).from(events).where(where).get()?.total ?? 0
}
