/** Figures of the benchmarks: always a ratio or difference against a baseline measured in the same run, with its spread. */

export function percentile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))]
  if (value === undefined) throw new Error('there is nothing to measure')
  return value
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  if (low === undefined || high === undefined) throw new Error('there is nothing to measure')
  return (low + high) / 2
}

/** `12.3 (11.0 - 14.2, n=5)`: median, lowest, highest. */
export function summary(values: readonly number[], digits = 1): string {
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return `${median(values).toFixed(digits)} (${low.toFixed(digits)} - ${high.toFixed(digits)}, n=${values.length})`
}

export type Target = { atLeast: number } | { atMost: number }

function verdict(value: number, target: Target | undefined): string {
  if (!target) return ''
  const isMet = 'atLeast' in target ? value >= target.atLeast : value <= target.atMost
  const wanted = 'atLeast' in target ? `at least ${target.atLeast}` : `at most ${target.atMost}`
  return `   target ${wanted}: ${isMet ? 'met' : 'MISSED'}`
}

export type Comparison = {
  name: string
  /** One value per round; the same index of both was measured right after the other. */
  ours: readonly number[]
  baseline: readonly number[]
  unit: string
  target?: Target
}

/** Prints ours / baseline, taken round by round. Returns the median. */
export function printRatio({ name, ours, baseline, unit, target }: Comparison): number {
  const ratios = ours.map((value, round) => value / (baseline[round] ?? Number.NaN))
  const ratio = median(ratios)
  console.log(`${name}: ${summary(ratios, 2)} of the baseline${verdict(ratio, target)}`)
  console.log(`    ours ${summary(ours)} ${unit}, baseline ${summary(baseline)} ${unit}`)
  return ratio
}

/** Prints ours - baseline, taken round by round. Returns the median. */
export function printDifference({ name, ours, baseline, unit, target }: Comparison): number {
  const differences = ours.map((value, round) => value - (baseline[round] ?? Number.NaN))
  const difference = median(differences)
  console.log(
    `${name}: ${summary(differences)} ${unit} over the baseline${verdict(difference, target)}`,
  )
  console.log(`    ours ${summary(ours)} ${unit}, baseline ${summary(baseline)} ${unit}`)
  return difference
}
