import { createMemo, For, type JSX, Show } from 'solid-js'
import { person } from '../../data/messages-api.ts'
import type { WordOf } from '../../lib/messages/words.ts'
import type { Address } from './address.ts'

/** Whose talk is shown: said by them or to them. */
export function NamePicker(props: {
  address: Address
  team: readonly string[]
  wordOf: WordOf
}): JSX.Element {
  const names = createMemo(() => {
    const asked = props.address.agent()
    const known = [...props.team, person]
    // Of an earlier plan, or of the server.
    return asked === undefined || known.includes(asked) ? known : [...known, asked]
  })
  return (
    <select
      class="input lt-md:flex-1 md:w-auto! min-w-0 md:max-w-[220px] text-ellipsis"
      aria-label="With whom"
      onChange={(event) =>
        props.address.set({ agent: event.currentTarget.value, and: '', message: '' })
      }
    >
      <option value="" selected={props.address.agent() === undefined}>
        Anyone
      </option>
      <Show when={props.address.other()}>
        {(other) => (
          <option value={props.address.agent() ?? ''} selected>
            {`${props.wordOf(props.address.agent() ?? '')} and ${props.wordOf(other())}`}
          </option>
        )}
      </Show>
      <For each={names()}>
        {(name) => (
          <option value={name} selected={!props.address.other() && props.address.agent() === name}>
            {props.wordOf(name)}
          </option>
        )}
      </For>
    </select>
  )
}
