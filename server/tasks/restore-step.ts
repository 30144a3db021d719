/**
 * Going back to a checkpoint. First what is there now is kept, then new agents get what the checkpoint has of the old ones, and when
 * all of it lies there the rows change in one transaction. Until then nothing of the task has changed, and every part may be done again.
 */
import type { Manifest } from '#checkpoints/manifest.ts'
import { AppError, toMessage } from '#contract/errors.ts'
import type { PlanStatus } from '#contract/plan.ts'
import type { LaidAgent, RestoreRecord } from '#contract/restore.ts'
import type { TaskPhase, TaskStatus } from '#contract/task.ts'
import { type AgentRow, getAgent, insertAgent, listAgents, updateAgent } from '#db/agents.ts'
import { findCheckpoint } from '#db/checkpoints.ts'
import { findPlan, insertPlan, setPlanStatus, supersedePlans } from '#db/plans.ts'
import { withdrawQuestions } from '#db/questions.ts'
import { changeSubtaskStatus, listSubtasks, type SubtaskRow, setSubtasks } from '#db/subtasks.ts'
import { changeTaskStatus, findTask, type TaskRow, updateTask } from '#db/tasks.ts'
import { toIso } from '#lib/clock.ts'
import { plannerSpec } from './agent-spec.ts'
import { type RunnerDeps, type StepContext, Superseded } from './deps.ts'
import { about, beginPlanning, type Change, getTask, setPhase } from './records.ts'
import { isOfLater, type SetBack, setBack } from './set-back.ts'

type Restoring = { deps: RunnerDeps; context: StepContext; task: TaskRow; restore: RestoreRecord }

export async function restoreStep(deps: RunnerDeps, context: StepContext): Promise<void> {
  const task = getTask(deps.db, context.taskId)
  const { restore } = task
  if (task.intent !== 'restore' || restore?.state !== 'under-way') throw new Superseded()
  const restoring = { deps, context, task, restore }
  if (restore.kind === 'fork') await finishFork(restoring)
  else await goBack(restoring)
}

async function goBack(restoring: Restoring): Promise<void> {
  const { deps, context, task, restore } = restoring
  const { checkpoint_id: id, undo_id: undoId = '' } = restore
  const manifest = await deps.checkpoints.read(task.id, id)
  await deps.checkpoints.keep(task.id, undoId)
  context.signal.throwIfAborted()
  const back = setBack(manifest, 'same-task')
  const laid = reserveAgents(deps, { task, manifest, back })
  await layAll(restoring, laid)
  const branch = await moveBranch(restoring, manifest)
  try {
    // What stands in the repository by now has to get into the rows.
    context.pin()
    deps.eventLog.transact((tx, record) =>
      switchOver({ ...deps, tx, record }, { manifest, back, laid }),
    )
  } catch (error) {
    if (branch) await deps.workspaces.moveBranch({ ...branch, from: branch.to, to: branch.from })
    throw error
  }
}

/** Rows first: from here on the volumes may exist. */
function reserveAgents(
  deps: RunnerDeps,
  { task, manifest, back }: { task: TaskRow; manifest: Manifest; back: SetBack },
): LaidAgent[] {
  return deps.eventLog.transact((tx, record) => {
    const { restore, planningSession } = getWanted(tx, task.id)
    if (restore.agents.length > 0) return restore.agents
    const open = { ...deps, tx, record }
    const laid = back.agents.map((saved): LaidAgent => {
      const { agent_id: from, commit, head, branch } = saved
      const old = manifest.agents.find((agent) => agent.id === from)
      if (!old) throw new AppError('git.failed', `The checkpoint does not know its agent ${from}.`)
      const attempt = old.kind === 'planner' ? planningSession + 1 : old.attempt
      const to = addLaidAgent(open, { ...old, taskId: task.id, attempt }, restore)
      return { from, to, commit, head, branch }
    })
    const agents = { ...restore, agents: laid }
    updateTask(tx, task.id, { restore: agents }, deps.clock.now())
    return laid
  })
}

/** An agent that goes on where another one was. At rest, without volumes yet. */
export function addLaidAgent(
  { tx, record, clock, newId }: Pick<Change, 'tx' | 'record' | 'clock' | 'newId'>,
  old: AgentRow,
  { checkpoint_id, taken_at }: Pick<RestoreRecord, 'checkpoint_id' | 'taken_at'>,
): string {
  const { taskId, subtaskId, kind, role, model, attempt, sessionId, baseCommit, startedAt } = old
  const row = insertAgent(tx, {
    ...{ taskId, subtaskId, kind, role, model, attempt, sessionId, baseCommit },
    ...{ id: newId(), status: 'stopped', phase: 'preparing', holdsResources: true },
    startedAt: startedAt ?? Date.parse(taken_at),
    restoredFrom: { agent_id: old.id, checkpoint_id, taken_at },
    ...{ createdAt: clock.now(), completedAt: clock.now() },
  })
  record({ ...about(row), type: 'agent.created', data: { kind, role, model, attempt } })
  return row.id
}

async function layAll(
  { deps, context, task }: Restoring,
  agents: readonly LaidAgent[],
): Promise<void> {
  const { signal } = context
  for (const agent of agents) {
    signal.throwIfAborted()
    const row = getAgent(deps.db, agent.to)
    const spec = row.kind === 'planner' ? readOnlyOf(deps, task, row) : undefined
    await deps.checkpoints.lay(task.id, agent, { signal, ...(spec ? { readOnly: spec } : {}) })
  }
  signal.throwIfAborted()
}

function readOnlyOf(deps: RunnerDeps, task: TaskRow, row: AgentRow) {
  const { workspace, files } = plannerSpec(deps, task, row, row.baseCommit ?? task.baseCommit ?? '')
  return workspace.kind === 'read-only' ? { archive: workspace.archive, files } : undefined
}

type Moved = { taskId: string; branch: string; from: string; to: string }

/** By comparison with what was kept: an edit that came in between is not lost, the restore ends instead. */
async function moveBranch({ deps, task, restore }: Restoring, { task: then }: Manifest) {
  const { id: taskId, branch } = task
  const from = findCheckpoint(deps.db, taskId, restore.undo_id ?? '')?.summary?.repo_state?.commit
  const to = then.headCommit ?? then.baseCommit
  if (from === undefined || to === null) return undefined
  const moved: Moved = { taskId, branch, from, to }
  if (await deps.workspaces.moveBranch(moved)) return moved
  throw new AppError(
    'task.wrong-state',
    'The files of the branch were changed while the task was being taken back. Try again.',
  )
}

function getWanted(tx: Change['tx'], taskId: string): TaskRow & { restore: RestoreRecord } {
  const task = findTask(tx, taskId)
  if (task?.intent !== 'restore' || !task.restore) throw new Superseded()
  return { ...task, restore: task.restore }
}

type Switch = { manifest: Manifest; back: SetBack; laid: readonly LaidAgent[] }

function switchOver(open: Change, { manifest, back, laid }: Switch): void {
  const { tx, record, clock } = open
  const task = getWanted(tx, manifest.task.id)
  const { restore } = task
  const planVersion = bringBackPlan(open, task, manifest, back.planStatus)
  setSubtasks(tx, task.id, back.subtasks.map(withAgent(laid)))
  setAside(open, task, { manifest, laid })
  withdrawQuestions(tx, task.id, clock.now())
  const hasPlanner = laid.some(({ to }) => getAgent(tx, to).kind === 'planner')
  if (hasPlanner)
    updateTask(tx, task.id, { planningSession: task.planningSession + 1 }, clock.now())
  else if (back.isPlanning) beginPlanning(open, task, manifest.task.remark)
  changeTaskStatus(tx, {
    taskId: task.id,
    from: [task.status],
    to: back.status,
    set: {
      ...{ planVersion, error: back.error, phase: phaseOf(back.status) },
      headCommit: manifest.task.headCommit ?? task.headCommit,
      remark: manifest.task.remark,
      ...{ intent: null, intentAt: null, pausedBy: null, restore: ended(restore, clock) },
      ...timesAfter(open, task, back),
    },
    now: clock.now(),
  })
  const { status: to, error } = back
  const facts = { from: task.status, to, phase: phaseOf(to), ...(error ? { error } : {}) }
  record({ taskId: task.id, type: 'task.status', data: facts })
  const { checkpoint_id: id, taken_at, undo_id: undo } = restore
  const agents = laid.map(({ from, to: next }) => ({ from, to: next }))
  record({ taskId: task.id, type: 'checkpoint.restored', data: { id, taken_at, undo, agents } })
}

const phaseOf = (status: TaskStatus): TaskPhase | null =>
  status === 'planned' ? 'awaiting_approval' : null

const ended = (restore: RestoreRecord, { now }: Pick<Change['clock'], 'now'>): RestoreRecord => ({
  ...restore,
  state: 'done',
  ended_at: toIso(now()),
})

/** It rests since what was there before was kept, so no checkpoint of the pause is due. */
function timesAfter({ tx, clock }: Change, task: TaskRow, { status }: SetBack) {
  const undo = findCheckpoint(tx, task.id, task.restore?.undo_id ?? '')
  const pausedAt = task.pausedAt ?? undo?.createdAt ?? clock.now()
  if (status === 'paused') return { pausedAt, completedAt: null }
  const completedAt = status === 'planned' ? null : (task.completedAt ?? clock.now())
  return { pausedAt: null, completedAt }
}

/** Versions only ever grow: an old plan comes back as a new one. */
function bringBackPlan(
  { tx, clock, newId }: Change,
  { id: taskId }: TaskRow,
  { plan }: Manifest,
  status: PlanStatus | null,
): number | null {
  const newest = findPlan(tx, taskId)
  if (!plan || !status) {
    supersedePlans(tx, taskId)
    return null
  }
  const { draft, origin } = plan
  if (newest?.version === plan.version) {
    setPlanStatus(tx, newest.id, status)
    return newest.version
  }
  const row = { id: newId(), taskId, origin, draft, status, now: clock.now() }
  return insertPlan(tx, row).version
}

export const withAgent =
  (laid: readonly Pick<LaidAgent, 'from' | 'to'>[]) =>
  (row: SubtaskRow): SubtaskRow => ({
    ...row,
    agentId: laid.find(({ from }) => from === row.agentId)?.to ?? row.agentId,
  })

/** What came after the checkpoint, and what was laid anew: kept by the undo, so nobody needs the volumes. */
function setAside(
  { tx }: Change,
  { id: taskId }: TaskRow,
  { manifest, laid }: Pick<Switch, 'manifest' | 'laid'>,
): void {
  const isNew = new Set(laid.map(({ to }) => to))
  const goesBack = new Set(laid.map(({ from }) => from))
  for (const agent of listAgents(tx, { taskId, holdsResources: true }))
    if (goesBack.has(agent.id) || (!isNew.has(agent.id) && isOfLater(manifest, agent)))
      updateAgent(tx, agent.id, { isReplaced: true })
}

/** The last of a fork: its rows are there since it was made, and its agents get their volumes. */
async function finishFork(restoring: Restoring): Promise<void> {
  const { deps, context, task, restore } = restoring
  await layAll(restoring, restore.agents)
  await deps.workspaces.dropOrigin(task.id)
  context.pin()
  deps.eventLog.transact((tx, record) => {
    const row = getWanted(tx, task.id)
    const done = ended(restore, deps.clock)
    updateTask(tx, task.id, { restore: done, hasState: true }, deps.clock.now())
    const set = { phase: phaseOf(row.status), intent: null, error: null }
    setPhase({ tx, record, clock: deps.clock }, row, set)
  })
}

/** It could not be done: the task is as it was, and says why. A fork that lacks what it should go on from has failed. */
export function abandonRestore(deps: RunnerDeps, taskId: string, error: unknown): void {
  const { eventLog, clock } = deps
  eventLog.transact((tx, record) => {
    const task = findTask(tx, taskId)
    if (task?.intent !== 'restore' || !task.restore) return
    const { restore } = task
    const reason = toMessage(error)
    for (const { to } of restore.agents) updateAgent(tx, to, { isReplaced: true, error: reason })
    const failed = { ...ended(restore, clock), state: 'failed' as const, error: reason }
    updateTask(tx, taskId, { restore: failed }, clock.now())
    const was = { phase: phaseOf(task.status), intent: null, error: restore.error_before ?? null }
    if (restore.kind === 'restore') setPhase({ tx, record, clock }, task, was)
    else failFork({ ...deps, tx, record }, task, reason)
    const data = { id: restore.checkpoint_id, error: reason }
    record({ taskId, type: 'checkpoint.restore-failed', data })
  })
}

function failFork({ tx, record, clock }: Change, task: TaskRow, reason: string): void {
  const { id: taskId, restore, status: from } = task
  const isMissing = new Set(restore?.agents.map(({ to }) => to))
  for (const { id, agentId } of listSubtasks(tx, taskId))
    if (agentId && isMissing.has(agentId)) {
      const change = { taskId, id, from: ['queued'], to: 'failed' } as const
      changeSubtaskStatus(tx, { ...change, set: { error: reason } })
    }
  const set = { intent: null, phase: null, error: reason, completedAt: clock.now() }
  changeTaskStatus(tx, { taskId, from: [from], to: 'failed', set, now: clock.now() })
  const data = { from, to: 'failed', phase: null, error: reason }
  record({ taskId, type: 'task.status', data })
}
