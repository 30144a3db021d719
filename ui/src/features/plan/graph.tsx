import { createMemo, createSignal, For, type JSX, onCleanup, onMount, Show } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { Glyph } from '../../components/glyph.tsx'
import { compactSize, fullSize, layoutPlan, type NodeSize, type PlacedEdge } from './layout.ts'
import { describeNode, type PlanNode, relatives } from './nodes.ts'

const fullNodes = 16
const margin = 28

/** The plan as a graph: nodes are buttons, edges one drawing beneath them. */
export function PlanGraph(props: {
  nodes: readonly PlanNode[]
  selected: string | undefined
  onSelect: (id: string) => void
  onOpen: (id: string) => void
}): JSX.Element {
  const [hovered, setHovered] = createSignal<string>()
  const [zoom, setZoom] = createSignal<number>()
  const [view, setView] = createSignal({ width: 800, height: 500 })
  let viewport: HTMLDivElement | undefined

  const isCompact = (): boolean => props.nodes.length > fullNodes
  const size = (): NodeSize => (isCompact() ? compactSize : fullSize)
  // Only ids and dependencies place a node, so that live details never move anything.
  const shape = createMemo(() =>
    JSON.stringify(props.nodes.map(({ id, depends_on }) => ({ id, depends_on }))),
  )
  const layout = createMemo(() => layoutPlan(JSON.parse(shape()), size()))
  const names = createMemo(() => new Map(props.nodes.map(({ id, name }) => [id, name])))
  const byId = createMemo(() => new Map(props.nodes.map((node) => [node.id, node])))
  const focus = createMemo(() => {
    const id = hovered() ?? props.selected
    return id === undefined || !byId().has(id) ? undefined : relatives(props.nodes, id)
  })
  const fitted = (): number =>
    Math.min(
      1,
      Math.max(
        0.5,
        Math.min(
          (view().width - margin * 2) / layout().width,
          (view().height - margin * 2 - 40) / layout().height,
        ),
      ),
    )
  const scale = (): number => zoom() ?? fitted()
  const step = (by: number): void => {
    setZoom(Math.max(0.5, Math.min(1.5, Math.round((scale() + by) * 20) / 20)))
  }
  onMount(() => {
    if (!viewport) return
    const target = viewport
    const observer = new ResizeObserver(() =>
      setView({ width: target.clientWidth, height: target.clientHeight }),
    )
    observer.observe(target)
    onCleanup(() => observer.disconnect())
  })

  const moveTo = (id: string | undefined): void => {
    if (id === undefined) return
    props.onSelect(id)
    queueMicrotask(() => document.getElementById(`node-${id}`)?.focus())
  }
  const onKeyDown = (event: KeyboardEvent, node: PlanNode): void => {
    const layer = layout().layers.find((each) => each.includes(node.id)) ?? []
    const next: Record<string, () => string | undefined> = {
      ArrowLeft: () => node.depends_on[0],
      ArrowRight: () => props.nodes.find(({ depends_on }) => depends_on.includes(node.id))?.id,
      ArrowUp: () => layer[layer.indexOf(node.id) - 1],
      ArrowDown: () => layer[layer.indexOf(node.id) + 1],
    }
    const move = next[event.key]
    if (move) {
      event.preventDefault()
      moveTo(move())
    } else if (event.key === '0') setZoom(undefined)
    else if (event.key === '+') step(0.1)
    else if (event.key === '-') step(-0.1)
  }
  const isTabStop = (id: string, index: number): boolean =>
    props.selected !== undefined && byId().has(props.selected) ? props.selected === id : index === 0
  const edgeOpacity = (edge: PlacedEdge): number => {
    const near = focus()
    if (near) return near.has(edge.from) && near.has(edge.to) ? 1 : 0.35
    return isCompact() ? 0.35 : 1
  }
  const offsetX = (): number => Math.max(margin, (view().width - layout().width * scale()) / 2)
  const offsetY = (): number =>
    Math.max(margin + 32, (view().height - layout().height * scale()) / 2)

  return (
    <div class="relative flex-1 min-h-0 dots">
      {/* biome-ignore lint/a11y/useSemanticElements: a group of buttons that is no form */}
      <div
        ref={viewport}
        class="absolute inset-0 overflow-auto"
        role="group"
        aria-label="Plan as a graph"
      >
        <div
          style={{
            width: `${layout().width * scale() + margin * 2}px`,
            height: `${layout().height * scale() + margin * 2 + 32}px`,
          }}
        >
          <div
            class="absolute origin-top-left"
            style={{ transform: `translate(${offsetX()}px, ${offsetY()}px) scale(${scale()})` }}
          >
            <svg
              class="absolute left-0 top-0 overflow-visible"
              width={layout().width}
              height={layout().height}
              aria-hidden="true"
              fill="none"
            >
              <For each={layout().edges}>
                {(edge) => (
                  <Edge
                    edge={edge}
                    isMet={byId().get(edge.from)?.status.glyph === 'done'}
                    opacity={edgeOpacity(edge)}
                  />
                )}
              </For>
            </svg>
            <For each={layout().nodes}>
              {(placed, index) => (
                <Show when={byId().get(placed.id)}>
                  {(node) => (
                    <button
                      type="button"
                      id={`node-${placed.id}`}
                      class={`graph-node absolute text-start overflow-hidden rounded-node border border-solid ${looks[node().status.glyph] ?? 'bg-bg1 border-line'}`}
                      classList={{
                        'outline-2! outline-solid! outline-tx1! outline-offset-1!':
                          props.selected === placed.id,
                        'opacity-40':
                          focus() !== undefined &&
                          hovered() !== undefined &&
                          !focus()?.has(placed.id),
                      }}
                      style={{
                        left: `${placed.x}px`,
                        top: `${placed.y}px`,
                        width: `${size().width}px`,
                        height: `${size().height}px`,
                      }}
                      tabIndex={isTabStop(placed.id, index()) ? 0 : -1}
                      aria-label={describeNode(node(), names())}
                      aria-pressed={props.selected === placed.id}
                      title={node().name}
                      onClick={() => props.onSelect(placed.id)}
                      onDblClick={() => props.onOpen(placed.id)}
                      onKeyDown={(event) => onKeyDown(event, node())}
                      onPointerEnter={() => setHovered(placed.id)}
                      onPointerLeave={() => setHovered(undefined)}
                    >
                      <NodeContent node={node()} isCompact={isCompact()} />
                    </button>
                  )}
                </Show>
              )}
            </For>
          </div>
        </div>
      </div>
      <div class="absolute right-4 bottom-3 row gap-1.5">
        <Button icon="minus" label="Zoom out" onClick={() => step(-0.1)} />
        <Button icon="fit" label="Fit" onClick={() => setZoom(undefined)} />
        <Button icon="plus" label="Zoom in" onClick={() => step(0.1)} />
      </div>
    </div>
  )
}

const looks: Partial<Record<PlanNode['status']['glyph'], string>> = {
  wait: 'bg-bg0 border-dashed! border-ctl',
  run: 'bg-bg1 border-run',
  need: 'bg-need-tint border-need-edge',
  review: 'bg-bg1 border-review',
  fail: 'bg-bg1 border-fail',
  skip: 'bg-bg0 border-line',
}

function NodeContent(props: { node: PlanNode; isCompact: boolean }): JSX.Element {
  return (
    <Show
      when={!props.isCompact}
      fallback={
        <span class="flex items-center gap-1.5 px-1.5 h-full min-w-0">
          <Glyph name={props.node.status.glyph} />
          <span class="text-[12px] leading-4 clip">{props.node.name}</span>
        </span>
      }
    >
      <span class="col h-full px-2.5 py-1.5 gap-px">
        <span class="flex items-center gap-1.5 min-w-0">
          <Glyph name={props.node.status.glyph} />
          <span class="font-500 text-[13px] leading-5 clip">{props.node.name}</span>
        </span>
        <span
          class="text-[12px] leading-4 clip pl-[22px]"
          classList={{
            'text-fail': props.node.status.glyph === 'fail',
            t2: props.node.status.glyph !== 'fail',
          }}
        >
          {props.node.detail}
        </span>
        <span class="text-[12px] leading-4 t3 clip pl-[22px]">{props.node.role}</span>
      </span>
    </Show>
  )
}

function Edge(props: { edge: PlacedEdge; isMet: boolean; opacity: number }): JSX.Element {
  const color = (): string => (props.isMet ? 'var(--tx3)' : 'var(--ctl)')
  return (
    <g opacity={props.opacity}>
      <path
        d={props.edge.path}
        stroke={color()}
        stroke-width="1.6"
        stroke-dasharray={props.isMet ? undefined : '4 4'}
      />
      <path d={`M${props.edge.x - 5} ${props.edge.y - 3.5}l5 3.5l-5 3.5z`} fill={color()} />
    </g>
  )
}
