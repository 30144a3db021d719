import { For, type JSX, Show } from 'solid-js'
import { Icon } from '../../components/icon.tsx'
import type { EdgeId } from './editor.ts'
import type { Layout, NodeSize, PlacedEdge } from './layout.ts'
import type { Link } from './link.ts'

export type EdgeLook = { isMet: boolean; opacity: number; isSelected: boolean }

/** All dependencies as one drawing under the nodes. While the plan is edited each can be pressed. */
export function GraphEdges(props: {
  layout: Layout
  look: (edge: PlacedEdge) => EdgeLook
  onPress: ((edge: EdgeId) => void) | undefined
  onHover: (edge: EdgeId | undefined) => void
}): JSX.Element {
  return (
    <svg
      class="absolute left-0 top-0 overflow-visible pointer-events-none"
      width={props.layout.width}
      height={props.layout.height}
      aria-hidden="true"
      fill="none"
    >
      <For each={props.layout.edges}>
        {(edge) => (
          <>
            <Edge edge={edge} {...props.look(edge)} />
            <Show when={props.onPress}>
              {(press) => (
                // biome-ignore lint/a11y/noStaticElementInteractions: the pointer's short way; the keyboard's is the button on the edge, and the list
                <path
                  d={edge.path}
                  class="pointer-events-[stroke] cursor-pointer"
                  stroke="transparent"
                  stroke-width="14"
                  onPointerEnter={() => props.onHover(edge)}
                  onPointerLeave={() => props.onHover(undefined)}
                  onPointerDown={(event) => event.stopPropagation()}
                  onClick={() => press()({ from: edge.from, to: edge.to })}
                />
              )}
            </Show>
          </>
        )}
      </For>
    </svg>
  )
}

function Edge(props: EdgeLook & { edge: PlacedEdge }): JSX.Element {
  const color = (): string =>
    props.isSelected ? 'var(--tx1)' : props.isMet ? 'var(--tx3)' : 'var(--ctl)'
  return (
    <g opacity={props.isSelected ? 1 : props.opacity}>
      <path
        d={props.edge.path}
        stroke={color()}
        stroke-width={props.isSelected ? 2.2 : 1.6}
        stroke-dasharray={props.isMet ? undefined : '4 4'}
      />
      <path d={`M${props.edge.x - 5} ${props.edge.y - 3.5}l5 3.5l-5 3.5z`} fill={color()} />
    </g>
  )
}

/** The dependency that is being drawn. */
export function LinkLine(props: { link: Link; layout: Layout; size: NodeSize }): JSX.Element {
  const start = (): { x: number; y: number } => {
    const node = props.layout.nodes.find(({ id }) => id === props.link.from)
    return { x: (node?.x ?? 0) + props.size.width, y: (node?.y ?? 0) + props.size.height / 2 }
  }
  return (
    <svg class="absolute left-0 top-0 overflow-visible pointer-events-none" aria-hidden="true">
      <path
        d={`M${start().x} ${start().y}L${props.link.x} ${props.link.y}`}
        stroke="var(--tx1)"
        stroke-width="2"
        stroke-dasharray="4 4"
        fill="none"
      />
      <circle cx={props.link.x} cy={props.link.y} r="4" fill="var(--tx1)" />
    </svg>
  )
}

/** On an edge at hand: a press inserts a subtask, Delete removes the dependency. */
export function EdgeButton(props: {
  edge: PlacedEdge
  fromName: string
  toName: string
  isSelected: boolean
  onInsert: () => void
  onDelete: () => void
  onSelect: () => void
  onHover: (isOver: boolean) => void
}): JSX.Element {
  return (
    <button
      type="button"
      class="graph-edge-button"
      classList={{ 'border-tx1!': props.isSelected }}
      style={{ left: `${props.edge.middle.x}px`, top: `${props.edge.middle.y}px` }}
      aria-label={`Insert a subtask between ${props.fromName} and ${props.toName}. Delete removes the dependency.`}
      title="Insert between. Delete removes the dependency"
      onFocus={() => props.onSelect()}
      onPointerEnter={() => props.onHover(true)}
      onPointerLeave={() => props.onHover(false)}
      onPointerDown={(event) => event.stopPropagation()}
      onClick={() => props.onInsert()}
      onKeyDown={(event) => {
        if (event.key !== 'Delete' && event.key !== 'Backspace') return
        event.preventDefault()
        event.stopPropagation()
        props.onDelete()
      }}
    >
      <Icon name="plus" class="w-3! h-3!" />
    </button>
  )
}
