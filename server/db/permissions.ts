/** What agents asked to be allowed, and what became of it. */
import { and, asc, count, desc, eq, getTableColumns, inArray, or, sql } from 'drizzle-orm'
import type { Permission, PermissionMode, PermissionScope } from '#contract/permission.ts'
import { findRole } from '#contract/team-rules.ts'
import { toIso } from '#lib/clock.ts'
import type { Tx } from './open.ts'
import { agents, permissions, tasks } from './schema/tables.ts'

export type PermissionRow = typeof permissions.$inferSelect
export type NewPermission = Omit<
  typeof permissions.$inferInsert,
  'status' | 'scope' | 'changedInput' | 'message' | 'isDelivered' | 'note' | 'answeredAt'
>

/** Undefined when the agent's request is stored already. */
export function insertPermission(tx: Tx, row: NewPermission): PermissionRow | undefined {
  return tx
    .insert(permissions)
    .values({ ...row, status: 'pending' })
    .onConflictDoNothing({ target: [permissions.agentId, permissions.requestId] })
    .returning()
    .get()
}

export function findPermission(tx: Tx, id: string): PermissionRow | undefined {
  return tx.select().from(permissions).where(eq(permissions.id, id)).get()
}

export function findRequest(tx: Tx, agentId: string, requestId: string): PermissionRow | undefined {
  return tx
    .select()
    .from(permissions)
    .where(and(eq(permissions.agentId, agentId), eq(permissions.requestId, requestId)))
    .get()
}

/** Nobody has answered them yet; oldest first. Of every task unless asked for one. */
export function listPending(tx: Tx, taskId?: string): PermissionRow[] {
  return tx
    .select()
    .from(permissions)
    .where(
      and(
        // As the index has it.
        sql`${permissions.status} = 'pending'`,
        taskId === undefined ? undefined : eq(permissions.taskId, taskId),
      ),
    )
    .orderBy(
      asc(permissions.askedAt),
      ...(taskId === undefined ? [asc(permissions.taskId), sql`rowid`] : [asc(permissions.id)]),
    )
    .all()
}

/** What nobody has answered in these tasks, each with the number that `listAttention` knows it by. */
export function listPendingIn(tx: Tx, taskIds: readonly string[]) {
  return tx
    .select({ ...getTableColumns(permissions), part: sql<number>`${permissions}.rowid` })
    .from(permissions)
    .where(and(sql`${permissions.status} = 'pending'`, inArray(permissions.taskId, [...taskIds])))
    .all()
}

/** Of one task or one of its agents, in whatever state, newest first. */
export function listPermissions(
  tx: Tx,
  filter: { taskId: string; agentId?: string; limit: number },
): PermissionRow[] {
  return tx
    .select()
    .from(permissions)
    .where(
      and(
        eq(permissions.taskId, filter.taskId),
        filter.agentId === undefined ? undefined : eq(permissions.agentId, filter.agentId),
      ),
    )
    .orderBy(desc(permissions.askedAt), desc(permissions.id))
    .limit(filter.limit)
    .all()
}

/** What the agent still waits for: not answered, or answered without having heard it. */
export function listUnheard(tx: Tx, agentId: string): PermissionRow[] {
  return tx
    .select()
    .from(permissions)
    .where(
      and(
        eq(permissions.agentId, agentId),
        or(
          eq(permissions.status, 'pending'),
          and(
            inArray(permissions.status, ['allowed', 'denied']),
            eq(permissions.isDelivered, false),
          ),
        ),
      ),
    )
    .orderBy(asc(permissions.askedAt), asc(permissions.id))
    .all()
}

/** The answered row, or undefined when it was not pending any more. */
export function answerPermission(
  tx: Tx,
  answer: {
    id: string
    status: 'allowed' | 'denied'
    scope?: PermissionScope
    changedInput?: Record<string, unknown>
    message?: string
    now: number
  },
): PermissionRow | undefined {
  const { id, now, ...set } = answer
  return tx
    .update(permissions)
    .set({ ...set, answeredAt: now })
    .where(and(eq(permissions.id, id), eq(permissions.status, 'pending')))
    .returning()
    .get()
}

export function markDelivered(tx: Tx, id: string): void {
  tx.update(permissions).set({ isDelivered: true }).where(eq(permissions.id, id)).run()
}

/** Takes back what the agent has not heard an answer to. */
export function withdrawPermission(
  tx: Tx,
  id: string,
  { note, now }: { note: string; now: number },
): PermissionRow | undefined {
  return tx
    .update(permissions)
    .set({
      status: 'withdrawn',
      note,
      answeredAt: sql`coalesce(${permissions.answeredAt}, ${now})`,
    })
    .where(and(eq(permissions.id, id), eq(permissions.isDelivered, false)))
    .returning()
    .get()
}

/** How many nobody has answered in each of the tasks; a task without any is left out. */
export function countPending(tx: Tx, taskIds: readonly string[]): Map<string, number> {
  const rows = tx
    .select({ taskId: permissions.taskId, count: count() })
    .from(permissions)
    .where(and(sql`${permissions.status} = 'pending'`, inArray(permissions.taskId, [...taskIds])))
    .groupBy(permissions.taskId)
    .all()
  return new Map(rows.map((row) => [row.taskId, row.count]))
}

/** When an agent asks a person, as its CLI is to be told now: what its role says goes before what its task says. */
export function permissionModeOf(tx: Tx, agentId: string): PermissionMode {
  const found = tx
    .select({ role: agents.role, mode: tasks.permissionMode, team: tasks.team })
    .from(agents)
    .innerJoin(tasks, eq(tasks.id, agents.taskId))
    .where(eq(agents.id, agentId))
    .get()
  if (!found) return 'bypassPermissions'
  return findRole(found.team, found.role)?.permission_mode ?? found.mode
}

/** What is allowed in a task without asking. */
export function listRules(tx: Tx, taskId: string): string[] {
  return (
    tx.select({ rules: tasks.permissionRules }).from(tasks).where(eq(tasks.id, taskId)).get()
      ?.rules ?? []
  )
}

/** A reviewer reads and runs what there is; what it would change in its clone goes nowhere. */
const editingTools = ['Edit', 'MultiEdit', 'Write', 'NotebookEdit']

/** What an agent need not ask for, by its role and by its task, and what its role may not do: rules of the CLI. */
export function rulesOf(tx: Tx, agentId: string): { allow: string[]; deny: string[] } {
  const found = tx
    .select({
      role: agents.role,
      kind: agents.kind,
      team: tasks.team,
      rules: tasks.permissionRules,
    })
    .from(agents)
    .innerJoin(tasks, eq(tasks.id, agents.taskId))
    .where(eq(agents.id, agentId))
    .get()
  if (!found) return { allow: [], deny: [] }
  const own = findRole(found.team, found.role)
  const allow = [...new Set([...(own?.allowed_tools ?? []), ...(found.rules ?? [])])]
  const denied = own?.disallowed_tools ?? []
  const deny = found.kind === 'reviewer' ? [...new Set([...denied, ...editingTools])] : denied
  return { allow, deny }
}

export function addRules(tx: Tx, taskId: string, rules: readonly string[]): void {
  const all = [...new Set([...listRules(tx, taskId), ...rules])]
  tx.update(tasks).set({ permissionRules: all }).where(eq(tasks.id, taskId)).run()
}

export function toPermission(row: PermissionRow): Permission {
  return {
    id: row.id,
    task_id: row.taskId,
    agent_id: row.agentId,
    ...(row.subtaskId !== null && { subtask_id: row.subtaskId }),
    tool: row.tool,
    input: row.input,
    ...(row.description !== null && { description: row.description }),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.blockedPath !== null && { blocked_path: row.blockedPath }),
    rules: row.rules,
    status: row.status,
    ...(row.scope !== null && { scope: row.scope }),
    ...(row.changedInput !== null && { changed_input: row.changedInput }),
    ...(row.message !== null && { message: row.message }),
    delivered: row.isDelivered,
    ...(row.note !== null && { note: row.note }),
    asked_at: toIso(row.askedAt),
    ...(row.answeredAt !== null && { answered_at: toIso(row.answeredAt) }),
  }
}
