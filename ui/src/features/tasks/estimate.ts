import type { Task } from '#contract/task.ts'

/** Fewer finished tasks than this say nothing about the next one. */
const minTasks = 3

/** "Usually $2-6, from 11 past tasks"; undefined without enough finished tasks of this mode. */
export function estimateCost(
  tasks: readonly Pick<Task, 'status' | 'mode' | 'cost_usd'>[],
  mode: Task['mode'],
): string | undefined {
  const costs = tasks
    .filter((task) => task.status === 'completed' && task.mode === mode && task.cost_usd > 0)
    .map(({ cost_usd: cost }) => cost)
    .sort((a, b) => a - b)
  if (costs.length < minTasks) return undefined
  const at = (share: number): number => costs[Math.round(share * (costs.length - 1))] ?? 0
  const low = toDollars(at(0.25))
  const high = toDollars(at(0.75))
  const range = low === high ? `about $${low}` : `$${low}–${high}`
  return `Usually ${range}, from ${costs.length} past tasks`
}

/** Whole dollars from five up, dimes below, cents below a dime: an estimate is not exact. */
function toDollars(usd: number): string {
  if (usd >= 5) return usd.toFixed(0)
  return usd >= 0.1 ? usd.toFixed(1).replace(/\.0$/, '') : usd.toFixed(2)
}
