import { type JSX, Show } from 'solid-js'

/** What it is on the left, the control on the right, below it where there is no room. */
export function SettingRow(props: {
  label: string
  hint?: string
  children: JSX.Element
}): JSX.Element {
  return (
    <li class="flex flex-wrap items-center gap-x-3 gap-y-2 px-3 py-2.5 rule-top first:border-t-0">
      <div class="col gap-0.5 flex-1 min-w-[180px]">
        <span class="font-500">{props.label}</span>
        <Show when={props.hint}>
          <span class="t3 text-small">{props.hint}</span>
        </Show>
      </div>
      <div class="max-w-full scroll-x">{props.children}</div>
    </li>
  )
}
