import { and, asc, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { AgentInput, InputState } from '#contract/agent.ts'
import { toIso } from '#lib/clock.ts'
import type { Tx } from './open.ts'
import { preparedOnce } from './prepared.ts'
import { agentInputs } from './schema/tables.ts'

export type AgentInputRow = typeof agentInputs.$inferSelect
export type NewAgentInput = Pick<
  AgentInputRow,
  'id' | 'agentId' | 'kind' | 'content' | 'priority' | 'state' | 'createdAt'
> &
  Partial<Pick<AgentInputRow, 'reason'>>

/** Storing an id a second time changes nothing; returns the row as it is. */
export function ensureInput(tx: Tx, input: NewAgentInput): AgentInputRow {
  tx.insert(agentInputs).values(input).onConflictDoNothing().run()
  const row = findInput(tx, input.id)
  if (!row) throw new Error(`input ${input.id} vanished`)
  return row
}

export function findInput(tx: Tx, id: string): AgentInputRow | undefined {
  return oneInput(tx).get({ id })
}

const oneInput = preparedOnce((tx) =>
  tx
    .select()
    .from(agentInputs)
    .where(eq(agentInputs.id, sql.placeholder('id')))
    .prepare(),
)

/** Returns how often it was resumed, this time included. */
export function countResume(tx: Tx, id: string): number {
  const row = tx
    .update(agentInputs)
    .set({ resumes: sql`resumes + 1` })
    .where(eq(agentInputs.id, id))
    .returning({ resumes: agentInputs.resumes })
    .get()
  return row?.resumes ?? 0
}

/** In the order they were made. */
export function listInputs(
  tx: Tx,
  agentId: string,
  filter: { kind?: AgentInputRow['kind']; states?: InputState[] } = {},
): AgentInputRow[] {
  const { kind, states } = filter
  if (kind && !states) return ofKind(tx).all({ agentId, kind })
  return tx
    .select()
    .from(agentInputs)
    .where(
      and(
        eq(agentInputs.agentId, agentId),
        kind && eq(agentInputs.kind, kind),
        states && inArray(agentInputs.state, states),
      ),
    )
    .orderBy(...asMade)
    .all()
}

const asMade = [asc(agentInputs.createdAt), asc(agentInputs.id)]

const ofKind = preparedOnce((tx) =>
  tx
    .select()
    .from(agentInputs)
    .where(
      and(
        eq(agentInputs.agentId, sql.placeholder('agentId')),
        eq(agentInputs.kind, sql.placeholder('kind')),
      ),
    )
    .orderBy(...asMade)
    .prepare(),
)

/** Moves an input on, only from one of the states named; undefined when it was in another. */
export function moveInput(
  tx: Tx,
  id: string,
  change: { from: InputState[]; to: InputState; reason?: string; doneAt?: number },
): AgentInputRow | undefined {
  return tx
    .update(agentInputs)
    .set({
      state: change.to,
      ...(change.reason !== undefined && { reason: change.reason }),
      ...(change.doneAt !== undefined && { doneAt: change.doneAt }),
    })
    .where(and(eq(agentInputs.id, id), inArray(agentInputs.state, change.from)))
    .returning()
    .get()
}

/** Stores how a turn ended, once: the first result stays. */
export function endTurnInput(
  tx: Tx,
  id: string,
  end: { result: unknown; doneAt: number },
): AgentInputRow | undefined {
  return tx
    .update(agentInputs)
    .set({ state: 'done', result: end.result, doneAt: end.doneAt })
    .where(and(eq(agentInputs.id, id), isNull(agentInputs.result)))
    .returning()
    .get()
}

export function toAgentInput(row: AgentInputRow): AgentInput {
  return {
    id: row.id,
    agent_id: row.agentId,
    content: row.content,
    priority: row.priority,
    state: row.state,
    ...(row.reason !== null && { reason: row.reason }),
    created_at: toIso(row.createdAt),
  }
}
