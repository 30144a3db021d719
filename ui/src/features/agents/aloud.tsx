import { createEffect, createSignal, type JSX, on, onCleanup, Show } from 'solid-js'
import type { Row } from '../../lib/activity/rows.ts'
import { toSpoken } from '../../lib/activity/spoken.ts'
import { load, save } from '../../lib/storage.ts'

const key = 'activity.aloud'
const everyMs = 5000
const [isOn, setOn] = createSignal(load(key) === 'on')

export const isAloud = isOn

export function toggleAloud(): void {
  setOn(!isOn())
  save(key, isOn() ? 'on' : '')
}

/** New rows in words for a screen reader, together every few seconds; silent until it is switched on. */
export function Aloud(props: { rows: readonly Row[] }): JSX.Element {
  return (
    <Show when={isOn()}>
      <Speaker rows={props.rows} />
    </Show>
  )
}

function Speaker(props: { rows: readonly Row[] }): JSX.Element {
  const [words, setWords] = createSignal('New rows are read aloud.')
  let known: number | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const say = (): void => {
    timer = undefined
    const after = props.rows.filter(({ offset }) => offset > (known ?? 0))
    const live = after.findIndex((row) => row.kind === 'text' && row.live)
    const fresh = live < 0 ? after : after.slice(0, live)
    known = fresh.at(-1)?.offset ?? known
    const text = toSpoken(fresh)
    if (text !== '') setWords(text)
  }
  createEffect(
    on(
      () => props.rows.at(-1)?.offset,
      (last) => {
        // What is there already was not printed just now.
        known ??= last
        if (last !== undefined && last > (known ?? 0)) timer ??= setTimeout(say, everyMs)
      },
    ),
  )
  onCleanup(() => clearTimeout(timer))
  return (
    <p class="sr-only" role="log" aria-live="polite" aria-label="New rows">
      {words()}
    </p>
  )
}
