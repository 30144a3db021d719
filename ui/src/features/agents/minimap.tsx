import { createEffect, createSignal, type JSX, onCleanup, onMount } from 'solid-js'
import { isDark } from '../../data/theme.ts'
import { type Mark, toMarks } from '../../lib/activity/filter.ts'
import type { Row } from '../../lib/activity/rows.ts'

const colours: Record<Mark, string> = {
  error: '--fail',
  need: '--need-edge',
  said: '--tx2',
  call: '--ctl',
  end: '--done',
}
const heights: Record<Mark, number> = { error: 1, need: 1, said: 0.7, call: 0.4, end: 1 }
const stripHeight = 14

/** What is held, a pixel per event: errors and questions stand out, a click goes there. The keys for errors do the same. */
export function Minimap(props: { rows: readonly Row[]; onGo: (row: Row) => void }): JSX.Element {
  const [width, setWidth] = createSignal(0)
  let canvas: HTMLCanvasElement | undefined
  const draw = (marks: readonly (Mark | undefined)[]): void => {
    const context = canvas?.getContext('2d')
    if (!canvas || !context) return
    const scale = devicePixelRatio || 1
    canvas.width = width() * scale
    canvas.height = stripHeight * scale
    context.scale(scale, scale)
    const style = getComputedStyle(canvas)
    for (const [x, mark] of marks.entries()) {
      if (!mark) continue
      context.fillStyle = style.getPropertyValue(colours[mark])
      const tall = Math.round(stripHeight * heights[mark])
      context.fillRect(x, stripHeight - tall, 1, tall)
    }
  }
  onMount(() => {
    if (!canvas) return
    const observer = new ResizeObserver(() => setWidth(canvas?.clientWidth ?? 0))
    observer.observe(canvas)
    onCleanup(() => observer.disconnect())
  })
  createEffect(() => {
    isDark()
    draw(toMarks(props.rows, width()))
  })
  const go = (event: MouseEvent): void => {
    const step = Math.max(1, props.rows.length / Math.max(1, width()))
    const target = props.rows[Math.floor(event.offsetX * step)] ?? props.rows.at(-1)
    if (target) props.onGo(target)
  }
  return (
    <button
      type="button"
      tabIndex={-1}
      class="block w-full h-[14px] cursor-pointer"
      aria-label="Go to a place in what is loaded"
      title="Go to a place in what is loaded"
      onClick={go}
    >
      <canvas ref={canvas} class="block w-full h-full" />
    </button>
  )
}
