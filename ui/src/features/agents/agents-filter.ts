/** Which agents of a task are listed, and in what order they are shown on the wall. */
import type { Agent } from '#contract/agent.ts'
import { agentStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'

export const agentFilters = ['all', 'need', 'running', 'failed'] as const
export type AgentFilter = (typeof agentFilters)[number]
export const filterNames: Record<AgentFilter, string> = {
  all: 'All',
  need: 'Needs you',
  running: 'Running',
  failed: 'Failed',
}

export function matchesFilter(
  agent: Pick<Agent, 'status' | 'kind'> & Partial<Pick<Agent, 'phase'>>,
  filter: AgentFilter,
  task: Pick<Task, 'phase'>,
): boolean {
  switch (filter) {
    case 'all':
      return true
    case 'need':
      return agentStatus(agent, task).glyph === 'need'
    case 'running':
      return (
        (agent.status === 'running' || agent.status === 'created') &&
        !matchesFilter(agent, 'need', task)
      )
    case 'failed':
      return agent.status === 'failed' || agent.status === 'lost'
  }
}

export const nextFilter = (filter: AgentFilter): AgentFilter =>
  agentFilters[(agentFilters.indexOf(filter) + 1) % agentFilters.length] ?? 'all'

export const wallSize = 12
const rank: Partial<Record<Agent['status'], number>> = {
  running: 0,
  created: 1,
  failed: 2,
  lost: 2,
}

/** One wall of them, from 0: those that move first; within them the order of the task. */
export const forWall = <T extends Pick<Agent, 'status'>>(agents: readonly T[], wall = 0): T[] =>
  agents
    .toSorted((a, b) => (rank[a.status] ?? 3) - (rank[b.status] ?? 3))
    .slice(wall * wallSize, (wall + 1) * wallSize)

export const countWalls = (agents: number): number => Math.max(1, Math.ceil(agents / wallSize))
