/** How busy agents are: what this page has heard of each in the last two minutes. Nothing is known of the time before it was opened. */
import type { TaskEvent } from '#contract/event.ts'

const stepMs = 10_000
export const pulseSteps = 12
const keptMs = stepMs * pulseSteps
const maxAgents = 500

/** Times of events, oldest first. */
const heard = new Map<string, number[]>()

export function notePulse({
  agent_id: agentId,
  created_at: at,
}: Pick<TaskEvent, 'agent_id' | 'created_at'>): void {
  if (agentId === undefined) return
  const time = Date.parse(at)
  const kept = (heard.get(agentId) ?? []).filter((each) => each > time - keptMs)
  kept.push(time)
  // Last heard of, last in the map.
  heard.delete(agentId)
  heard.set(agentId, kept.slice(-200))
  const [oldest] = heard.keys()
  if (heard.size > maxAgents && oldest !== undefined) heard.delete(oldest)
}

/** Of the last whole step, for `pulseOf`: what is drawn from it changes with every step and not with every event. */
export const endOfStep = (now: number): number => Math.floor(now / stepMs) * stepMs

/** Events in each ten seconds up to `end`, the newest last. */
export function pulseOf(agentId: string, end: number): number[] {
  const counts = Array.from({ length: pulseSteps }, () => 0)
  for (const time of heard.get(agentId) ?? []) {
    // The server's clock may be ahead of this one.
    const step = pulseSteps - 1 - Math.floor(Math.max(0, end - time) / stepMs)
    if (step >= 0 && step < pulseSteps) counts[step] = (counts[step] ?? 0) + 1
  }
  return counts
}
