import type { JSX } from 'solid-js'
import type { GlyphName } from '../lib/glyph-name.ts'
import { Glyph } from './glyph.tsx'

const tints: Record<GlyphName, string> = {
  wait: 'bg-idle-tint text-idle',
  run: 'bg-run-tint text-run',
  need: 'bg-need-tint text-need',
  review: 'bg-review-tint text-review',
  pause: 'bg-idle-tint text-idle',
  stopping: 'bg-idle-tint text-idle',
  done: 'bg-done-tint text-done',
  fail: 'bg-fail-tint text-fail',
  skip: 'bg-idle-tint text-idle',
  unknown: 'bg-idle-tint text-idle',
}

export function StatusChip(props: { glyph: GlyphName; word: string }): JSX.Element {
  return (
    <span class={`chip ${tints[props.glyph]}`}>
      <Glyph name={props.glyph} />
      {props.word}
    </span>
  )
}
