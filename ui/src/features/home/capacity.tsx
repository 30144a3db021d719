import { createMemo, For, type JSX, Show } from 'solid-js'
import { agentStatus } from '#contract/status-words.ts'
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

/** Of the slots in use, those whose agent waits for a person. */
function countAwaited(): number {
  const tasks = new Map((store.tasks.get('active').value ?? []).map((task) => [task.id, task]))
  const agents = store.liveAgents.get(all).value ?? []
  return agents.filter((agent) => {
    const task = tasks.get(agent.task_id)
    return agentStatus(agent, task).glyph === 'need'
  }).length
}

function Slots(props: { slots: SystemState['slots'] }): JSX.Element {
  const awaited = createMemo(() => Math.min(props.slots.used, countAwaited()))
  const running = (): number => props.slots.used - awaited()
  const cellOf = (index: number): string => {
    if (index >= props.slots.used) return 'strip-wait'
    return index < running() ? 'bg-run' : 'bg-need-fill'
  }
  const cells = (): string[] =>
    Array.from({ length: Math.min(64, props.slots.total) }, (_, index) => cellOf(index))
  return (
    <div class="col gap-2.5 p-3">
      <div class="row">
        <span class="t2 flex-1">Agent slots</span>
        <span>
          {props.slots.used} of {props.slots.total}
        </span>
      </div>
      <div class="paints flex flex-wrap gap-[3px]" aria-hidden="true">
        <For each={cells()}>{(look) => <i class={`w-[17px] h-3 rounded-[2.5px] ${look}`} />}</For>
      </div>
      <div class="t3 text-small">
        <Show when={awaited() > 0}>
          {running()} running, {awaited()} waiting for you.{' '}
        </Show>
        {props.slots.queued > 0
          ? `${plural(props.slots.queued, 'subtask')} ${props.slots.queued === 1 ? 'waits' : 'wait'} for a slot.`
          : 'Nothing waits for a slot.'}
        <Show when={props.slots.warm > 0}> {plural(props.slots.warm, 'agent')} stand ready.</Show>
      </div>
    </div>
  )
}
