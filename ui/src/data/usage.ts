/** What agents spend: of one task, and of the installation since midnight of this browser's day. */
import { InstallationUsage, TaskUsage } from '#contract/usage.ts'
import { ask } from './api.ts'
import { createCache } from './cache.ts'
import { now } from './clock.ts'

const all = 'all'
/** Figures change with every turn that ends: often, in a large team. */
const coalesceMs = 2000

export const midnight = (at: number): number => new Date(at).setHours(0, 0, 0, 0)

const installation = createCache<InstallationUsage>(
  () => ask(InstallationUsage, `/api/usage?since=${new Date(midnight(Date.now())).toISOString()}`),
  { coalesceMs },
)
const tasks = createCache<TaskUsage>(
  (id) => ask(TaskUsage, `/api/tasks/${encodeURIComponent(id)}/usage`),
  { coalesceMs },
)

/** Reactive. */
export const usage = {
  task: tasks,
  now: () => installation.get(all),
  refresh: () => void installation.refresh(all),
}

/** An agent has spent something, or has heard of the limits of the account. */
export function invalidateUsage(taskId: string): void {
  installation.invalidate(all)
  tasks.invalidate(taskId)
}

export function invalidateAllUsage(): void {
  installation.invalidateAll()
  tasks.invalidateAll()
}

/** Reactive: the limit that keeps agents waiting now; nothing from the second on in which it resets. */
export function reachedLimit(): { window: string; until: number | undefined } | undefined {
  const reached = usage.now().value?.reached
  if (!reached) return undefined
  const until = reached.resets_at === undefined ? undefined : Date.parse(reached.resets_at)
  return until === undefined || until > now() ? { window: reached.window, until } : undefined
}

/** Nothing is shown above which a notice may come later. */
export const isUsageKnown = (): boolean => usage.now().state !== 'loading'
