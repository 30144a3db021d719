/** Where an arrow key leads in the graph: along edges to the sides, in the layer up and down. */
import type { Layout } from './layout.ts'

export type Arrow = 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown'

export const toArrow = (key: string): Arrow | undefined =>
  (['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'] as const).find((each) => each === key)

/** Undefined at the end of the way. */
export function moveFrom(layout: Layout, id: string, arrow: Arrow): string | undefined {
  const here = layout.nodes.find((node) => node.id === id)
  if (!here) return undefined
  if (arrow === 'ArrowUp' || arrow === 'ArrowDown') {
    const layer = layout.layers[here.layer] ?? []
    return layer[layer.indexOf(id) + (arrow === 'ArrowUp' ? -1 : 1)]
  }
  const ends = layout.edges.flatMap(({ from, to }) =>
    arrow === 'ArrowLeft' ? (to === id ? [from] : []) : from === id ? [to] : [],
  )
  const distance = (other: string): number => {
    const node = layout.nodes.find((each) => each.id === other)
    return node ? Math.abs(node.y - here.y) + Math.abs(node.layer - here.layer) : Infinity
  }
  return ends.sort((a, b) => distance(a) - distance(b))[0]
}
