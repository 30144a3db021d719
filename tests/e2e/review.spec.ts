/** A review of made-up changes: comments by mouse, by keys and by touch, also on work that is under way; pieces discarded and brought back. */
import { expect, test } from '@playwright/test'
import { type MockSite, startMockSite } from './mock-site.ts'

let site: MockSite
test.beforeAll(async () => {
  site = await startMockSite()
})
test.afterAll(() => site.close())
test.use({ viewport: { width: 1440, height: 900 }, trace: 'off' })

test('a person comments on lines, sends the comments, and takes changes out and back in', async ({
  page,
}) => {
  await page.goto(`${site.url}/tasks/rate-limits/changes?file=src/limits/store.ts`)
  const bar = page.getByRole('region', { name: 'Your review' })
  const field = page.getByRole('textbox', { name: /^Comment on line/ })

  await test.step('by mouse: a line number, then Comment', async () => {
    await page.locator('[data-side=new]').getByText('8', { exact: true }).first().click()
    await page.getByRole('button', { name: 'Comment on line 8' }).click()
    await expect(field).toBeFocused()
    await field.fill('Why <b>here</b>?')
    await page.getByRole('button', { name: 'Add comment' }).click()
    await expect(page.getByText('Why <b>here</b>?')).toBeVisible()
    await expect(bar).toContainText('2 drafts for redis-store')
  })

  await test.step('by keys: to the next line, C, words, Control and Enter; Escape leaves', async () => {
    await page.keyboard.press('.')
    await expect(page).toHaveURL(/line=9/)
    await page.keyboard.press('c')
    await expect(field).toBeFocused()
    await page.keyboard.press('Escape')
    await expect(field).toBeHidden()
    await page.keyboard.press('c')
    await expect(field).toBeFocused()
    await page.keyboard.type('And this?')
    await page.keyboard.press('Control+Enter')
    await expect(bar).toContainText('3 drafts')
  })

  await test.step('sent, one reads who has them', async () => {
    await bar.getByRole('button', { name: 'Send 3 comments' }).click()
    await expect(bar).toContainText('Sent 3 comments to redis-store')
    await expect(page.getByText('Sent to redis-store, on its way').first()).toBeVisible()
  })

  await test.step('a piece is discarded and brought back', async () => {
    await page
      .getByRole('button', { name: /^Discard the changes in line.*store\.ts$/ })
      .first()
      .click()
    await expect(bar).toContainText('Discarded a part of src/limits/store.ts')
    await bar.getByRole('button', { name: 'Bring back' }).click()
    await expect(bar).toContainText('Brought back')
    await page.getByRole('button', { name: /^Comments/ }).click()
    const list = page.getByRole('region', { name: 'Comments and discarded changes' })
    await expect(list).toContainText('Discarded and brought back: a part of src/limits/store.ts')
    await expect(list).toContainText('outdated')
  })
})

test('lines of an agent that is still at work are commented on by keys, and on a phone', async ({
  page,
}) => {
  const live = `${site.url}/tasks/rate-limits/changes?scope=live:agent-redis-store&file=src/limits/store.ts`
  const bar = page.getByRole('region', { name: 'Your review' })
  const field = page.getByRole('textbox', { name: /^Comment on line/ })
  const added = () =>
    page.waitForRequest((request) => request.method() === 'POST' && /comments$/.test(request.url()))

  await test.step('by keys: to the first change, C, words; queued until after the turn', async () => {
    await page.goto(live)
    await expect(page.getByText('Before it hands in')).toBeVisible()
    await page.keyboard.press('Alt+ArrowDown')
    await expect(page).toHaveURL(/line=/)
    await page.keyboard.press('c')
    await expect(field).toBeFocused()
    await page.keyboard.type('Name it better.')
    const request = added()
    await page.keyboard.press('Control+Enter')
    expect((await request).postDataJSON()).toMatchObject({
      ...{ path: 'src/limits/store.ts', live: 'agent-redis-store' },
      commit: expect.stringMatching(/^[0-9a-f]{40}$/),
    })
    await expect(bar).toContainText('1 draft for redis-store. Read after the permission')
    await bar.getByRole('button', { name: 'Queue for later' }).click()
    await expect(bar).toContainText('Sent 1 comment to redis-store, which hears it after its turn')
  })

  await test.step('on a phone: a line number, words, sent at once', async () => {
    await page.setViewportSize({ width: 390, height: 844 })
    await page.goto(live)
    await page.locator('[data-side=new]').getByText('9', { exact: true }).first().click()
    await page.getByRole('button', { name: 'Comment on line 9' }).click()
    await field.fill('And here?')
    await page.getByRole('button', { name: 'Add comment' }).click()
    await bar.getByRole('button', { name: 'Send 1 comment' }).click()
    await expect(bar).toContainText('which hears it while it works')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
  })
})
