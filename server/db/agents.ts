import { and, asc, count, desc, eq, inArray, isNotNull, type SQL, sql } from 'drizzle-orm'
import type { Agent, AgentKind, AgentStatus, Usage } from '#contract/agent.ts'
import { AppError } from '#contract/errors.ts'
import { toIso } from '#lib/clock.ts'
import type { Tx } from './open.ts'
import { preparedChanges, preparedOnce } from './prepared.ts'
import { agents } from './schema/tables.ts'

export type AgentRow = typeof agents.$inferSelect
export type NewAgent = Pick<
  AgentRow,
  'id' | 'taskId' | 'kind' | 'role' | 'status' | 'model' | 'attempt' | 'sessionId' | 'createdAt'
> &
  Partial<
    Pick<
      AgentRow,
      | 'subtaskId'
      | 'baseCommit'
      | 'phase'
      | 'holdsResources'
      | 'restoredFrom'
      | 'frozenAt'
      | 'result'
      | 'error'
      | 'startedAt'
      | 'completedAt'
    >
  >
/** What may change after the row was made. */
export type AgentPatch = Partial<Omit<AgentRow, 'id' | 'taskId' | 'createdAt'>>

const noUsage: Usage = {
  input_tokens: 0,
  output_tokens: 0,
  cache_read_tokens: 0,
  cache_write_tokens: 0,
}

export function insertAgent(tx: Tx, agent: NewAgent): AgentRow {
  return tx
    .insert(agents)
    .values({ ...agent, usage: noUsage })
    .returning()
    .get()
}

export function findAgent(tx: Tx, id: string): AgentRow | undefined {
  return oneAgent(tx).get({ id })
}

const oneAgent = preparedOnce((tx) =>
  tx
    .select()
    .from(agents)
    .where(eq(agents.id, sql.placeholder('id')))
    .prepare(),
)

/** Throws `agent.not-found`. */
export function getAgent(tx: Tx, id: string): AgentRow {
  const row = findAgent(tx, id)
  if (!row) throw new AppError('agent.not-found', `There is no agent ${id}.`)
  return row
}

/** Oldest first. */
export function listAgents(
  tx: Tx,
  filter: {
    taskId?: string
    subtaskId?: string
    statuses?: AgentStatus[]
    holdsResources?: boolean
  } = {},
): AgentRow[] {
  const { taskId, ...more } = filter
  if (taskId !== undefined && Object.values(more).every((value) => value === undefined))
    return allOfTask(tx).all({ taskId })
  const conditions: (SQL | undefined)[] = [
    filter.taskId === undefined ? undefined : eq(agents.taskId, filter.taskId),
    filter.subtaskId === undefined ? undefined : eq(agents.subtaskId, filter.subtaskId),
    filter.statuses === undefined ? undefined : inArray(agents.status, filter.statuses),
    filter.holdsResources === undefined
      ? undefined
      : eq(agents.holdsResources, filter.holdsResources),
  ]
  return tx
    .select()
    .from(agents)
    .where(and(...conditions))
    .orderBy(asc(agents.createdAt), asc(agents.id))
    .all()
}

const allOfTask = preparedOnce((tx) =>
  tx
    .select()
    .from(agents)
    .where(eq(agents.taskId, sql.placeholder('taskId')))
    .orderBy(asc(agents.createdAt), asc(agents.id))
    .prepare(),
)

export type AgentPageQuery = {
  taskId?: string
  statuses?: readonly AgentStatus[]
  kinds?: readonly AgentKind[]
  subtaskId?: string
  /** Only agents before this one in the list's order. */
  before?: AgentPosition
  limit: number
}

/** Agents are in the order of their making; the id tells apart those of one millisecond. */
export type AgentPosition = Pick<AgentRow, 'createdAt' | 'id'>

/** Newest first. Walks an index and stops at the limit. */
export function listAgentsBackwards(tx: Tx, query: AgentPageQuery): AgentRow[] {
  const { statuses, taskId, limit } = query
  if (statuses === undefined || taskId !== undefined) return walkBackwards(tx, query)
  // One walk for each status: an index gives each of them in order, but not their union.
  return [...new Set(statuses)]
    .flatMap((status) => walkBackwards(tx, { ...query, statuses: [status] }))
    .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
    .slice(0, limit)
}

function walkBackwards(tx: Tx, query: AgentPageQuery): AgentRow[] {
  const { statuses, taskId, subtaskId, kinds, before, limit } = query
  const [only] = statuses ?? []
  // Inside a task, which has few agents, their order leads and the rest is a filter.
  const ofStatus =
    statuses === undefined
      ? undefined
      : only !== undefined && taskId === undefined
        ? eq(agents.status, only)
        : inArray(sql`+${agents.status}`, [...statuses])
  return tx
    .select()
    .from(agents)
    .where(
      and(
        taskId === undefined ? undefined : eq(agents.taskId, taskId),
        ofStatus,
        subtaskId === undefined ? undefined : eq(agents.subtaskId, subtaskId),
        kinds === undefined ? undefined : inArray(agents.kind, [...kinds]),
        before && sql`(${agents.createdAt}, ${agents.id}) < (${before.createdAt}, ${before.id})`,
      ),
    )
    .orderBy(desc(agents.createdAt), desc(agents.id))
    .limit(limit)
    .all()
}

/** Agents that wait in a container, ready to begin. */
export function countWarmAgents(tx: Tx): number {
  const found = tx
    .select({ count: count() })
    .from(agents)
    .where(
      and(
        inArray(agents.status, ['created', 'running']),
        eq(agents.phase, 'warm'),
        isNotNull(agents.containerId),
      ),
    )
    .get()
  return found?.count ?? 0
}

/** Changes the row if it exists and, with `from`, only while its status is one of these. */
export function updateAgent(
  tx: Tx,
  id: string,
  patch: AgentPatch,
  options: { from?: AgentStatus[] } = {},
): AgentRow | undefined {
  const query = options.from ? undefined : changesOfAgent(tx, patch)
  if (query) return query.get({ ...patch, ofId: id })
  return tx
    .update(agents)
    .set(patch)
    .where(and(eq(agents.id, id), options.from ? inArray(agents.status, options.from) : undefined))
    .returning()
    .get()
}

const changesOfAgent = preparedChanges((tx, columns) =>
  tx
    .update(agents)
    // The columns of a patch, with placeholders of the same types.
    .set(columns as AgentPatch)
    .where(eq(agents.id, sql.placeholder('ofId')))
    .returning()
    .prepare(),
)

/** The wire form. `outputBytes`, the place in the queue and what it asks are known elsewhere. */
export function toAgent(
  row: AgentRow,
  extra: { outputBytes: number; queuePosition?: number; isAsking?: boolean },
): Agent {
  return {
    id: row.id,
    task_id: row.taskId,
    ...(row.subtaskId !== null && { subtask_id: row.subtaskId }),
    role: row.role,
    kind: row.kind,
    status: row.status,
    phase: row.phase,
    ...(row.containerId !== null && { container_id: row.containerId }),
    session_id: row.sessionId,
    model: row.model,
    attempt: row.attempt,
    ...(extra.queuePosition !== undefined && { queue_position: extra.queuePosition }),
    ...(row.exitCode !== null && { exit_code: row.exitCode }),
    ...(row.error !== null && { error: row.error }),
    ...(row.result !== null && { result: row.result }),
    ...(row.activity !== null && { activity: row.activity }),
    turns: row.turns,
    cost_usd: row.costUsd,
    usage: row.usage,
    output_bytes: extra.outputBytes,
    ...(row.outputRemoved !== null && {
      output_removed: { ...row.outputRemoved, at: toIso(row.outputRemoved.at) },
    }),
    ...(row.restoredFrom !== null && { restored_from: row.restoredFrom }),
    ...(extra.isAsking && { asks_person: true }),
    ...(row.frozenAt !== null && { frozen_since: toIso(row.frozenAt) }),
    created_at: toIso(row.createdAt),
    ...(row.startedAt !== null && { started_at: toIso(row.startedAt) }),
    ...(row.completedAt !== null && { completed_at: toIso(row.completedAt) }),
  }
}
