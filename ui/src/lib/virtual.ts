/** Where the rows of a long list stand, of which only those on the screen exist. Heights are measured once a row was seen. */
export type Layout = {
  /** Top of every row, and after them the end of the list. */
  tops: Float64Array
  ids: readonly string[]
  /** Index by id. */
  places: ReadonlyMap<string, number>
}

/** The row at the top edge, and how much of it is above it (negative when it begins below). */
export type Anchor = { id: string; above: number }

export const toLayout = (ids: readonly string[], heightOf: (id: string) => number): Layout => {
  const tops = new Float64Array(ids.length + 1)
  const places = new Map<string, number>()
  let top = 0
  for (const [index, id] of ids.entries()) {
    tops[index] = top
    places.set(id, index)
    top += heightOf(id)
  }
  tops[ids.length] = top
  return { tops, ids, places }
}

export const endOf = ({ tops }: Layout): number => tops.at(-1) ?? 0

/** The row that holds pixel `y`. */
export function rowAt({ tops, ids }: Layout, y: number): number {
  let low = 0
  let high = Math.max(0, ids.length - 1)
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((tops[middle] ?? 0) <= y) low = middle
    else high = middle - 1
  }
  return low
}

/** Rows from `start` to before `end` touch the screen or are within `margin` of it. */
export function visibleRange(
  layout: Layout,
  { top, height, margin }: { top: number; height: number; margin: number },
): { start: number; end: number } {
  if (layout.ids.length === 0) return { start: 0, end: 0 }
  return { start: rowAt(layout, top - margin), end: rowAt(layout, top + height + margin) + 1 }
}

export function anchorAt(layout: Layout, top: number): Anchor | undefined {
  const index = rowAt(layout, top)
  const id = layout.ids[index]
  return id === undefined ? undefined : { id, above: top - (layout.tops[index] ?? 0) }
}

/**
 * Where to scroll so that the anchor's row stands where it stood. When that row has gone, the nearest one after it in the old
 * order that is still there takes its place.
 */
export function topOf(layout: Layout, anchor: Anchor, before?: Layout): number | undefined {
  const place = layout.places.get(anchor.id)
  if (place !== undefined) return (layout.tops[place] ?? 0) + anchor.above
  const old = before?.places.get(anchor.id)
  if (before === undefined || old === undefined) return undefined
  for (let index = old + 1; index < before.ids.length; index++) {
    const next = layout.places.get(before.ids[index] ?? '')
    if (next !== undefined) return layout.tops[next] ?? 0
  }
  return endOf(layout)
}
