/** Drawing a dependency: from a node's right edge to the node it is dropped on. */
import { createSignal, onCleanup } from 'solid-js'
import type { EdgeId } from './editor.ts'

export type Link = { from: string; x: number; y: number; over: string | undefined }

export function createLink(options: {
  toDrawing: (event: PointerEvent) => { x: number; y: number }
  onLink: (edge: EdgeId) => void
}) {
  const [link, setLink] = createSignal<Link>()
  const nodeAt = (event: PointerEvent): string | undefined =>
    document
      .elementFromPoint(event.clientX, event.clientY)
      ?.closest<HTMLElement>('[data-node]')
      ?.getAttribute('data-node') ?? undefined
  const onMove = (event: PointerEvent): void => {
    const known = link()
    if (!known) return
    const over = nodeAt(event)
    setLink({
      from: known.from,
      ...options.toDrawing(event),
      over: over === known.from ? undefined : over,
    })
  }
  const stop = (): void => {
    setLink(undefined)
    document.removeEventListener('pointermove', onMove)
    document.removeEventListener('pointerup', onDrop)
    document.removeEventListener('pointercancel', stop)
    document.removeEventListener('keydown', onKey, true)
  }
  const onDrop = (): void => {
    const known = link()
    stop()
    if (known?.over !== undefined) options.onLink({ from: known.from, to: known.over })
  }
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return
    event.stopPropagation()
    stop()
  }
  onCleanup(stop)
  return {
    link,
    start(from: string, event: PointerEvent): void {
      if (event.button !== 0) return
      event.preventDefault()
      event.stopPropagation()
      setLink({ from, ...options.toDrawing(event), over: undefined })
      document.addEventListener('pointermove', onMove)
      document.addEventListener('pointerup', onDrop)
      document.addEventListener('pointercancel', stop)
      document.addEventListener('keydown', onKey, true)
    },
  }
}
