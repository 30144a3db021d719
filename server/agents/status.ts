import type { AgentPhase, AgentStatus } from '#contract/agent.ts'
import { type AgentRow, getAgent, updateAgent } from '#db/agents.ts'
import type { Tx } from '#db/open.ts'
import type { RecordEvent } from '#streams/event-log.ts'

export type StatusChange = {
  status?: AgentStatus
  phase?: AgentPhase | null
  error?: string | null
  exitCode?: number | null
  startedAt?: number
  completedAt?: number | null
}

/** Changes the row and says so in the event log, unless status and phase stay as they are. */
export function changeStatus(
  { tx, record }: { tx: Tx; record: RecordEvent },
  agentId: string,
  change: StatusChange,
): AgentRow {
  const before = getAgent(tx, agentId)
  const row = updateAgent(tx, agentId, change) ?? before
  if (row.status === before.status && row.phase === before.phase) return row
  record({
    taskId: row.taskId,
    type: 'agent.status',
    agentId,
    ...(row.subtaskId !== null && { subtaskId: row.subtaskId }),
    data: {
      status: row.status,
      phase: row.phase,
      ...(row.error !== null && { error: row.error }),
      ...(row.exitCode !== null && { exit_code: row.exitCode }),
    },
  })
  return row
}
