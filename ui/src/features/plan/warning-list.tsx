import { For, type JSX, Show } from 'solid-js'
import type { PlanWarning } from '#contract/plan.ts'

/** What a plan may cost; it can run as it is. */
export function WarningList(props: { warnings: readonly PlanWarning[] }): JSX.Element {
  return (
    <Show when={props.warnings.length > 0}>
      <ul
        class="t2 text-small max-h-[84px] overflow-auto"
        aria-label="Worth a look before it runs"
        tabindex="0"
      >
        <For each={props.warnings}>{({ message }) => <li class="wrap-any">{message}</li>}</For>
      </ul>
    </Show>
  )
}
