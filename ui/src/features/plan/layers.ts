export type LayoutInput = { id: string; depends_on: readonly string[] }

/** A subtask, or a dummy where an edge passes a layer. */
export type Item = {
  key: string
  layer: number
  dummy: boolean
  /** Neighbours in the layer before and the layer after. */
  before: string[]
  after: string[]
}

/** Longest path from the roots, then to the right where that makes edges shorter. A cycle is cut where it closes. */
export function assignLayers(input: readonly LayoutInput[]): Map<string, number> {
  const known = new Map(input.map((node) => [node.id, node]))
  const layers = new Map<string, number>()
  const path = new Set<string>()
  const visit = (id: string): number => {
    const found = layers.get(id)
    if (found !== undefined) return found
    path.add(id)
    const before = (known.get(id)?.depends_on ?? []).filter(
      (each) => known.has(each) && !path.has(each),
    )
    const layer = before.length === 0 ? 0 : Math.max(...before.map(visit)) + 1
    path.delete(id)
    layers.set(id, layer)
    return layer
  }
  for (const { id } of input) visit(id)
  pullRight(input, layers)
  return layers
}

function pullRight(input: readonly LayoutInput[], layers: Map<string, number>): void {
  const children = new Map<string, string[]>()
  for (const { id, depends_on } of input)
    for (const parent of depends_on) children.set(parent, [...(children.get(parent) ?? []), id])
  const layerOf = (id: string): number => layers.get(id) ?? 0
  for (const { id, depends_on } of [...input].sort((a, b) => layerOf(b.id) - layerOf(a.id))) {
    const after = (children.get(id) ?? []).filter((each) => layerOf(each) > layerOf(id))
    const nearest = Math.min(...after.map(layerOf)) - 1
    const parents = depends_on.filter((each) => layers.has(each)).length
    if (after.length > parents && nearest > layerOf(id)) layers.set(id, nearest)
  }
}

/** Items by layer in plan order, with a dummy in every layer that an edge passes. */
export function toColumns(input: readonly LayoutInput[], layers: Map<string, number>): Item[][] {
  const columns: Item[][] = Array.from(
    { length: Math.max(0, ...[...layers.values()].map((each) => each + 1)) },
    () => [],
  )
  const items = new Map<string, Item>()
  const add = (key: string, layer: number, dummy: boolean): Item => {
    const item: Item = { key, layer, dummy, before: [], after: [] }
    items.set(key, item)
    columns[layer]?.push(item)
    return item
  }
  for (const { id } of input) add(id, layers.get(id) ?? 0, false)
  for (const { id, depends_on } of input)
    for (const parent of new Set(depends_on)) {
      const source = items.get(parent)
      const target = items.get(id)
      if (source && target && source.layer < target.layer) connect(source, target, add)
    }
  return columns
}

function connect(
  source: Item,
  target: Item,
  add: (key: string, layer: number, dummy: boolean) => Item,
): void {
  let last = source
  for (let layer = source.layer + 1; layer < target.layer; layer++) {
    const dummy = add(`${source.key}\u0000${target.key}\u0000${layer}`, layer, true)
    last.after.push(dummy.key)
    dummy.before.push(last.key)
    last = dummy
  }
  last.after.push(target.key)
  target.before.push(last.key)
}
