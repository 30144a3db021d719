/**
 * Where a plan's subtasks and dependencies are drawn: layers from left to right, few crossings, orthogonal edges. Pure and
 * deterministic: the same plan always looks the same, and ties are broken by the plan's own order.
 */
import { assignLayers, type Item, type LayoutInput, toColumns } from './layers.ts'
import { orderColumns } from './ordering.ts'

export type NodeSize = { width: number; height: number; gapX: number; gapY: number }

/** Up to 16 subtasks say what they do; more of them show glyph and name, in two lines where there are many steps side by side. */
export const fullSize: NodeSize = { width: 174, height: 68, gapX: 44, gapY: 28 }
export const compactSize: NodeSize = { width: 106, height: 26, gapX: 22, gapY: 8 }
export const narrowSize: NodeSize = { width: 78, height: 42, gapX: 18, gapY: 8 }

const mostFull = 16
const mostWideSteps = 8

export function sizeOf(input: readonly LayoutInput[]): NodeSize {
  if (input.length <= mostFull) return fullSize
  const steps = Math.max(...assignLayers(input).values()) + 1
  return steps > mostWideSteps ? narrowSize : compactSize
}

export type PlacedNode = { id: string; x: number; y: number; layer: number }
export type PlacedEdge = {
  from: string
  to: string
  /** SVG path from the right side of `from` to the left side of `to`. */
  path: string
  /** Tip of the arrow. */
  x: number
  y: number
  /** A place on the edge in the gap before `to`, for what can be done with it. */
  middle: { x: number; y: number }
}

export type Layout = {
  nodes: PlacedNode[]
  edges: PlacedEdge[]
  width: number
  height: number
  /** Ids by layer, from top to bottom. */
  layers: string[][]
  size: NodeSize
  /** By item, edges that pass a layer included: what the next layout keeps. */
  places: ReadonlyMap<string, { layer: number; centre: number }>
}

const dummyHeight = 10
const corner = 8

/** With `previous` everything that is in the same layer as before stays where it was. */
export function layoutPlan(
  input: readonly LayoutInput[],
  size: NodeSize,
  previous?: Layout,
): Layout {
  const { columns, centres } =
    previous?.size === size ? placeBeside(previous, input) : placeAnew(input, size)
  const step = size.width + size.gapX
  const nodes: PlacedNode[] = []
  let bottom = 0
  for (const [layer, column] of columns.entries())
    for (const item of column) {
      if (item.dummy) continue
      const y = (centres.get(item.key) ?? 0) - size.height / 2
      nodes.push({ id: item.key, x: layer * step, y, layer })
      bottom = Math.max(bottom, y + size.height)
    }
  const order = new Map(input.map(({ id }, index) => [id, index]))
  nodes.sort((a, b) => (order.get(a.id) ?? 0) - (order.get(b.id) ?? 0))
  return {
    nodes,
    edges: routeEdges(columns, centres, size),
    width: Math.max(0, columns.length * step - size.gapX),
    height: bottom,
    layers: columns.map((column) => column.filter(({ dummy }) => !dummy).map(({ key }) => key)),
    size,
    places: new Map(
      columns
        .flat()
        .map(({ key, layer }) => [key, { layer, centre: centres.get(key) ?? 0 }] as const),
    ),
  }
}

type Placed = { columns: Item[][]; centres: Map<string, number> }

function placeAnew(input: readonly LayoutInput[], size: NodeSize): Placed {
  const columns = orderColumns(toColumns(input, assignLayers(input)))
  return { columns, centres: placeVertically(columns, size) }
}

/** What is new, or has another layer now, takes the free place that is nearest to what it is connected with. */
function placeBeside({ places, size }: Layout, input: readonly LayoutInput[]): Placed {
  const columns = toColumns(input, assignLayers(input))
  const centres = new Map<string, number>()
  for (const { key, layer } of columns.flat()) {
    const known = places.get(key)
    if (known?.layer === layer) centres.set(key, known.centre)
  }
  for (const column of columns) {
    const items = column.filter(({ key }) => !centres.has(key))
    for (const item of items) {
      const near = medianOf(item.before, centres) ?? medianOf(item.after, centres)
      const wanted = near ?? places.get(item.key)?.centre ?? 0
      centres.set(item.key, freePlace({ item, column, wanted, size, centres }))
    }
    column.sort((a, b) => (centres.get(a.key) ?? 0) - (centres.get(b.key) ?? 0))
  }
  return { columns, centres }
}

/** The centre nearest to `wanted` where `item` touches nothing of its column. */
function freePlace({
  item,
  column,
  wanted,
  size,
  centres,
}: {
  item: Item
  column: readonly Item[]
  wanted: number
  size: NodeSize
  centres: ReadonlyMap<string, number>
}): number {
  const half = (each: Item): number => (each.dummy ? 0 : size.height / 2)
  const gap = (other: Item): number => (item.dummy || other.dummy ? size.gapY / 2 : size.gapY)
  const taken = column.flatMap((other) => {
    const at = centres.get(other.key)
    return at === undefined ? [] : [{ at, reach: half(item) + half(other) + gap(other) }]
  })
  const top = half(item)
  const candidates = [wanted, top, ...taken.flatMap(({ at, reach }) => [at - reach, at + reach])]
  const isFree = (y: number): boolean =>
    y >= top && taken.every(({ at, reach }) => Math.abs(at - y) >= reach)
  return candidates
    .filter(isFree)
    .reduce((best, y) => (Math.abs(y - wanted) < Math.abs(best - wanted) ? y : best), Infinity)
}

function medianOf(
  keys: readonly string[],
  centres: ReadonlyMap<string, number>,
): number | undefined {
  const sorted = keys
    .map((key) => centres.get(key))
    .filter((each) => each !== undefined)
    .sort((a, b) => a - b)
  if (sorted.length === 0) return undefined
  const middle = sorted.length >> 1
  const high = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? 0)) / 2
}

/** Centre of every item by key: as near to its neighbours' median as its column lets it be. */
function placeVertically(columns: Item[][], size: NodeSize): Map<string, number> {
  const centres = new Map<string, number>()
  for (const column of columns)
    stack(column, size, (_, index) => index * (size.height + size.gapY), centres)
  for (let pass = 0; pass < 6; pass++) {
    const forward = pass % 2 === 0
    const sequence = forward ? columns : columns.toReversed()
    for (const column of sequence)
      stack(
        column,
        size,
        (item) =>
          medianOf(forward ? item.before : item.after, centres) ?? centres.get(item.key) ?? 0,
        centres,
      )
  }
  const top = Math.min(
    ...columns.flat().map((item) => (centres.get(item.key) ?? 0) - heightOf(item, size) / 2),
  )
  for (const [key, y] of centres) centres.set(key, Math.round(y - top))
  return centres
}

const heightOf = (item: Item, size: NodeSize): number => (item.dummy ? dummyHeight : size.height)

/** Puts a column's items at their wanted places, pushed apart just enough, in their order. */
function stack(
  column: Item[],
  size: NodeSize,
  wanted: (item: Item, index: number) => number,
  centres: Map<string, number>,
): void {
  let shift = 0
  const shifts = column.map((item, index) => {
    const above = column[index - 1]
    if (above)
      shift += (heightOf(above, size) + heightOf(item, size)) / 2 + gapBetween(above, item, size)
    return shift
  })
  const places = toAscending(
    column.map((item, index) => wanted(item, index) - (shifts[index] ?? 0)),
  )
  for (const [index, { key }] of column.entries())
    centres.set(key, (places[index] ?? 0) + (shifts[index] ?? 0))
}

/** The nearest values that never fall: neighbours out of order share their mean (pool adjacent violators). */
function toAscending(values: readonly number[]): number[] {
  const pools: { sum: number; count: number }[] = []
  for (const value of values) {
    let pool = { sum: value, count: 1 }
    for (
      let before = pools.at(-1);
      before && before.sum / before.count > pool.sum / pool.count;
      before = pools.at(-1)
    ) {
      pools.pop()
      pool = { sum: before.sum + pool.sum, count: before.count + pool.count }
    }
    pools.push(pool)
  }
  return pools.flatMap(({ sum, count }) => Array.from({ length: count }, () => sum / count))
}

const gapBetween = (above: Item, below: Item, size: NodeSize): number =>
  above.dummy && below.dummy ? 4 : size.gapY

function routeEdges(columns: Item[][], centres: Map<string, number>, size: NodeSize): PlacedEdge[] {
  const step = size.width + size.gapX
  const items = new Map(columns.flat().map((item) => [item.key, item]))
  const lanes = new Map(columns.flatMap((column) => lanesOf(column, size)))
  const centreOf = (item: Item): number => centres.get(item.key) ?? 0
  const route = (source: Item, first: string): PlacedEdge => {
    let from = source
    let path = `M${source.layer * step + size.width} ${centreOf(source)}`
    let to = items.get(first) ?? source
    let middle = { x: 0, y: 0 }
    for (;;) {
      const lane = from.layer * step + size.width + (lanes.get(from.key) ?? size.gapX / 2)
      path += bend(lane, centreOf(from), centreOf(to))
      if (!to.dummy) {
        middle =
          to.before.length === 1
            ? { x: to.layer * step - size.gapX / 2, y: centreOf(to) }
            : { x: lane, y: (centreOf(from) + centreOf(to)) / 2 }
        break
      }
      path += `H${to.layer * step + size.width}`
      from = to
      to = items.get(to.after[0] ?? '') ?? source
    }
    const x = to.layer * step - 2
    return { from: source.key, to: to.key, path: `${path}H${x - 4}`, x, y: centreOf(to), middle }
  }
  return columns
    .flat()
    .filter(({ dummy }) => !dummy)
    .flatMap((source) => source.after.map((first) => route(source, first)))
}

/** One vertical lane per source in the gap behind its column. */
function lanesOf(column: Item[], size: NodeSize): [string, number][] {
  const sources = column.filter((item) => item.after.length > 0)
  const gap = Math.min(9, (size.gapX - 18) / Math.max(1, sources.length - 1))
  return sources.map(({ key }, index) => [key, 8 + index * gap])
}

/** Over to a lane, along it, and on, with round corners. */
function bend(lane: number, from: number, to: number): string {
  const radius = Math.min(corner, Math.abs(to - from) / 2)
  if (radius < 1) return ''
  const down = Math.sign(to - from)
  return `H${lane - radius}Q${lane} ${from} ${lane} ${from + radius * down}V${to - radius * down}Q${lane} ${to} ${lane + radius} ${to}`
}
