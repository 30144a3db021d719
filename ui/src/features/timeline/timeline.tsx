import { useLocation, useSearchParams } from '@solidjs/router'
import { createMemo, For, type JSX, Show } from 'solid-js'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { Loaded, Skeleton } from '../../components/part.tsx'
import { Segmented } from '../../components/segmented.tsx'
import { now } from '../../data/clock.ts'
import { store } from '../../data/store.ts'
import { maxEvents } from '../../data/task-events.ts'
import { explain } from '../../lib/timeline/explain.ts'
import type { Window } from '../../lib/timeline/scale.ts'
import { toTimeline } from '../../lib/timeline/spans.ts'
import { AuditList } from './audit-list.tsx'
import { Gantt } from './gantt.tsx'
import { GanttTable } from './gantt-table.tsx'
import { type Kind, kinds, kindWords } from './words.ts'

type Query = { event?: string; kind?: string; from?: string; to?: string; as?: string }

/** Why it stopped or what it waits for; who worked when; and everything that happened. */
export function Timeline(props: { task: Task }): JSX.Element {
  const [query, setQuery] = useSearchParams<Query>()
  const location = useLocation()
  const plan = () => store.plan.get(props.task.id).value
  const names = createMemo(
    () => new Map((plan()?.subtasks ?? []).map(({ id, name }) => [id, name])),
  )
  const selected = (): number | undefined => toNumber(query.event)
  const kind = (): Kind => kinds.find((each) => each === query.kind) ?? 'main'
  const window = (): Window | undefined => {
    const [from, to] = [toNumber(query.from), toNumber(query.to)]
    return from === undefined || to === undefined || to <= from ? undefined : { from, to }
  }
  const isOver = (): boolean =>
    ['completed', 'failed', 'cancelled', 'created'].includes(props.task.status)
  const hrefOf = (seq: number): string => {
    const params = new URLSearchParams(location.search)
    params.set('event', String(seq))
    return `${location.pathname}?${params}`
  }
  const set = (change: Query): void => setQuery(change, { replace: true, scroll: false })
  return (
    <Loaded
      entry={store.timeline.get(props.task.id)}
      onRetry={() => void store.timeline.refresh(props.task.id)}
      skeleton={<Skeleton rows={8} height={28} />}
    >
      {(events) => {
        const timeline = createMemo(() =>
          toTimeline(events(), {
            order: (plan()?.subtasks ?? []).map(({ id }) => id),
            isOver: isOver(),
            now: isOver() ? 0 : now(),
          }),
        )
        const answer = createMemo(() =>
          explain({ task: props.task, events: events(), timeline: timeline(), names: names() }),
        )
        return (
          // On a phone the picture is as high as it is and all of it scrolls.
          <div class="flex-1 min-h-0 col lt-md:overflow-y-auto">
            <div class="px-4 md:px-5 py-2.5 flex gap-3 items-center rule flex-none lt-md:flex-wrap">
              <p class="flex-1 min-w-0 wrap-any font-500" role="status">
                {answer().text}
              </p>
              <Show when={answer().seq}>
                {(seq) => (
                  <Button small onClick={() => setQuery({ event: String(seq()) })}>
                    Show the event
                  </Button>
                )}
              </Show>
              <Button
                small
                look="quiet"
                aria-pressed={query.as === 'table'}
                onClick={() => set({ as: query.as === 'table' ? '' : 'table' })}
              >
                {query.as === 'table' ? 'Show as chart' : 'Show as table'}
              </Button>
            </div>
            <section aria-label="Who worked when" class="col flex-none md:max-h-[46%] rule bg-bg1">
              <Show
                when={query.as !== 'table'}
                fallback={<GanttTable timeline={timeline()} names={names()} />}
              >
                <Gantt
                  timeline={timeline()}
                  names={names()}
                  window={window()}
                  onWindow={(next) =>
                    set({
                      from: next ? String(Math.round(next.from)) : '',
                      to: next ? String(Math.round(next.to)) : '',
                    })
                  }
                  onEvent={(seq) => setQuery({ event: String(seq) })}
                />
                <Legend />
              </Show>
              <Show when={events().length >= maxEvents}>
                <p class="t3 text-small px-3 pb-2">
                  The picture has the first {maxEvents} events that it is made from; the list below
                  has them all.
                </p>
              </Show>
            </section>
            <div class="px-4 md:px-5 py-2 flex-none scroll-x rule">
              <Segmented
                label="Which events"
                value={kind()}
                options={kinds.map((value) => ({ value, label: kindWords[value] }))}
                onChange={(value) => set({ kind: value === 'main' ? '' : value, event: '' })}
              />
            </div>
            <section
              aria-label="What happened"
              class="flex-1 min-h-0 col bg-bg1 lt-md:flex-none lt-md:h-[60vh]"
            >
              <AuditList
                taskId={props.task.id}
                kind={kind()}
                selected={selected()}
                names={names()}
                hrefOf={hrefOf}
              />
            </section>
          </div>
        )
      }}
    </Loaded>
  )
}

const legend: readonly [string, string][] = [
  ['bg-run', 'At work'],
  ['bar-merge', 'Merging'],
  ['hatch', 'Waiting'],
  ['hatch-need', 'Waiting for you'],
]

function Legend(): JSX.Element {
  return (
    <ul class="flex gap-4 px-3 pb-2 flex-none text-small t2 lt-md:flex-wrap lt-md:gap-x-3 lt-md:gap-y-0">
      <For each={legend}>
        {([look, word]) => (
          <li class="row gap-1.5">
            <span class={`paints inline-block w-4 h-2.5 rounded-[2px] ${look}`} />
            {word}
          </li>
        )}
      </For>
    </ul>
  )
}

const toNumber = (text: string | string[] | undefined): number | undefined =>
  typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : undefined
