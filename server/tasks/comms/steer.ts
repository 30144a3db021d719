/** Messages to agents at work that do not wait for them: said between two steps of the running turn, which goes on. */
import { type AgentRow, findAgent } from '#db/agents.ts'
import { listAwaited, listUndelivered } from '#db/message-deliveries.ts'
import type { MessageRow } from '#db/messages.ts'
import type { Tx } from '#db/open.ts'
import type { View } from '#tasks/view.ts'
import { steerId } from './mail.ts'
import { nameOf } from './roster.ts'

/** Agents in the middle of a turn for which there is something. One that waits for messages gets them as its answer instead. */
export function listUnaware(
  tx: Tx,
  view: Pick<View, 'task' | 'subtasks' | 'agents' | 'held'>,
): AgentRow[] {
  const awaited = listAwaited(tx, view.task.id)
  if (awaited.size === 0) return []
  const waiting = new Set(view.held.map(({ call }) => call.agentId))
  return view.agents.filter(
    (agent) =>
      awaited.has(nameOf(agent)) &&
      isAtWork(view, agent) &&
      !waiting.has(agent.id) &&
      listUntold(tx, agent).length > 0,
  )
}

function isAtWork({ subtasks }: Pick<View, 'subtasks'>, agent: AgentRow): boolean {
  if (agent.status !== 'running' || agent.startedAt === null) return false
  if (agent.kind === 'manager') return agent.phase === 'working'
  return subtasks.some(({ status, agentId }) => status === 'running' && agentId === agent.id)
}

/** What this agent can be told: nothing is tried twice with the same one. */
export function listUntold(tx: Tx, agent: AgentRow): MessageRow[] {
  const { taskId } = agent
  return listUndelivered(tx, { taskId, recipient: nameOf(agent) })
    .filter(({ message, inputId }) => inputId !== steerId(message.id, agent.id))
    .map(({ message }) => message)
}

/** Of an agent that may have gone meanwhile. */
export function findUntold(tx: Tx, agentId: string): { recipient: string; messages: MessageRow[] } {
  const agent = findAgent(tx, agentId)
  if (!agent) return { recipient: '', messages: [] }
  return { recipient: nameOf(agent), messages: listUntold(tx, agent) }
}
