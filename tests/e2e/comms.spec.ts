/** What a team says to each other, over made-up data. */
import { expect, test } from '@playwright/test'
import { type MockSite, startMockSite } from './mock-site.ts'

let site: MockSite
test.beforeAll(async () => {
  site = await startMockSite({ MESSAGES: '400' })
})
test.afterAll(() => site.close())
test.use({ viewport: { width: 1440, height: 900 }, trace: 'off' })

test('a long talk is read back, filtered, linked to and joined, and all of it is text', async ({
  page,
}) => {
  const log = page.getByRole('log', { name: /^What was said/ })
  const rows = log.getByRole('article')
  await page.goto(`${site.url}/tasks/rate-limits/comms`)

  await test.step('the newest is in sight, the first is reached by scrolling', async () => {
    await expect(log).toContainText('Good. Go on.')
    await expect(async () => {
      await log.evaluate((element: { scrollTop: number }) => {
        element.scrollTop = 0
      })
      await expect(log).toContainText('This is where it begins.', { timeout: 1000 })
    }).toPass()
    await expect(rows.first()).toContainText('Directive')
  })

  await test.step('one kind of what one name said or heard is in the address', async () => {
    await page.getByRole('radio', { name: 'Signals' }).click()
    await expect(rows.first()).toContainText('[WORKER_COMPLETED]')
    await expect(log).not.toContainText('Directive')
    await page.getByRole('radio', { name: 'All' }).click()
    await page.getByLabel('With whom').selectOption('public-docs')
    await expect(page).toHaveURL(/agent=public-docs/)
    await page.getByRole('radio', { name: 'Directives' }).click()
    await expect(page.getByText('Nothing of this kind was said.')).toBeVisible()
    await page.getByRole('button', { name: 'Show everything' }).click()
  })

  await test.step('a link leads to a message far back', async () => {
    await page.goto(`${site.url}/tasks/rate-limits/comms?message=42`)
    const linked = rows.filter({ has: page.locator('[aria-current=true]') })
    await expect(linked).toBeInViewport()
    await expect(linked).toContainText('(41)')
  })

  await test.step('a person says something to one of them, and it stands there as it was written', async () => {
    await page.goto(`${site.url}/tasks/rate-limits/comms?agent=public-docs`)
    const field = page.getByRole('textbox', { name: 'Message to the team' })
    await expect(field).toHaveAttribute('placeholder', 'Message Public docs')
    await field.fill('Mind the <i>gap</i>')
    await field.press('Enter')
    await expect(field).toHaveValue('')
    const said = rows.filter({ hasText: 'Mind the <i>gap</i>' })
    await expect(said).toContainText('You to Public docs')
    await expect(said).toContainText('Stored, not delivered yet')
  })
})
