import { toCounted } from './address.ts'

/**
 * Counts wrong tokens. Who holds a right one is never kept out, whatever others do: secrets are looked at first, and only a
 * wrong one can be one too many. What this saves is the server's work and its log; guessing 32 random bytes is hopeless anyway.
 */
export type Attempts = {
  /** Notes a wrong token. Returns the whole seconds to wait when there were too many, else undefined. */
  failed(address: string): number | undefined
}

const maxAddresses = 10_000

export function createAttempts({
  perAddress = 10,
  total = 200,
  windowMs = 60_000,
  now,
}: {
  perAddress?: number
  total?: number
  windowMs?: number
  now: () => number
}): Attempts {
  const byAddress = new Map<string, Window>()
  let all: Window = { count: 0, endsAt: 0 }
  const count = (window: Window | undefined): Window =>
    window && window.endsAt > now()
      ? { ...window, count: window.count + 1 }
      : { count: 1, endsAt: now() + windowMs }
  const makeRoom = (): void => {
    if (byAddress.size < maxAddresses) return
    for (const [key, window] of byAddress) if (window.endsAt <= now()) byAddress.delete(key)
    const [oldest] = byAddress.keys()
    if (byAddress.size >= maxAddresses && oldest !== undefined) byAddress.delete(oldest)
  }
  return {
    failed(address) {
      const key = toCounted(address)
      const mine = count(byAddress.get(key))
      if (!byAddress.has(key)) makeRoom()
      byAddress.set(key, mine)
      all = count(all)
      const over = [
        ...(mine.count > perAddress ? [mine.endsAt] : []),
        ...(all.count > total ? [all.endsAt] : []),
      ]
      if (over.length === 0) return undefined
      return Math.max(1, Math.ceil((Math.max(...over) - now()) / 1000))
    },
  }
}

type Window = { count: number; endsAt: number }
