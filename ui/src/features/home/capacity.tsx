import { For, type JSX, Show } from 'solid-js'
import type { SystemState } from '#contract/system.ts'
import { Loaded, Skeleton } from '../../components/part.tsx'
import { all, store } from '../../data/store.ts'
import { plural } from '../../lib/text.ts'

/** What this machine can take. */
export function Capacity(): JSX.Element {
  return (
    <section aria-label="Capacity">
      <h2 class="h-part px-0.5 pb-2">Capacity</h2>
      <div class="card">
        <Loaded
          entry={store.system.get(all)}
          onRetry={() => void store.system.refresh(all)}
          skeleton={<Skeleton rows={1} height={96} />}
        >
          {(system) => <Slots slots={system().slots} />}
        </Loaded>
      </div>
    </section>
  )
}

function Slots(props: { slots: SystemState['slots'] }): JSX.Element {
  const cells = (): boolean[] =>
    Array.from({ length: Math.min(64, props.slots.total) }, (_, index) => index < props.slots.used)
  return (
    <div class="col gap-2.5 p-3">
      <div class="row">
        <span class="t2 flex-1">Agent slots</span>
        <span>
          {props.slots.used} of {props.slots.total}
        </span>
      </div>
      <div class="paints flex flex-wrap gap-[3px]" aria-hidden="true">
        <For each={cells()}>
          {(isUsed) => (
            <i class={`w-[17px] h-3 rounded-[2.5px] ${isUsed ? 'bg-run' : 'strip-wait'}`} />
          )}
        </For>
      </div>
      <div class="t3 text-small">
        {props.slots.queued > 0
          ? `${plural(props.slots.queued, 'subtask')} ${props.slots.queued === 1 ? 'waits' : 'wait'} for a slot.`
          : 'Nothing waits for a slot.'}
        <Show when={props.slots.warm > 0}> {plural(props.slots.warm, 'agent')} stand ready.</Show>
      </div>
    </div>
  )
}
