/** Work of agents that nobody handed in yet, read when somebody asks. */

import type { Agents } from '#agents/agents.ts'
import { AppError } from '#contract/errors.ts'
import type { LiveChanges } from '#contract/file.ts'
import type { Db } from '#db/open.ts'
import { type Clock, toIso } from '#lib/clock.ts'
import type { DiffOptions, Workspaces } from '#workspaces/workspaces.ts'
import { getAgentOf } from './agent-verbs.ts'

export type Looks = {
  /** Those who ask while one is under way get that one. Throws what `Agents.look` throws, and `file.forbidden`. */
  changes(taskId: string, agentId: string): Promise<LiveChanges>
  /** Of the look whose `to` this is. `file.not-found` when newer ones have taken its place. */
  diff(taskId: string, agentId: string, options: DiffOptions & { to: string }): Promise<string>
}

export function createLooks({
  db,
  agents,
  workspaces,
  clock,
}: {
  db: Db
  agents: Pick<Agents, 'look'>
  workspaces: Pick<Workspaces, 'takeLook' | 'diffLook'>
  clock: Pick<Clock, 'now'>
}): Looks {
  const underWay = new Map<string, Promise<LiveChanges>>()

  const read = async (taskId: string, agentId: string): Promise<LiveChanges> => {
    const at = toIso(clock.now())
    const { bundle, baseCommit, isLive, skipped, leftOut } = await agents.look(agentId)
    const input = { taskId, agentId, baseCommit, bundle }
    const { from, to, changes } = await workspaces.takeLook(input).catch(distrust)
    return {
      from,
      to,
      files: changes,
      at,
      running: isLive,
      skipped: skipped.map(({ path, sizeBytes, reason }) => ({ path, size: sizeBytes, reason })),
      left_out: leftOut,
    }
  }

  return {
    async changes(taskId, agentId) {
      getAgentOf(db, taskId, agentId)
      const known = underWay.get(agentId)
      if (known) return known
      const reading = read(taskId, agentId).finally(() => underWay.delete(agentId))
      underWay.set(agentId, reading)
      return reading
    },
    async diff(taskId, agentId, { to, ...options }) {
      getAgentOf(db, taskId, agentId)
      return workspaces.diffLook({ taskId, agentId, to }, options)
    },
  }
}

/** What comes out of a container may be made to harm: refusing it is no failure of ours. */
function distrust(error: unknown): never {
  if (!(error instanceof AppError && error.code === 'git.failed')) throw error
  throw new AppError(
    'file.forbidden',
    `What the agent's container gave as its files was refused. ${error.message}`,
    { cause: error },
  )
}
