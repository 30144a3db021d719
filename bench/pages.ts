/**
 * Pages of a large installation (10,000 tasks, a plan of 50, 1 GB of output, 1,000 changed files) against the same pages of a small one,
 * in a real browser, one right after the other; a frame of the scrolling list of tasks against one of a bare list of text; then what an
 * open page and its server take while 50 agents are at work. Needs `dist/ui` and Chromium. ROUNDS (default 3) opens each page as often, SECONDS (default 4) is how long a load is measured, PAGES names a few.
 */
import { loadavg } from 'node:os'
import { type Browser, chromium } from '@playwright/test'
import { printDifference, printRatio, summary } from './lib.ts'
import {
  type Order,
  outputAgent,
  printingAgent,
  type Ready,
  type Size,
  taskIds,
} from './pages/installation.ts'
import { type Opened, openPage } from './pages/probe.ts'
import { type Load, measureLoad } from './pages/processor.ts'
import { costOfScrolling, drawBareList } from './pages/scrolling.ts'

const rounds = Number(process.env.ROUNDS ?? 3)
const seconds = Number(process.env.SECONDS ?? 4)
const named = process.env.PAGES?.split(',')

const agentPath = `/tasks/${taskIds.output}/agents/${outputAgent}`
/** By name: the path, and what only its own content has. */
const pages: Record<string, [path: string, content: string]> = {
  home: ['/', 'main [data-row]'],
  tasks: ['/tasks', 'main [data-at] [data-row]'],
  inbox: ['/inbox', 'main [data-attention]'],
  plan: [`/tasks/${taskIds.plan}`, 'main [data-node]'],
  agents: [`/tasks/${taskIds.plan}/agents`, 'main [data-agent]'],
  activity: [agentPath, '[role=log] [data-id]'],
  terminal: [`${agentPath}?view=terminal`, '.xterm-rows span'],
  raw: [`${agentPath}?view=raw`, '[role=log] [data-id]'],
  changes: [`/tasks/${taskIds.changes}/changes`, 'main [data-side]'],
}
const busyPath = `/tasks/${taskIds.busy}`
const busyPages: Record<string, string> = {
  home: '/',
  plan: busyPath,
  agents: `${busyPath}/agents`,
  activity: `${busyPath}/agents/${printingAgent}`,
  terminal: `${busyPath}/agents/${printingAgent}?view=terminal`,
}
const isWanted = (name: string): boolean => !named || named.includes(name)

type Installation = { url: string; pid: number; say(order: Order): void; close(): Promise<void> }

async function startInstallation(size: Size): Promise<Installation> {
  const { promise, resolve, reject } = Promise.withResolvers<Ready>()
  const child = Bun.spawn([process.execPath, `${import.meta.dir}/pages/installation.ts`, size], {
    stdio: ['ignore', 'inherit', 'inherit'],
    ipc: (message: Ready) => resolve(message),
    onExit: (_, code) => reject(new Error(`the ${size} installation ended with ${code}`)),
  })
  const { url } = await promise
  return {
    url,
    pid: child.pid,
    say: (order) => child.send(order),
    async close() {
      child.disconnect()
      await child.exited
    },
  }
}

const launch = (): Promise<Browser> =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium' })

const compared: [name: string, key: keyof Opened, unit: string][] = [
  ['first contentful paint', 'paintMs', 'ms'],
  ['interactive', 'interactiveMs', 'ms'],
  ['elements', 'nodes', ''],
  ['script memory', 'heapMb', 'MB'],
  ['longest frame while scrolling', 'longestFrameMs', 'ms'],
]

async function comparePage(name: string, servers: Record<Size, Installation>): Promise<void> {
  const [path, content] = pages[name] ?? ['/', 'main']
  const browser = await launch()
  const large: Opened[] = []
  const small: Opened[] = []
  // Once unmeasured: the browser's own start, and what the servers compile on their first answer.
  await openPage(browser, servers.small.url + path, content)
  await openPage(browser, servers.large.url + path, content)
  for (let round = 0; round < rounds; round++) {
    small.push(await openPage(browser, servers.small.url + path, content))
    large.push(await openPage(browser, servers.large.url + path, content))
  }
  await browser.close()
  for (const [what, key, unit] of compared)
    printRatio({
      name: `${name}, ${what}`,
      ours: large.map((each) => each[key]),
      baseline: small.map((each) => each[key]),
      unit,
    })
  const all = (key: keyof Opened, digits = 0): string =>
    summary(
      large.map((each) => each[key]),
      digits,
    )
  console.log(
    `${name}: ${all('longTasks')} long tasks while scrolling, ${all('requests')} requests, ${all('transferKb')} kB`,
  )
}

async function compareScrolling({ url }: Installation): Promise<void> {
  const browser = await launch()
  const size = { viewport: { width: 1440, height: 900 } }
  const [ours, bare] = [await browser.newPage(size), await browser.newPage(size)]
  await ours.goto(`${url}/tasks`)
  await ours.locator('main [data-at] [data-row]').first().waitFor()
  await drawBareList(bare)
  const costs: { ours: number[]; bare: number[] } = { ours: [], bare: [] }
  for (let round = 0; round < rounds; round++) {
    await ours.bringToFront()
    costs.ours.push(await costOfScrolling(ours))
    await bare.bringToFront()
    costs.bare.push(await costOfScrolling(bare))
  }
  await browser.close()
  printRatio({
    name: 'tasks, a frame while 10,000 rows scroll, processor time of the main thread',
    ours: costs.ours,
    baseline: costs.bare,
    unit: 'ms',
  })
}

async function compareLoad(name: string, server: Installation): Promise<void> {
  const browser = await launch()
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } })
  await page.goto(server.url + busyPages[name])
  await page.waitForLoadState('networkidle')
  const still: Load[] = []
  const busy: Load[] = []
  for (let round = 0; round < 2; round++) {
    server.say({ isLive: false })
    await Bun.sleep(1500)
    still.push(await measureLoad({ browser, page, serverPid: server.pid }, seconds / 2))
    server.say({ isLive: true })
    await Bun.sleep(1500)
    busy.push(await measureLoad({ browser, page, serverPid: server.pid }, seconds))
  }
  server.say({ isLive: false })
  await browser.close()
  for (const [what, key] of [
    ['the page', 'renderer'],
    ["the page's main thread", 'mainThread'],
    ['the server', 'server'],
  ] as const)
    printDifference({
      name: `50 agents at work, ${name}: ${what}`,
      ours: busy.map((each) => each[key]),
      baseline: still.map((each) => each[key]),
      unit: '% of a core',
      ...(key === 'renderer' ? { target: { atMost: 5 } } : {}),
    })
}

const servers = {
  large: await startInstallation('large'),
  small: await startInstallation('small'),
}
try {
  console.log(`load of the machine before: ${loadavg()[0]?.toFixed(1)}`)
  for (const name of Object.keys(pages).filter(isWanted)) await comparePage(name, servers)
  if (isWanted('tasks')) await compareScrolling(servers.large)
  if (seconds > 0)
    for (const name of Object.keys(busyPages).filter(isWanted))
      await compareLoad(name, servers.large)
  console.log(`load of the machine after: ${loadavg()[0]?.toFixed(1)}`)
} finally {
  await Promise.all([servers.large.close(), servers.small.close()])
}
