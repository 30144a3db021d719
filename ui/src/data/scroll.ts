/** Back and forward show a page where it was left. */
const places = new Map<string, number>()
const maxPlaces = 50
let isReturn = false

/** Call once, before the router hears of it. */
export function watchHistory(): void {
  addEventListener('popstate', () => {
    isReturn = true
    // Long enough for the page to come up from what is known already.
    setTimeout(() => {
      isReturn = false
    }, 500)
  })
}

/** Where this page was left, when it was come back to with Back or Forward. */
export const placeToReturnTo = (): number | undefined =>
  isReturn ? places.get(currentPage()) : undefined

export function rememberPlace(page: string, top: number): void {
  places.delete(page)
  places.set(page, top)
  for (const key of [...places.keys()].slice(0, -maxPlaces)) places.delete(key)
}

export const currentPage = (): string => location.pathname + location.search

/** A `ref` for the part of a page that scrolls. */
export function keepScroll(element: HTMLElement): void {
  const page = currentPage()
  const wanted = placeToReturnTo()
  element.addEventListener('scroll', () => rememberPlace(page, element.scrollTop), {
    passive: true,
  })
  if (wanted === undefined) return
  queueMicrotask(() => {
    element.scrollTop = wanted
  })
}
