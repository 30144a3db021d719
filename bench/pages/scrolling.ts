/** What a frame costs the page while a long list scrolls, beside the barest list there can be: one line of text per row. */
import type { Page } from '@playwright/test'

/** As the rows of the list of tasks on a desktop, in CSS pixels. */
const rowPx = 53
const frames = 120
/** A fast turn of the wheel: seven or eight rows come with every frame. */
const stepPx = 400

/** Draws 10,000 rows of plain text, of which only those in view exist, in place of the page. */
export async function drawBareList(page: Page): Promise<void> {
  await page.evaluate(`(() => {
    const rows = new Map()
    document.body.innerHTML = '<main><div style="height:830px;overflow:auto"><ul style="position:relative;margin:0;padding:0;height:${rowPx * 10_000}px"></ul></div></main>'
    const scroller = document.querySelector('main div')
    const list = scroller.firstChild
    const draw = () => {
      const first = Math.max(0, Math.floor(scroller.scrollTop / ${rowPx}) - 4)
      const end = first + 24
      for (const [at, row] of rows) if (at < first || at >= end) { row.remove(); rows.delete(at) }
      for (let at = first; at < end; at++) {
        if (rows.has(at)) continue
        const row = document.createElement('li')
        row.style.cssText = 'position:absolute;left:0;right:0;height:${rowPx}px;top:' + at * ${rowPx} + 'px'
        row.textContent = 'Ended task ' + at + ' of a long history'
        list.append(row)
        rows.set(at, row)
      }
    }
    scroller.addEventListener('scroll', draw)
    draw()
  })()`)
}

/** Milliseconds of processor time of the page's main thread per frame. The first time through, which loads and compiles, is not counted. */
export async function costOfScrolling(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const busy = async (): Promise<number> => {
    const { metrics } = await session.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN
  }
  await page.evaluate(scrollDownAndUp)
  const before = await busy()
  await page.evaluate(scrollDownAndUp)
  const after = await busy()
  await session.detach()
  return ((after - before) * 1000) / frames
}

const scrollDownAndUp = `(async () => {
  const room = ({ scrollHeight, clientHeight }) => scrollHeight - clientHeight
  const [scroller] = [...document.querySelectorAll('main *')]
    .filter((each) => /auto|scroll/.test(getComputedStyle(each).overflowY))
    .sort((a, b) => room(b) - room(a))
  for (let at = 1; at <= ${frames}; at++) {
    scroller.scrollTop = Math.min(at, ${frames} - at) * ${stepPx}
    await new Promise(requestAnimationFrame)
  }
})()`
