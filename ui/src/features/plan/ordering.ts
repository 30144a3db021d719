import type { Item } from './layers.ts'

const sweeps = 8

/** Orders every layer so that few edges cross: barycentres forth and back, keeping the best order seen. */
export function orderColumns(columns: Item[][]): Item[][] {
  let best = columns
  let bestCount = countCrossings(columns)
  let current = columns
  for (let sweep = 0; sweep < sweeps && bestCount > 0; sweep++) {
    current = sweepOnce(current, sweep % 2 === 0)
    const count = countCrossings(current)
    if (count < bestCount) {
      best = current
      bestCount = count
    }
  }
  return best
}

function sweepOnce(columns: Item[][], forward: boolean): Item[][] {
  const result = columns.map((column) => [...column])
  const places = new Map<string, number>()
  const remember = (column: Item[] | undefined): void => {
    for (const [index, { key }] of (column ?? []).entries()) places.set(key, index)
  }
  const indices = [...result.keys()]
  for (const at of forward ? indices : indices.reverse()) {
    const column = result[at]
    if (!column) continue
    const weights = new Map(
      column.map((item, index) => [
        item.key,
        barycentre(forward ? item.before : item.after, places) ?? index,
      ]),
    )
    // Sorting is stable, so that equal weights keep the order they had.
    column.sort((a, b) => (weights.get(a.key) ?? 0) - (weights.get(b.key) ?? 0))
    remember(column)
  }
  return result
}

function barycentre(keys: readonly string[], places: Map<string, number>): number | undefined {
  if (keys.length === 0) return undefined
  return keys.reduce((sum, key) => sum + (places.get(key) ?? 0), 0) / keys.length
}

/** Pairs of edges between neighbouring layers that cross. */
export function countCrossings(columns: Item[][]): number {
  let count = 0
  for (const [index, column] of columns.entries()) {
    const next = columns[index + 1]
    if (!next) break
    const places = new Map(next.map(({ key }, at) => [key, at]))
    // Edges in the order of their sources: two cross when their targets are in the other order.
    const targets = column.flatMap((item) =>
      item.after.map((key) => places.get(key) ?? 0).sort((a, b) => a - b),
    )
    count += countInversions(targets, next.length)
  }
  return count
}

function countInversions(values: readonly number[], size: number): number {
  const tree = new Array<number>(size + 1).fill(0)
  let count = 0
  for (const [seen, value] of values.entries()) {
    let notGreater = 0
    for (let at = value + 1; at > 0; at -= at & -at) notGreater += tree[at] ?? 0
    count += seen - notGreater
    for (let at = value + 1; at <= size; at += at & -at) tree[at] = (tree[at] ?? 0) + 1
  }
  return count
}
