import { A } from '@solidjs/router'
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js'
import type { TaskEvent } from '#contract/event.ts'
import { Glyph } from '../../components/glyph.tsx'
import { Empty, Loaded, Skeleton } from '../../components/part.tsx'
import { type Segment, Segmented } from '../../components/segmented.tsx'
import { store } from '../../data/store.ts'
import { formatClock, formatExact } from '../../lib/time.ts'
import { describeEvent, glyphOf, isDetail } from './event-words.ts'

type Scope = 'main' | 'all'
const scopes: Segment<Scope>[] = [
  { value: 'main', label: 'What happened' },
  { value: 'all', label: 'Every event' },
]

/** The task's event log, newest last. */
export function Timeline(props: { taskId: string }): JSX.Element {
  const [scope, setScope] = createSignal<Scope>('main')
  const names = createMemo(
    () =>
      new Map(
        (store.plan.peek(props.taskId)?.value?.subtasks ?? []).map(({ id, name }) => [id, name]),
      ),
  )
  const shown = (events: readonly TaskEvent[]): TaskEvent[] =>
    events.filter((event) => scope() === 'all' || !isDetail(event))
  return (
    <div class="flex-1 min-h-0 overflow-auto px-4 md:px-5 py-3 col gap-3">
      <div>
        <Segmented label="Which events" value={scope()} options={scopes} onChange={setScope} />
      </div>
      <Loaded
        entry={store.events.get(props.taskId)}
        onRetry={() => void store.events.refresh(props.taskId)}
        skeleton={<Skeleton rows={8} height={28} />}
      >
        {(events) => (
          <Show
            when={shown(events()).length > 0}
            fallback={<Empty>Nothing has happened yet.</Empty>}
          >
            <ol class="card py-1">
              <For each={shown(events())}>
                {(event) => (
                  <li class="lazy-row grid grid-cols-[64px_18px_minmax(0,1fr)] md:grid-cols-[72px_18px_minmax(0,1fr)_auto] gap-x-2 px-3 py-1 items-start">
                    <span
                      class="t3 text-small leading-5!"
                      title={formatExact(Date.parse(event.created_at))}
                    >
                      {formatClock(Date.parse(event.created_at), { seconds: true })}
                    </span>
                    <span class="mt-0.5 still">
                      <Glyph name={glyphOf(event)} />
                    </span>
                    <span class="wrap-any">{describeEvent(event, names())}</span>
                    <Show when={event.agent_id}>
                      {(id) => (
                        <A
                          class="t3 text-small link leading-6! desk"
                          href={`/tasks/${props.taskId}/agents/${id()}`}
                        >
                          Agent
                        </A>
                      )}
                    </Show>
                  </li>
                )}
              </For>
            </ol>
          </Show>
        )}
      </Loaded>
    </div>
  )
}
