/** Where the manager of a collaborative run stands, from rows alone. */
import { managerName } from '#contract/team-tools.ts'
import { listInputs } from '#db/agent-inputs.ts'
import { type AgentRow, listAgents } from '#db/agents.ts'
import { countReminders, listDirected, listUndelivered } from '#db/message-deliveries.ts'
import type { MessageRow } from '#db/messages.ts'
import type { Tx } from '#db/open.ts'
import type { TaskRow } from '#db/tasks.ts'
import { isSatisfied } from '#tasks/dag.ts'
import type { View } from '#tasks/view.ts'

export type Lead = {
  agent: AgentRow
  /** A turn of it was begun and has not ended. */
  isAtWork: boolean
  /** It has not begun, there is something it has not been told, or what it said has not been acted upon. */
  isWanted: boolean
  /** Workers that have a directive of this manager. */
  directed: ReadonlySet<string>
  /** How often it was reminded since it last did anything. */
  reminders: number
}

/** First word of what a manager is told that ends its turns while nobody works and nothing is approved. */
export const reminder = '[NOBODY_AT_WORK]'

/** A person who wants one subtask after the other gets that, whatever the team. */
export const isCollaborative = ({ team, mode }: Pick<TaskRow, 'team' | 'mode'>): boolean =>
  team?.mode === 'collaborative' && mode !== 'sequential'

/** Every planning session has its own manager: one that knew another plan would direct it on. */
export const currentManager = ({ task, agents }: Pick<View, 'task' | 'agents'>) =>
  isCollaborative(task)
    ? agents.findLast(({ kind, attempt }) => kind === 'manager' && attempt === task.planningSession)
    : undefined

/** Whether a message is a directive of the manager of an earlier plan, which says nothing of this one. */
export function readOutdated(
  tx: Tx,
  task: TaskRow,
): (message: Pick<MessageRow, 'msgType' | 'fromSubtaskId' | 'fromAgentId'>) => boolean {
  const manager = currentManager({ task, agents: listAgents(tx, { taskId: task.id }) })
  return ({ msgType, fromSubtaskId, fromAgentId }) =>
    msgType === 'directive' && fromSubtaskId === managerName && fromAgentId !== manager?.id
}

/** A turn was begun, and it has not ended. */
export const hasOpenTurn = (tx: Tx, { id }: AgentRow): boolean => {
  const last = listInputs(tx, id, { kind: 'turn' }).at(-1)
  return last !== undefined && last.result === null
}

export function readLead(
  tx: Tx,
  view: Pick<View, 'task' | 'agents' | 'subtasks'>,
): Lead | undefined {
  const agent = currentManager(view)
  if (!agent) return undefined
  const { taskId } = agent
  const hasBegun = listInputs(tx, agent.id, { kind: 'turn' }).length > 0
  const isAtWork = hasOpenTurn(tx, agent)
  const hasMail = listUndelivered(tx, { taskId, recipient: managerName, limit: 1 }).length > 0
  // The turn in which it did may have ended while no server ran.
  const hasApproved = agent.report?.kind === 'approved' && view.subtasks.every(isSatisfied)
  return {
    agent,
    isAtWork,
    isWanted: !hasBegun || hasMail || hasApproved,
    directed: new Set(listDirected(tx, taskId, agent)),
    reminders: countReminders(tx, taskId, reminder),
  }
}
