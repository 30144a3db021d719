/**
 * Questions about the graph of a plan's subtasks. All pure; the graph has no cycle (`contract/plan-validation.ts`).
 *
 * Two kinds of `skipped` exist. A person's skip has no error and counts as settled: dependents go on without it.
 * A skip because of a failure has an error that names the failed subtask, and lasts as long as that failure.
 */
import type { SubtaskStatus } from '#contract/plan.ts'

/** The least a node must tell; rows of `subtasks` fit through `toNodes`. */
export type Node = {
  id: string
  dependsOn: readonly string[]
  status: SubtaskStatus
  error: string | null
  /** The part it plays in its team. */
  role?: string
  /** What it probably changes. */
  files?: readonly string[]
}

export const isSkippedByPerson = (node: Pick<Node, 'status' | 'error'>): boolean =>
  node.status === 'skipped' && node.error === null

/** Nothing more will happen to it unless a person acts. */
export const isSettled = (node: Pick<Node, 'status'>): boolean =>
  node.status === 'completed' || node.status === 'failed' || node.status === 'skipped'

/** Its dependents need not wait for it any more. */
export const isSatisfied = (node: Pick<Node, 'status' | 'error'>): boolean =>
  node.status === 'completed' || isSkippedByPerson(node)

/** Pending, and every dependency is satisfied; in plan order. */
export function readyNodes<T extends Node>(nodes: readonly T[]): T[] {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  return nodes.filter(
    (node) =>
      node.status === 'pending' &&
      node.dependsOn.every((id) => {
        const dependency = byId.get(id)
        return dependency === undefined || isSatisfied(dependency)
      }),
  )
}

/** Ids of everything that depends on `id`, directly or through others. */
export function dependentsOf(
  nodes: readonly Pick<Node, 'id' | 'dependsOn'>[],
  id: string,
): string[] {
  return reachable(id, (at) => nodes.filter((node) => node.dependsOn.includes(at)).map((n) => n.id))
}

/** Ids of everything that `id` depends on, directly or through others, nearest first. */
export function dependenciesOf(
  nodes: readonly Pick<Node, 'id' | 'dependsOn'>[],
  id: string,
): string[] {
  const byId = new Map(nodes.map((node) => [node.id, node.dependsOn]))
  return reachable(id, (at) => byId.get(at) ?? [])
}

function reachable(start: string, next: (id: string) => readonly string[]): string[] {
  const found = new Set<string>()
  const queue = [...next(start)]
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    if (found.has(id)) continue
    found.add(id)
    queue.push(...next(id))
  }
  return [...found]
}

/**
 * For every node that waits or was skipped by a failure: the failed nodes that block it (empty: nothing does).
 * Asking again after a retry or a skip therefore also takes back skips that have lost their reason.
 */
export function blockers(nodes: readonly Node[]): Map<string, string[]> {
  const failed = new Set(nodes.filter((node) => node.status === 'failed').map((node) => node.id))
  const waiting = nodes.filter(
    (node) => node.status === 'pending' || (node.status === 'skipped' && node.error !== null),
  )
  return new Map(
    waiting.map((node) => [node.id, dependenciesOf(nodes, node.id).filter((id) => failed.has(id))]),
  )
}

/** Groups in which everything depends only on earlier groups; plan order inside each. */
export function layers<T extends Pick<Node, 'id' | 'dependsOn'>>(nodes: readonly T[]): T[][] {
  const known = new Set(nodes.map((node) => node.id))
  const placed = new Set<string>()
  const result: T[][] = []
  let left = [...nodes]
  while (left.length > 0) {
    const layer = left.filter((node) =>
      node.dependsOn.every((id) => placed.has(id) || !known.has(id)),
    )
    if (layer.length === 0) throw new Error('the plan has a cycle')
    for (const node of layer) placed.add(node.id)
    left = left.filter((node) => !placed.has(node.id))
    result.push(layer)
  }
  return result
}

/** An order in which every node comes after what it depends on; plan order where there is a choice. */
export const topologicalOrder = <T extends Pick<Node, 'id' | 'dependsOn'>>(
  nodes: readonly T[],
): T[] => layers(nodes).flat()

/** Number of nodes on the longest chain that starts at each node: what to start first when slots are few. */
export function heights(nodes: readonly Pick<Node, 'id' | 'dependsOn'>[]): Map<string, number> {
  const height = new Map(nodes.map((node) => [node.id, 1]))
  for (const node of topologicalOrder(nodes).reverse())
    for (const id of node.dependsOn) {
      const known = height.get(id)
      if (known !== undefined) height.set(id, Math.max(known, (height.get(node.id) ?? 1) + 1))
    }
  return height
}
