const waitMs = 2000

/** Focuses the h1 as soon as there is one, unless somebody has begun to do something else. */
export function focusTitle(): void {
  const until = performance.now() + waitMs
  const before = document.activeElement
  const look = (): void => {
    if (document.activeElement !== before && document.activeElement !== document.body) return
    const title = document.querySelector<HTMLElement>('main h1')
    if (title) title.focus({ preventScroll: true })
    else if (performance.now() < until) requestAnimationFrame(look)
  }
  queueMicrotask(look)
}
