/** The page of an agent against a real server: an output of 50 MB, and one that goes on printing while somebody reads. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, type Locator, type Page, test } from '@playwright/test'
import { violationsOf } from './axe.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
let server: ReturnType<typeof spawn>
let base = ''

test.beforeAll(async () => {
  server = spawn(
    `${root}node_modules/.bin/bun`,
    ['tests/support/output-feed.ts', '0', '50000000', '6000000'],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  if (!server.stdout) throw new Error('the feed has no output')
  const [line] = await Promise.race([
    new Promise<[string]>((resolve) => {
      createInterface({ input: server.stdout as NodeJS.ReadableStream }).once('line', (text) =>
        resolve([text]),
      )
    }),
    new Promise<never>((_, reject) =>
      server.once('exit', (code) => reject(new Error(`the feed ended with ${code}`))),
    ),
  ])
  base = line.slice(0, line.lastIndexOf('/'))
})

test.afterAll(() => {
  server.kill()
})

const rows = (page: Page): Locator => page.locator('[role=log] [data-id]')
const log = (page: Page): Locator => page.locator('[role=log]')
/** A row that stands whole in view, once a jump has settled. */
const rowInView = async (page: Page): Promise<Locator> => {
  const find = (): Promise<{ id?: string; top?: number }> =>
    log(page).evaluate((each) => {
      const { top, bottom } = each.getBoundingClientRect()
      for (const row of each.querySelectorAll('[data-id]')) {
        const box = row.getBoundingClientRect()
        if (box.top >= top && box.bottom <= bottom)
          return { id: row.getAttribute('data-id') ?? '', top: box.top }
      }
      return {}
    })
  let last = await find()
  await expect
    .poll(async () => {
      const before = last
      last = await find()
      return last.id !== undefined && last.id === before.id && last.top === before.top
    })
    .toBe(true)
  return page.locator(`[data-id="${last.id}"]`)
}
const placeOf = async (row: Locator): Promise<number> => (await row.boundingBox())?.y ?? Number.NaN

test('a live output is followed at its end, and reading further up moves nothing', async ({
  page,
}) => {
  await page.goto(`${base}/firehose`)
  await expect.poll(() => rows(page).count()).toBeGreaterThan(10)
  const atEnd = () =>
    log(page).evaluate((each) => each.scrollHeight - each.scrollTop - each.clientHeight < 4)
  await expect.poll(atEnd).toBe(true)
  await log(page).hover()
  await page.mouse.wheel(0, -1500)
  const pill = page.getByRole('button', { name: /new|To the end/ })
  await expect(pill).toBeVisible()
  const kept = await rowInView(page)
  const before = await placeOf(kept)
  await expect(pill).toHaveText(/[1-9]\d+ new/)
  expect(await placeOf(kept)).toBe(before)
  await page.keyboard.press('End')
  await expect.poll(atEnd).toBe(true)
  await expect(pill).toBeHidden()
})

test('older rows come in above without moving what is read', async ({ page }) => {
  await page.goto(`${base}/huge`)
  await expect(rows(page).last()).toBeVisible()
  const height = (): Promise<number> => log(page).evaluate((each) => each.scrollHeight)
  const before = await height()
  // Nothing above is asked for until the reader comes near it.
  const answered = page.waitForResponse(/\/output\?from=/)
  let isHeld: (() => void) | undefined
  const held = new Promise<void>((resolve) => {
    isHeld = resolve
  })
  await page.route(/\/output\?from=/, async (route) => {
    await held
    await route.continue()
  })
  await log(page).hover()
  await page.mouse.wheel(0, -100)
  await log(page).evaluate((each) => {
    each.scrollTop = 300
  })
  const kept = await rowInView(page)
  const place = await placeOf(kept)
  isHeld?.()
  await answered
  await expect.poll(height).toBeGreaterThan(before + 5000)
  expect(await placeOf(kept)).toBe(place)
})

test('a link to a byte in the middle opens there, and search finds and opens what is folded', async ({
  page,
}) => {
  await page.goto(`${base}/huge?at=25000000`)
  await expect(page.locator('[role=log] .bg-bg2[id^=row-]')).toBeVisible()
  await page.keyboard.press('/')
  await page.getByRole('searchbox', { name: 'Search the output' }).fill('3999.57')
  await expect(page.getByText('1 of 1 hit')).toBeVisible()
  await expect(page.getByText('ok 3999.57 - keeps the order of calls, case 57')).toBeInViewport()
})

test('the width of the output is moved with the keyboard and remembered', async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 })
  await page.goto(`${base}/huge`)
  const separator = page.getByRole('separator', { name: 'Width of the output' })
  await separator.focus()
  await page.keyboard.press('Home')
  await expect(separator).toHaveAttribute('aria-valuenow', '25')
  await page.reload()
  await expect(separator).toHaveAttribute('aria-valuenow', '25')
  await page.keyboard.press('\\')
  await expect(separator).toBeHidden()
})

test('terminal and raw show the end, and axe finds nothing in either theme', async ({ page }) => {
  for (const theme of ['light', 'dark']) {
    await page.addInitScript((name) => localStorage.setItem('klaudio.theme', name), theme)
    for (const view of ['activity', 'terminal', 'raw']) {
      await page.goto(`${base}/huge?view=${view}`)
      await expect(page.locator('[role=log] [data-id], .xterm-rows > div').first()).toBeVisible()
      const violations = await violationsOf(page)
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.target}`)).toEqual([])
    }
  }
})
