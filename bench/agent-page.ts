/**
 * The page of an agent: one that printed 1 GB against one that printed 200 kB, and one that prints 100 MB a minute, its page's memory at
 * the end against after the first minute. Needs `dist/ui` and Chromium; MINUTES (default 10) is how long the firehose runs.
 */
import { chromium, type Page } from '@playwright/test'
import { type FeedAgent, feedTask, openFeed } from '../tests/support/output-feed.ts'
import { median, printDifference, printRatio, summary } from './lib.ts'

const rounds = 5
const minutes = Number(process.env.MINUTES ?? 10)
const agents: FeedAgent[] = [
  { id: 'small', status: 'completed', bytes: 200_000 },
  { id: 'huge', status: 'completed', bytes: 1_000_000_000 },
  { id: 'firehose', status: 'running', bytes: 0 },
]
const feed = openFeed({ port: 0, agents })
for (const { id, status } of agents) if (status === 'completed') feed.outputs.end(id)
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
})

/** Milliseconds from the navigation to the first paint and to the first row. */
async function open(agentId: string): Promise<{ paint: number; rows: number; heapMb: number }> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.goto(`${feed.url}/tasks/${feedTask}/agents/${agentId}`)
  await page.waitForSelector('[role=log] [data-id]')
  const times = await page.evaluate(() => ({
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
    rows: performance.now(),
  }))
  const heapMb = await heap(page)
  await page.close()
  return { ...times, heapMb }
}

/** Megabytes of script memory that is in use once everything unused was collected. */
async function heap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = await session.send('Runtime.getHeapUsage')
  await session.detach()
  return usedSize / 1_000_000
}

try {
  await open('small')
  const small: Awaited<ReturnType<typeof open>>[] = []
  const huge: Awaited<ReturnType<typeof open>>[] = []
  for (let round = 0; round < rounds; round++) {
    small.push(await open('small'))
    huge.push(await open('huge'))
  }
  for (const [name, key] of [
    ['first paint', 'paint'],
    ['first row', 'rows'],
  ] as const)
    printDifference({
      name: `1 GB of output, ${name}`,
      ours: huge.map((each) => each[key]),
      baseline: small.map((each) => each[key]),
      unit: 'ms',
    })
  console.log(`heap, 1 GB ${summary(huge.map(({ heapMb }) => heapMb))} MB`)

  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.goto(`${feed.url}/tasks/${feedTask}/agents/firehose`)
  const stop = feed.firehose('firehose', 100_000_000)
  const heaps: number[] = []
  for (let minute = 0; minute < minutes; minute++) {
    await page.waitForTimeout(60_000)
    heaps.push(await heap(page))
    const row = await page.locator('[role=log] [data-id]').last().textContent()
    console.log(
      `minute ${minute + 1}: ${heaps.at(-1)?.toFixed(1)} MB, last row ${(row ?? '').slice(0, 50)}`,
    )
  }
  stop()
  const half = Math.floor(heaps.length / 2)
  printRatio({
    name: `firehose, memory of the second half of ${minutes} minutes`,
    ours: [median(heaps.slice(half))],
    baseline: [median(heaps.slice(0, Math.max(1, half)))],
    unit: 'MB',
    target: { atMost: 1.3 },
  })
} finally {
  await browser.close()
  await feed.close()
}
