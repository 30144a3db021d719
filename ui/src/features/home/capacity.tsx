import { createMemo, For, type JSX, Show } from 'solid-js'
import type { SystemState } from '#contract/system.ts'
import { Loaded, Skeleton } from '../../components/part.tsx'
import { now } from '../../data/clock.ts'
import { all, recentLimit, store } from '../../data/store.ts'
import { formatMoney, plural } from '../../lib/text.ts'

/** Beside the lists: what this machine can take, and what the tasks of today have cost. */
export function Capacity(): JSX.Element {
  return (
    <aside class="col gap-5 lt-lg:hidden">
      <Today />
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
    </aside>
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

function Today(): JSX.Element {
  const today = createMemo(() => {
    const start = new Date(now()).setHours(0, 0, 0, 0)
    return [
      ...(store.tasks.get('active').value ?? []),
      ...(store.tasks.get('recent').value ?? []),
    ].filter(({ created_at }) => Date.parse(created_at) >= start)
  })
  const isKnown = (): boolean =>
    (['active', 'recent'] as const).every((group) => store.tasks.get(group).value !== undefined)
  const isLost = (): boolean =>
    (['active', 'recent'] as const).some((group) => store.tasks.get(group).state === 'failed')
  // Only the newest finished tasks are known here; a busy day may have had more.
  const isCut = (): boolean => (store.tasks.get('recent').value?.length ?? 0) >= recentLimit
  const cost = (): number => today().reduce((sum, task) => sum + task.cost_usd, 0)
  return (
    <section aria-label="Today">
      <h2 class="h-part px-0.5 pb-2">Today</h2>
      <div class="card p-3 flex items-baseline gap-2">
        <Show
          when={isKnown()}
          fallback={<span class="text-display t3">{isLost() ? 'Not known' : '\u00a0'}</span>}
        >
          <span class="text-display font-600 tracking-[-0.02em] whitespace-nowrap">
            {isCut() ? '≥ ' : ''}
            {formatMoney(cost())}
          </span>
          <span class="flex-1" />
          <span
            class="t3 text-small"
            title={
              isCut() ? `Of the last ${recentLimit} tasks that ended, and those that run.` : ''
            }
          >
            {plural(today().length, 'task')} started
          </span>
        </Show>
      </div>
    </section>
  )
}
