/** What a restart found, in words. */
import { type RecoveredTask, recoveredAs } from '#contract/recovery.ts'
import type { GlyphName } from './glyph-name.ts'
import { plural } from './text.ts'

type Found = RecoveredTask['agents'][number]['found']

export const foundLooks: Record<Found, { word: string; glyph: GlyphName }> = {
  adopted: { word: 'Still at work', glyph: 'run' },
  finished: { word: 'Done meanwhile', glyph: 'done' },
  resumed: { word: 'Resumed in a new container', glyph: 'run' },
  waiting: { word: 'Waits for a slot', glyph: 'wait' },
}

const facts: Record<Found, string> = {
  adopted: 'still at work',
  finished: 'done meanwhile',
  resumed: 'resumed',
  waiting: 'waiting for a slot',
}

/** The facts of a `task.recovered` event; empty when no agent was concerned. */
export function describeRecovered(data: Record<string, unknown>): string {
  return recoveredAs
    .flatMap((found) => {
      const ids = data[found]
      return Array.isArray(ids) && ids.length > 0
        ? [`${plural(ids.length, 'agent')} ${facts[found]}`]
        : []
    })
    .join(', ')
}
