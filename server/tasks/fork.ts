/** A new task from a checkpoint: with a repository, a plan and agents of its own. The old one is only read. */
import type { Manifest } from '#checkpoints/manifest.ts'
import { AppError } from '#contract/errors.ts'
import type { LaidAgent, RestoreRecord } from '#contract/restore.ts'
import type { ForkCheckpoint } from '#contract/restore-preview.ts'
import { createEnvironments } from '#credentials/environment.ts'
import { type AgentRow, insertAgent } from '#db/agents.ts'
import { findDelivery } from '#db/deliveries.ts'
import { copyMessages } from '#db/messages.ts'
import { insertPlan } from '#db/plans.ts'
import { copySetup } from '#db/setups.ts'
import { type SubtaskRow, setSubtasks } from '#db/subtasks.ts'
import { changeTaskStatus, findTask, insertTask, type TaskRow } from '#db/tasks.ts'
import { toIso } from '#lib/clock.ts'
import { shortId } from '#lib/ids.ts'
import { storeSettings, withoutBranch } from './delivery-settings.ts'
import type { Desk } from './desk.ts'
import { deleteTask } from './lifecycle.ts'
import { beginPlanning, type Change, getTask } from './records.ts'
import { addLaidAgent, withAgent } from './restore-step.ts'
import { type SetBack, setBack } from './set-back.ts'

type Fork = {
  id: string
  branch: string
  old: TaskRow
  manifest: Manifest
  back: SetBack
  /** New ids of the agents whose work is done: they come along as a record. */
  done: { from: AgentRow; to: string }[]
}

/**
 * Resolves with the id of the new task once its repository and its rows are there. Its agents get their volumes after that, when the
 * engine is there. Nothing of it is left when it fails.
 */
export async function forkTask(
  desk: Desk,
  { taskId, checkpointId }: { taskId: string; checkpointId: string },
  input: ForkCheckpoint,
): Promise<string> {
  const old = getTask(desk.db, taskId)
  const manifest = await desk.checkpoints.read(taskId, checkpointId)
  const { baseCommit: base } = manifest.task
  if (base === null) throw new AppError('task.wrong-state', 'There are no files in it.')
  const fork = prepareFork(desk, old, manifest)
  insertHidden(desk, fork, input)
  try {
    await desk.workspaces.forkCheckpoint({
      from: { taskId, checkpointId },
      to: { taskId: fork.id, branch: fork.branch },
      ...{ base, head: manifest.task.headCommit ?? base },
      handedIn: handedInBy(fork),
    })
    await desk.files.copyInputs(taskId, fork.id)
    show(desk, fork)
  } catch (error) {
    await deleteTask(desk, fork.id)
    throw error
  }
  desk.runner.wake(fork.id)
  return fork.id
}

function prepareFork(desk: Desk, old: TaskRow, manifest: Manifest): Fork {
  const back = setBack(manifest, 'new-task')
  const id = desk.newId()
  const goesOn = new Set(back.agents.map(({ agent_id: agentId }) => agentId))
  const done = back.subtasks
    .map(({ agentId }) => manifest.agents.find((agent) => agent.id === agentId))
    .filter((agent) => agent !== undefined)
    .filter((agent) => !goesOn.has(agent.id))
    .map((from) => ({ from, to: desk.newId() }))
  return { id, branch: `klaudio/${shortId(id)}`, old, manifest, back, done }
}

const handedInBy = ({ back, done }: Fork): { agentId: string; commit: string }[] =>
  back.subtasks.flatMap(({ agentId, workCommit }) => {
    const to = done.find(({ from }) => from.id === agentId)?.to
    return to && workCommit ? [{ agentId: to, commit: workCommit }] : []
  })

/** The row comes first, marked to be deleted, as for another run: a crash leaves nothing of it. */
function insertHidden(
  desk: Desk,
  { id, branch, old, manifest }: Fork,
  input: ForkCheckpoint,
): void {
  const { eventLog, vault, clock } = desk
  const now = clock.now()
  const { mode, model, limits, autoApprove, outputFiles, remark } = manifest.task
  eventLog.transact((tx) => {
    const task = insertTask(tx, {
      ...{ id, branch, mode, model, limits, autoApprove, outputFiles, remark },
      name: input.name ?? `${old.name} (fork)`.slice(0, 200),
      prompt: input.prompt ?? manifest.task.prompt,
      ...{ status: 'created', source: old.source, permissionMode: old.permissionMode },
      ...{ teamTemplate: old.teamTemplate, team: old.team, previousRun: old.previousRun },
      ...{ credentialId: old.credentialId, repoTemplate: old.repoTemplate },
      ...{ enableMemory: old.enableMemory, testCommand: old.testCommand },
      environment: createEnvironments(vault).copy(tx, old.environment),
      secretId: old.secretId === null ? null : vault.seal(tx, vault.open(old.secretId)),
      forkedFrom: { task_id: old.id, checkpoint_id: manifest.id },
      ...{ intent: 'delete', phase: 'preparing_source', createdAt: now, updatedAt: now },
    })
    copySetup(tx, old.id, id)
    const delivery = findDelivery(tx, old.id)
    if (delivery) storeSettings({ tx, clock }, task, withoutBranch(delivery.settings))
  })
}

function show(desk: Desk, fork: Fork): void {
  const { eventLog, clock } = desk
  const { id, old, manifest, back } = fork
  eventLog.transact((tx, record) => {
    const open = { ...desk, tx, record }
    const task = findTask(tx, id)
    if (!task) throw new AppError('task.busy', 'Klaudio was still starting. Fork it again.')
    const restore: RestoreRecord = {
      ...{ kind: 'fork', checkpoint_id: manifest.id, taken_at: toIso(manifest.takenAt) },
      ...{ state: 'under-way', asked_at: toIso(clock.now()), agents: [] },
    }
    const planVersion = addPlan(open, fork)
    const agents = addAgents(open, fork, restore)
    const { baseCommit, headCommit, planningSession } = manifest.task
    changeTaskStatus(tx, {
      ...{ taskId: id, from: ['created'], to: back.status, now: clock.now() },
      set: {
        ...{ planVersion, baseCommit, headCommit: headCommit ?? baseCommit, planningSession },
        ...{ restore: { ...restore, agents }, intent: 'restore', phase: 'restoring' },
        ...{ hasState: false, pausedAt: back.status === 'paused' ? clock.now() : null },
      },
    })
    copyMessages(tx, { from: old.id, to: id, upToId: manifest.cursors.lastMessageId })
    if (back.isPlanning && !agents.some(({ to }) => isPlanner(fork, agents, to)))
      beginPlanning(open, { ...task, planningSession }, manifest.task.remark)
    const origin = { task_id: old.id, checkpoint_id: manifest.id }
    record({ taskId: id, type: 'task.created', data: { name: task.name, forked_from: origin } })
    if (findTask(tx, old.id))
      record({ taskId: old.id, type: 'task.forked', data: { task_id: id, id: manifest.id } })
  })
}

const isPlanner = ({ manifest }: Fork, agents: readonly LaidAgent[], to: string): boolean => {
  const from = agents.find((agent) => agent.to === to)?.from
  return manifest.agents.some(({ id, kind }) => id === from && kind === 'planner')
}

function addPlan({ tx, newId, clock }: Change, { id, manifest, back }: Fork): number | null {
  if (!manifest.plan || !back.planStatus) return null
  const { draft, origin } = manifest.plan
  const status = back.planStatus
  return insertPlan(tx, { id: newId(), taskId: id, origin, draft, status, now: clock.now() })
    .version
}

/** Subtasks with the agents of the new task; returns those that are to get volumes. */
function addAgents(open: Change, fork: Fork, restore: RestoreRecord): LaidAgent[] {
  const { id: taskId, branch, manifest, back, done } = fork
  const laid = back.agents.flatMap(({ agent_id: from, commit, head, ...saved }): LaidAgent[] => {
    const old = manifest.agents.find((agent) => agent.id === from)
    if (!old) return []
    const to = addLaidAgent(open, { ...old, taskId }, restore)
    const ownBranch = saved.branch && `${branch}-${old.subtaskId}`
    return [{ from, to, commit, head, branch: ownBranch }]
  })
  for (const { from, to } of done) addDoneAgent(open, { ...from, taskId }, to)
  const all = [...laid, ...done.map(({ from, to }) => ({ from: from.id, to }))]
  setSubtasks(open.tx, taskId, back.subtasks.map(withAgent(all)).map(ofTask(taskId)))
  return laid
}

const ofTask =
  (taskId: string) =>
  (row: SubtaskRow): SubtaskRow => ({ ...row, taskId })

/** What others build on of it is its result and where it began; its cost was another task's. */
function addDoneAgent({ tx, clock }: Change, from: AgentRow, id: string): void {
  const { taskId, subtaskId, kind, role, model, attempt, sessionId, baseCommit } = from
  const { result, error, startedAt, completedAt } = from
  const status = from.status === 'completed' || from.status === 'failed' ? from.status : 'stopped'
  insertAgent(tx, {
    ...{ id, taskId, subtaskId, kind, role, model, attempt, sessionId, baseCommit, status },
    ...{ result, error, startedAt, createdAt: clock.now() },
    completedAt: completedAt ?? clock.now(),
  })
}
