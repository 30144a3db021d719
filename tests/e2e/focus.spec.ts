/** By keyboard alone: whatever is answered, removed or left, the focus stands somewhere that is seen. Made-up data. */
import { expect, type Page, test } from '@playwright/test'
import { type MockSite, startMockSite } from './mock-site.ts'

let site: MockSite
test.beforeAll(async () => {
  site = await startMockSite({ BUSY: '50', TASKS: '200' })
})
test.afterAll(() => site.close())
test.use({ viewport: { width: 1440, height: 900 }, trace: 'off' })

test('the focus is never lost, whatever a person does with the keyboard', async ({ page }) => {
  const { keyboard } = page
  await page.goto(site.url)
  await expect(page.locator('[data-attention]').first()).toBeVisible()

  await test.step('a task is found, and what its agents ask is answered one after the other', async () => {
    await keyboard.press('Control+k')
    await expect(page.getByRole('combobox', { name: 'Search or run a command' })).toBeFocused()
    await keyboard.type('rate limits')
    await expect(page.getByRole('option', { name: /Rate limits/ }).first()).toBeVisible()
    await keyboard.press('Enter')
    await expect(page.getByRole('region', { name: 'Run a command?' })).toBeVisible()
    await keyboard.press('p')
    const seen = new Set<string>()
    await pressUntil(page, 'a', async () => {
      const place = await focused(page)
      seen.add(place.split(' ')[0] ?? '')
      return place.startsWith('H1 Rate limits')
    })
    expect([...seen]).not.toContain('BODY')
  })

  await test.step('an agent is written to, and Escape leads out of the field and back', async () => {
    await page.evaluate(`history.pushState({}, '', '/tasks/rate-limits/agents/agent-redis-store')
      dispatchEvent(new PopStateEvent('popstate'))`)
    await expect(page.getByRole('textbox', { name: 'Message redis-store' })).toBeVisible()
    await keyboard.press('m')
    await expect.poll(() => focused(page)).toBe('TEXTAREA Message redis-store')
    await keyboard.type('e and j are letters here')
    await keyboard.press('Escape')
    await expect.poll(() => focused(page)).toBe('H1 redis-store')
    await keyboard.press('Escape')
    await expect(page).toHaveURL(/\/agents$/)
  })

  await test.step('a dependency is taken away, and the list of the others keeps the focus', async () => {
    await page.evaluate(`history.pushState({}, '', '/tasks/invoices?subtask=copy')
      dispatchEvent(new PopStateEvent('popstate'))`)
    await expect(page.locator('#node-copy')).toBeVisible()
    await keyboard.press('e')
    await page.getByRole('button', { name: 'Do not wait for Schema' }).focus()
    await keyboard.press('Enter')
    await expect(page.getByText('Nothing: it starts at once.')).toBeVisible()
    await expect.poll(() => focused(page)).toBe('UL Nothing: it starts at once.')
  })

  await test.step('an answer in the inbox leads to the next one', async () => {
    await page.evaluate(`history.pushState({}, '', '/inbox/q1')
      dispatchEvent(new PopStateEvent('popstate'))`)
    await expect(page.getByRole('article', { name: /Limit by API key/ })).toBeVisible()
    await pressUntil(page, 'r', async () => (await focused(page)).startsWith('INPUT'))
    await keyboard.type('By key')
    await keyboard.press('Enter')
    await expect(page).toHaveURL(/\/inbox\/(?!q1)/)
    await expect.poll(() => focused(page)).toMatch(/^A /)
  })
})

/** Keys that answer do nothing in the first moment of what they answer. */
async function pressUntil(page: Page, key: string, isSo: () => Promise<boolean>): Promise<void> {
  await expect
    .poll(
      async () => {
        if (await isSo()) return true
        await page.keyboard.press(key)
        return isSo()
      },
      { intervals: [100, 200, 300] },
    )
    .toBe(true)
}

/** What has the focus, as kind and name. */
const focused = (page: Page): Promise<string> =>
  page.evaluate<string>(`(() => {
    const { activeElement: at } = document
    return at.tagName + ' ' + (at.getAttribute('aria-label') ?? at.textContent).trim()
  })()`)
