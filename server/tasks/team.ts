/** What a task's team means for the run: who may begin now, how many at once, and with which model. */
import type { SubtaskSpec } from '#contract/plan.ts'
import { toFilePath } from '#contract/plan-warnings.ts'
import type { TeamSnapshot } from '#contract/team.ts'
import { findRole } from '#contract/team-rules.ts'
import type { TaskRow } from '#db/tasks.ts'
import { isSettled, type Node } from './dag.ts'

type Team = TeamSnapshot | null

/** Agents of the task that may hold a slot at the same time: a person's limit and the team's both hold. */
export function perTaskLimit(
  { limits, team }: Pick<TaskRow, 'limits' | 'team'>,
  { maxAgentsPerTask }: { maxAgentsPerTask: number },
): number {
  const own = limits.max_agents ?? team?.max_agents ?? maxAgentsPerTask
  return team ? Math.min(own, team.max_agents) : own
}

/** The subtask's own, else that of its role, else the task's. */
export const modelOf = (
  { model, team }: Pick<TaskRow, 'model' | 'team'>,
  spec: Pick<SubtaskSpec, 'model' | 'agent_role'>,
): string => spec.model ?? (findRole(team, spec.agent_role)?.model || model)

const runsLast = (team: Team, role: string | undefined): boolean =>
  findRole(team, role ?? '')?.run_last === true

/** Without what runs last for as long as anything else has not ended. Order is kept. */
export function mayBegin<T extends Node>(
  team: Team,
  nodes: readonly Node[],
  some: readonly T[],
): T[] {
  const isLastTurn = nodes.every((node) => runsLast(team, node.role) || isSettled(node))
  return isLastTurn ? [...some] : some.filter((node) => !runsLast(team, node.role))
}

/** Of `ready`, in its order, what may begin without a role having more agents at work than its team says, or two at work on one file. */
export function admitted<T extends Node>(
  team: Team,
  nodes: readonly Node[],
  ready: readonly T[],
): T[] {
  const atWork = new Map<string, number>()
  const count = (role: string): number => atWork.get(role) ?? 0
  const begin = (role: string): void => {
    atWork.set(role, count(role) + 1)
  }
  const inHand = new Set<string>()
  const busy = ['queued', 'running', 'integrating']
  for (const { role = '', status, files = [] } of nodes) {
    if (status === 'queued' || status === 'running') begin(role)
    if (busy.includes(status)) for (const path of files) inHand.add(toFilePath(path))
  }
  return mayBegin(team, nodes, ready).filter(({ role = '', files = [] }) => {
    const limit = findRole(team, role)?.max_instances || Number.POSITIVE_INFINITY
    if (count(role) >= limit) return false
    if (team?.serialize_conflicts && files.some((path) => inHand.has(toFilePath(path))))
      return false
    begin(role)
    for (const path of files) inHand.add(toFilePath(path))
    return true
  })
}

/** Ids of all that a subtask which runs last builds on, although it may not say so. */
export function comesAfter(team: Team, nodes: readonly Node[], id: string): string[] {
  if (!runsLast(team, nodes.find((node) => node.id === id)?.role)) return []
  return nodes.filter(({ role }) => !runsLast(team, role)).map((node) => node.id)
}
