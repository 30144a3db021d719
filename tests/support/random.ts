/** Chance that comes again with its seed (mulberry32). */
export type Random = {
  readonly seed: number
  /** A whole number from `low` to `high`, both possible. */
  between(low: number, high: number): number
  pick<T>(items: readonly T[]): T | undefined
}

/** `SEED` of the environment, else any: printed by whoever uses it, so that a failure can be had again. */
export const givenSeed = (): number =>
  Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))

export function createRandom(seed: number): Random {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1))
  return { seed, between, pick: (items) => items[between(0, items.length - 1)] }
}
