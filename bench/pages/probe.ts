/** What a page costs its reader, looked at from inside the page: nothing here waits for the benchmark's own process. */
import type { Browser, Page } from '@playwright/test'

export type Opened = {
  /** Milliseconds from the navigation to the first contentful paint. */
  paintMs: number
  /** Milliseconds from the navigation until the page's own content is drawn and a key that was pressed then is answered. */
  interactiveMs: number
  nodes: number
  /** Of the page's script, after a collection, in megabytes. */
  heapMb: number
  /** Bytes and number of the answers that came over the network until then. */
  transferKb: number
  requests: number
  /** Tasks longer than 50 ms while the page scrolls from one end to the other, and the longest time between two frames. */
  longTasks: number
  longestFrameMs: number
}

type Times = Pick<Opened, 'paintMs' | 'interactiveMs' | 'nodes' | 'transferKb' | 'requests'>
type Scrolled = Pick<Opened, 'longTasks' | 'longestFrameMs'>

/** `in-page.ts` as the browser takes it. It makes `bench`. */
const inPage = Bun.file(new URL('in-page.ts', import.meta.url))
  .text()
  .then((text) => new Bun.Transpiler({ loader: 'ts' }).transformSync(text))

const mostMs = 20_000
const tries = 3

/**
 * As `openOnce`, again when the browser dropped what it loaded: Chromium ends every connection when the machine gets another network
 * card, as it does with every container that starts.
 */
export async function openPage(browser: Browser, url: string, content: string): Promise<Opened> {
  for (let left = tries - 1; ; left--) {
    try {
      return await openOnce(browser, url, content)
    } catch (error) {
      if (left === 0 || !browser.isConnected()) throw error
      console.log(
        `    opened again: ${error instanceof Error ? error.message.split('\n')[0] : error}`,
      )
    }
  }
}

/** Opens the page as one that was never here before. `content` selects what only this page's own content has. */
async function openOnce(browser: Browser, url: string, content: string): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  try {
    const page = await context.newPage()
    await page.addInitScript({
      content: `${await inPage};bench.watchFirstAnswer(${JSON.stringify(content)})`,
    })
    await page.goto(url, { waitUntil: 'commit' })
    const times = await page.evaluate<Times>(`bench.within(${mostMs}).then(bench.readTimes)`)
    await page.waitForLoadState('networkidle')
    const scrolled = await page.evaluate<Scrolled>('bench.scrollThrough()')
    return { ...times, ...scrolled, heapMb: await heap(page) }
  } finally {
    await context.close()
  }
}

/** Megabytes of script memory that is in use once everything unused was collected. */
async function heap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize / 1_000_000
}
