import { For, type JSX, Show } from 'solid-js'
import { Glyph } from '../../components/glyph.tsx'
import { Loaded, Skeleton } from '../../components/part.tsx'
import { store } from '../../data/store.ts'
import { describeEvent, glyphOf } from '../../lib/event-words.ts'
import { formatClock, formatExact } from '../../lib/time.ts'

/** The last events of a task, newest first. */
export function RecentEvents(props: { taskId: string }): JSX.Element {
  const names = () =>
    new Map(
      (store.plan.peek(props.taskId)?.value?.subtasks ?? []).map(({ id, name }) => [id, name]),
    )
  return (
    <Loaded
      entry={store.recent.get(props.taskId)}
      onRetry={() => void store.recent.refresh(props.taskId)}
      skeleton={<Skeleton rows={4} height={24} />}
    >
      {(events) => (
        <ol class="still">
          <For each={events()} fallback={<li class="t3">Nothing yet.</li>}>
            {(event) => (
              <li class="flex gap-2 py-0.5">
                <span
                  class="t3 text-small w-16 flex-none whitespace-nowrap pt-0.5"
                  title={formatExact(Date.parse(event.created_at))}
                >
                  {formatClock(Date.parse(event.created_at))}
                </span>
                <span class="w-4 flex-none">
                  <Show when={glyphOf(event)}>
                    {(name) => <Glyph class="block mt-0.5" name={name()} />}
                  </Show>
                </span>
                <span class="t2 wrap-any min-w-0">{describeEvent(event, names())}</span>
              </li>
            )}
          </For>
        </ol>
      )}
    </Loaded>
  )
}
