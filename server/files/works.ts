import { AppError } from '#contract/errors.ts'
import type { Work, WorkScope } from '#contract/file.ts'
import type { Workspaces } from '#workspaces/workspaces.ts'

/** Rows that say who worked on what. */
export type WorkFacts = {
  branch: string
  baseCommit: string | null
  headCommit: string | null
  agents: readonly { id: string; subtaskId: string | null; baseCommit: string | null }[]
  subtasks: readonly {
    id: string
    agentId: string | null
    workCommit: string | null
    mergedCommit: string | null
  }[]
}

export type CommitRange = { from: string; to: string }

/** Parts of a task's work that can be looked at by themselves. */
export type Works = {
  /** All of it first, then what agents handed in, then what was merged, by subtask. Empty before there is a repository. */
  list(taskId: string): Promise<Work[]>
  /**
   * The commits between which a part lies; undefined when there is nothing yet. Throws `agent.not-found` or
   * `subtask.not-found`.
   */
  range(taskId: string, scope: WorkScope): Promise<CommitRange | undefined>
}

export function createWorks({
  workspaces,
  factsOf,
}: {
  workspaces: Pick<Workspaces, 'handedIn' | 'contributionOf' | 'mergeOf'>
  /** Throws `task.not-found`. */
  factsOf: (taskId: string) => WorkFacts
}): Works {
  const rangeOfAgent = async (taskId: string, id: string): Promise<CommitRange | undefined> => {
    const agent = factsOf(taskId).agents.find((each) => each.id === id)
    if (!agent) throw new AppError('agent.not-found', `This task has no agent ${id}.`)
    if (agent.baseCommit === null) return undefined
    return await workspaces.contributionOf(taskId, { agentId: id, baseCommit: agent.baseCommit })
  }
  const rangeOfSubtask = async (taskId: string, id: string): Promise<CommitRange | undefined> => {
    const subtask = factsOf(taskId).subtasks.find((each) => each.id === id)
    if (!subtask) throw new AppError('subtask.not-found', `This task has no subtask ${id}.`)
    const { agentId, workCommit, mergedCommit } = subtask
    if (!agentId || !workCommit) return undefined
    if (!mergedCommit) return rangeOfAgent(taskId, agentId)
    const merge = await workspaces.mergeOf(taskId, { agentId, commit: workCommit })
    return merge ?? { from: mergedCommit, to: mergedCommit }
  }

  return {
    async list(taskId) {
      const facts = factsOf(taskId)
      if (!facts.baseCommit || !facts.headCommit) return []
      const handedIn = await workspaces.handedIn(taskId, facts.branch)
      return [
        { kind: 'all', id: '', commit: facts.headCommit, merged: true },
        ...facts.agents.flatMap((agent) => toAgentWork(agent, handedIn)),
        ...facts.subtasks.flatMap(toSubtaskWork),
      ]
    },
    async range(taskId, scope) {
      const { baseCommit, headCommit } = factsOf(taskId)
      if (!baseCommit) return undefined
      if (scope.kind === 'agent') return rangeOfAgent(taskId, scope.id)
      if (scope.kind === 'subtask') return rangeOfSubtask(taskId, scope.id)
      return { from: baseCommit, to: headCommit ?? baseCommit }
    },
  }
}

function toAgentWork(
  { id, subtaskId, baseCommit }: WorkFacts['agents'][number],
  handedIn: Awaited<ReturnType<Workspaces['handedIn']>>,
): Work[] {
  const found = handedIn.find(({ agentId }) => agentId === id)
  // Who was brought up to date and did nothing since has what it did before.
  if (!found || (found.commit === baseCommit && !found.hasMerged)) return []
  const about = { agent_id: id, ...(subtaskId ? { subtask_id: subtaskId } : {}) }
  return [{ kind: 'agent', id, commit: found.commit, merged: found.isMerged, ...about }]
}

function toSubtaskWork({ id, agentId, mergedCommit }: WorkFacts['subtasks'][number]): Work[] {
  if (!mergedCommit || !agentId) return []
  const about = { agent_id: agentId, subtask_id: id }
  return [{ kind: 'subtask', id, commit: mergedCommit, merged: true, ...about }]
}
