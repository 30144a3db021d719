/** How often a forge is asked about a pull request. Pure; all times in milliseconds. */
import type { DeliveryRow } from '#db/deliveries.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

/** Nothing new for so long, and nobody is waited for any more. A person can ask again. */
export const followedForMs = 30 * day

/** The younger the news, the more of it there will be. */
const paces: { youngerThan: number; every: number }[] = [
  { youngerThan: 10 * minute, every: 15 * second },
  { youngerThan: hour, every: minute },
  { youngerThan: day, every: 5 * minute },
  { youngerThan: followedForMs, every: 30 * minute },
]
/** Checks that run end soon, usually. */
const pendingPace = { youngerThan: 6 * hour, every: 30 * second }

type Known = Pick<DeliveryRow, 'pullRequest' | 'newsAt'>

/** When to ask next; null: not any more. */
export function nextLook({ pullRequest, newsAt }: Known, now: number): number | null {
  if (pullRequest?.state !== 'open') return null
  const age = now - (newsAt ?? now)
  const every = paces.find(({ youngerThan }) => age < youngerThan)?.every
  if (every === undefined) return null
  const isPending = (pullRequest.checks ?? []).some(({ state }) => state === 'pending')
  const isSoon = isPending && age < pendingPace.youngerThan
  return now + (isSoon ? Math.min(every, pendingPace.every) : every)
}

/** After a failure, the `failures`th in a row; `untilMs` is what a rate limit says. */
export function nextTry(failures: number, now: number, untilMs = 0): number {
  return Math.max(untilMs, now + Math.min(hour, 15 * second * 2 ** Math.min(failures, 10)))
}
