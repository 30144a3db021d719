/** What agents cost, and a Claude account that is used up, on the pages over made-up data. */
import { expect, test } from '@playwright/test'
import { type MockSite, startMockSite } from './mock-site.ts'

let site: MockSite
test.beforeAll(async () => {
  site = await startMockSite()
})
test.afterAll(() => site.close())

const task = '/tasks/rate-limits'

test('a used-up account is told on home, task and agent with its countdown, and no longer when it resets', async ({
  page,
}) => {
  const now = Date.now()
  const resets_at = new Date(now + 3_600_000).toISOString()
  const window = { name: 'five_hour', status: 'rejected', utilization: 1, resets_at }
  const seen_at = new Date(now).toISOString()
  await page.clock.install({ time: now })
  await page.route('**/api/usage?*', (route) =>
    route.fulfill({
      json: {
        windows: [{ ...window, seen_at }],
        reached: { window: 'five_hour', resets_at, seen_at },
        hours: [],
      },
    }),
  )
  const notice = page.getByRole('region', { name: 'Claude usage' }).filter({ hasText: 'reached' })
  for (const path of ['/', task, `${task}/agents/agent-redis-store`]) {
    await page.goto(site.url + path)
    await expect(notice).toContainText('Claude usage reached (5 h window).')
    await expect(notice.getByRole('timer')).toHaveText(/^in (1:00:00|\d\d:\d\d)$/)
  }
  const before = await notice.getByRole('timer').textContent()
  await page.clock.fastForward(30 * 60_000)
  await expect(notice.getByRole('timer')).toHaveText(/^in [12]\d:\d\d$/)
  expect(await notice.getByRole('timer').textContent()).not.toBe(before)
  await page.clock.fastForward(31 * 60_000)
  await expect(notice).toHaveCount(0)
})

test('the cost of a task is told by agent, by model and over time, and leads to its agents', async ({
  page,
}) => {
  await page.goto(site.url + task)
  await page.getByRole('heading', { level: 1, name: 'Rate limits for the public API' }).waitFor()
  await page.keyboard.press('8')
  await expect(page).toHaveURL(`${site.url}${task}/cost`)
  const rows = page.getByRole('table', { name: 'By agent' }).getByRole('row')
  await expect(rows.nth(1)).toContainText('redis-store')
  await expect(rows.nth(1)).toContainText('$0.92')
  await expect(page.getByRole('table', { name: 'By model' })).toContainText('sonnet-5-5')
  await page.getByRole('button', { name: 'Show as table' }).click()
  await expect(page.getByRole('table', { name: 'Cost over time' })).toContainText('$0.41')
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/agents\/agent-redis-store/)
})
