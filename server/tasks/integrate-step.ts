/** Brings an agent's received work into the task branch, and writes down what came of it. */
import { AppError } from '#contract/errors.ts'
import type { Resolution } from '#contract/resolution.ts'
import { insertMessage } from '#db/messages.ts'
import type { Tx } from '#db/open.ts'
import { changeSubtaskStatus, findSubtask, type SubtaskRow, updateSubtask } from '#db/subtasks.ts'
import { type TaskRow, updateTask } from '#db/tasks.ts'
import type { Clock } from '#lib/clock.ts'
import type { RecordEvent } from '#streams/event-log.ts'
import type { Integration } from '#workspaces/workspaces.ts'
import type { RunnerDeps, StepContext } from './deps.ts'
import { aboutSubtask, addAgent, type Change, failAttempt, getTask } from './records.ts'
import { modelOf } from './team.ts'

type Work = { subtaskId: string; agentId: string }
type Conflict = Extract<Integration, { kind: 'conflict' }>
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
  const { workCommit, resolution } = subtask
  const prefer = resolution && resolution.by !== 'agent' ? resolution.by : undefined
  const isMade = resolution?.state === 'resolved' && resolution.commit !== undefined
  const integration = await deps.workspaces.integrate({
    ...{ taskId: task.id, branch: task.branch, agentId },
    commit: isMade ? (resolution.commit ?? workCommit) : workCommit,
    message: commitMessage(subtask),
    ...(prefer && { prefer }),
  })
  deps.eventLog.transact((tx, record) => {
    const row = findSubtask(tx, task.id, subtaskId)
    if (row?.status !== 'integrating' || row.agentId !== agentId) return
    const open = { ...deps, tx, record }
    if (integration.kind === 'merged') complete(open, row, integration)
    else if (integration.kind === 'refused')
      failAttempt(open, row, { reason: integration.reason, canRetry: false })
    else meetConflict(open, task, row, integration)
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

const maxNamed = 20

function complete(
  { tx, record, clock }: Open,
  subtask: SubtaskRow,
  { mergedCommit, changedFiles, heldBack }: Extract<Integration, { kind: 'merged' }>,
): void {
  const { taskId, id } = subtask
  const set = {
    ...{ mergedCommit, completedAt: clock.now(), error: null, feedback: null, conflicts: null },
    resolution: subtask.resolution && ({ ...subtask.resolution, state: 'resolved' } as const),
  }
  changeSubtaskStatus(tx, { taskId, id, from: ['integrating'], to: 'completed', set })
  updateTask(tx, taskId, { headCommit: mergedCommit }, clock.now())
  const data = {
    ...{ merged_commit: mergedCommit, changed_files: changedFiles.length },
    ...(heldBack && { held_back: heldBack.slice(0, maxNamed) }),
  }
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

/** Agents that may try in a row to bring one piece of work together with what is merged: the branch moves on meanwhile. */
const maxResolvers = 3

/** An agent gets both sides, as often as that makes sense. */
function meetConflict(open: Change, task: TaskRow, subtask: SubtaskRow, conflict: Conflict): void {
  const { taskId, id, resolution } = subtask
  const { paths, ours, theirs, marked, notes } = conflict
  const attempts = (resolution?.attempts ?? 0) + 1
  open.record({ ...aboutSubtask(subtask), type: 'subtask.conflict', data: { paths } })
  const { instructions } = resolution ?? {}
  const common = {
    ...{ paths, ours, theirs, marked, notes, by: 'agent' as const },
    ...(instructions && { instructions }),
  }
  if (attempts > maxResolvers) {
    const tried = { ...common, attempts: maxResolvers, state: 'resolving' as const }
    const problem = `It was brought together ${maxResolvers} times, and the branch had moved on each time.`
    endInConflict(open, { ...subtask, resolution: tried }, { problem })
    return
  }
  const agent = addAgent(open, {
    ...{ taskId, subtaskId: id, kind: 'resolver', role: 'resolver' },
    ...{ model: modelOf(task, subtask.spec), attempt: attempts },
  })
  updateSubtask(open.tx, taskId, id, {
    conflicts: paths,
    resolution: { ...common, attempts, agent_id: agent.id, state: 'resolving' },
  })
  const data = { paths, attempt: attempts }
  open.record({ taskId, subtaskId: id, agentId: agent.id, type: 'subtask.resolving', data })
}

/** Both sides stay on their refs; what is made of them is a person's to say. */
export function endInConflict(
  open: Pick<Change, 'tx' | 'record' | 'clock'>,
  subtask: SubtaskRow,
  {
    problem,
    made,
    findings = {},
  }: { problem: string; made?: string; findings?: Pick<Resolution, 'remarks' | 'check'> },
): void {
  const { taskId, id, resolution } = subtask
  if (!resolution) return
  const { paths } = resolution
  updateSubtask(open.tx, taskId, id, {
    conflicts: paths,
    resolution: { ...resolution, ...findings, state: 'open', problem, ...(made && { made }) },
  })
  const reason = `Its work changes the same lines as work that was integrated before it, in ${paths.join(', ')}, and no agent could bring them together: ${problem} Both sides are kept.`
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
