/** The changes of rows that several places make, always with their event. */
import { AppError } from '#contract/errors.ts'
import type { TaskStatus } from '#contract/task.ts'
import { type AgentRow, insertAgent, updateAgent } from '#db/agents.ts'
import { askDelivery } from '#db/deliveries.ts'
import type { Tx } from '#db/open.ts'
import { supersedePlans } from '#db/plans.ts'
import { withdrawQuestions } from '#db/questions.ts'
import { findSetup, restartSetup } from '#db/setups.ts'
import { changeSubtaskStatus, listSubtasks, type SubtaskRow } from '#db/subtasks.ts'
import { changeTaskStatus, findTask, type TaskPatch, type TaskRow, updateTask } from '#db/tasks.ts'
import type { RecordEvent } from '#streams/event-log.ts'
import { blockers } from './dag.ts'
import type { TaskDeps } from './deps.ts'
import { skipReason } from './outcome.ts'
import { canBecome } from './states.ts'
import { isLive, toNodes } from './view.ts'

/** An open transaction with its recorder and the services that give it time and ids. */
export type Change = Pick<TaskDeps, 'clock' | 'newId' | 'config' | 'agents'> & {
  tx: Tx
  record: RecordEvent
}

/** Compare-and-set on the status. Undefined when the task is not in one of `from` any more. */
export function moveTask(
  { tx, record, clock }: Pick<Change, 'tx' | 'record' | 'clock'>,
  move: { taskId: string; from: readonly TaskStatus[]; to: TaskStatus; set?: TaskPatch },
): TaskRow | undefined {
  const before = findTask(tx, move.taskId)
  if (!before || !move.from.includes(before.status)) return undefined
  if (!canBecome(before.status, move.to))
    throw new Error(`a task may not go from ${before.status} to ${move.to}`)
  // Who is brought to rest, or begins anew, is not frozen any more.
  const keepsIce = move.to === 'planned' || move.to === 'approved' || move.to === 'running'
  const set = { phase: null, ...(!keepsIce && { frozenAt: null }), ...move.set }
  const row = changeTaskStatus(tx, { ...move, set, now: clock.now() })
  if (!row) return undefined
  // Whatever becomes of a run that goes on is for delivery again.
  if (move.to === 'running') askDelivery(tx, move.taskId, clock.now())
  record({
    taskId: row.id,
    type: 'task.status',
    data: {
      from: before.status,
      to: row.status,
      phase: row.phase,
      ...(row.error ? { error: row.error } : {}),
    },
  })
  return row
}

/** Sets what moves inside a status, and tells. */
export function setPhase(
  { tx, record, clock }: Pick<Change, 'tx' | 'record' | 'clock'>,
  task: TaskRow,
  set: Pick<TaskPatch, 'phase' | 'error' | 'intent' | 'pausedAt' | 'intentAt'>,
): void {
  updateTask(tx, task.id, set, clock.now())
  const phase = set.phase === undefined ? task.phase : set.phase
  const error = set.error === undefined ? task.error : set.error
  record({
    taskId: task.id,
    type: 'task.status',
    data: { from: task.status, to: task.status, phase, ...(error ? { error } : {}) },
  })
}

const hasClone = (kind: AgentRow['kind']): boolean => kind !== 'planner' && kind !== 'manager'

export function addAgent(
  { tx, record, clock, newId, agents }: Change,
  agent: Pick<AgentRow, 'taskId' | 'subtaskId' | 'kind' | 'role' | 'model' | 'attempt'>,
): AgentRow {
  // What stands by has nothing in it that setup commands left.
  const isSetUp = hasClone(agent.kind) && findSetup(tx, agent.taskId) !== undefined
  const id = isSetUp ? newId() : agents.reserve(hasClone(agent.kind) ? 'clone' : 'read-only')
  const ids = { id, sessionId: newId() }
  const isFrozen = findTask(tx, agent.taskId)?.frozenAt != null
  const row = insertAgent(tx, {
    ...{ ...agent, ...ids, status: 'created', createdAt: clock.now() },
    ...(isFrozen && { frozenAt: clock.now() }),
  })
  const { kind, role, model, attempt } = row
  record({ ...about(row), type: 'agent.created', data: { kind, role, model, attempt } })
  if (isFrozen) record({ ...about(row), type: 'agent.frozen', data: { with_task: true } })
  return row
}

/** A new planning session: a new planner with a new conversation. What was asked or planned before is closed. */
export function beginPlanning(change: Change, task: TaskRow, remark: string | null): void {
  const { tx, clock, config } = change
  const planningSession = task.planningSession + 1
  withdrawQuestions(tx, task.id, clock.now())
  supersedePlans(tx, task.id)
  // Whoever begins anew wants what failed to be tried again, too.
  restartSetup(tx, task.id, undefined)
  updateTask(tx, task.id, { planningSession, remark }, clock.now())
  addAgent(change, {
    taskId: task.id,
    subtaskId: null,
    kind: 'planner',
    role: 'planner',
    model: config.plannerModel || task.model,
    attempt: planningSession,
  })
}

/** Brings back an agent whose process has ended, so that it can go on in its session. */
export function reviveAgent({ tx, record }: Pick<Change, 'tx' | 'record'>, row: AgentRow): void {
  if (isLive(row)) return
  updateAgent(tx, row.id, { status: 'created', error: null, exitCode: null, completedAt: null })
  record({ ...about(row), type: 'agent.status', data: { status: 'created' } })
}

/** The reason of an attempt that a person ended. */
export const stoppedByPerson = 'Stopped by you.'

/** One attempt has not succeeded: the next one, or the end of the subtask. */
export function failAttempt(
  { tx, record, clock }: Pick<Change, 'tx' | 'record' | 'clock'>,
  subtask: SubtaskRow,
  failure: { reason: string; canRetry: boolean },
): void {
  const { taskId, id, attempt, maxAttempts, agentId } = subtask
  const from = ['queued', 'running', 'integrating'] as const
  const change = { taskId, id, from, ...(agentId ? { agentId } : {}) }
  const { reason } = failure
  if (failure.canRetry && attempt < maxAttempts) {
    const set = { agentId: null, feedback: reason }
    if (!changeSubtaskStatus(tx, { ...change, to: 'pending', set })) return
    const data = { reason, attempt, max_attempts: maxAttempts }
    record({ ...aboutSubtask(subtask), type: 'subtask.retrying', data })
    return
  }
  const set = { error: reason, feedback: reason, completedAt: clock.now() }
  if (!changeSubtaskStatus(tx, { ...change, to: 'failed', set })) return
  record({ ...aboutSubtask(subtask), type: 'subtask.failed', data: { error: reason, attempt } })
}

/** The whole task ends here; what was under way keeps its agent and goes on when a person retries. */
export function failTask(
  change: Pick<Change, 'tx' | 'record' | 'clock'>,
  taskId: string,
  error: string,
): void {
  const { tx, record, clock } = change
  const set = { error, completedAt: clock.now() }
  if (!moveTask(change, { taskId, from: ['planning', 'running'], to: 'failed', set })) return
  for (const [id, failedIds] of blockers(toNodes(listSubtasks(tx, taskId))))
    if (failedIds.length > 0) blockSubtask(change, { taskId, id }, failedIds)
  parkSubtasks(tx, taskId)
  record({ taskId, type: 'task.failed', data: { error } })
}

export function blockSubtask(
  { tx, record }: Pick<Change, 'tx' | 'record'>,
  { taskId, id }: Pick<SubtaskRow, 'taskId' | 'id'>,
  failedIds: readonly string[],
): void {
  const error = skipReason(failedIds)
  if (!changeSubtaskStatus(tx, { taskId, id, from: ['pending'], to: 'skipped', set: { error } }))
    return
  record({ taskId, subtaskId: id, type: 'subtask.skipped', data: { reason: error } })
}

/** Running subtasks keep agent and attempt, and queue for a slot when the run goes on. */
export function parkSubtasks(tx: Tx, taskId: string): void {
  for (const { id } of listSubtasks(tx, taskId))
    changeSubtaskStatus(tx, { taskId, id, from: ['running'], to: 'queued' })
}

export const about = (
  agent: AgentRow,
): { taskId: string; agentId: string; subtaskId?: string } => ({
  taskId: agent.taskId,
  agentId: agent.id,
  ...(agent.subtaskId ? { subtaskId: agent.subtaskId } : {}),
})

export const aboutSubtask = (
  subtask: Pick<SubtaskRow, 'taskId' | 'id' | 'agentId'>,
): { taskId: string; subtaskId: string; agentId?: string } => ({
  taskId: subtask.taskId,
  subtaskId: subtask.id,
  ...(subtask.agentId ? { agentId: subtask.agentId } : {}),
})

/** Throws `task.not-found`. */
export function getTask(tx: Tx, taskId: string): TaskRow {
  const row = findTask(tx, taskId)
  if (!row) throw new AppError('task.not-found', `There is no task ${taskId}.`)
  return row
}
