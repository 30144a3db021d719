/** Whose request it is, and whom to count it for. */

/**
 * The client's address. A proxy's word about it (`X-Forwarded-For`) counts only from a proxy that is trusted, and only up to the first
 * address that no trusted proxy vouches for: the rest of the header may be invented.
 */
export function clientAddress(
  peer: string,
  forwardedFor: string | null,
  trustedProxies: readonly string[],
): string {
  let address = normalizeAddress(peer)
  const hops = (forwardedFor ?? '').split(',').map((hop) => normalizeAddress(hop.trim()))
  for (let hop = hops.pop(); isTrustedProxy(address, trustedProxies) && hop; hop = hops.pop())
    address = hop
  return address
}

export function isTrustedProxy(address: string, trustedProxies: readonly string[]): boolean {
  const normalized = normalizeAddress(address)
  return trustedProxies.some((each) => normalizeAddress(each) === normalized)
}

/** One form for one address: IPv4 inside IPv6 is IPv4, no port, no brackets, no zone. */
export function normalizeAddress(text: string): string {
  const bare = text
    .toLowerCase()
    .replace(/^\[(.*)\](:\d+)?$/, '$1')
    .replace(/%.*$/, '')
  const mapped = /^(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?$/.exec(bare)?.[1]
  return mapped ?? bare
}

/** Whom limits count for. One person has a whole /64 of IPv6 addresses, so it counts as one. */
export function toCounted(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const front = head.split(':').filter((group) => group !== '')
  const back = (tail ?? '').split(':').filter((group) => group !== '')
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - front.length - back.length)
  const groups = [...front, ...Array<string>(zeros).fill('0'), ...back]
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
