import { and, asc, eq, inArray, type SQL } from 'drizzle-orm'
import type { Agent, AgentStatus, Usage } from '#contract/agent.ts'
import { AppError } from '#contract/errors.ts'
import { toIso } from '#lib/clock.ts'
import type { Tx } from './open.ts'
import { agents } from './schema/tables.ts'

export type AgentRow = typeof agents.$inferSelect
export type NewAgent = Pick<
  AgentRow,
  'id' | 'taskId' | 'kind' | 'role' | 'status' | 'model' | 'attempt' | 'sessionId' | 'createdAt'
> &
  Partial<Pick<AgentRow, 'subtaskId' | 'baseCommit'>>
/** What may change after the row was made. */
export type AgentPatch = Partial<Omit<AgentRow, 'id' | 'taskId' | 'sessionId' | 'createdAt'>>

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
  return tx.select().from(agents).where(eq(agents.id, id)).get()
}

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

/** Changes the row if it exists and, with `from`, only while its status is one of these. */
export function updateAgent(
  tx: Tx,
  id: string,
  patch: AgentPatch,
  options: { from?: AgentStatus[] } = {},
): AgentRow | undefined {
  return tx
    .update(agents)
    .set(patch)
    .where(and(eq(agents.id, id), options.from ? inArray(agents.status, options.from) : undefined))
    .returning()
    .get()
}

/** The wire form. `outputBytes` and the place in the queue are known elsewhere. */
export function toAgent(
  row: AgentRow,
  extra: { outputBytes: number; queuePosition?: number },
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
    created_at: toIso(row.createdAt),
    ...(row.startedAt !== null && { started_at: toIso(row.startedAt) }),
    ...(row.completedAt !== null && { completed_at: toIso(row.completedAt) }),
  }
}
