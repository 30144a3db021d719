/** The verbs that move a task from status to status. */
import type { Removed, TaskDeleted } from '#contract/ending.ts'
import type { CreateTask, UpdateTask } from '#contract/task.ts'
import { runModeOf } from '#contract/team-rules.ts'
import { createEnvironments } from '#credentials/environment.ts'
import type { Tx } from '#db/open.ts'
import { findPlan } from '#db/plans.ts'
import { withdrawQuestions } from '#db/questions.ts'
import { insertSetup } from '#db/setups.ts'
import { listSubtasks } from '#db/subtasks.ts'
import { findTask, insertTask, type TaskRow, updateTask } from '#db/tasks.ts'
import { getTeamSnapshot } from '#db/team-templates.ts'
import { endsWithin } from '#lib/deadline.ts'
import { shortId } from '#lib/ids.ts'
import { checkSettings, storeSettings } from './delivery-settings.ts'
import { act, type Desk, isSo } from './desk.ts'
import { originOf } from './origin.ts'
import { beginPlanning, type Change, getTask, moveTask } from './records.ts'
import { isPossible } from './states.ts'

/**
 * One transaction makes the task, starts it where that is asked for, and writes what `alongside` writes: a task that was made for something
 * is never there without the note that it was, nor the note without the task.
 */
export function createTask(
  desk: Desk,
  input: CreateTask,
  alongside: (tx: Tx, taskId: string) => void = () => {},
): string {
  const { clock, newId, config, vault } = desk
  const id = newId()
  const now = clock.now()
  const { access_token: token } = input
  const { delivery, source, environment, setup, ...origin } = originOf(desk.db, input)
  const hasToken = token !== undefined || origin.credentialId !== null
  if (delivery) checkSettings(delivery, { source, hasToken })
  desk.eventLog.transact((tx, record) => {
    const { team_template: teamId, test_command: testCommand = null } = input
    const team = teamId ? getTeamSnapshot(tx, teamId) : null
    const secretId = token === undefined ? null : vault.seal(tx, token)
    const task = insertTask(tx, {
      id,
      name: input.name,
      prompt: input.prompt,
      status: 'created',
      mode: input.mode ?? (team ? runModeOf(team.mode) : 'parallel'),
      model: input.model ?? config.model,
      source,
      ...origin,
      environment: createEnvironments(vault).copy(tx, environment),
      limits: input.limits,
      autoApprove: input.auto_approve,
      permissionMode: input.permission_mode ?? config.permissionMode,
      ...{ outputFiles: input.output_files, testCommand },
      teamTemplate: team?.id ?? null,
      team,
      secretId,
      branch: `klaudio/${shortId(id)}`,
      createdAt: now,
      updatedAt: now,
    })
    insertSetup(tx, id, setup)
    if (delivery) storeSettings({ tx, clock }, task, delivery)
    const data = { name: input.name, ...(team && { team: team.name }) }
    record({ taskId: id, type: 'task.created', data })
    if (input.auto_start) start({ ...desk, tx, record }, task)
    alongside(tx, id)
  })
  if (input.auto_start) desk.runner.wake(id)
  return id
}

export const startTask = (desk: Desk, taskId: string): void => act(desk, taskId, 'start', start)

function start(open: Change, task: TaskRow): void {
  const { id: taskId, status, planningSession } = task
  const set = { error: null, completedAt: null, pausedAt: null }
  moveTask(open, { taskId, from: [status], to: 'planning', set })
  beginPlanning(open, task, null)
  open.record({ taskId, type: 'task.started', data: { session: planningSession + 1 } })
}

/** Agents at work are brought to rest first; until then the task is planning in phase `stopping`. */
export function replanTask(desk: Desk, taskId: string, remark: string): void {
  act(desk, taskId, 'replan', (open, task) => {
    const isBusy = task.status === 'running' && hasAgentsAtWork(open, taskId)
    const set = { error: null, completedAt: null, pausedAt: null, remark }
    const intentAt = desk.clock.now()
    const halt = isBusy ? ({ intent: 'replan', phase: 'stopping', intentAt } as const) : {}
    moveTask(open, { taskId, from: [task.status], to: 'planning', set: { ...set, ...halt } })
    if (!isBusy) beginPlanning(open, task, remark)
  })
}

const hasAgentsAtWork = ({ tx }: Change, taskId: string): boolean =>
  listSubtasks(tx, taskId).some(({ status }) =>
    ['queued', 'running', 'integrating'].includes(status),
  )

/** Asked for again, it changes nothing. A new plan that was to come after a stop comes after this one instead. */
export function stopTask(desk: Desk, taskId: string, by: 'person' | 'shutdown' = 'person'): void {
  if (isSo(desk, taskId, 'stop')) return
  act(desk, taskId, 'stop', (open, task) => {
    if (task.intent === 'replan') beginPlanning(open, task, task.remark)
    const set = { intent: 'stop', phase: 'stopping', error: null, pausedBy: by } as const
    const intentAt = (task.intent && task.intentAt) ?? desk.clock.now()
    moveTask(open, { taskId, from: [task.status], to: 'paused', set: { ...set, intentAt } })
  })
}

/** In the middle of a stop the task goes on as soon as all agents are at rest. Asked for again, it changes nothing. */
export function resumeTask(desk: Desk, taskId: string): void {
  if (isSo(desk, taskId, 'resume')) return
  act(desk, taskId, 'resume', resume)
}

export function resume(open: Change, { id: taskId, intent, intentAt }: TaskRow): void {
  const to = findPlan(open.tx, taskId)?.status === 'approved' ? 'running' : 'planning'
  const isHalting = intent === 'stop'
  const rest = isHalting ? ({ intent: 'resume', phase: 'stopping', intentAt } as const) : {}
  const set = { pausedAt: null, pausedBy: null, intentAt: null, ...rest }
  moveTask(open, { taskId, from: ['paused'], to, set })
  open.record({ taskId, type: 'task.resumed', data: { to } })
}

export function cancelTask(desk: Desk, taskId: string): void {
  if (isSo(desk, taskId, 'cancel')) return
  act(desk, taskId, 'cancel', (open, task) => cancel(open, task, 'cancel'))
}

function cancel(open: Change, { id, status }: TaskRow, intent: 'cancel' | 'delete'): void {
  const now = open.clock.now()
  withdrawQuestions(open.tx, id, now)
  const set = { intent, phase: 'cancelling', completedAt: now, intentAt: now } as const
  moveTask(open, { taskId: id, from: [status], to: 'cancelled', set })
}

/**
 * Possible in every state. Branch and files keep the names they have. Agents at work are told when to ask from now on. What is so already
 * changes nothing.
 */
export function changeTask(desk: Desk, taskId: string, input: UpdateTask): void {
  desk.eventLog.transact((tx, record) => {
    const task = getTask(tx, taskId)
    const { name = task.name, permission_mode: permissionMode = task.permissionMode } = input
    const isRenamed = name !== task.name
    const isOtherMode = permissionMode !== task.permissionMode
    if (!isRenamed && !isOtherMode) return
    updateTask(tx, taskId, { name, permissionMode }, desk.clock.now())
    if (isRenamed) record({ taskId, type: 'task.renamed', data: { from: task.name, to: name } })
    const data = { from: task.permissionMode, to: permissionMode }
    if (isOtherMode) record({ taskId, type: 'task.permission-mode', data })
  })
  if (input.permission_mode !== undefined) desk.agents.tellMode(taskId)
}

/** How long a caller waits for the end of a deletion, and when no engine answers. */
const patienceMs = 10_000
const awayPatienceMs = 1_000

/**
 * Possible in every state. `deleting` when something of the task is left for longer than anyone should wait: that goes on by itself,
 * also after a restart.
 */
export async function deleteTask(desk: Desk, taskId: string): Promise<TaskDeleted> {
  desk.eventLog.transact((tx, record) => {
    const task = getTask(tx, taskId)
    const intent = 'delete'
    if (isPossible('cancel', task.status)) cancel({ ...desk, tx, record }, task, intent)
    else {
      const now = desk.clock.now()
      updateTask(tx, taskId, { intent, phase: 'cancelling', intentAt: now }, now)
    }
  })
  const limitMs = desk.runner.isEngineAway() ? awayPatienceMs : patienceMs
  let removed: Removed | undefined
  const gone = desk.runner.erased(taskId).then((what) => {
    removed = what
  })
  if ((await endsWithin(limitMs, gone)) && removed) return { status: 'deleted', removed }
  const cause = findTask(desk.db, taskId)?.error
  return { status: 'deleting', waiting_for: cause ?? 'It takes longer than usual.' }
}
