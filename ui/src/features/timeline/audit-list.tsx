import { A } from '@solidjs/router'
import { createEffect, createMemo, createSignal, type JSX, on, onCleanup, Show } from 'solid-js'
import type { TaskEvent } from '#contract/event.ts'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Empty, PartError, Skeleton } from '../../components/part.tsx'
import { type VirtualHandle, VirtualList } from '../../components/virtual-list.tsx'
import { api, toApiError } from '../../data/api.ts'
import { lastHeard } from '../../data/heard.ts'
import { describeEvent, glyphOf } from '../../lib/event-words.ts'
import { formatClock, formatExact } from '../../lib/time.ts'
import {
  addNewer,
  addOlder,
  type EventRead,
  type EventWindow,
  keepNewest,
  openEventWindow,
} from '../../lib/timeline/event-window.ts'
import { actorOf, withoutActor } from './actor.ts'
import { type Kind, kindTypes } from './words.ts'

const readOnMs = 500
/** Rows of a log that nobody scrolls; older ones are read again when they are wanted. */
const mostKept = 2000

/** Every event of the task, newest first, read as far as somebody looks. `selected` is brought to the screen. */
export function AuditList(props: {
  taskId: string
  kind: Kind
  selected: number | undefined
  names: ReadonlyMap<string, string>
  hrefOf: (seq: number) => string
}): JSX.Element {
  const [known, setKnown] = createSignal<EventWindow>()
  const [error, setError] = createSignal<string>()
  let handle: VirtualHandle | undefined
  let place: HTMLDivElement | undefined
  let isReading = false
  let opened = 0
  const read: EventRead = (query) => api.eventPage(props.taskId, query)
  const types = () => kindTypes[props.kind]

  /** One at a time: two at once would leave a hole or bring something twice. */
  const grow = async (work: (now: EventWindow) => Promise<EventWindow>): Promise<void> => {
    const before = known()
    if (isReading || !before) return
    isReading = true
    const turn = opened
    try {
      const after = await work(before)
      if (turn === opened) setKnown(after)
    } catch (cause) {
      if (turn === opened) setError(toApiError(cause).message)
    } finally {
      isReading = false
    }
  }
  const open = async (): Promise<void> => {
    opened++
    const turn = opened
    setError(undefined)
    setKnown(undefined)
    try {
      const first = await openEventWindow(read, types(), props.selected)
      if (turn !== opened) return
      setKnown(first)
      if (props.selected !== undefined)
        queueMicrotask(() => handle?.reveal(String(props.selected), 'center'))
    } catch (cause) {
      if (turn === opened) setError(toApiError(cause).message)
    }
  }
  createEffect(on([() => props.taskId, () => props.kind], () => void open()))
  createEffect(
    on(
      () => props.selected,
      (seq) => {
        if (seq === undefined) return
        if (known()?.events.some((event) => event.seq === seq))
          handle?.reveal(String(seq), 'center')
        else void open()
      },
      { defer: true },
    ),
  )
  // What happens now comes in at the top, a few times a second at most, and moves nobody who reads.
  let timer: ReturnType<typeof setTimeout> | undefined
  onCleanup(() => clearTimeout(timer))
  const readOn = (): void => {
    timer ??= setTimeout(async () => {
      const heard = lastHeard(props.taskId)?.seq ?? 0
      const isWatched = isAtTop()
      await grow((now) => (now.hasNewer ? Promise.resolve(now) : addNewer(read, types(), now)))
      timer = undefined
      if (isWatched) showNewest()
      if ((lastHeard(props.taskId)?.seq ?? 0) > heard) readOn()
    }, readOnMs)
  }
  createEffect(
    on(
      () => lastHeard(props.taskId),
      (heard) => {
        if (heard && (types().length === 0 || types().includes(heard.type))) readOn()
      },
      { defer: true },
    ),
  )
  const newest = (): number => known()?.events[0]?.seq ?? 0
  const [seen, setSeen] = createSignal(0)
  const unseen = createMemo(() => {
    const events = known()?.events ?? []
    const at = events.findIndex(({ seq }) => seq <= seen())
    return Math.max(0, at)
  })
  /** Who stands at the top and touches nothing sees the newest; everybody else is told how many there are. */
  const isAtTop = (): boolean =>
    (place?.querySelector('[role=log]')?.scrollTop ?? 1) < 1 &&
    !place?.matches(':hover, :focus-within')
  const showNewest = (): void => {
    if (newest() === seen()) return
    setKnown((now) => now && keepNewest(now, mostKept))
    goToNewest()
  }
  const goToNewest = (): void => {
    setSeen(newest())
    handle?.reveal(String(newest()))
  }
  const isOpen = createMemo(() => known() !== undefined)
  createEffect(on([() => props.kind, isOpen], () => setSeen(newest())))
  const bySeq = createMemo(
    () => new Map(known()?.events.map((event) => [String(event.seq), event])),
  )
  const ids = createMemo(() => [...bySeq().keys()])
  const newer = () =>
    void grow((now) => (now.hasNewer ? addNewer(read, types(), now) : Promise.resolve(now)))
  return (
    <Show
      when={known()}
      fallback={
        <Show when={error()} fallback={<Skeleton rows={6} height={32} />}>
          {(message) => <PartError message={message()} onRetry={() => void open()} />}
        </Show>
      }
    >
      {(now) => (
        <Show
          when={now().events.length > 0}
          fallback={<Empty>Nothing of this kind has happened.</Empty>}
        >
          <Show when={error()}>
            {(message) => (
              <PartError
                message={message()}
                onRetry={() => void grow((at) => addOlder(read, types(), at))}
              />
            )}
          </Show>
          <div ref={place} class="relative flex-1 min-h-0 col">
            <Show when={unseen() > 0}>
              <Button
                small
                class="absolute top-2 left-1/2 -translate-x-1/2 z-sticky shadow-float"
                onClick={goToNewest}
              >
                {unseen()} new ↑
              </Button>
            </Show>
            <VirtualList
              class="flex-1 min-h-0"
              label="Events, newest first"
              ids={ids()}
              estimate={32}
              isFollowing={false}
              onFollow={() => {}}
              onNearStart={newer}
              onNearEnd={() => void grow((at) => addOlder(read, types(), at))}
              ref={(made) => {
                handle = made
              }}
              before={
                <Show when={now().hasNewer}>
                  <div class="p-2">
                    <Button small onClick={newer}>
                      Show newer
                    </Button>
                  </div>
                </Show>
              }
            >
              {(id) => (
                <Show when={bySeq().get(id)}>
                  {(event) => (
                    <EventRow
                      event={event()}
                      taskId={props.taskId}
                      names={props.names}
                      isSelected={event().seq === props.selected}
                      href={props.hrefOf(event().seq)}
                    />
                  )}
                </Show>
              )}
            </VirtualList>
          </div>
        </Show>
      )}
    </Show>
  )
}

function EventRow(props: {
  event: TaskEvent
  taskId: string
  names: ReadonlyMap<string, string>
  isSelected: boolean
  href: string
}): JSX.Element {
  const at = () => Date.parse(props.event.created_at)
  const actor = () => actorOf(props.event, props.names)
  const text = () => withoutActor(describeEvent(props.event, props.names), actor())
  return (
    <div
      class="relative grid grid-cols-[86px_18px_minmax(0,1fr)] md:grid-cols-[80px_18px_140px_minmax(0,1fr)_auto] gap-x-2 px-3 py-1 lt-md:py-2 min-h-11 md:min-h-8 content-center items-start"
      classList={{ 'bg-bg2 shadow-[inset_2px_0_0_var(--tx1)]': props.isSelected }}
    >
      <a
        href={props.href}
        data-row
        aria-current={props.isSelected ? 'true' : undefined}
        class="t3 text-small leading-5! whitespace-nowrap link after:absolute after:inset-0 after:content-['']"
        title={formatExact(at())}
      >
        {formatClock(at(), { seconds: true })}
      </a>
      <span class="mt-0.5 still">
        <Show
          when={glyphOf(props.event)}
          fallback={<span class="block w-1.5 h-1.5 m-[5px] rounded-full bg-ctl" />}
        >
          {(name) => <Glyph class="block" name={name()} />}
        </Show>
      </span>
      <span class="desk t2 clip">{actor()}</span>
      <span class="wrap-any">
        <span class="phone t2">{actor()}: </span>
        {text()}
      </span>
      <Show when={props.event.agent_id}>
        {(id) => (
          <A
            class="desk relative z-1 t3 text-small link leading-5!"
            href={`/tasks/${props.taskId}/agents/${id()}`}
          >
            Agent
          </A>
        )}
      </Show>
    </div>
  )
}
