/** What the server tells a manager, in the reference's words, and what comes of one that does nothing. */

import { findManager, isReviewer } from '#contract/team-rules.ts'
import { managerName } from '#contract/team-tools.ts'
import { listUndelivered, withdrawDeliveries } from '#db/message-deliveries.ts'
import { listSubtasks, type SubtaskRow, updateSubtask } from '#db/subtasks.ts'
import { isSettled } from '#tasks/dag.ts'
import { addAgent, type Change, failTask } from '#tasks/records.ts'
import { fixRounds } from '#tasks/reviewers.ts'
import type { View } from '#tasks/view.ts'
import { signalOf } from './collaborate.ts'
import { reminder } from './lead.ts'
import { post } from './mail.ts'

const server = 'orchestrator'

export function addManager(open: Change, { task }: View): void {
  const role = findManager(task.team)
  forgetEarlier(open, task.id)
  addAgent(open, {
    taskId: task.id,
    subtaskId: null,
    kind: 'manager',
    role: managerName,
    model: role?.model || task.model,
    attempt: task.planningSession,
  })
}

/**
 * What agents and the server said to the manager of an earlier plan, and it never read, is about subtasks that are no more, perhaps of the
 * same name. What a person said is meant for whoever leads.
 */
function forgetEarlier({ tx }: Change, taskId: string): void {
  const left = listUndelivered(tx, { taskId, recipient: managerName })
  const messageIds = left
    .filter(({ message: { msgType, fromAgentId } }) => msgType === 'system' || fromAgentId !== null)
    .map(({ message }) => message.id)
  withdrawDeliveries(tx, { recipient: managerName, messageIds })
}

export function signal(open: Change, { task, lead }: View, subtaskId: string): void {
  const row = listSubtasks(open.tx, task.id).find(({ id }) => id === subtaskId)
  if (!row || !isSettled(row)) return
  updateSubtask(open.tx, task.id, subtaskId, { signal: signalOf(row) })
  tell(open, task.id, toSignal(row))
  const rows = listSubtasks(open.tx, task.id)
  // A review begins when the manager says so, with what there is then.
  const isLeft = ({ id, status, spec }: SubtaskRow): boolean =>
    status === 'pending' && isReviewer(task.team, spec.agent_role) && !lead?.directed.has(id)
  const isTold = (other: SubtaskRow): boolean =>
    isLeft(other) || (isSettled(other) && other.signal === signalOf(other))
  if (!rows.every(isTold)) return
  const states = rows.map(({ id, status }) => `- ${id}: ${status}`)
  tell(open, task.id, ['[ALL_WORKERS_DONE]', ...states].join('\n'))
}

function toSignal({ id, status, summary, error, takenOut }: SubtaskRow): string {
  if (status === 'skipped' && takenOut !== null)
    return `[WORKER_SKIPPED] ${id}: A person took it out of the team, and its work was dropped. Go on without it.`
  if (status === 'completed')
    return `[WORKER_COMPLETED] ${id}: ${summary || 'It reported nothing.'}`
  if (status === 'failed') return `[WORKER_FAILED] ${id}: ${error ?? 'without a reason'}`
  return `[WORKER_SKIPPED] ${id}: ${error ?? 'A person decided to go on without it.'}`
}

export function remind(open: Change, { task, subtasks, lead }: View): void {
  const waiting = subtasks
    .filter(({ id, status }) => status === 'pending' && !lead?.directed.has(id))
    .map(({ id }) => id)
  const missing =
    waiting.length > 0
      ? `These workers wait for a directive: ${waiting.join(', ')}.`
      : 'Approve the work, or send somebody back to it.'
  tell(open, task.id, `${reminder} Nobody works, and you have not approved the result. ${missing}`)
}

/** The end of a run whose manager does nothing more. */
export function unapproved(open: Change, { task, subtasks, lead }: View): void {
  const most = fixRounds(task, open.config)
  const used = subtasks.filter(({ rounds }) => rounds > 0 && rounds >= most).map(({ id }) => id)
  const rounds = used.length > 0 ? ` All ${most} fix rounds of ${used.join(', ')} were used.` : ''
  const said = lead?.agent.result ? ` Its last words: ${lead.agent.result}` : ''
  failTask(open, task.id, `The manager did not approve the work.${rounds}${said}`)
}

function tell({ tx, record, clock }: Change, taskId: string, content: string): void {
  const recipients = [managerName]
  const letter = { taskId, msgType: 'system', content, recipients, from: server } as const
  post({ tx, record, now: clock.now() }, letter)
}
