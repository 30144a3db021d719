/** Limits of requests, as the forges tell of them. */

/**
 * Milliseconds until requests are answered again; undefined when that is not what the answer says. GitHub answers 403 or 429
 * with `retry-after`, or with `x-ratelimit-remaining: 0` and the time in `x-ratelimit-reset`; GitLab 429 with `Retry-After` and
 * `RateLimit-Reset`; the others 429, with `Retry-After` if anything (docs: "Rate limits for the REST API" of GitHub,
 * "Rate limits" of GitLab). Resets are epoch seconds.
 */
export function limitedFor({ status, headers }: Response, now: number): number | undefined {
  const isSpent = headers.get('x-ratelimit-remaining') === '0'
  const after = headers.get('retry-after')
  if (status !== 429 && !(status === 403 && (isSpent || after !== null))) return undefined
  const seconds = Number(after)
  if (after !== null && Number.isFinite(seconds)) return Math.max(0, seconds * 1000)
  const date = after === null ? Number.NaN : Date.parse(after)
  if (Number.isFinite(date)) return Math.max(0, date - now)
  const reset = Number(headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset'))
  return reset > 0 ? Math.max(1000, reset * 1000 - now) : 5000
}
