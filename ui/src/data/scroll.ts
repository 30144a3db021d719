/** Back and forward show a page where it was left. */
import { useLocation } from '@solidjs/router'

const places = new Map<string, number>()
const maxPlaces = 50
let returnedTo: string | undefined

/** Call once, before the router hears of it. */
export function watchHistory(): void {
  addEventListener('popstate', () => {
    returnedTo = location.pathname + location.search
  })
}

/** Where this page was left, when it was come back to with Back or Forward; said once. */
export function placeToReturnTo(): number | undefined {
  const page = currentPage()
  const isReturn = returnedTo === page
  returnedTo = undefined
  return isReturn ? places.get(page) : undefined
}

export function rememberPlace(page: string, top: number): void {
  places.delete(page)
  places.set(page, top)
  for (const key of [...places.keys()].slice(0, -maxPlaces)) places.delete(key)
}

/** Inside a component: while it is made, the address bar may still show the page before. */
export function currentPage(): string {
  const { pathname, search } = useLocation()
  return pathname + search
}

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
