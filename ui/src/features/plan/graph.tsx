import './plan.css'
import { createMemo, createSignal, For, type JSX, Show } from 'solid-js'
import { Button } from '../../components/button.tsx'
import { useActions } from '../../data/actions.ts'
import type { GlyphName } from '../../lib/glyph-name.ts'
import type { EdgeId, Editor } from './editor.ts'
import { EdgeButton, type EdgeLook, GraphEdges, LinkLine } from './graph-edges.tsx'
import { GraphNode } from './graph-node.tsx'
import {
  fullSize,
  type Layout,
  layoutPlan,
  type NodeSize,
  narrowSize,
  type PlacedEdge,
  type PlacedNode,
  sizeOf,
} from './layout.ts'
import { createLink } from './link.ts'
import { Minimap } from './minimap.tsx'
import { moveFrom, toArrow } from './moves.ts'
import { describeNode, type PlanNode, relatives } from './nodes.ts'
import { createViewport, legibleZoom, minZoom } from './viewport.ts'

/** Plans of more steps than that, or of narrow nodes, are scrolled where their words could not be read any more. */
const mostFittedLayers = 9

export type GraphProps = {
  nodes: readonly PlanNode[]
  /** What the inspector shows. */
  shown: string | undefined
  /** What a person has chosen: the rest steps back. */
  selected: string | undefined
  selectedEdge: EdgeId | undefined
  /** States that stand out while all others step back. */
  filter: GlyphName | undefined
  editor: Editor
  onSelect: (id: string | null) => void
  onSelectEdge: (edge: EdgeId | undefined) => void
  /** ↵ or a double click. */
  onOpen: (id: string) => void
}

const sameEdge = (a: EdgeId | undefined, b: EdgeId | undefined): boolean =>
  a !== undefined && a.from === b?.from && a.to === b.to

/** The plan as a graph: nodes are buttons, edges one drawing beneath them. */
export function PlanGraph(props: GraphProps): JSX.Element {
  const [hovered, setHovered] = createSignal<string>()
  const [hoveredEdge, setHoveredEdge] = createSignal<EdgeId>()
  // Only ids and dependencies place a node, so that live details never move anything.
  const shape = createMemo(() =>
    JSON.stringify(props.nodes.map(({ id, depends_on }) => ({ id, depends_on }))),
  )
  // Remembered: what reads it must not run again whenever a node says something new.
  const size = createMemo((): NodeSize => sizeOf(JSON.parse(shape())))
  const isCompact = (): boolean => size() !== fullSize
  const layout = createMemo(
    (before: Layout | undefined): Layout =>
      layoutPlan(JSON.parse(shape()), size(), props.editor.isEditing() ? before : undefined),
  )
  const names = createMemo(
    () => new Map(props.nodes.map(({ id, name }) => [id, name])),
    undefined,
    { equals: sameEntries },
  )
  const done = createMemo(
    () => new Map(props.nodes.map(({ id, status }) => [id, status.glyph === 'done'])),
    undefined,
    { equals: sameEntries },
  )
  const byId = createMemo(() => new Map(props.nodes.map((node) => [node.id, node])))
  // Ids, so that a node stays the same element, with its focus and its way to another place, through every edit.
  const ids = createMemo(() => layout().nodes.map(({ id }) => id))
  const places = createMemo(() => new Map(layout().nodes.map((placed) => [placed.id, placed])))
  const createBoth = (id: string) =>
    createMemo(
      (): { placed: PlacedNode; node: PlanNode } | undefined => {
        const [placed, node] = [places().get(id), byId().get(id)]
        return placed && node ? { placed, node } : undefined
      },
      undefined,
      { equals: (a, b) => a?.placed === b?.placed && a?.node === b?.node },
    )
  const near = createMemo(() => {
    const id = hovered() ?? props.selected
    return id === undefined || !places().has(id) ? undefined : relatives(JSON.parse(shape()), id)
  })
  const viewport = createViewport(layout, props.editor.isEditing, () =>
    size() === narrowSize || layout().layers.length > mostFittedLayers ? legibleZoom : minZoom,
  )
  const link = createLink({ toDrawing: viewport.toDrawing, onLink: props.editor.connect })
  useActions(() => [
    {
      id: 'graph.next',
      label: 'Next subtask',
      group: 'Plan',
      keys: 'j',
      palette: false,
      run: () => step(1),
    },
    {
      id: 'graph.previous',
      label: 'Previous subtask',
      group: 'Plan',
      keys: 'k',
      palette: false,
      run: () => step(-1),
    },
    { id: 'graph.fit', label: 'Fit the graph', group: 'Plan', keys: '0', run: viewport.fit },
    {
      id: 'graph.in',
      label: 'Zoom in',
      group: 'Plan',
      keys: ['+', '='],
      run: () => viewport.step(0.1),
    },
    {
      id: 'graph.out',
      label: 'Zoom out',
      group: 'Plan',
      keys: '-',
      run: () => viewport.step(-0.1),
    },
  ])
  const goTo = (id: string | undefined): void => {
    if (id === undefined) return
    props.onSelect(id)
    queueMicrotask(() => {
      const element = document.getElementById(`node-${id}`)
      element?.focus()
      element?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    })
  }
  /** In the order of the plan; from anywhere else to the one that is chosen. */
  const step = (by: number): void => {
    const order = ids()
    const from = order.findIndex((id) => document.activeElement?.id === `node-${id}`)
    const next = Math.max(0, Math.min(order.length - 1, from + by))
    goTo(from < 0 ? tabStop() : order[next])
  }
  const onKeyDown = (event: KeyboardEvent, id: string): void => {
    // With another key it is for the page: Ctrl ↵ approves the plan.
    if (event.altKey || event.metaKey || event.ctrlKey) return
    const arrow = toArrow(event.key)
    if (event.key === 'Enter') {
      event.preventDefault()
      props.onSelect(id)
      props.onOpen(id)
    }
    if (!arrow) return
    event.preventDefault()
    const next = moveFrom(layout(), id, arrow)
    goTo(next)
  }
  const tabStop = createMemo((): string | undefined =>
    props.shown !== undefined && byId().has(props.shown) ? props.shown : props.nodes[0]?.id,
  )
  const isFiltered = (id: string): boolean =>
    props.filter !== undefined && byId().get(id)?.status.glyph !== props.filter
  const look = (edge: PlacedEdge): EdgeLook => {
    const around = near()
    const isNear = around?.has(edge.from) && around.has(edge.to)
    const quiet = around ? !isNear : isCompact() || props.filter !== undefined
    return {
      isMet: done().get(edge.from) === true,
      opacity: quiet ? 0.35 : 1,
      isSelected: sameEdge(props.selectedEdge, edge) || sameEdge(hoveredEdge(), edge),
    }
  }
  /** Edges with a button: the one at hand, and those of the chosen node. */
  const atHand = createMemo((): PlacedEdge[] =>
    props.editor.isEditing() && !link.link()
      ? layout().edges.filter(
          (edge) =>
            !props.editor.locks().has(edge.to) &&
            (sameEdge(hoveredEdge(), edge) ||
              sameEdge(props.selectedEdge, edge) ||
              edge.from === props.selected ||
              edge.to === props.selected),
        )
      : [],
  )
  return (
    <div class="relative flex-1 min-h-0 dots">
      {/* biome-ignore lint/a11y/useSemanticElements: a group of buttons that is no form */}
      <div
        ref={viewport.bind}
        class="absolute inset-0 overflow-auto"
        role="group"
        aria-label="Plan as a graph"
        onPointerDown={(event) => {
          props.onSelectEdge(undefined)
          viewport.onGroundPress(event)
        }}
      >
        <div
          class="relative"
          style={{ width: `${viewport.size().width}px`, height: `${viewport.size().height}px` }}
        >
          <div
            class="absolute origin-top-left"
            style={{
              transform: `translate(${viewport.offset().x}px, ${viewport.offset().y}px) scale(${viewport.zoom()})`,
            }}
          >
            <GraphEdges
              layout={layout()}
              look={look}
              onPress={props.editor.isEditing() ? props.onSelectEdge : undefined}
              onHover={setHoveredEdge}
            />
            <For each={ids()}>
              {(id) => {
                const both = createBoth(id)
                return (
                  <Show when={both()}>
                    {(known) => (
                      <GraphNode
                        placed={known().placed}
                        node={known().node}
                        size={size()}
                        isCompact={isCompact()}
                        isNarrow={size() === narrowSize}
                        isSelected={props.shown === id}
                        isDim={
                          isFiltered(id) || (!props.editor.isEditing() && near()?.has(id) === false)
                        }
                        isFaint={
                          !props.editor.isEditing() &&
                          hovered() !== undefined &&
                          near()?.has(id) === false
                        }
                        isTarget={link.link()?.over === id}
                        isLocked={props.editor.isEditing() && props.editor.locks().has(id)}
                        hasProblem={props.editor.troubled().has(id)}
                        spoken={describeNode(known().node, names())}
                        tabIndex={tabStop() === id ? 0 : -1}
                        onSelect={() => props.onSelect(id)}
                        onOpen={() => props.onOpen(id)}
                        onKeyDown={(event) => onKeyDown(event, id)}
                        onHover={(isOver) => setHovered(isOver ? id : undefined)}
                        onLink={
                          props.editor.isEditing() ? (event) => link.start(id, event) : undefined
                        }
                      />
                    )}
                  </Show>
                )
              }}
            </For>
            <For each={atHand()}>
              {(edge) => (
                <EdgeButton
                  edge={edge}
                  fromName={names().get(edge.from) ?? edge.from}
                  toName={names().get(edge.to) ?? edge.to}
                  isSelected={sameEdge(props.selectedEdge, edge)}
                  onInsert={() => props.editor.insert(edge)}
                  onDelete={() => {
                    props.editor.disconnect(edge)
                    props.onSelectEdge(undefined)
                  }}
                  onSelect={() => props.onSelectEdge({ from: edge.from, to: edge.to })}
                  onHover={(isOver) => setHoveredEdge(isOver ? edge : undefined)}
                />
              )}
            </For>
            <Show when={link.link()}>
              {(drawn) => <LinkLine link={drawn()} layout={layout()} size={size()} />}
            </Show>
          </div>
        </div>
      </div>
      <Show when={viewport.isLarger()}>
        <Minimap
          layout={layout()}
          size={size()}
          glyphOf={(id) => byId().get(id)?.status.glyph}
          viewport={viewport}
        />
      </Show>
      <div class="absolute right-4 bottom-3 row gap-1.5">
        <Button icon="minus" label="Zoom out" onClick={() => viewport.step(-0.1)} />
        <Button icon="fit" label="Fit" onClick={viewport.fit} />
        <Button icon="plus" label="Zoom in" onClick={() => viewport.step(0.1)} />
      </div>
    </div>
  )
}

const sameEntries = <T,>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>): boolean =>
  a.size === b.size && [...a].every(([id, value]) => b.has(id) && b.get(id) === value)
