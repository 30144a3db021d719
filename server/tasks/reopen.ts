/**
 * Work that is done goes on: with the agent that did it, in its own conversation, for as long as that is kept, else with a new one that
 * is told the same and begins from everything that is merged.
 */
import type { FollowedUp } from '#contract/review.ts'
import { type AgentRow, findAgent, updateAgent } from '#db/agents.ts'
import type { Tx } from '#db/open.ts'
import { changeSubtaskStatus, listSubtasks, type SubtaskRow } from '#db/subtasks.ts'
import { findTask } from '#db/tasks.ts'
import type { RecordEvent } from '#streams/event-log.ts'
import { post } from './comms/mail.ts'
import { reviewedBy } from './reviewers.ts'

export type Reopening = {
  subtask: SubtaskRow
  /** What the agent is asked to do now. */
  what: string
  /** Who asks: an agent, or the name of somebody who is none. */
  by: AgentRow | string
  /** For the timeline, as a sentence. */
  reason: string
}

type Open = { tx: Tx; record: RecordEvent; now: number }

/**
 * To be called inside the transaction that decides it, for a subtask that is `completed` or `failed`. Undefined when it is neither any more.
 * The subtask is queued again, or pending where a new agent has to take it over; the task must be one that runs, or is made to.
 */
export function reopenSubtask(
  open: Open,
  { subtask, what, by, reason }: Reopening,
): FollowedUp | undefined {
  const { tx, record } = open
  const { taskId, id, attempt, maxAttempts } = subtask
  const agent = ownAgent(tx, subtask)
  const rounds = subtask.rounds + 1
  const common = { rounds, error: null, completedAt: null, conflicts: null, resolution: null }
  const changed = agent
    ? changeSubtaskStatus(tx, {
        ...{ taskId, id, from: ['completed', 'failed'], to: 'queued' },
        set: { ...common, feedback: what },
      })
    : changeSubtaskStatus(tx, {
        ...{ taskId, id, from: ['completed', 'failed'], to: 'pending' },
        set: {
          ...{ ...common, agentId: null, feedback: subtask.error },
          maxAttempts: Math.max(maxAttempts, attempt + 1),
        },
      })
  if (!changed) return undefined
  if (agent) updateAgent(tx, agent.id, { report: null })
  const from = typeof by === 'string' ? { from: by } : { sender: by }
  const content = agent || subtask.error !== null ? what : `${merged}\n\n${what}`
  const letter = { taskId, msgType: 'directive', content, ...from } as const
  const message = post(open, {
    ...{ ...letter, recipients: agent ? [] : [id] },
    ...(agent && { toAgent: { id: agent.id, name: id } }),
  })
  record({ taskId, subtaskId: id, type: 'subtask.retrying', data: { reason, round: rounds } })
  lookAgain(open, changed)
  return { message_id: message.id, how: agent ? 'goes-on' : 'anew' }
}

const merged =
  'An agent before you worked on this subtask, and what it did is in your workspace. Do not begin it anew: make the changes that are asked for here, and nothing else.'

/** The one that did it, while it has its files and what was said to it. A subtask that failed has no work to go on from. */
function ownAgent(tx: Tx, { taskId, status, agentId, verdict }: SubtaskRow): AgentRow | undefined {
  // Whoever reviewed begins with what there is then.
  if (status !== 'completed' || agentId === null || verdict !== null) return undefined
  // A task that is done keeps no workspaces: those that are still there are being removed.
  if (findTask(tx, taskId)?.status === 'completed') return undefined
  const agent = findAgent(tx, agentId)
  return agent?.holdsResources && !agent.isReplaced ? agent : undefined
}

/** What was approved is not what there will be: whoever reviewed it looks at it again. */
export function lookAgain({ tx, record }: Open, { taskId, id }: SubtaskRow): void {
  const team = findTask(tx, taskId)?.team ?? null
  const rows = listSubtasks(tx, taskId)
  for (const row of rows) {
    const hasApproved = row.status === 'completed' && row.verdict !== null
    if (!hasApproved || !reviewedBy(team, rows, row.id).includes(id)) continue
    changeSubtaskStatus(tx, {
      ...{ taskId, id: row.id, from: ['completed'], to: 'pending' },
      set: {
        ...{ agentId: null, completedAt: null },
        maxAttempts: Math.max(row.maxAttempts, row.attempt + 1),
      },
    })
    const data = { reason: `The work of ${id}, which it approved, is changed.`, round: row.rounds }
    record({ taskId, subtaskId: row.id, type: 'subtask.retrying', data })
  }
}
