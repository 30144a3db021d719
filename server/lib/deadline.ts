/** Whether `work` came to its end within `ms`; it goes on by itself when not. A failure of it is thrown. */
export async function endsWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  if (ms === Number.POSITIVE_INFINITY) {
    await work
    return true
  }
  const late = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => late.resolve(false), ms)
  try {
    return await Promise.race([work.then(() => true), late.promise])
  } finally {
    clearTimeout(timer)
    // Whoever comes late has nobody left to fail to.
    work.catch(() => {})
  }
}

type Part = [name: string, ms: number, end: () => Promise<unknown>]

/** Ends the parts one after the other, each within its time when that is limited; the names of those that were late. */
export async function endInOrder(isLimited: boolean, parts: readonly Part[]): Promise<string[]> {
  const late: string[] = []
  for (const [name, ms, end] of parts) {
    const limitMs = isLimited ? ms : Number.POSITIVE_INFINITY
    if (!(await endsWithin(limitMs, end()))) late.push(name)
  }
  return late
}
