import { For, type JSX } from 'solid-js'
import type { GlyphName } from '../../lib/glyph-name.ts'
import type { Layout, NodeSize } from './layout.ts'
import type { Viewport } from './viewport.ts'

const colors: Partial<Record<GlyphName, string>> = {
  run: 'var(--run)',
  need: 'var(--need-fill)',
  fail: 'var(--fail)',
  review: 'var(--review)',
  done: 'var(--done)',
}
const width = 160
const maxHeight = 110

/** The whole plan in a corner, with what is in sight; a press goes there. The keyboard moves from node to node instead. */
export function Minimap(props: {
  layout: Layout
  size: NodeSize
  glyphOf: (id: string) => GlyphName | undefined
  viewport: Viewport
}): JSX.Element {
  const scale = (): number =>
    Math.min(width / Math.max(1, props.layout.width), maxHeight / Math.max(1, props.layout.height))
  const seen = () => {
    const { scroll, pane, offset, zoom } = props.viewport
    return {
      x: ((scroll().left - offset().x) / zoom()) * scale(),
      y: ((scroll().top - offset().y) / zoom()) * scale(),
      width: (pane().width / zoom()) * scale(),
      height: (pane().height / zoom()) * scale(),
    }
  }
  const go = (event: PointerEvent & { currentTarget: SVGSVGElement }): void => {
    const box = event.currentTarget.getBoundingClientRect()
    props.viewport.scrollTo({
      x: (event.clientX - box.left - 4) / scale(),
      y: (event.clientY - box.top - 4) / scale(),
    })
  }
  return (
    <svg
      class="absolute left-4 bottom-3 bg-bg1 border border-solid border-line rounded-chip cursor-pointer lt-md:hidden!"
      width={props.layout.width * scale() + 8}
      height={props.layout.height * scale() + 8}
      viewBox={`-4 -4 ${props.layout.width * scale() + 8} ${props.layout.height * scale() + 8}`}
      aria-hidden="true"
      onPointerDown={(event) => go(event)}
      onPointerMove={(event) => event.buttons === 1 && go(event)}
    >
      <For each={props.layout.nodes}>
        {(node) => (
          <rect
            x={node.x * scale()}
            y={node.y * scale()}
            width={props.size.width * scale()}
            height={Math.max(2, props.size.height * scale())}
            rx="1"
            fill={colors[props.glyphOf(node.id) ?? 'wait'] ?? 'var(--ctl)'}
          />
        )}
      </For>
      <rect {...seen()} stroke="var(--tx1)" fill="none" stroke-width="1.2" rx="2" />
    </svg>
  )
}
