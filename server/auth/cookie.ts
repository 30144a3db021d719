/** The browser's session cookie. No script can read it, and no other site can send it. */
export type SessionCookie = {
  /** The value, when the request brings one. */
  read(header: string | null): string | undefined
  /** `Set-Cookie` that gives it to the browser. */
  give(value: string, options: { maxAgeMs: number; secure: boolean }): string
  /** `Set-Cookie` that takes it away. */
  take(options: { secure: boolean }): string
}

/**
 * Browsers send cookies to every port of a host, so each installation has a name of its own for it: two that run on one
 * machine do not sign each other out.
 */
export function createSessionCookie(instance: string): SessionCookie {
  const name = `klaudio_${instance.replace(/[^\w]/g, '').slice(0, 8)}`
  const write = (value: string, maxAgeSeconds: number, secure: boolean): string =>
    `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
  return {
    read(header) {
      for (const part of (header ?? '').split(';')) {
        const at = part.indexOf('=')
        if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim()
      }
      return undefined
    },
    give: (value, { maxAgeMs, secure }) => write(value, Math.floor(maxAgeMs / 1000), secure),
    take: ({ secure }) => write('', 0, secure),
  }
}
