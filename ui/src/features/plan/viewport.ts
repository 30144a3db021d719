/** How the graph is seen: zoom, and the place of the drawing in its pane. A scroll container does the rest. */
import { createMemo, createSignal, onCleanup, onMount } from 'solid-js'

export const minZoom = 0.5
export const maxZoom = 1.5
/** Around the drawing; above it more, for the controls that lie over the pane. */
export const margin = { side: 16, top: 60, bottom: 28 }

export const clampZoom = (zoom: number): number => Math.max(minZoom, Math.min(maxZoom, zoom))

/** Words are still read at it. */
export const legibleZoom = 0.8

/** The zoom at which all is seen, never above 1, and never below `least`: what is out of sight then is scrolled to. */
export const fitZoom = (
  pane: { width: number; height: number },
  drawing: { width: number; height: number },
  least = minZoom,
): number =>
  Math.max(
    least,
    Math.min(
      1,
      (pane.width - margin.side * 2) / Math.max(1, drawing.width),
      (pane.height - margin.top - margin.bottom) / Math.max(1, drawing.height),
    ),
  )

type Point = { x: number; y: number }
type Size = { width: number; height: number }
type Placed = {
  pane: Size
  chosen: number | undefined
  isHeld: boolean
  zoom: number
  offset: Point
}

export type Viewport = ReturnType<typeof createViewport>

/** `least`: the smallest zoom that is taken without being asked for. While `isHeld` a drawing that grows stays where it is: what a person works on does not move. */
export function createViewport(
  drawing: () => { width: number; height: number },
  isHeld: () => boolean,
  least: () => number,
) {
  const [chosen, setChosen] = createSignal<number>()
  const [pane, setPane] = createSignal({ width: 800, height: 500 })
  const [scroll, setScroll] = createSignal({ left: 0, top: 0 })
  let element: HTMLDivElement | undefined
  const placed = createMemo((before: Placed | undefined): Placed => {
    const given = { pane: pane(), chosen: chosen(), isHeld: isHeld() }
    const isSame =
      before?.isHeld && given.isHeld && before.pane === given.pane && before.chosen === given.chosen
    if (isSame) return before
    const zoom = given.chosen ?? fitZoom(given.pane, drawing(), least())
    const { side, top, bottom } = margin
    // Whole pixels: half of one blurs every hairline of the drawing.
    const middle = (room: number): number => Math.round(room / 2)
    const x = Math.max(side, middle(given.pane.width - drawing().width * zoom))
    const y = Math.max(top, middle(given.pane.height + top - bottom - drawing().height * zoom))
    return { ...given, zoom, offset: { x, y } }
  })
  const zoom = (): number => placed().zoom
  const offset = (): Point => placed().offset
  /** Keeps what is at `at` (pixels in the pane) where it is. */
  const zoomTo = (next: number | undefined, at?: { x: number; y: number }): void => {
    const point = at ?? { x: pane().width / 2, y: pane().height / 2 }
    const before = { zoom: zoom(), offset: offset() }
    setChosen(next === undefined ? undefined : clampZoom(next))
    if (!element) return
    const ratio = zoom() / before.zoom
    const held = (scrolled: number, place: number, from: number, to: number): number =>
      (scrolled + place - from) * ratio + to - place
    const left = held(element.scrollLeft, point.x, before.offset.x, offset().x)
    const top = held(element.scrollTop, point.y, before.offset.y, offset().y)
    const target = element
    queueMicrotask(() => target.scrollTo(left, top))
  }
  const onWheel = (event: WheelEvent): void => {
    if (!event.ctrlKey && !event.metaKey) return
    event.preventDefault()
    const box = element?.getBoundingClientRect()
    const at = { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) }
    zoomTo(zoom() * Math.exp(-event.deltaY / 300), at)
  }
  onMount(() => {
    if (!element) return
    const target = element
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = target
      setPane((known) =>
        known.width === width && known.height === height ? known : { width, height },
      )
      setScroll({ left: target.scrollLeft, top: target.scrollTop })
    }
    const observer = new ResizeObserver(measure)
    observer.observe(target)
    target.addEventListener('scroll', measure, { passive: true })
    target.addEventListener('wheel', onWheel, { passive: false })
    onCleanup(() => {
      observer.disconnect()
      target.removeEventListener('scroll', measure)
      target.removeEventListener('wheel', onWheel)
    })
  })
  return {
    bind: (pane: HTMLDivElement): void => {
      element = pane
    },
    zoom,
    offset,
    pane,
    scroll,
    step: (by: number): void => zoomTo(Math.round((zoom() + by) * 20) / 20),
    fit(): void {
      const whole = fitZoom(pane(), drawing())
      zoomTo(whole < least() ? whole : undefined)
    },
    /** Whether a part of the drawing is out of sight. */
    isLarger: (): boolean =>
      drawing().width * zoom() > pane().width || drawing().height * zoom() > pane().height,
    size: () => ({
      width: Math.max(offset().x + drawing().width * zoom() + margin.side, 0),
      height: Math.max(offset().y + drawing().height * zoom() + margin.bottom, 0),
    }),
    /** A place on the screen as one of the drawing. */
    toDrawing(event: { clientX: number; clientY: number }): { x: number; y: number } {
      const box = element?.getBoundingClientRect()
      return {
        x: (event.clientX - (box?.left ?? 0) + (element?.scrollLeft ?? 0) - offset().x) / zoom(),
        y: (event.clientY - (box?.top ?? 0) + (element?.scrollTop ?? 0) - offset().y) / zoom(),
      }
    },
    scrollTo(place: { x: number; y: number }): void {
      element?.scrollTo(
        place.x * zoom() + offset().x - pane().width / 2,
        place.y * zoom() + offset().y - pane().height / 2,
      )
    },
    /** Moves the pane with the pointer from a press on the ground. */
    onGroundPress(event: PointerEvent): void {
      if (event.button !== 0 || event.pointerType === 'touch' || !element) return
      const target = element
      const from = {
        x: event.clientX,
        y: event.clientY,
        left: target.scrollLeft,
        top: target.scrollTop,
      }
      const onMove = (move: PointerEvent): void =>
        target.scrollTo(from.left - move.clientX + from.x, from.top - move.clientY + from.y)
      const onEnd = (): void => {
        document.removeEventListener('pointermove', onMove)
        document.removeEventListener('pointerup', onEnd)
        document.removeEventListener('pointercancel', onEnd)
      }
      document.addEventListener('pointermove', onMove)
      document.addEventListener('pointerup', onEnd)
      document.addEventListener('pointercancel', onEnd)
    },
  }
}
