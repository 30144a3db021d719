/** The modes of a run, as one question: which of the ready subtasks may be started now? */
import type { RunMode } from '#contract/task.ts'
import type { TeamSnapshot } from '#contract/team.ts'
import { heights, isSettled, type Node, readyNodes, topologicalOrder } from './dag.ts'
import { admitted } from './team.ts'

/** In the order in which they should get slots. Slots themselves are the scheduler's business. */
export function startable<T extends Node>(
  mode: RunMode,
  nodes: readonly T[],
  team: TeamSnapshot | null = null,
): T[] {
  const ready = admitted(team, nodes, longestFirst(nodes, readyNodes(nodes)))
  if (mode === 'parallel') return ready
  const isBusy = nodes.some((node) => node.status !== 'pending' && !isSettled(node))
  const next = topologicalOrder(nodes).find((node) => ready.includes(node))
  return isBusy || !next ? [] : [next]
}

/** What the longest chain of dependents waits for comes first; that keeps all slots busy to the end. */
export function longestFirst<T extends Node>(all: readonly Node[], some: readonly T[]): T[] {
  const height = heights(all)
  return [...some].sort((a, b) => (height.get(b.id) ?? 0) - (height.get(a.id) ?? 0))
}
