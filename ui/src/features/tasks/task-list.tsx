import { createEffect, createMemo, type JSX, on, onCleanup, onMount, Show } from 'solid-js'
import { Virtualizer, type VirtualizerHandle } from 'virtua/solid'
import type { Task } from '#contract/task.ts'
import { Button } from '../../components/button.tsx'
import { Empty, PartError } from '../../components/part.tsx'
import { useActions } from '../../data/actions.ts'
import { api, type TaskQuery } from '../../data/api.ts'
import { currentPage, placeToReturnTo, rememberPlace } from '../../data/scroll.ts'
import { store } from '../../data/store.ts'
import { openTaskList } from '../../data/task-list.ts'
import { TaskHead, TaskRow, TaskRowSkeleton } from './task-row.tsx'

const idleMs = 3000

/** Every task that fits the filter, however many: only what is in view is drawn and asked for. */
export function TaskList(props: {
  filter: Pick<TaskQuery, 'status' | 'search'>
  isFiltered: boolean
  onShowAll: () => void
}): JSX.Element {
  const opened = openTaskList(props.filter, api.tasks)
  const { list } = opened
  const page = currentPage()
  const place = placeToReturnTo()
  let scroller: HTMLDivElement | undefined
  let handle: VirtualizerHandle | undefined
  let touchedAt = Date.now()
  if (opened.isKept && place !== undefined) list.renew()
  else list.reload()

  const indices = createMemo(() => Array.from({ length: list.state.total ?? 0 }, (_, at) => at))
  const live = createMemo(() => {
    const known = [
      ...(store.tasks.get('active').value ?? []),
      ...(store.tasks.get('recent').value ?? []),
    ]
    return new Map(known.map((task) => [task.id, task]))
  })
  const taskAt = (at: number): Task | undefined => {
    const row = list.state.rows[at]
    return row && (live().get(row.id) ?? row)
  }
  const showVisible = (): void => {
    if (!handle) return
    const { scrollOffset, viewportSize } = handle
    list.show(
      handle.findItemIndex(scrollOffset - viewportSize),
      handle.findItemIndex(scrollOffset + viewportSize * 2),
    )
  }
  createEffect(
    on(
      () => list.state.total,
      () => queueMicrotask(showVisible),
    ),
  )
  // What was created elsewhere shows in the group of active tasks first.
  createEffect(on(() => store.tasks.get('active').value?.length, list.check, { defer: true }))
  createEffect(on(() => store.tasks.get('active').value?.[0]?.id, list.check, { defer: true }))

  const touch = (): void => {
    touchedAt = Date.now()
  }
  // Nobody reads here and nothing would move out of view: the new ones may come in.
  const timer = setInterval(() => {
    const isIdle = Date.now() - touchedAt > idleMs && !scroller?.contains(document.activeElement)
    if (list.state.fresh > 0 && isIdle && scroller?.scrollTop === 0) list.reload()
  }, 1000)
  onCleanup(() => clearInterval(timer))
  // The list is as high as it was only after it has been laid out.
  const scrollBackTo = (top: number, triesLeft = 20): void => {
    if (!scroller?.isConnected || triesLeft === 0) return
    scroller.scrollTop = top
    if (Math.abs(scroller.scrollTop - top) > 1)
      requestAnimationFrame(() => scrollBackTo(top, triesLeft - 1))
  }
  onMount(() => {
    scroller?.addEventListener('pointermove', touch, { passive: true })
    scroller?.addEventListener('keydown', touch)
    showVisible()
    if (place !== undefined) scrollBackTo(place)
  })

  // Where the keys are, also while the row there is still on its way.
  let wanted: number | undefined
  const focusRow = (at: number): void => {
    wanted = at
    const look = (): void => {
      if (wanted !== at || !scroller?.isConnected) return
      const row = scroller.querySelector<HTMLElement>(`[data-at="${at}"] [data-row]`)
      if (!row) return void requestAnimationFrame(look)
      wanted = undefined
      row.focus({ preventScroll: true })
    }
    look()
  }
  const move = (by: number): void => {
    const focused = document.activeElement?.closest<HTMLElement>('[data-at]')?.dataset.at
    const top = handle?.findItemIndex(handle.scrollOffset) ?? 0
    const from = wanted ?? (focused === undefined ? top - Math.sign(by) : Number(focused))
    const next = Math.max(0, Math.min((list.state.total ?? 0) - 1, from + by))
    handle?.scrollToIndex(next, { align: 'nearest' })
    focusRow(next)
  }
  useActions([
    {
      id: 'list.next',
      label: 'Next row',
      group: 'List',
      keys: ['j', 'ArrowDown'],
      palette: false,
      run: () => move(1),
    },
    {
      id: 'list.previous',
      label: 'Previous row',
      group: 'List',
      keys: ['k', 'ArrowUp'],
      palette: false,
      run: () => move(-1),
    },
    {
      id: 'list.first',
      label: 'First row',
      group: 'List',
      keys: 'Home',
      palette: false,
      run: () => move(-Number.MAX_SAFE_INTEGER),
    },
    {
      id: 'list.last',
      label: 'Last row',
      group: 'List',
      keys: 'End',
      palette: false,
      run: () => move(Number.MAX_SAFE_INTEGER),
    },
  ])
  return (
    <>
      <Show when={list.state.error}>
        {(error) => (
          <PartError
            message={error().message}
            onRetry={() => {
              list.reload()
              showVisible()
            }}
          />
        )}
      </Show>
      <Show when={list.state.fresh > 0}>
        <Button
          class="self-start"
          onClick={() => {
            list.reload()
            scroller?.scrollTo({ top: 0 })
          }}
        >
          {list.state.fresh} new
        </Button>
      </Show>
      <div class="card overflow-hidden flex flex-col min-h-0">
        <Show
          when={list.state.total !== 0}
          fallback={
            <Empty
              action={
                props.isFiltered ? (
                  <Button onClick={() => props.onShowAll()}>Show all tasks</Button>
                ) : undefined
              }
            >
              {props.isFiltered
                ? 'No task fits this filter.'
                : 'No tasks yet. Describe what you want done; a planner will ask before anything runs.'}
            </Empty>
          }
        >
          <TaskHead />
          <div
            ref={scroller}
            class="overflow-auto min-h-0 rule-top lt-md:border-t-0 -mb-px"
            onScroll={(event) => rememberPlace(page, event.currentTarget.scrollTop)}
          >
            <Show
              when={list.state.total !== undefined}
              fallback={<Show when={!list.state.error}>{<Skeletons />}</Show>}
            >
              <Virtualizer
                ref={(value) => {
                  handle = value
                }}
                as="ul"
                item="li"
                data={indices()}
                itemSize={matchMedia('(min-width: 761px)').matches ? 53 : 116}
                onScroll={showVisible}
                onResize={showVisible}
                {...(scroller ? { scrollRef: scroller } : {})}
              >
                {(at) => (
                  <div
                    data-at={at}
                    class="border-0 border-b border-solid border-line contain-content"
                  >
                    <Show when={taskAt(at)} fallback={<TaskRowSkeleton />}>
                      {(task) => <TaskRow task={task()} />}
                    </Show>
                  </div>
                )}
              </Virtualizer>
            </Show>
          </div>
        </Show>
      </div>
      <Show when={list.state.isMore}>
        <p class="t3 text-small">
          More than {list.state.total} tasks fit. Search for more words to see the others.
        </p>
      </Show>
      <p class="sr-only" role="status">
        {list.state.total === undefined ? '' : `${list.state.total} tasks`}
      </p>
    </>
  )
}

function Skeletons(): JSX.Element {
  return (
    <div role="status" aria-busy="true" aria-label="Loading">
      {Array.from({ length: 12 }, () => (
        <TaskRowSkeleton />
      ))}
    </div>
  )
}
