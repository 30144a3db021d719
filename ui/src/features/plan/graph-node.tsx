import { type JSX, Match, Show, Switch } from 'solid-js'
import { Glyph } from '../../components/glyph.tsx'
import { Icon } from '../../components/icon.tsx'
import type { NodeSize, PlacedNode } from './layout.ts'
import type { PlanNode } from './nodes.ts'

const looks: Partial<Record<PlanNode['status']['glyph'], string>> = {
  wait: 'bg-bg0 border-dashed! border-ctl',
  run: 'bg-bg1 border-run',
  need: 'bg-need-tint border-need-edge',
  review: 'bg-bg1 border-review',
  fail: 'bg-bg1 border-fail',
  skip: 'bg-bg0 border-line',
  pause: 'bg-bg0 border-ctl',
}

/** One subtask of the graph: a button, with a handle at its right edge while the plan is edited. */
export function GraphNode(props: {
  placed: PlacedNode
  node: PlanNode
  size: NodeSize
  isCompact: boolean
  /** Its name may take two lines. */
  isNarrow: boolean
  isSelected: boolean
  isDim: boolean
  isFaint: boolean
  isTarget: boolean
  isLocked: boolean
  hasProblem: boolean
  /** What only a reader of the screen needs to be told: its state and what it waits for. */
  spoken: string
  tabIndex: number
  onSelect: () => void
  onOpen: () => void
  onKeyDown: (event: KeyboardEvent) => void
  onHover: (isOver: boolean) => void
  /** Present while dependencies can be drawn. */
  onLink: ((event: PointerEvent) => void) | undefined
}): JSX.Element {
  return (
    <div
      class="graph-place absolute left-0 top-0 group"
      classList={{ still: props.isCompact }}
      data-node={props.placed.id}
      style={{
        transform: `translate(${props.placed.x}px, ${props.placed.y}px)`,
        width: `${props.size.width}px`,
        height: `${props.size.height}px`,
      }}
      onPointerEnter={() => props.onHover(true)}
      onPointerLeave={() => props.onHover(false)}
    >
      <button
        type="button"
        id={`node-${props.placed.id}`}
        class={`graph-node w-full h-full text-start overflow-hidden rounded-node border border-solid ${looks[props.node.status.glyph] ?? 'bg-bg1 border-line'}`}
        classList={{
          'is-dim': props.isDim,
          'opacity-40': props.isFaint,
          'border-fail! border-solid!': props.hasProblem,
          'outline-2! outline-solid! outline-tx1! outline-offset-1!':
            props.isSelected || props.isTarget,
        }}
        tabIndex={props.tabIndex}
        aria-pressed={props.isSelected}
        title={props.node.name}
        onClick={() => props.onSelect()}
        onDblClick={() => props.onOpen()}
        onKeyDown={(event) => props.onKeyDown(event)}
      >
        <Switch fallback={<FullContent {...props} />}>
          <Match when={props.isNarrow}>
            <NarrowContent {...props} />
          </Match>
          <Match when={props.isCompact}>
            <CompactContent {...props} />
          </Match>
        </Switch>
      </button>
      <Show when={props.onLink}>
        {(start) => (
          <span
            class="graph-port"
            classList={{ 'is-shown': props.isSelected }}
            title="Drag to what is to run after it. Key: D"
            onPointerDown={(event) => start()(event)}
          />
        )}
      </Show>
    </div>
  )
}

function NarrowContent(props: { node: PlanNode; spoken: string; isLocked: boolean }): JSX.Element {
  return (
    <span class="block px-1.5 py-1">
      <span class="text-[12px] leading-4 line-clamp-2 wrap-any">
        <Glyph name={props.node.status.glyph} class="inline-block! align-[-3px] me-1" />
        <Show when={props.isLocked}>
          <Icon name="lock" class="t3 w-3! h-3! inline-block! align-[-2px] me-1" />
        </Show>
        {props.node.name}
        <span class="sr-only">{props.spoken}</span>
      </span>
    </span>
  )
}

function CompactContent(props: { node: PlanNode; spoken: string; isLocked: boolean }): JSX.Element {
  return (
    <span class="flex items-center gap-1.5 px-1.5 h-full min-w-0">
      <Glyph name={props.node.status.glyph} />
      <span class="text-[12px] leading-4 clip">
        {props.node.name}
        <span class="sr-only">{props.spoken}</span>
      </span>
      <Show when={props.isLocked}>
        <Icon name="lock" class="t3 w-3! h-3! ms-auto" />
      </Show>
    </span>
  )
}

/** What does not fit below a name of two lines, its role, goes to a second column that nobody sees. */
function FullContent(props: { node: PlanNode; spoken: string; isLocked: boolean }): JSX.Element {
  return (
    <span class="relative flex flex-col flex-wrap h-full px-2.5 py-1.5 overflow-hidden">
      <span class="flex items-start gap-1.5 w-full">
        <Glyph name={props.node.status.glyph} class="mt-0.5" />
        <span class="font-500 text-[13px] leading-[18px] flex-1 min-w-0">
          <span class="line-clamp-2 wrap-any">{props.node.name}</span>
          <span class="sr-only">{props.spoken}</span>
        </span>
        <Show when={props.isLocked}>
          <Icon name="lock" class="t3" />
        </Show>
      </span>
      <span
        class="text-[12px] leading-4 clip pl-[22px] w-full"
        classList={{
          'text-fail': props.node.status.glyph === 'fail',
          t2: props.node.status.glyph !== 'fail',
        }}
      >
        {props.node.detail}
      </span>
      <span class="text-[12px] leading-4 t3 clip pl-[22px] w-full">{props.node.role}</span>
    </span>
  )
}
