/** What only the manager of a team can do. */
import type { ToolAnswer } from '#agents/tools.ts'
import { AppError } from '#contract/errors.ts'
import type { TeamInput } from '#contract/team-tools.ts'
import { updateAgent } from '#db/agents.ts'
import type { Tx } from '#db/open.ts'
import { changeSubtaskStatus, findSubtask, listSubtasks, type SubtaskRow } from '#db/subtasks.ts'
import { isSatisfied } from '#tasks/dag.ts'
import { lookAgain, reopenSubtask } from '#tasks/reopen.ts'
import type { Calling } from './calling.ts'
import { post } from './mail.ts'

export function writeDirective(
  calling: Calling,
  { worker, text }: TeamInput<'write_directive'>,
): ToolAnswer {
  const { id, status } = getTeamMate(calling, worker)
  if (status === 'completed' || status === 'failed')
    throw new AppError(
      'subtask.wrong-state',
      `${id} is ${status}: use request_changes or respawn_worker.`,
    )
  direct(calling, id, text)
  const begins = status === 'pending' ? ' It begins when what it depends on is done.' : ''
  return { text: `${id} has its directive.${begins}` }
}

/** Back to work in the same conversation. */
export function requestChanges(
  calling: Calling,
  { worker, what }: TeamInput<'request_changes'>,
): ToolAnswer {
  const row = getTeamMate(calling, worker)
  if (row.status !== 'completed' || row.agentId === null)
    throw new AppError('subtask.wrong-state', notDone(row, 'request_changes'))
  const rounds = nextRound(calling, row)
  const reason = `The manager asks for changes: ${what}`
  withdrawApproval(calling)
  reopenSubtask(calling, { subtask: row, what, by: calling.agent, reason })
  return { text: `${row.id} goes back to work. ${left(calling, rounds)}` }
}

/** A new agent in the place of one that is done with it, well or badly. */
export function respawnWorker(
  calling: Calling,
  { worker, instructions }: TeamInput<'respawn_worker'>,
): ToolAnswer {
  const { tx, record } = calling
  const row = getTeamMate(calling, worker)
  if (row.status !== 'completed' && row.status !== 'failed')
    throw new AppError('subtask.wrong-state', notDone(row, 'respawn_worker'))
  const rounds = nextRound(calling, row)
  const { taskId, id, attempt, error } = row
  changeSubtaskStatus(tx, {
    ...{ taskId, id, from: ['completed', 'failed'], to: 'pending' },
    set: {
      ...{ rounds, agentId: null, error: null, feedback: error, completedAt: null },
      maxAttempts: Math.max(row.maxAttempts, attempt + 1),
    },
  })
  lookAgain(calling, row)
  direct(calling, id, instructions)
  const reason = `The manager starts it anew: ${instructions}`
  record({ taskId, subtaskId: id, type: 'subtask.retrying', data: { reason, round: rounds } })
  return { text: `A new agent takes ${id} over. ${left(calling, rounds)}` }
}

export function approve(calling: Calling, { summary }: TeamInput<'approve'>): ToolAnswer {
  const { tx, record, now, agent } = calling
  const open = listSubtasks(tx, agent.taskId).filter((row) => !isSatisfied(row))
  if (open.length > 0)
    throw new AppError(
      'subtask.wrong-state',
      `Not everybody is done: ${open.map(({ id, status }) => `${id} is ${status}`).join(', ')}.`,
    )
  updateAgent(tx, agent.id, { report: { kind: 'approved', text: summary } })
  const letter = { taskId: agent.taskId, msgType: 'summary', content: summary } as const
  post({ tx, record, now }, { ...letter, recipients: [], sender: agent })
  return { text: 'Approved. End your turn: the task is then completed.' }
}

export function getWorker(
  { tx, agent }: Pick<Calling, 'agent'> & { tx: Tx },
  id: string,
): SubtaskRow {
  const row = findSubtask(tx, agent.taskId, id)
  if (row) return row
  const names = listSubtasks(tx, agent.taskId).map((other) => other.id)
  throw new AppError(
    'subtask.not-found',
    `There is no worker "${id}" in your team. Its workers are: ${names.join(', ')}.`,
  )
}

/** Whom a person has taken out gets nothing more to do. */
function getTeamMate(calling: Calling, id: string): SubtaskRow {
  const row = getWorker(calling, id)
  if (row.takenOut === null) return row
  const work = row.takenOut === 'keep' ? 'Its work until then was kept.' : 'Its work was dropped.'
  throw new AppError(
    'subtask.wrong-state',
    `A person took ${id} out of the team. ${work} Go on without it.`,
  )
}

function direct(calling: Calling, to: string, content: string): void {
  const { tx, record, now, agent } = calling
  withdrawApproval(calling)
  const letter = { taskId: agent.taskId, msgType: 'directive', content, sender: agent } as const
  post({ tx, record, now }, { ...letter, recipients: [to] })
}

/** Whatever was approved before is not the last word any more. */
function withdrawApproval({ tx, agent }: Calling): void {
  if (agent.report?.kind === 'approved') updateAgent(tx, agent.id, { report: null })
}

function nextRound({ maxFixRounds }: Calling, { id, rounds }: SubtaskRow): number {
  if (rounds < maxFixRounds) return rounds + 1
  throw new AppError(
    'subtask.wrong-state',
    `${id} was sent back ${rounds} times, which is as often as it may be. Approve what there is, or end your turn: the task then ends without your approval.`,
  )
}

const left = ({ maxFixRounds }: Calling, rounds: number): string =>
  rounds < maxFixRounds
    ? `It may be sent back ${maxFixRounds - rounds} more times.`
    : 'That was its last round.'

const notDone = ({ id, status }: SubtaskRow, tool: string): string =>
  `${id} is ${status}: ${tool} is for workers that are done. Reach it with send_message, or wait for its signal.`
