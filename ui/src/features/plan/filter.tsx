import { For, type JSX, Show } from 'solid-js'
import { Glyph } from '../../components/glyph.tsx'
import type { GlyphName } from '../../lib/glyph-name.ts'
import type { PlanNode } from './nodes.ts'

const kinds: { glyph: GlyphName; word: string }[] = [
  { glyph: 'need', word: 'Needs you' },
  { glyph: 'run', word: 'Running' },
  { glyph: 'fail', word: 'Failed' },
]

/** In a large plan: let one state stand out. */
export function FilterChips(props: {
  nodes: readonly PlanNode[]
  value: GlyphName | undefined
  onChange: (value: GlyphName | undefined) => void
}): JSX.Element {
  const count = (glyph: GlyphName): number =>
    props.nodes.filter(({ status }) => status.glyph === glyph).length
  return (
    <For each={kinds}>
      {({ glyph, word }) => (
        <Show when={count(glyph) > 0 || props.value === glyph}>
          <button
            type="button"
            aria-pressed={props.value === glyph}
            class="button gap-1.5! px-2!"
            classList={{ 'border-tx1! bg-bg2!': props.value === glyph }}
            onClick={() => props.onChange(props.value === glyph ? undefined : glyph)}
          >
            <Glyph name={glyph} />
            {word} <span class="t3 font-400">{count(glyph)}</span>
          </button>
        </Show>
      )}
    </For>
  )
}

export const isFilter = (value: unknown): value is GlyphName =>
  kinds.some(({ glyph }) => glyph === value)
