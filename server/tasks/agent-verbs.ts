/** What a person can do with one agent: talk to it, interrupt it, stop it. An agent is only reached through its task. */
import type { AgentInput, SendToAgent } from '#contract/agent.ts'
import { AppError } from '#contract/errors.ts'
import type { PostMessage } from '#contract/event.ts'
import { everybody, managerName } from '#contract/team-tools.ts'
import { type AgentRow, findAgent } from '#db/agents.ts'
import { findSentAs, type MessageRow } from '#db/messages.ts'
import type { Tx } from '#db/open.ts'
import { findSubtask } from '#db/subtasks.ts'
import { post } from './comms/mail.ts'
import { findRecipients, isAnybodyAtWork } from './comms/roster.ts'
import type { Desk } from './desk.ts'
import { endInConflict } from './integrate-step.ts'
import { failAttempt, failTask, getTask, stoppedByPerson } from './records.ts'
import { resolverOf } from './reviewers.ts'
import { currentPlanner, isLive, readView } from './view.ts'

/** Throws `agent.not-found`, also for an agent of another task. */
export function getAgentOf(tx: Tx, taskId: string, agentId: string): AgentRow {
  getTask(tx, taskId)
  const row = findAgent(tx, agentId)
  if (row?.taskId !== taskId)
    throw new AppError('agent.not-found', `The task has no agent ${agentId}.`)
  return row
}

export async function sendToAgent(
  { db, agents }: Desk,
  taskId: string,
  { agent_id, content, priority, id }: SendToAgent,
): Promise<AgentInput> {
  const agent = getAgentOf(db, taskId, agent_id)
  return await agents.message(agent.id, { content, priority, ...(id !== undefined && { id }) })
}

/** Its subtask fails at once, so that nothing takes the end of the agent for the end of the work. */
export async function stopAgent(desk: Desk, taskId: string, agentId: string): Promise<void> {
  const agent = getAgentOf(desk.db, taskId, agentId)
  if (!isLive(agent))
    throw new AppError('agent.not-running', `The agent is ${agent.status} already.`)
  desk.eventLog.transact((tx, record) => {
    const change = { tx, record, clock: desk.clock }
    const view = readView(tx, taskId)
    const subtask = view?.subtasks.find((row) => row.agentId === agentId)
    if (subtask && subtask.status !== 'integrating')
      failAttempt(change, subtask, { reason: stoppedByPerson, canRetry: false })
    const conflict = view?.subtasks.find(({ resolution }) => resolverOf(resolution) === agentId)
    if (conflict?.status === 'integrating')
      endInConflict(change, conflict, { problem: stoppedByPerson })
    if (view?.task.status === 'planning' && currentPlanner(view)?.id === agentId)
      failTask(change, taskId, 'The planner was stopped by you. Start again or replan.')
  })
  try {
    await desk.agents.stop(agentId, { status: 'stopped', error: stoppedByPerson })
  } finally {
    desk.runner.wake(taskId)
  }
}

/** Stored first, with whom it is for; then whoever works is told, and whoever waits is answered. */
export function postMessage(desk: Desk, taskId: string, input: PostMessage): MessageRow {
  const row = desk.eventLog.transact((tx, record) => {
    getTask(tx, taskId)
    const known = input.id === undefined ? undefined : findSentAs(tx, taskId, input.id)
    if (known) return known
    if (input.to && input.to !== managerName && !findSubtask(tx, taskId, input.to))
      throw new AppError('subtask.not-found', `The plan has no subtask "${input.to}".`)
    const from = input.from
    const recipients = findRecipients(tx, taskId, { to: input.to ?? everybody, from: undefined })
    return post(
      { tx, record, now: desk.clock.now() },
      {
        ...{ taskId, from, recipients, msgType: 'message', content: input.content },
        isBroadcast: input.to === undefined,
        ...(input.id !== undefined && { sentAs: input.id }),
      },
    )
  })
  if (isAnybodyAtWork(desk.db, taskId)) desk.runner.wake(taskId)
  return row
}
