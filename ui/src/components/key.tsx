import { type JSX, Show } from 'solid-js'
import { formatKeys } from '../lib/keystrokes.ts'

/** A key as it is written on the keyboard; hidden on a phone unless `always`. Takes what `Action.keys` takes. */
export function Key(props: { keys: string; always?: boolean; class?: string }): JSX.Element {
  return (
    <Show when={props.keys}>
      <kbd
        class={`key whitespace-nowrap ${props.always ? 'lt-md:inline-block!' : ''} ${props.class ?? ''}`}
        classList={{ 'key-combo': props.keys.includes('Mod+') }}
      >
        {formatKeys(props.keys)}
      </kbd>
    </Show>
  )
}
