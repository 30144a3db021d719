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

  await test.step('from a search to what it finds, and from task to task of one kind', async () => {
    await goTo(page, '/tasks')
    await keyboard.press('/')
    await expect(page.getByRole('searchbox', { name: 'Search tasks' })).toBeFocused()
    await keyboard.type('rate limits')
    await keyboard.press('Enter')
    await expect(page.locator('[data-at="0"] [data-row]')).toBeFocused()
    expect(await focused(page)).toContain('Rate limits')
    await keyboard.press('f')
    await expect(page).toHaveURL(/status=active/)
    await expect.poll(() => focused(page)).toMatch(/^(H1 Tasks|A )/)
  })

  await test.step('fifty agents: all of them are on a wall, those that ask on one of their own', async () => {
    await goTo(page, '/tasks/sdk/agents')
    await expect(page.locator('[data-agent]').first()).toBeVisible()
    await keyboard.press('j')
    await keyboard.press('w')
    await expect(page.getByText('Agents 1 to 12 of 50')).toBeVisible()
    await expect.poll(() => focused(page)).toMatch(/^(H1|A) /)
    for (const range of ['13 to 24', '25 to 36', '37 to 48', '49 to 50']) {
      await keyboard.press('.')
      await expect(page.getByText(`Agents ${range} of 50`)).toBeVisible()
    }
    await expect.poll(() => focused(page)).toMatch(/^(H1|A) /)
  })

  await test.step('the graph is one key away', async () => {
    await goTo(page, '/tasks/rate-limits')
    await expect(page.locator('#node-public-docs')).toBeVisible()
    await keyboard.press('j')
    await expect(page.locator('.graph-node:focus')).toHaveCount(1)
    const first = await focused(page)
    await keyboard.press('j')
    await expect.poll(() => focused(page)).not.toBe(first)
    await keyboard.press('k')
    await expect.poll(() => focused(page)).toBe(first)
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

test('a page that opened with the terminal leaves none of its keys behind', async ({ page }) => {
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(`${site.url}/tasks/rate-limits/agents/agent-redis-store?view=terminal`)
  await expect(page.locator('.xterm')).toBeVisible()
  await goTo(page, '/tasks')
  await expect(page.locator('[data-at="0"] [data-row]')).toBeVisible()
  await page.keyboard.press('j')
  await expect(page.locator('[data-row]:focus')).toHaveCount(1)
  await page.keyboard.press('?')
  const keys = page.getByRole('dialog', { name: 'Keys on this page' })
  await expect(keys).toContainText('Next row')
  await expect(keys).not.toContainText('Next agent')
  expect(errors).toEqual([])
})

/** Without loading the app again, as a link does. */
const goTo = (page: Page, path: string): Promise<void> =>
  page.evaluate(
    `history.pushState({}, '', '${path}'); dispatchEvent(new PopStateEvent('popstate'))`,
  )

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
