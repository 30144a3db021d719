/**
 * The end of a text file behind an API. Logs are large, and lie at an address elsewhere more often than not: GitHub answers with 302 and
 * an address that is good for a minute ("Download job logs for a workflow run"), Bitbucket with 307 once a step is over. That address
 * carries its own permission and gets nothing of ours.
 */
import type { Clock } from '#lib/clock.ts'
import { explainStatus, explainTransport, rateLimited } from './explain.ts'
import { ForgeError } from './forge.ts'
import { limitedFor } from './limits.ts'

const timeoutMs = 60_000
/** A longer file is left alone: nobody can say how long it goes on. */
const maxBytes = 64 * 1024 * 1024
const maxHops = 3

/** Of an API. */
export type Home = {
  /** Without a slash at its end. */
  url: string
  headers: Readonly<Record<string, string>>
  /** As people know it. */
  host: string
  /** The repository, for sentences. */
  repository: string
  /** What a token must be allowed to, for sentences. */
  needs: string
  token: string
  clock: Pick<Clock, 'now'>
  signal?: AbortSignal
}

/** At most `most` characters. Throws `ForgeError`. */
export async function readEnd(
  { path, doing, most }: { path: string; doing: string; most: number },
  options: Home,
): Promise<string> {
  const { signal: called, host } = options
  const limit = AbortSignal.timeout(timeoutMs)
  const signal = called ? AbortSignal.any([called, limit]) : limit
  const own = { Accept: 'text/plain, */*', 'User-Agent': 'klaudio' }
  let url = `${options.url}${path}`
  try {
    for (let hop = 0; hop <= maxHops; hop++) {
      const headers = hop === 0 ? { ...own, ...options.headers } : own
      const response = await fetch(url, { headers, redirect: 'manual', signal })
      const next = response.headers.get('location')
      if (response.status < 300 || response.status >= 400 || next === null)
        return await endOf(response, { doing, most }, options)
      url = follow(url, next, options)
    }
  } catch (error) {
    if (error instanceof ForgeError || called?.aborted) throw error
    throw explainTransport(error, { host })
  }
  throw new ForgeError('unexpected', `${host} leads from one address to the next.`)
}

async function endOf(
  response: Response,
  { doing, most }: { doing: string; most: number },
  options: Home,
): Promise<string> {
  const now = options.clock.now()
  const waitMs = limitedFor(response, now)
  if (waitMs !== undefined) throw rateLimited(options, now + waitMs)
  if (!response.ok) {
    const body = await response.json().catch(() => undefined)
    throw explainStatus({ status: response.status, body, doing }, options)
  }
  const decoder = new TextDecoder()
  let end = ''
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > maxBytes)
      throw new ForgeError('unexpected', `${options.host} has a file of more than 64 MiB there.`)
    end = (end + decoder.decode(chunk, { stream: true })).slice(-most)
  }
  return end
}

/** Where an answer may lead: not out of TLS, and not into this machine or its network from a forge that is outside. */
function follow(present: string, next: string, { url: api, host }: Home): string {
  const target = URL.canParse(next, present) ? new URL(next, present) : undefined
  const home = new URL(api)
  const isSafe =
    target !== undefined &&
    (target.protocol === 'https:' || target.protocol === home.protocol) &&
    /^https?:$/.test(target.protocol) &&
    (target.hostname === home.hostname || !isInside(target.hostname))
  if (!isSafe) throw new ForgeError('unexpected', `${host} leads to an address that is not safe.`)
  return target.href
}

/** Addresses by number, and names that only this machine or its network know. */
const isInside = (hostname: string): boolean =>
  /^[\d.]+$|^\[|^localhost$|\.(?:localhost|local|internal)$/i.test(hostname)
