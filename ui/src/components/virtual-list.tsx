import {
  createComputed,
  createEffect,
  createMemo,
  createSignal,
  For,
  type JSX,
  on,
  onCleanup,
  onMount,
} from 'solid-js'
import {
  type Anchor,
  anchorAt,
  endOf,
  type Layout,
  toLayout,
  topOf,
  visibleRange,
} from '../lib/virtual.ts'

export type VirtualHandle = {
  /** Brings a row to the screen; nothing when it is not in the list. */
  reveal(id: string, where?: 'nearest' | 'center'): void
  toEnd(): void
  /** Ids at the top and the bottom edge. */
  edges(): { first: string | undefined; last: string | undefined }
  pageBy(share: number): void
}

const margin = 400
const nearEndPx = 4

/**
 * A long list whose rows differ in height. What the reader looks at stands still: rows may come, go or grow above it, all at once,
 * and the row at the top edge keeps its place. While it follows, the end does.
 */
export function VirtualList(props: {
  ids: readonly string[]
  /** Height of a row that was never on the screen. */
  estimate: number
  isFollowing: boolean
  /** The reader scrolled to the end, or away from it. */
  onFollow: (isFollowing: boolean) => void
  /** The first or last rows are near the edge. */
  onNearStart?: () => void
  onNearEnd?: () => void
  ref?: (handle: VirtualHandle) => void
  label: string
  before?: JSX.Element
  after?: JSX.Element
  onScrolled?: () => void
  class?: string
  children: (id: string) => JSX.Element
}): JSX.Element {
  const heights = new Map<string, number>()
  const [version, setVersion] = createSignal(0)
  const [top, setTop] = createSignal(0)
  const [height, setHeight] = createSignal(600)
  const [headHeight, setHeadHeight] = createSignal(0)
  let scroller!: HTMLDivElement
  let head!: HTMLDivElement
  let anchor: Anchor | undefined
  let placed: Layout | undefined
  let expectedTop = -1

  const layout = createMemo(() => {
    version()
    return toLayout(props.ids, (id) => heights.get(id) ?? props.estimate)
  })
  const range = createMemo(
    () => visibleRange(layout(), { top: top() - headHeight(), height: height(), margin }),
    undefined,
    { equals: (a, b) => a.start === b.start && a.end === b.end },
  )
  const shown = createMemo(() => layout().ids.slice(range().start, range().end))

  const note = (): void => {
    anchor = anchorAt(layout(), scroller.scrollTop - headHeight())
    placed = layout()
  }
  const scrollTo = (y: number): void => {
    const most = scroller.scrollHeight - scroller.clientHeight
    const wanted = Math.max(0, Math.min(most, y))
    if (Math.abs(scroller.scrollTop - wanted) > 0.5) scroller.scrollTop = wanted
    expectedTop = scroller.scrollTop
    setTop(scroller.scrollTop)
  }
  /** After rows or their heights changed. */
  const settle = (): void => {
    if (props.isFollowing) scrollTo(scroller.scrollHeight)
    else if (anchor) {
      const wanted = topOf(layout(), anchor, placed)
      if (wanted !== undefined) scrollTo(wanted + headHeight())
    }
    note()
  }
  const onScroll = (): void => {
    const now = scroller.scrollTop
    const isOwn = Math.abs(now - expectedTop) < 1
    setTop(now)
    props.onScrolled?.()
    askForMore()
    if (isOwn) return
    const isAtEnd = scroller.scrollHeight - now - scroller.clientHeight < nearEndPx
    if (isAtEnd !== props.isFollowing) props.onFollow(isAtEnd)
    expectedTop = now
    note()
  }
  const askForMore = (): void => {
    if (scroller.clientHeight === 0) return
    if (scroller.scrollTop < scroller.clientHeight) props.onNearStart?.()
    const below = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight
    if (below < scroller.clientHeight) props.onNearEnd?.()
  }

  /** True when the element has another height than was known. */
  const measure = (target: Element): boolean => {
    if (target === scroller) setHeight(scroller.clientHeight)
    else if (target === head) setHeadHeight(head.offsetHeight)
    else {
      const id = target instanceof HTMLElement ? target.dataset.id : undefined
      const measured = target.getBoundingClientRect().height
      if (id === undefined || !target.isConnected || heights.get(id) === measured) return false
      heights.set(id, measured)
    }
    return true
  }
  const observer = new ResizeObserver((entries) => {
    const changed = entries.filter(({ target }) => measure(target))
    if (changed.length === 0) return
    if (heights.size > 4 * props.ids.length + 1000) forget()
    setVersion(version() + 1)
    settle()
  })
  const forget = (): void => {
    const kept = new Set(props.ids)
    for (const id of heights.keys()) if (!kept.has(id)) heights.delete(id)
  }
  onCleanup(() => observer.disconnect())
  onMount(() => {
    observer.observe(scroller)
    observer.observe(head)
    setHeight(scroller.clientHeight)
    settle()
    props.ref?.({
      reveal: (id, where = 'nearest') => reveal(id, where),
      toEnd: () => scrollTo(scroller.scrollHeight),
      edges: () => ({
        first: layout().ids[range().start],
        last: layout().ids[range().end - 1],
      }),
      pageBy: (share) => scroller.scrollBy({ top: share * scroller.clientHeight }),
    })
  })
  createEffect(
    on(
      () => props.ids,
      () => {
        settle()
        queueMicrotask(askForMore)
      },
      { defer: true },
    ),
  )
  createComputed(
    on(
      () => props.isFollowing,
      (isFollowing) => isFollowing && scroller && queueMicrotask(settle),
      { defer: true },
    ),
  )
  const reveal = (id: string, where: 'nearest' | 'center', tries = 3): void => {
    const place = layout().places.get(id)
    if (place === undefined) return
    const rowTop = (layout().tops[place] ?? 0) + headHeight()
    const rowEnd = (layout().tops[place + 1] ?? rowTop) + headHeight()
    const viewEnd = scroller.scrollTop + height()
    const isSeen = rowTop >= scroller.scrollTop && rowEnd <= viewEnd
    if (where === 'center') scrollTo(rowTop - Math.max(40, (height() - (rowEnd - rowTop)) / 2))
    else if (!isSeen)
      scrollTo(rowTop < scroller.scrollTop ? rowTop - 8 : Math.min(rowTop, rowEnd - height() + 8))
    note()
    // Rows on the way may turn out to have another height than was thought.
    if (tries > 0) requestAnimationFrame(() => isAlive && reveal(id, 'nearest', tries - 1))
  }
  let isAlive = true
  onCleanup(() => {
    isAlive = false
  })
  return (
    <div
      ref={scroller}
      class={`overflow-auto [overflow-anchor:none] ${props.class ?? ''}`}
      role="log"
      aria-live="off"
      aria-label={props.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={onScroll}
      // Before the scroll itself: rows that arrive in between must not take the reader back.
      onWheel={(event) => event.deltaY < 0 && scroller.scrollTop > 0 && props.onFollow(false)}
      onTouchMove={() => props.onFollow(false)}
    >
      <div ref={head}>{props.before}</div>
      <div class="relative" style={{ height: `${endOf(layout())}px` }}>
        <div
          class="absolute inset-x-0 top-0"
          style={{ transform: `translateY(${layout().tops[range().start] ?? 0}px)` }}
        >
          <For each={shown()}>
            {(id) => (
              <Measured id={id} observer={observer}>
                {props.children(id)}
              </Measured>
            )}
          </For>
        </div>
      </div>
      {props.after}
    </div>
  )
}

function Measured(props: {
  id: string
  observer: ResizeObserver
  children: JSX.Element
}): JSX.Element {
  let element!: HTMLDivElement
  onMount(() => props.observer.observe(element))
  onCleanup(() => props.observer.unobserve(element))
  return (
    <div ref={element} data-id={props.id} class="flow-root">
      {props.children}
    </div>
  )
}
