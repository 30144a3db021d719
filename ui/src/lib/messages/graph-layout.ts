/** Where a team stands when its talk is drawn: around the edge, so that lines run inside it. In CSS pixels. */
import { byCount, type Pair } from './pairs.ts'

export const nodeSize = { width: 152, height: 44 }
/** The count of a pair. */
export const tagSize = { width: 44, height: 24 }
const margin = 16
/** Between middles of neighbours at the top and at the sides. */
const spread = { x: 172, y: 120 }
/** Above 1, neighbours at the top and the bottom stand further apart in height, so that there is room for their count. */
const steepness = 1.4
const least = { x: 310, y: 215 }

type Point = { x: number; y: number }
/** `x`, `y`: its middle. */
export type PlacedName = Point & { name: string }
export type PlacedPair = { pair: Pair; from: Point; to: Point; tag: Point }
export type TalkLayout = {
  width: number
  height: number
  nodes: readonly PlacedName[]
  edges: readonly PlacedPair[]
}

export function layoutTalk(names: readonly string[], pairs: Iterable<Pair>): TalkLayout {
  const radius = {
    x: Math.max(least.x, (names.length * spread.x) / (2 * Math.PI)),
    y: Math.max(least.y, (names.length * spread.y) / (2 * Math.PI)),
  }
  const middle = {
    x: radius.x + nodeSize.width / 2 + margin,
    y: radius.y + nodeSize.height / 2 + margin,
  }
  const nodes = names.map((name, index) => {
    const angle = (index / names.length) * 2 * Math.PI - Math.PI / 2
    return {
      name,
      x: Math.round(middle.x + radius.x * Math.cos(angle)),
      y: Math.round(middle.y + radius.y * steep(Math.sin(angle))),
    }
  })
  return { width: middle.x * 2, height: middle.y * 2, nodes, edges: placePairs(nodes, pairs) }
}

const steep = (share: number): number => Math.sign(share) * Math.abs(share) ** steepness

/** Shares of the way from one to the other at which a tag may stand, the best first. */
const places = Array.from(
  { length: 19 },
  (_, at) => 0.5 + Math.ceil(at / 2) * (at % 2 ? -0.03 : 0.03),
)

function placePairs(nodes: readonly PlacedName[], pairs: Iterable<Pair>): PlacedPair[] {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const taken: (Point & { size: typeof nodeSize })[] = nodes.map(({ x, y }) => ({
    ...{ x, y, size: nodeSize },
  }))
  return byCount(pairs).flatMap((pair) => {
    const [from, to] = [byName.get(pair.a), byName.get(pair.b)]
    if (!from || !to) return []
    const choices = places.map((share) => ({
      x: Math.round(from.x + (to.x - from.x) * share),
      y: Math.round(from.y + (to.y - from.y) * share),
    }))
    const hidden = (at: Point): number =>
      taken.reduce((sum, other) => sum + overlap(at, tagSize, other, other.size), 0)
    const tag = choices.reduce((best, each) => (hidden(each) < hidden(best) ? each : best))
    taken.push({ ...tag, size: tagSize })
    return [{ pair, from, to, tag }]
  })
}

/** Square pixels two boxes share, given their middles. */
export function overlap(
  one: Point,
  oneSize: typeof nodeSize,
  other: Point,
  otherSize: typeof nodeSize,
): number {
  const x = (oneSize.width + otherSize.width) / 2 - Math.abs(one.x - other.x)
  const y = (oneSize.height + otherSize.height) / 2 - Math.abs(one.y - other.y)
  return Math.max(0, Math.min(x, oneSize.width, otherSize.width)) * Math.max(0, y)
}
