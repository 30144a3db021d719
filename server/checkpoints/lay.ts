/** From a save in the task's repository into the fresh volumes of an agent. */
import type { TreeToRestore } from '#agents/restore.ts'
import { AppError } from '#contract/errors.ts'
import type { LaidAgent } from '#contract/restore.ts'
import { findAgent } from '#db/agents.ts'
import type { CheckpointDeps } from './checkpoints.ts'

export async function lay(
  { db, agents, workspaces }: CheckpointDeps,
  taskId: string,
  { to, commit, head, branch }: LaidAgent,
  { signal, readOnly }: { signal: AbortSignal; readOnly?: TreeToRestore['readOnly'] },
): Promise<void> {
  const row = findAgent(db, to)
  if (!row) throw new AppError('agent.not-found', `There is no agent ${to}.`)
  if (row.phase !== 'preparing') return
  // The next save of the new agent builds on this one, as that of the old one would have.
  await workspaces.takeSave({ taskId, agentId: to, commit })
  const packs = {
    clone: () => workspaces.packOf(taskId, head ?? commit),
    saved: () => workspaces.packOf(taskId, commit, head ?? undefined),
  }
  const ends = head === null ? [] : await workspaces.historyEnds(taskId, head)
  const tree = { commit, head, branch, ends, packs, ...(readOnly ? { readOnly } : {}) }
  await agents.restore(to, tree, signal)
}
