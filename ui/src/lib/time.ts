/** Times as people read them. Every function takes "now", so that a page has one clock and a test can hold it still. */

/** "9 s", "12 min", "3 h 5 min", "13 h", "2 d": how long something has taken or is ago. */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  const hours = Math.floor(minutes / 60)
  if (hours < 24)
    return hours >= 10 || minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`
  return `${Math.floor(hours / 24)} d`
}

/** "9s", "4m 12s", "1h 12m", "6d 4h": the compact form of rows and headers. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${String(seconds % 60).padStart(2, '0')}s`
  const hours = Math.floor(minutes / 60)
  if (hours < 24) return `${hours}h ${minutes % 60}m`
  return `${Math.floor(hours / 24)}d ${hours % 24}h`
}

/** "0.4 s" or "9.4 s" below a minute, the compact form above. */
export function formatSeconds(ms: number): string {
  return ms < 60_000 ? `${(Math.max(0, ms) / 1000).toFixed(1)} s` : formatDuration(ms)
}

/** "2:04" or "1:02:04" since a start. */
export function formatElapsed(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const pad = (value: number): string => String(value).padStart(2, '0')
  const hours = Math.floor(seconds / 3600)
  const minutes = Math.floor(seconds / 60) % 60
  return hours > 0
    ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}`
    : `${minutes}:${pad(seconds % 60)}`
}

/** "just now", "12 min ago", or the date when it is a day or more. */
export function formatAgo(at: number, now: number): string {
  const ms = now - at
  if (ms < 10_000) return 'just now'
  if (ms < 86_400_000) return `${formatSpan(ms)} ago`
  return put(days, at)
}

// Made once: with each text it would cost more than all else of a row.
const minute = { hour: 'numeric', minute: '2-digit' } as const
const days = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const minutes = new Intl.DateTimeFormat(undefined, minute)
const seconds = new Intl.DateTimeFormat(undefined, { ...minute, second: '2-digit' })
const hours = new Intl.DateTimeFormat(undefined, { hour: 'numeric' })
const exact = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  ...minute,
  second: '2-digit',
})

/** What is no time is nothing, and takes no page down. */
const put = (form: Intl.DateTimeFormat, at: number): string =>
  Number.isFinite(at) ? form.format(at) : ''

/** "12:04:31" of the reader's day. */
export const formatClock = (at: number, options: { seconds?: boolean } = {}): string =>
  put(options.seconds ? seconds : minutes, at)

/** "14" or "2 PM": on an axis. */
export const formatHour = (at: number): string => put(hours, at)

/** For tooltips. */
export const formatExact = (at: number): string => put(exact, at)
