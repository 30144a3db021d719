import { For, type JSX } from 'solid-js'
import type { GlyphName } from '../lib/glyph-name.ts'

const fills: Record<GlyphName, string> = {
  done: 'bg-done',
  run: 'strip-run',
  need: 'bg-need-fill',
  fail: 'strip-fail',
  review: 'bg-review',
  wait: 'strip-wait',
  pause: 'strip-pause',
  stopping: 'strip-pause',
  skip: 'bg-bg3',
  unknown: 'strip-wait',
}

/** One segment per subtask. `label` says the same in words. */
export function Strip(props: { segments: readonly GlyphName[]; label: string }): JSX.Element {
  return (
    <div
      class="paints flex h-1.5"
      classList={{ 'gap-0.5': props.segments.length <= 24, 'gap-px': props.segments.length > 24 }}
      role="img"
      aria-label={props.label}
    >
      <For each={props.segments}>
        {(name) => <b class={`flex-1 min-w-0 rounded-[1.5px] ${fills[name]}`} />}
      </For>
    </div>
  )
}
