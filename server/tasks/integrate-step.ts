/** Brings an agent's received work into the task branch, and writes down what came of it. */
import { AppError } from '#contract/errors.ts'
import { insertMessage } from '#db/messages.ts'
import type { Tx } from '#db/open.ts'
import { changeSubtaskStatus, findSubtask, type SubtaskRow, updateSubtask } from '#db/subtasks.ts'
import { updateTask } from '#db/tasks.ts'
import type { Clock } from '#lib/clock.ts'
import type { RecordEvent } from '#streams/event-log.ts'
import type { Integration } from '#workspaces/workspaces.ts'
import type { RunnerDeps, StepContext } from './deps.ts'
import { aboutSubtask, failAttempt, getTask } from './records.ts'

type Work = { subtaskId: string; agentId: string }
type Open = { tx: Tx; record: RecordEvent; clock: Clock }

export async function integrateStep(
  deps: RunnerDeps,
  context: StepContext,
  { subtaskId, agentId }: Work,
): Promise<void> {
  context.pin()
  const task = getTask(deps.db, context.taskId)
  const subtask = findSubtask(deps.db, task.id, subtaskId)
  if (!subtask?.workCommit)
    throw new AppError('internal', `"${subtaskId}" has nothing to integrate.`)
  const { workCommit: commit } = subtask
  const message = commitMessage(subtask)
  const { branch } = task
  const integration = await deps.workspaces.integrate({
    taskId: task.id,
    branch,
    agentId,
    commit,
    message,
  })
  deps.eventLog.transact((tx, record) => {
    const row = findSubtask(tx, task.id, subtaskId)
    if (row?.status !== 'integrating' || row.agentId !== agentId) return
    const open = { tx, record, clock: deps.clock }
    if (integration.kind === 'merged') complete(open, row, integration)
    else refuse(open, row, integration)
  })
}

/** First line: what a person reads in the log. The trailers lead back to the task. */
export function commitMessage({
  taskId,
  id,
  spec,
}: Pick<SubtaskRow, 'taskId' | 'id' | 'spec'>): string {
  const subject = spec.name.replaceAll(/\s+/g, ' ').trim()
  return `${subject}\n\nKlaudio-Task: ${taskId}\nKlaudio-Subtask: ${id}\n`
}

function complete(
  { tx, record, clock }: Open,
  subtask: SubtaskRow,
  { mergedCommit, changedFiles }: Extract<Integration, { kind: 'merged' }>,
): void {
  const { taskId, id } = subtask
  const set = { mergedCommit, completedAt: clock.now(), error: null, feedback: null }
  changeSubtaskStatus(tx, { taskId, id, from: ['integrating'], to: 'completed', set })
  updateTask(tx, taskId, { headCommit: mergedCommit }, clock.now())
  const data = { merged_commit: mergedCommit, changed_files: changedFiles.length }
  record({ ...aboutSubtask(subtask), type: 'subtask.completed', data })
  const message = insertMessage(tx, {
    taskId,
    fromAgentId: subtask.agentId,
    fromSubtaskId: id,
    msgType: 'context',
    content: subtask.summary ?? '',
    createdAt: clock.now(),
  })
  const about = { message_id: message.id, from: id, msg_type: message.msgType }
  record({ ...aboutSubtask(subtask), type: 'message.sent', data: about })
}

/** Both sides stay on their refs; a person's retry starts from the newest state and is told what happened. */
function refuse(
  open: Open,
  subtask: SubtaskRow,
  integration: Exclude<Integration, { kind: 'merged' }>,
): void {
  const { taskId, id } = subtask
  if (integration.kind === 'refused') {
    failAttempt(open, subtask, { reason: integration.reason, canRetry: false })
    return
  }
  const { paths } = integration
  updateSubtask(open.tx, taskId, id, { conflicts: paths })
  open.record({ ...aboutSubtask(subtask), type: 'subtask.conflict', data: { paths } })
  const reason = `Its work changes the same lines as work that was integrated before it, in ${paths.join(', ')}. Both sides are kept; a retry starts from the newest state.`
  failAttempt(open, subtask, { reason, canRetry: false })
}

/** The merge itself broke, three times. */
export function abandonIntegration(
  deps: RunnerDeps,
  taskId: string,
  work: Work,
  error: unknown,
): void {
  const reason = error instanceof Error ? error.message : String(error)
  deps.eventLog.transact((tx, record) => {
    const subtask = findSubtask(tx, taskId, work.subtaskId)
    if (subtask?.agentId !== work.agentId) return
    failAttempt({ tx, record, clock: deps.clock }, subtask, { reason, canRetry: false })
  })
}
