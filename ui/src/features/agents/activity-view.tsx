import { createEffect, createMemo, createSignal, type JSX, on, onCleanup, Show } from 'solid-js'
import { PartError } from '../../components/part.tsx'
import { type VirtualHandle, VirtualList } from '../../components/virtual-list.tsx'
import { isPhone } from '../../data/screen.ts'
import type { RowFile } from '../../lib/activity/row-file.ts'
import type { Row } from '../../lib/activity/rows.ts'
import { formatBytes } from '../../lib/text.ts'
import { useActivityActions } from './activity-actions.ts'
import { createActivityList } from './activity-list.ts'
import { ActivityRow } from './activity-row.tsx'
import { Aloud } from './aloud.tsx'
import { FilterBar } from './filter-bar.tsx'
import { paintHits } from './hits.ts'
import type { AgentOutput } from './output.ts'
import type { StreamHandle } from './stream-handle.ts'

/** The parsed stream: one line per thing that happened, unfolded on demand. */
export function ActivityView(props: {
  output: AgentOutput
  startedAt: number | undefined
  /** Ids of messages that a person sent. */
  mine: ReadonlySet<string>
  isLive: boolean
  /** A failed agent is opened at its first error. */
  isFailed: boolean
  /** The byte the page was opened for. */
  at: number | undefined
  /** Has the page's keys and filters. */
  isMain: boolean
  empty: string
  query: string
  ref?: (handle: StreamHandle) => void
  onLink: (offset: number) => void
  /** Another row is the reader's place; undefined at the live end. */
  onPick: (offset: number | undefined) => void
  /** The first error may be before what is loaded; `known` is the first that is. */
  onFirstError: (known: Row | undefined, show: (row: Row | undefined) => void) => void
  onFile: ((file: RowFile) => void) | undefined
}): JSX.Element {
  const list = createActivityList(() => props.output.rows())
  const [isFollowing, setFollowingSignal] = createSignal(props.at === undefined)
  const [unseen, setUnseen] = createSignal(0)
  let handle: VirtualHandle | undefined
  let region: HTMLDivElement | undefined

  const setFollowing = (on: boolean): void => {
    setFollowingSignal(on)
    props.output.window.setFollowing(on)
    if (on) setUnseen(0)
  }
  const follow = (): void => {
    list.select(undefined)
    setFollowing(true)
    void props.output.window.toEnd()
  }
  const show = (row: Row, where: 'nearest' | 'center'): void => {
    if (!list.ids().includes(row.id)) {
      if (list.groups().size > 0) for (const group of list.groups()) list.toggleGroup(group)
      list.setOnlyErrors(false)
      list.openWithParents(row)
    }
    const isShown = list.ids().includes(row.id)
    // What is superseded has no row of its own: the one before stands for it.
    const near = isShown ? row : list.visible().findLast(({ offset }) => offset <= row.offset)
    if (!near) return
    list.select(near.id)
    setFollowing(false)
    handle?.reveal(near.id, where)
  }
  const goTo = (row: Row | undefined, where: 'nearest' | 'center' = 'nearest'): undefined => {
    if (!row) return
    show(row, where)
    queueMicrotask(() =>
      document.getElementById(`row-${list.current()}`)?.focus({ preventScroll: true }),
    )
  }
  const goToOffset = (offset: number): boolean => {
    if (!props.output.window.holds(offset)) return false
    const row = props.output.window.held.rowAt(offset)
    if (!row) return false
    list.openWithParents(row)
    show(row, 'center')
    return true
  }
  props.ref?.({ goToOffset })

  // Once, when what was asked for has come.
  const isThere = createMemo(() => !props.output.isOpening() && list.ids().length > 0)
  createEffect(
    on([isThere, () => props.output.opened()], ([isReady]) => {
      if (!isReady) return
      if (props.at !== undefined && goToOffset(props.at)) return
      if (props.isFailed && props.at === undefined) goTo(list.errors()[0], 'center')
    }),
  )
  createEffect(
    on(
      () => list.ids().at(-1),
      (last, before) => {
        if (isFollowing() || last === undefined || before === undefined) return
        const at = list.ids().indexOf(before)
        if (at >= 0) setUnseen(unseen() + list.ids().length - 1 - at)
      },
    ),
  )
  createEffect(
    on(
      list.current,
      (id) => {
        const row = list.byId().get(id ?? '')
        if (row || id === undefined) props.onPick(row?.offset)
      },
      { defer: true },
    ),
  )
  const isFromStart = (): boolean => props.output.range().from === 0
  const firstError = (): undefined => {
    const [known] = list.errors()
    if (isFromStart()) goTo(known, 'center')
    else props.onFirstError(known, (row) => goTo(row, 'center'))
  }
  const paint = (): void => {
    if (region) paintHits(region, props.query)
  }
  createEffect(on([() => props.query, () => props.output.rows(), list.current], paint))
  onCleanup(() => paintHits(undefined, ''))

  const toggle = (row: Row): void => {
    setFollowing(false)
    list.setOpen(row, !list.isOpen(row))
  }
  const copyRaw = (row: Row): void => {
    const lines = props.output.window.held.linesOf(row)
    void navigator.clipboard?.writeText(lines.map(({ text }) => text).join('\n'))
  }
  useActivityActions({
    list,
    isMain: props.isMain,
    goTo,
    toggle,
    follow,
    copyRaw,
    copyLink: (row) => props.onLink(row.offset),
    firstError,
    isFromStart,
    onFile: props.onFile,
  })
  return (
    <div ref={region} class="flex-1 min-h-0 relative flex flex-col bg-bg1">
      <Show when={props.isMain && list.byId().size > 0}>
        <FilterBar list={list} rows={props.output.rows()} onGo={(row) => goTo(row, 'center')} />
      </Show>
      <VirtualList
        class="flex-1 min-h-0 py-1.5"
        label="Activity"
        ids={list.ids()}
        estimate={isPhone() ? 40 : 28}
        isFollowing={isFollowing()}
        onFollow={(on) => {
          if (on && !props.output.isLive() && !props.output.isComplete()) return
          setFollowing(on)
        }}
        onNearStart={() => !isFollowing() && void props.output.window.older()}
        onNearEnd={() => void props.output.window.newer()}
        onScrolled={() => props.query !== '' && requestAnimationFrame(paint)}
        ref={(known) => {
          handle = known
        }}
        before={<Above output={props.output} />}
        after={<Below output={props.output} empty={props.empty} />}
      >
        {(id) => (
          <Show when={list.byId().get(id)}>
            {(row) => (
              <ActivityRow
                row={row()}
                startedAt={props.startedAt}
                isMine={isMine(row(), props.mine)}
                isOpen={list.isOpen(row())}
                isLive={props.isLive}
                isCurrent={list.current() === id}
                query={list.current() === id ? props.query : ''}
                onToggle={() => toggle(row())}
                onSelect={() => list.select(id)}
                onCopyRaw={() => copyRaw(row())}
                onCopyLink={() => props.onLink(row().offset)}
                onFile={props.onFile}
              />
            )}
          </Show>
        )}
      </VirtualList>
      <Show when={props.isMain}>
        <Aloud rows={props.output.rows()} />
      </Show>
      <Show when={!isFollowing()}>
        <button
          type="button"
          class="button absolute right-4 bottom-3 z-sticky shadow-float"
          onClick={follow}
        >
          {unseen() > 0 ? `${unseen()} new` : 'To the end'} ↓<kbd class="key">End</kbd>
        </button>
      </Show>
    </div>
  )
}

const isMine = (row: Row, mine: ReadonlySet<string>): boolean =>
  row.kind === 'message' && mine.has(row.uuid)

/** What stands before the rows that are loaded. */
function Above(props: { output: AgentOutput }): JSX.Element {
  return (
    <Show when={props.output.range().from > 0}>
      <div class="flex items-center justify-center gap-2 h-9 t3 text-small">
        <Show
          when={props.output.window.isReading}
          fallback={`${formatBytes(props.output.range().from)} before this are loaded as you scroll up`}
        >
          Loading older rows
        </Show>
      </div>
    </Show>
  )
}

/** What stands after them. */
function Below(props: { output: AgentOutput; empty: string }): JSX.Element {
  const left = (): number => props.output.range().size - props.output.range().to
  const isCut = (): boolean =>
    !props.output.isLive() && !props.output.isComplete() && !props.output.isOpening() && left() > 0
  return (
    <>
      <Show when={props.output.error()}>
        {(message) => <PartError message={message()} onRetry={() => retry(props.output)} />}
      </Show>
      <Show when={!props.output.isOpening() && props.output.rows().length === 0 && props.empty}>
        <p class="px-4 py-2 t2">{props.empty}</p>
      </Show>
      <Show when={isCut() && props.output.rows().length > 0}>
        <p class="text-center py-2 t3 text-small">
          {formatBytes(left())} after this are loaded as you scroll down
        </p>
      </Show>
    </>
  )
}

function retry({ window }: AgentOutput): void {
  if (window.held.lines.length === 0) void window.open({ size: window.size })
  else void window.newer()
}
