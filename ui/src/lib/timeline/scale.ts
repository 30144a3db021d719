/** The part of time that is shown. */
export type Window = { from: number; to: number }

/** Less is not worth looking at. */
const minSpanMs = 1000

/** Never outside `whole`, never shorter than a second or longer than all of it. */
export function clampWindow({ from, to }: Window, whole: Window): Window {
  const length = Math.min(
    Math.max(to - from, minSpanMs),
    Math.max(minSpanMs, whole.to - whole.from),
  )
  const start = Math.min(Math.max(from, whole.from), Math.max(whole.from, whole.to - length))
  return { from: start, to: start + length }
}

/** `factor` below 1 shows less time; the moment `around` stays where it is. */
export function zoom(
  window: Window,
  factor: number,
  { around, whole }: { around?: number; whole: Window },
): Window {
  const middle = around ?? (window.from + window.to) / 2
  return clampWindow(
    { from: middle - (middle - window.from) * factor, to: middle + (window.to - middle) * factor },
    whole,
  )
}

/** By a share of what is shown. */
export function pan(window: Window, share: number, whole: Window): Window {
  const by = (window.to - window.from) * share
  return clampWindow({ from: window.from + by, to: window.to + by }, whole)
}

/** Where a moment is, in percent of the window. */
export const place = (at: number, { from, to }: Window): number =>
  to === from ? 0 : ((at - from) / (to - from)) * 100

const seconds = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400,
]

/** Round times, at most `count` of them. */
export function ticks(window: Window, count: number): number[] {
  const length = window.to - window.from
  const step = (seconds.find((each) => length / (each * 1000) <= count) ?? 7 * 86_400) * 1000
  const first = Math.ceil(window.from / step) * step
  const found: number[] = []
  for (let at = first; at <= window.to; at += step) found.push(at)
  return found
}
