/** What an agent's state means, in words. */
import type { Agent } from '#contract/agent.ts'
import type { TaskEvent } from '#contract/event.ts'
import type { GlyphName } from '../../lib/glyph-name.ts'
import { formatBytes, plural } from '../../lib/text.ts'

export type StartStep = { text: string; state: 'done' | 'run' | 'wait'; at?: number }

/** From the slot to the first turn; the times are those of the agent's own events. */
export function toStartSteps(
  agent: Pick<Agent, 'id' | 'phase' | 'created_at'>,
  events: readonly TaskEvent[],
): StartStep[] {
  const timeOf = (phase: string): number | undefined => {
    const found = events.findLast(
      ({ type, agent_id: id, data }) =>
        type === 'agent.status' && id === agent.id && data.phase === phase,
    )
    return found && Date.parse(found.created_at)
  }
  const isWarm = agent.phase === 'warm'
  const step = (text: string, state: StartStep['state'], at: number | undefined): StartStep =>
    at === undefined ? { text, state } : { text, state, at }
  return [
    step('Agent made', 'done', Date.parse(agent.created_at)),
    step('Container and workspace', isWarm ? 'done' : 'run', timeOf('preparing')),
    step('Claude Code loaded', isWarm ? 'done' : 'wait', timeOf('warm')),
    step('First turn', 'wait', undefined),
  ]
}

export type Ending = { glyph: GlyphName; isFault: boolean; text: string }

/** How it ended; undefined while it has not, or when there is nothing to say of it. */
export function toEnding(agent: Pick<Agent, 'status' | 'error' | 'result'>): Ending | undefined {
  switch (agent.status) {
    case 'failed':
      return { glyph: 'fail', isFault: true, text: agent.error ?? 'It failed without a reason.' }
    case 'lost':
      return {
        glyph: 'unknown',
        isFault: true,
        text: agent.error ?? 'Its container is gone.',
      }
    case 'stopped':
      return {
        glyph: 'pause',
        isFault: false,
        text: agent.error ?? 'Stopped. Its files and its conversation are saved.',
      }
    // That it is done says the chip.
    case 'completed':
      return agent.result === undefined
        ? undefined
        : { glyph: 'done', isFault: false, text: agent.result }
    default:
      return undefined
  }
}

/** That what an agent printed is not all there any more, and why. Empty when it is. */
export function toRemovedWords({ output_removed: removed }: Pick<Agent, 'output_removed'>): string {
  if (!removed) return ''
  const date = new Date(removed.at).toLocaleDateString()
  const size = formatBytes(removed.bytes)
  return removed.days === undefined
    ? `Output before ${date} (${size}) was removed to make room, as the retention settings say.`
    : `Output before ${date} (${size}) was removed after ${plural(removed.days, 'day')}, as the retention settings say.`
}
