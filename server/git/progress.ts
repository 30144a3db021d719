/**
 * What git says while it fetches, from its progress lines (progress.c and sideband.c of git): `Receiving objects:  42% (420/1000), 1.20 MiB |
 * 600.00 KiB/s`, and `remote: Counting objects: ...` from the other side.
 */
export type GitProgress = {
  stage: 'counting' | 'receiving' | 'resolving'
  /** 0 to 100; absent while git does not know how much there is. */
  percent?: number
  /** Received until now. */
  bytes?: number
}

const stages: Record<string, GitProgress['stage']> = {
  'Enumerating objects': 'counting',
  'Counting objects': 'counting',
  'Compressing objects': 'counting',
  'Receiving objects': 'receiving',
  'Resolving deltas': 'resolving',
}
const units: Record<string, number> = { bytes: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }
const pattern =
  /^(?:remote: )?([A-Z][a-z]+ [a-z]+): +(\d+)(%)?(?: \(\d+\/\d+\))?(?:, ([\d.]+) (bytes|KiB|MiB|GiB))?/

/** Undefined for a line that is no progress. */
export function parseProgress(line: string): GitProgress | undefined {
  const [, what = '', number, isPercent, amount, unit = ''] = pattern.exec(line) ?? []
  const stage = stages[what]
  if (!stage) return undefined
  return {
    stage,
    ...(isPercent && { percent: Number(number) }),
    ...(amount !== undefined && { bytes: Math.round(Number(amount) * (units[unit] ?? 1)) }),
  }
}
