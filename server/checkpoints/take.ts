/** Taking one: rows first, then every agent's volumes, then one commit that reaches it all. Until that exists nothing counts. */
import { createRetry } from '#agents/retry.ts'
import { toMessage } from '#contract/errors.ts'
import { type AgentRow, findAgent } from '#db/agents.ts'
import { type CheckpointRow, endCheckpoint } from '#db/checkpoints.ts'
import { findTask, updateTask } from '#db/tasks.ts'
import type { SavedFiles } from '#workspaces/snapshots.ts'
import type { CheckpointDeps } from './checkpoints.ts'
import {
  formatManifest,
  readState,
  type SavedAgent,
  type TaskState,
  toSummary,
} from './manifest.ts'

/** How many agents of one task are saved at a time: each keeps a processor busy for a moment. */
const atOnce = 2

type Saved = SavedAgent & { sizeBytes: number }

/** How long an engine that is away is waited for. What is taken then is what there is then. */
const awayMs = 600_000

/** Never throws: a checkpoint that cannot be taken says so, and the task goes on. */
export async function take(
  deps: CheckpointDeps,
  row: CheckpointRow,
  signal: AbortSignal,
): Promise<void> {
  const retry = createRetry({ clock: deps.clock, budgetMs: awayMs })
  try {
    await retry(() => takeOrThrow(deps, row, signal), signal)
  } catch (error) {
    // The server is closing: the row stays as it is, and the next start takes it again.
    if (signal.aborted) return
    const facts = { task: row.taskId, checkpoint: row.id, error: toMessage(error) }
    deps.log.warn('checkpoint failed', facts)
    fail(deps, row, toMessage(error))
  }
}

export async function takeOrThrow(
  deps: CheckpointDeps,
  row: CheckpointRow,
  signal: AbortSignal,
): Promise<void> {
  const { taskId, id } = row
  const state = readState(deps.db, taskId)
  if (!state) return
  const saved = await saveAgents(deps, state, signal)
  const agents = saved.map(({ sizeBytes: _, ...agent }) => agent)
  const manifest = { version: 1 as const, id, takenAt: row.createdAt, ...state, saved: agents }
  const handedIn = await deps.workspaces.handedIn(taskId, state.task.branch)
  const heads = [state.task.baseCommit, state.task.headCommit].filter((commit) => commit !== null)
  const commit = await deps.workspaces.seal({
    taskId,
    id,
    manifest: formatManifest(manifest),
    commits: [
      ...heads,
      ...handedIn.map((work) => work.commit),
      ...saved.map((agent) => agent.commit),
    ],
  })
  const sizeBytes = saved.reduce((sum, agent) => sum + agent.sizeBytes, 0)
  const summary = toSummary(state, agents)
  const completedAt = deps.clock.now()
  deps.eventLog.transact((tx, record) => {
    const set = { status: 'ready', commit, summary, sizeBytes, completedAt } as const
    if (!endCheckpoint(tx, id, set)) return
    updateTask(tx, taskId, { hasState: true }, completedAt)
    const facts = { id, cause: row.cause, commit, size_bytes: sizeBytes, agents: agents.length }
    record({ taskId, type: 'checkpoint.taken', data: facts })
  })
}

/** An agent whose volumes are gone by the time it would be saved has its work in the task's branch. */
async function saveAgents(
  deps: CheckpointDeps,
  { agents, task }: TaskState,
  signal: AbortSignal,
): Promise<Saved[]> {
  const todo = agents.filter(
    ({ holdsResources, turns, startedAt }) => holdsResources && (turns > 0 || startedAt !== null),
  )
  const saved: Saved[] = []
  const work = async (): Promise<void> => {
    for (let agent = todo.shift(); agent; agent = todo.shift()) {
      const one = await saveAgent(deps, task, agent, signal)
      if (one) saved.push(one)
    }
  }
  const workers = await Promise.allSettled(Array.from({ length: atOnce }, work))
  const failed = workers.find((worker) => worker.status === 'rejected')
  if (failed) throw failed.reason
  return saved.sort((a, b) => (a.agent_id < b.agent_id ? -1 : 1))
}

async function saveAgent(
  deps: CheckpointDeps,
  task: TaskState['task'],
  agent: AgentRow,
  signal: AbortSignal,
): Promise<Saved | undefined> {
  const { workspaces } = deps
  const { id: agentId, taskId, role, subtaskId, baseCommit } = agent
  const since = await workspaces.savedBy(taskId, agentId)
  try {
    return await deps.agents.save(
      agentId,
      { signal, ...(since === undefined ? {} : { since }) },
      async ({ commit, files, leftOut, pack }) => {
        const sizeBytes = await workspaces.takeSave({
          ...{ taskId, agentId, commit },
          ...(pack ? { pack } : {}),
        })
        const before: SavedFiles | undefined = since
          ? { save: since }
          : baseCommit && agent.kind !== 'planner'
            ? { commit: baseCommit }
            : undefined
        const changes = before
          ? await workspaces.savedChanges(taskId, before, { save: commit })
          : []
        return {
          agent_id: agentId,
          role,
          ...(subtaskId === null ? {} : { subtask_id: subtaskId }),
          commit,
          files,
          files_changed: changes.length,
          left_out: leftOut,
          output_bytes: deps.outputs.size(agentId),
          ...(await workspaces.savedHead(taskId, commit)),
          sizeBytes,
        }
      },
    )
  } catch (error) {
    if (findTask(deps.db, task.id) && findAgent(deps.db, agentId)?.holdsResources) throw error
    return undefined
  }
}

export function fail({ eventLog, clock }: CheckpointDeps, row: CheckpointRow, error: string): void {
  eventLog.transact((tx, record) => {
    const set = { status: 'failed', error, completedAt: clock.now() } as const
    if (!endCheckpoint(tx, row.id, set)) return
    const { taskId, id, cause } = row
    record({ taskId, type: 'checkpoint.failed', data: { id, cause, error } })
  })
}
