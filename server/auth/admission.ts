import { toCounted } from './address.ts'

/** How many may be inside at once, in total and from one address. */
export type Admission = {
  /** Lets one in and returns the way out, to be called once; undefined when there is no room. */
  enter(address: string): (() => void) | undefined
}

export function createAdmission({
  total,
  perAddress,
}: {
  total: number
  perAddress: number
}): Admission {
  const inside = new Map<string, number>()
  let all = 0
  return {
    enter(address) {
      const key = toCounted(address)
      const mine = inside.get(key) ?? 0
      if (all >= total || mine >= perAddress) return undefined
      all++
      inside.set(key, mine + 1)
      let isInside = true
      return () => {
        if (!isInside) return
        isInside = false
        all--
        const left = (inside.get(key) ?? 1) - 1
        if (left > 0) inside.set(key, left)
        else inside.delete(key)
      }
    },
  }
}
