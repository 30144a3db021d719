/** Every key that a page shows does something there. Made-up data, so that no task has to run for it. */
import { expect, type Page, test } from '@playwright/test'
import { type MockSite, startMockSite } from './mock-site.ts'

let site: MockSite
test.beforeAll(async () => {
  site = await startMockSite()
})
test.afterAll(() => site.close())
test.use({ viewport: { width: 1440, height: 900 }, trace: 'off' })

/** With the keys that make a page show its others. */
const pages: { name: string; path: string; first?: string[] }[] = [
  { name: 'home', path: '/' },
  { name: 'home, on what waits', path: '/', first: ['j'] },
  { name: 'inbox', path: '/inbox' },
  { name: 'tasks', path: '/tasks' },
  { name: 'a new task', path: '/new' },
  { name: 'agents', path: '/agents' },
  { name: 'doctor', path: '/doctor' },
  { name: 'a plan to approve', path: '/tasks/invoices' },
  { name: 'a plan being edited', path: '/tasks/invoices', first: ['e'] },
  { name: 'a task that asks', path: '/tasks/checkout' },
  { name: 'agents of a task', path: '/tasks/rate-limits/agents' },
  { name: 'comms', path: '/tasks/rate-limits/comms' },
  { name: 'files', path: '/tasks/rate-limits/files' },
  { name: 'changes', path: '/tasks/rate-limits/changes' },
  { name: 'an agent', path: '/tasks/rate-limits/agents/agent-redis-store' },
]

/** Shown on a field, where they are keys of that field. */
const ofFields = ['↵', '⌥↵']
/** Leads to where one is already, or out of the page: that it was taken is all that can be seen. */
const unseen = [
  'Go to Home',
  'Show plan',
  'Show Activity',
  'Fit the graph',
  'Run the checks again',
  'Add files',
]

test('every key that a page shows does something there', async ({ page }) => {
  await page.addInitScript(listen)
  await page.goto(site.url)
  const problems: string[] = []
  const pressed = new Set<string>()
  for (const at of pages) problems.push(...(await tryAll(page, at, pressed)))
  expect(problems).toEqual([])
})

/** `pressed`: what was tried before and is not tried again. */
async function tryAll(page: Page, at: Place, pressed: Set<string>): Promise<string[]> {
  await open(page, at)
  const shown = await page.evaluate<string[]>(shownKeys)
  const listed = await listKeys(page)
  const known = [...ofFields, ...listed.map(({ key }) => key)]
  const problems = shown
    .filter((key) => !known.includes(key))
    .map((key) => `${at.name}: ${key} is shown, and nothing has it`)
  for (const { group, label, key } of listed) {
    if (pressed.has(`${group} ${label} ${key}`)) continue
    pressed.add(`${group} ${label} ${key}`)
    const problem = await press(page, at, { key, isUnseen: unseen.includes(label) })
    if (problem) problems.push(`${at.name}: ${key} (${label}) ${problem}`)
  }
  return problems
}

type Place = { name: string; path: string; first?: string[] }

/** The page anew, without loading the app again: nothing that the last key has opened or typed is left. */
async function open(page: Page, { path, first = [] }: Place): Promise<void> {
  for (const to of ['/no/such/page', path]) {
    await page.evaluate(`document.querySelector('dialog')?.close()
      localStorage.clear()
      history.pushState({}, '', ${JSON.stringify(to)})
      dispatchEvent(new PopStateEvent('popstate'))`)
    await expect
      .poll(() => page.evaluate<boolean>(isReady(to)), { intervals: [10, 20, 50] })
      .toBe(true)
  }
  for (const key of first) await page.keyboard.press(key)
}

const isReady = (path: string): string => `location.pathname === ${JSON.stringify(path)}
  && document.querySelector('main h1') !== null && !document.querySelector('[aria-busy=true]')`

/** What is wrong with a key, or nothing: an action must have taken it, and something must be different then. */
async function press(
  page: Page,
  at: Place,
  { key, isUnseen }: { key: string; isUnseen: boolean },
): Promise<string | undefined> {
  await open(page, at)
  const strokes = toStrokes(key)
  const before = await page.evaluate<string>(look)
  // A key answers only what has been in view for a moment, so it is pressed until it counts.
  for (let tries = 0; tries < 400; tries++) {
    for (const stroke of strokes) await page.keyboard.press(stroke)
    if (!(await page.evaluate<boolean>('window.isTaken'))) {
      await page.waitForTimeout(50)
      continue
    }
    if (isUnseen) return undefined
    for (let looks = 0; looks < 400; looks++) {
      if ((await page.evaluate<string>(look)) !== before) return undefined
      await page.waitForTimeout(25)
    }
    return 'changes nothing'
  }
  return 'is taken by nobody'
}

type Listed = { group: string; label: string; key: string }

async function listKeys(page: Page): Promise<Listed[]> {
  await page.keyboard.press('?')
  const dialog = page.getByRole('dialog', { name: 'Keys on this page' })
  await expect(dialog).toBeVisible()
  return await page.evaluate<
    Listed[]
  >(`[...document.querySelectorAll('dialog section')].flatMap((section) =>
    [...section.querySelectorAll('dl > div')].flatMap((row) =>
      [...row.querySelectorAll('dd kbd')].map((key) => ({
        group: section.getAttribute('aria-label'),
        label: row.querySelector('dt').textContent,
        key: key.textContent,
      }))))`)
}

const shownKeys = `[...document.querySelectorAll('kbd.key')]
  .filter((key) => key.checkVisibility()).map((key) => key.textContent)`

/** Whether the page itself made something of the last key. */
const listen = `addEventListener('keydown', (event) => { window.isTaken = event.defaultPrevented })`

/** Everything that a key could have changed, without the clocks. */
const look = `JSON.stringify([
  location.href,
  [...document.querySelectorAll('*')].indexOf(document.activeElement),
  document.documentElement.dataset.theme,
  [...document.querySelectorAll('*')].filter(({ scrollTop }) => scrollTop > 0).map(({ scrollTop }) => scrollTop),
  document.body.outerHTML.replaceAll(/\\d+/g, ''),
])`

const named: Record<string, string> = {
  '↵': 'Enter',
  Esc: 'Escape',
  '↑': 'ArrowUp',
  '↓': 'ArrowDown',
  '←': 'ArrowLeft',
  '→': 'ArrowRight',
  '⌫': 'Backspace',
  Del: 'Delete',
}

/** "G H" is two strokes, "Ctrl ⇧Z" one. */
function toStrokes(keys: string): string[] {
  const parts = keys.replaceAll(/(Ctrl|Alt) /g, '$1+').split(' ')
  return parts.map((part) => {
    const isShift = part.includes('⇧')
    const [key = '', ...modifiers] = part
      .replace('⇧', '')
      .split(/\+(?=.)/)
      .toReversed()
    const name = named[key] ?? (key.length === 1 ? key.toLowerCase() : key)
    const prefix = modifiers.map((each) => (each === 'Ctrl' ? 'Control+' : `${each}+`)).join('')
    return `${prefix}${isShift ? 'Shift+' : ''}${name}`
  })
}
