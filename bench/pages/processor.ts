/** How much of a processor core an open page and its server take. */
import { readFileSync } from 'node:fs'
import type { Browser, CDPSession, Page } from '@playwright/test'

/** Percent of one core. */
export type Load = {
  /** The renderer process of the page: script, style, layout, painting. */
  renderer: number
  /** Its main thread alone. */
  mainThread: number
  server: number
}

const ticksPerSecond = 100

/** Seconds of processor time that a process has used, from Linux' `/proc`. */
function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  // The name, in parentheses, may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

async function rendererSeconds(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession()
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  return processInfo
    .filter(({ type }) => type === 'renderer')
    .reduce((sum, { cpuTime }) => sum + cpuTime, 0)
}

async function taskSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send('Performance.getMetrics')
  return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN
}

/** The page must be the only one of this browser. */
export async function measureLoad(
  { browser, page, serverPid }: { browser: Browser; page: Page; serverPid: number },
  seconds: number,
): Promise<Load> {
  const session = await page.context().newCDPSession(page)
  // Processor time: on a busy machine the time that tasks take says little.
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  const read = async () => ({
    at: performance.now() / 1000,
    renderer: await rendererSeconds(browser),
    mainThread: await taskSeconds(session),
    server: processorSeconds(serverPid),
  })
  const before = await read()
  await Bun.sleep(seconds * 1000)
  const after = await read()
  await session.detach()
  const share = (of: 'renderer' | 'mainThread' | 'server'): number =>
    ((after[of] - before[of]) / (after.at - before.at)) * 100
  return { renderer: share('renderer'), mainThread: share('mainThread'), server: share('server') }
}
