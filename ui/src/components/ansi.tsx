import { createMemo, For, type JSX } from 'solid-js'
import { toSpans } from '../lib/ansi-spans.ts'

/** Program output with its colours, as text. Black is left to the page: on a dark one it could not be read. */
export function Ansi(props: { text: string }): JSX.Element {
  const spans = createMemo(() => toSpans(props.text))
  return (
    <For each={spans()}>
      {(span) => (
        <span
          classList={{ 'font-600': span.isBold ?? false, t3: span.isDim ?? false }}
          style={{ color: span.colour ? `var(--ansi-${span.colour})` : undefined }}
        >
          {span.text}
        </span>
      )}
    </For>
  )
}
