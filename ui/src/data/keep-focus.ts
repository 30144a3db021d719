/**
 * When what had the focus is gone with what was done, the focus goes on to what is selected in the page, or to its heading: a person
 * with a keyboard is never sent back to the beginning. Called after the page has changed.
 */
export function keepFocus(): void {
  requestAnimationFrame(() => {
    const { activeElement: at } = document
    if (at !== null && at !== document.body && at.isConnected) return
    const selected = document.querySelector<HTMLElement>('main .graph-node[aria-pressed=true]')
    const next = selected ?? document.querySelector<HTMLElement>('main h1')
    next?.focus({ preventScroll: true })
  })
}
