import { createMemo, createSignal, For, type JSX, onCleanup, onMount, Show } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { Icon } from '../../components/icon.tsx'
import { formatClock, formatDuration } from '../../lib/time.ts'
import { clampWindow, pan, place, ticks, type Window, zoom } from '../../lib/timeline/scale.ts'
import type { Mark, Row, Span, Timeline } from '../../lib/timeline/spans.ts'
import { spread } from '../../lib/timeline/spread.ts'
import { causeWords, markWords, spanWords } from './words.ts'

type Props = {
  timeline: Timeline
  names: ReadonlyMap<string, string>
  /** What part is shown; all of it when undefined. */
  window: Window | undefined
  onWindow: (window: Window | undefined) => void
  onEvent: (seq: number) => void
}

/** So wide is a letter of a label at most, and what is around it. */
const letterPx = 7
const aroundPx = 18
const dragged = 6
/** "11:59:59 PM" below the line, with its gap. */
const widestLabel = 72

/** Subtasks down, time across. Dragging over it shows that part; so do + and − and the arrows. */
export function Gantt(props: Props): JSX.Element {
  const [width, setWidth] = createSignal(800)
  const [drag, setDrag] = createSignal<{ from: number; to: number }>()
  let plot!: HTMLDivElement
  onMount(() => {
    const observer = new ResizeObserver(() => setWidth(plot.clientWidth))
    observer.observe(plot)
    onCleanup(() => observer.disconnect())
  })
  const whole = (): Window => ({
    from: props.timeline.from,
    to: Math.max(props.timeline.to, props.timeline.from + 1000),
  })
  const shown = createMemo(() => (props.window ? clampWindow(props.window, whole()) : whole()))
  const show = (next: Window): void => {
    const isAll = next.from <= whole().from && next.to >= whole().to
    props.onWindow(isAll ? undefined : next)
  }
  const timeAt = (x: number): number => shown().from + (x / width()) * (shown().to - shown().from)
  const keys: Record<string, () => void> = {
    '+': () => show(zoom(shown(), 0.5, { whole: whole() })),
    '=': () => show(zoom(shown(), 0.5, { whole: whole() })),
    '-': () => show(zoom(shown(), 2, { whole: whole() })),
    ArrowLeft: () => show(pan(shown(), -0.2, whole())),
    ArrowRight: () => show(pan(shown(), 0.2, whole())),
    '0': () => props.onWindow(undefined),
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const act = keys[event.key]
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    event.stopPropagation()
    act()
  }
  /** Without those whose time of day would run past the edge. */
  const labelled = (): number[] =>
    ticks(shown(), Math.max(2, Math.floor(width() / 96))).filter(
      (at) => ((100 - place(at, shown())) / 100) * width() >= widestLabel,
    )
  const hasSeconds = (): boolean => labelled().some((at) => at % 60_000 !== 0)
  const xOf = (event: PointerEvent): number =>
    Math.min(width(), Math.max(0, event.clientX - plot.getBoundingClientRect().left))
  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0 || event.pointerType === 'touch') return
    if (event.target instanceof Element && event.target.closest('button')) return
    if (event.clientX < plot.getBoundingClientRect().left) return
    const at = xOf(event)
    setDrag({ from: at, to: at })
    if (event.currentTarget instanceof Element)
      event.currentTarget.setPointerCapture(event.pointerId)
  }
  const onPointerUp = (): void => {
    const range = drag()
    setDrag(undefined)
    if (!range || Math.abs(range.to - range.from) < dragged) return
    const [from, to] = [range.from, range.to].sort((a, b) => a - b).map(timeAt)
    if (from !== undefined && to !== undefined) show(clampWindow({ from, to }, whole()))
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: nothing is filled in here, so it is no fieldset
    <div
      class="flex-1 min-h-0 col outline-offset-[-2px]"
      role="group"
      aria-label="Who worked when. Plus and minus zoom, the arrow keys move, zero shows all of it; Show as table has it in words."
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys work on the picture as a whole
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={(event) => {
        const known = drag()
        if (known) setDrag({ from: known.from, to: xOf(event) })
      }}
      onPointerUp={onPointerUp}
      onPointerCancel={() => setDrag(undefined)}
    >
      <div class="grid md:grid-cols-[176px_minmax(0,1fr)] px-3 flex-none">
        <div class="desk row gap-1">
          <Button
            small
            look="quiet"
            icon="plus"
            label="Zoom in"
            title="Zoom in, +"
            onClick={keys['+']}
          />
          <Button
            small
            look="quiet"
            icon="minus"
            label="Zoom out"
            title="Zoom out, −"
            onClick={keys['-']}
            disabled={!props.window}
          />
          <Button
            small
            look="quiet"
            icon="fit"
            label="Show all of it"
            title="Show all of it, 0"
            onClick={keys['0']}
            disabled={!props.window}
          />
        </div>
        <div ref={plot} class="relative h-7 overflow-hidden" aria-hidden="true">
          <For each={labelled()}>
            {(at) => (
              <span
                class="absolute top-1.5 text-micro t3 whitespace-nowrap border-0 border-l border-solid border-line pl-1 h-full"
                style={{ left: `${place(at, shown())}%` }}
              >
                {formatClock(at, { seconds: hasSeconds() })}
              </span>
            )}
          </For>
        </div>
      </div>
      <div class="flex-1 min-h-0 overflow-y-auto overflow-x-hidden px-3 pb-2">
        <For each={props.timeline.rows}>
          {(row) => (
            <GanttRow
              row={row}
              name={row.id === '' ? 'Planning' : (props.names.get(row.id) ?? row.id)}
              shown={shown()}
              width={width()}
              onEvent={props.onEvent}
              drag={drag()}
            />
          )}
        </For>
      </div>
    </div>
  )
}

function GanttRow(props: {
  row: Row
  name: string
  shown: Window
  width: number
  drag: { from: number; to: number } | undefined
  onEvent: (seq: number) => void
}): JSX.Element {
  const inside = <T extends { from: number; to: number }>(spans: readonly T[]): T[] =>
    spans.filter(({ from, to }) => to > props.shown.from && from < props.shown.to)
  const marks = createMemo(() =>
    props.row.marks.filter(({ at }) => at >= props.shown.from && at <= props.shown.to),
  )
  const lefts = createMemo(() => {
    const centre = ({ at }: Mark): number => (place(at, props.shown) / 100) * props.width
    const wanted = marks().map((mark) => centre(mark) - targetPx / 2)
    return spread(wanted, targetPx, props.width)
  })
  return (
    <div class="grid md:grid-cols-[176px_minmax(0,1fr)] items-center md:h-7">
      <span
        class="clip pr-3 lt-md:h-6 lt-md:pt-1.5 lt-md:text-small"
        classList={{ t2: props.row.id === '' }}
        title={props.name}
      >
        {props.name}
      </span>
      <div class="paints relative h-7 border-0 border-b border-solid border-line overflow-hidden">
        <For each={inside(props.row.spans)}>
          {(span) => <Bar span={span} shown={props.shown} width={props.width} />}
        </For>
        <For each={marks()}>
          {(mark, index) => (
            <MarkButton mark={mark} left={lefts()[index()] ?? 0} onEvent={props.onEvent} />
          )}
        </For>
        <Show when={props.drag}>
          {(range) => (
            <div
              class="absolute inset-y-0 bg-run-tint opacity-60 pointer-events-none"
              style={{
                left: `${Math.min(range().from, range().to)}px`,
                width: `${Math.abs(range().to - range().from)}px`,
              }}
            />
          )}
        </Show>
      </div>
    </div>
  )
}

function lookOf(span: Span): string {
  if (span.kind === 'wait') return span.cause === 'you' ? 'hatch-need' : 'hatch'
  if (span.kind === 'merge') return 'bar-merge'
  return span.isOpen ? 'strip-run' : 'bg-run'
}

function Bar(props: { span: Span; shown: Window; width: number }): JSX.Element {
  const left = () => Math.max(0, place(props.span.from, props.shown))
  const size = () => Math.min(100, place(props.span.to, props.shown)) - left()
  const cause = (): string => {
    const word = props.span.kind === 'wait' ? causeWords[props.span.cause] : ''
    const needed = word.length * letterPx + aroundPx
    return (size() / 100) * props.width >= needed ? word : ''
  }
  return (
    <div
      class={`absolute top-1.5 h-4 rounded-[3px] min-w-[2px] overflow-hidden border-0 border-r border-solid border-bg1 ${lookOf(props.span)}`}
      style={{ left: `${left()}%`, width: `${size()}%` }}
      title={`${spanWords(props.span)}, ${formatDuration(props.span.to - props.span.from)}, ${formatClock(props.span.from, { seconds: true })} to ${props.span.isOpen ? 'now' : formatClock(props.span.to, { seconds: true })}`}
    >
      <Show when={cause()}>
        {(word) => (
          <span class="inline-block bg-bg1 t2 text-micro px-1 ml-1.5 leading-4! align-top">
            {word()}
          </span>
        )}
      </Show>
    </div>
  )
}

/** As wide as a pointer needs. A finger has the list below, which says the same. */
const targetPx = 24

function MarkButton(props: {
  mark: Mark
  left: number
  onEvent: (seq: number) => void
}): JSX.Element {
  const words = () => markWords[props.mark.kind]
  const label = () => `${words().word}, ${formatClock(props.mark.at, { seconds: true })}`
  return (
    <button
      type="button"
      class="absolute top-0.5 w-6 h-6 flex items-center justify-center t2 rounded-full hover:bg-bg2 focus-visible:bg-bg1"
      style={{ left: `${props.left}px` }}
      data-equivalent
      title={label()}
      aria-label={label()}
      onClick={() => props.onEvent(props.mark.seq)}
    >
      <span class="rounded-full bg-bg1 flex p-px">
        <Show when={words().glyph} fallback={<Icon name={words().icon ?? 'message'} />}>
          {(name) => <Glyph name={name()} />}
        </Show>
      </span>
    </button>
  )
}
