import { type JSX, Show } from 'solid-js'

/** A switch with what it does beside it. */
export function Check(props: {
  label: string
  hint?: string
  checked: boolean
  disabled?: boolean
  onChange: (checked: boolean) => void
}): JSX.Element {
  return (
    <label class="flex items-start gap-2.5 min-h-11 md:min-h-8 py-1 cursor-pointer">
      <input
        type="checkbox"
        class="mt-0.5 w-4 h-4 flex-none accent-tx1"
        checked={props.checked}
        disabled={props.disabled}
        onChange={(event) => props.onChange(event.currentTarget.checked)}
      />
      <span class="col">
        <span>{props.label}</span>
        <Show when={props.hint}>
          <span class="t3 text-small">{props.hint}</span>
        </Show>
      </span>
    </label>
  )
}
