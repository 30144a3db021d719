import { type JSX, Show } from 'solid-js'
import { splitPath } from '../lib/text.ts'

/** Folder dim, name strong. */
export function Path(props: { path: string; class?: string }): JSX.Element {
  const parts = (): { folder: string; name: string } => splitPath(props.path)
  return (
    <span class={`mono clip ${props.class ?? ''}`} title={props.path}>
      <span class="t3">{parts().folder}</span>
      {parts().name}
    </span>
  )
}

/** "+58 −9" in the colours of a diff; a side that is nothing is left out. */
export function LineCount(props: { added: number; deleted: number }): JSX.Element {
  return (
    <span class="font-mono text-[11.5px] whitespace-nowrap">
      <Show when={props.added > 0 || props.deleted === 0}>
        <span class="text-done">+{props.added}</span>
      </Show>{' '}
      <Show when={props.deleted > 0}>
        <span class="text-fail">−{props.deleted}</span>
      </Show>
    </span>
  )
}
