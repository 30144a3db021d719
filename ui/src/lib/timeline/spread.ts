/**
 * Left edges for things of one size that must not overlap, in the order of `wanted`: each as near to where it belongs as
 * the ones before it leave room for, all of them within `width` as long as there is room at all. Pixels.
 */
export function spread(wanted: readonly number[], size: number, width: number): number[] {
  const order = wanted.map((_, index) => index).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0))
  const places = wanted.map(() => 0)
  let from = 0
  for (const index of order) {
    places[index] = Math.max(from, wanted[index] ?? 0)
    from = (places[index] ?? 0) + size
  }
  let to = width - size
  for (const index of order.toReversed()) {
    places[index] = Math.min(to, places[index] ?? 0)
    to = (places[index] ?? 0) - size
  }
  return places
}
