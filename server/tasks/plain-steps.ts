/** The steps that need no conversation: the repository, an agent started ahead of time, and the ends of things. */
import type { Removed } from '#contract/ending.ts'
import { isNoRoom, toMessage } from '#contract/errors.ts'
import { createEnvironments } from '#credentials/environment.ts'
import { findAgent, getAgent, listAgents, updateAgent } from '#db/agents.ts'
import { deleteTask, findTask, listUploadPaths, type TaskRow, updateTask } from '#db/tasks.ts'
import type { Learned } from '#repo-memory/memories.ts'
import { workerSpec } from './agent-spec.ts'
import type { RunnerDeps, StepContext } from './deps.ts'
import { whenThere } from './engine-watch.ts'
import { loginOf } from './origin.ts'
import { about, getTask } from './records.ts'
import { tellSourceProgress } from './source-progress.ts'
import type { Step } from './step.ts'
import { isLive } from './view.ts'

export async function sourceStep(
  deps: RunnerDeps,
  { taskId, signal, setWaiting }: StepContext,
): Promise<void> {
  await whenThere(deps.room, { signal, say: (sentence) => setWaiting('room', sentence) })
  const task = getTask(deps.db, taskId)
  const { source, branch } = task
  const token = loginOf(deps, task)
  const told = tellSourceProgress(deps, taskId)
  const fetching = {
    ...{ taskId, source, signal, onProgress: told.hear },
    ...(token === undefined ? {} : { token }),
  }
  const filesDir = source.kind === 'files' ? { filesDir: deps.files.inputDir(taskId) } : {}
  const prepare = async () => {
    const prepared = await deps.workspaces.prepare({ ...fetching, branch, ...filesDir })
    await deps.workspaces.fetchSubmodules({ ...fetching, commit: prepared.baseCommit })
    return prepared
  }
  const ready = await prepare().finally(told.end)
  const headCommit = await deps.workspaces.head(taskId, branch)
  const { submodules, lfs } = await deps.workspaces.outside(taskId, ready.baseCommit)
  const missing = { ...(submodules.length > 0 && { submodules }), ...(lfs.length > 0 && { lfs }) }
  const memory = await learn(deps, task, { ...ready, signal })
  deps.eventLog.transact((tx, record) => {
    updateTask(tx, taskId, { baseCommit: ready.baseCommit, headCommit }, deps.clock.now())
    const data = { base_commit: ready.baseCommit, default_branch: ready.defaultBranch, branch }
    const part = partOf(source, ready.whole)
    record({ taskId, type: 'source.ready', data: { ...data, ...part, ...memory, ...missing } })
  })
}

/** How much of the history was fetched, where not all of it was wanted. */
function partOf(source: TaskRow['source'], whole: string | undefined): Record<string, unknown> {
  const depth = 'depth' in source ? source.depth : undefined
  if (depth === undefined) return {}
  return whole === undefined ? { depth } : { depth, whole_history: whole }
}

/** What is known of the repository is a help, and its absence is told: a task never fails for want of it. */
async function learn(
  { memories, log }: RunnerDeps,
  { id: taskId, source, enableMemory }: TaskRow,
  {
    baseCommit,
    defaultBranch,
    signal,
  }: { baseCommit: string; defaultBranch: string; signal: AbortSignal },
): Promise<{ memory?: Learned; memory_error?: string }> {
  if (!enableMemory) return {}
  try {
    const place = { taskId, source, branch: defaultBranch, commit: baseCommit }
    const memory = await memories.learn({ ...place, signal })
    return memory === undefined ? {} : { memory }
  } catch (error) {
    if (signal.aborted || isNoRoom(error)) throw error
    log.warn('repository not looked at', { task: taskId, error: toMessage(error) })
    return { memory_error: toMessage(error) }
  }
}

/** Starts an agent that has nothing to do yet; `run` moves it to the newest commit later. */
export async function prepareStep(
  deps: RunnerDeps,
  { taskId, signal }: StepContext,
  { agentId }: { agentId: string },
): Promise<void> {
  const task = getTask(deps.db, taskId)
  const commit = await deps.workspaces.head(taskId, task.branch)
  const spec = workerSpec(deps, task, getAgent(deps.db, agentId), commit)
  // A turn that is due can be sent while the CLI still loads.
  await deps.agents.prepare(spec, { signal, untilUp: false })
}

/** Brings an agent to rest, and removes what it leaves behind when nobody can want it. */
export async function releaseStep(
  deps: RunnerDeps,
  { signal }: Pick<StepContext, 'signal'>,
  { end, agentId, discard }: Extract<Step, { kind: 'release' }>,
): Promise<void> {
  if (end) {
    await deps.agents.stop(agentId, end)
    settle(deps, agentId, end)
  }
  // Wanted again meanwhile: what it has is still needed.
  if (discard && !signal.aborted) await deps.agents.discard(agentId)
}

/** An agent that never had a container ends in its row alone. */
function settle(
  { eventLog, clock }: RunnerDeps,
  agentId: string,
  end: NonNullable<Extract<Step, { kind: 'release' }>['end']>,
): void {
  eventLog.transact((tx, record) => {
    const row = findAgent(tx, agentId)
    if (!row || !isLive(row)) return
    updateAgent(tx, agentId, { ...end, phase: null, completedAt: clock.now() })
    record({ ...about(row), type: 'agent.status', data: { ...end } })
  })
}

/** It could not even be stopped: the row says so, and the next start of the server removes what is left. */
export function abandonRelease(deps: RunnerDeps, agentId: string, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error)
  settle(deps, agentId, { status: 'lost', error: `It could not be stopped: ${reason}` })
}

/** Last of all the row, so that a crash in between starts again here. */
export async function eraseStep(deps: RunnerDeps, { taskId }: StepContext): Promise<Removed> {
  const removed = listTraces(deps, taskId)
  for (const { id } of listAgents(deps.db, { taskId })) await deps.outputs.remove(id)
  await deps.files.remove(taskId)
  await deps.workspaces.remove(taskId)
  deps.eventLog.transact((tx) => {
    const { secretId = null, environment = [] } = findTask(tx, taskId) ?? {}
    if (secretId !== null) deps.vault.remove(tx, secretId)
    createEnvironments(deps.vault).remove(tx, environment)
    deleteTask(tx, taskId)
  })
  deps.log.info('task deleted', { task: taskId, ...removed, left: removed.left.join(' ') })
  return removed
}

function listTraces({ db, outputs }: RunnerDeps, taskId: string): Removed {
  const agents = listAgents(db, { taskId })
  const task = findTask(db, taskId)
  return {
    agents: agents.filter(({ run }) => run > 0).length,
    repository: typeof task?.baseCommit === 'string',
    uploads: listUploadPaths(db, taskId).length,
    output_bytes: agents.reduce((sum, { id }) => sum + outputs.size(id), 0),
    events: task?.lastSeq ?? 0,
    left: agents.filter(({ holdsResources }) => holdsResources).map(({ id }) => id),
  }
}
