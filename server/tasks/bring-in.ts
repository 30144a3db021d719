/**
 * An agent that is sent back to work finds what others merged meanwhile in its clone. Its own work is in the branch by then, so the branch goes
 * on from it; where that does not fit what lies in the clone, the agent is told what it lacks.
 */
import type { BroughtIn } from '#agents/agents.ts'
import { AppError } from '#contract/errors.ts'
import { findSubtask } from '#db/subtasks.ts'
import type { RunnerDeps } from './deps.ts'
import { getTask } from './records.ts'

/** `paths` are what others changed since the agent's work was merged. */
export type Merged = { state: 'brought' | 'lacking'; paths: string[]; conflicts: string[] }

/** Undefined when nobody else merged anything. May be asked again after a crash. */
export async function bringMerged(
  deps: Pick<RunnerDeps, 'db' | 'agents' | 'workspaces' | 'log'>,
  { taskId, subtaskId, agentId }: { taskId: string; subtaskId: string; agentId: string },
): Promise<Merged | undefined> {
  const { branch } = getTask(deps.db, taskId)
  const since = findSubtask(deps.db, taskId, subtaskId)?.workCommit
  if (!since) return undefined
  const commit = await deps.workspaces.head(taskId, branch)
  if (commit === since) return undefined
  const paths = (await deps.workspaces.changes(taskId, since, commit)).map(({ path }) => path)
  if (paths.length === 0) return undefined
  const bundle = await deps.workspaces.bundle(taskId, { commit, since, branch })
  const brought = await unlessRefused(deps, agentId, () =>
    deps.agents.bringIn(agentId, { commit, bundle }),
  )
  if (brought.kind === 'done') return { state: 'brought', paths, conflicts: [] }
  return { state: 'lacking', paths, conflicts: brought.paths }
}

/** Git that does not manage it leaves the agent with what it has, which is merged in the end as ever. */
async function unlessRefused(
  { log }: Pick<RunnerDeps, 'log'>,
  agentId: string,
  work: () => Promise<BroughtIn>,
): Promise<BroughtIn> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'git.failed') throw error
    log.warn('merged work not brought to an agent', { agent: agentId, error: error.message })
    return { kind: 'left', reason: 'changes', paths: [] }
  }
}
