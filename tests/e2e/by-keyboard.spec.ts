/** From a new task to an agent that is interrupted, with the keyboard alone: no pointer touches the page. */
import { expect, type Locator, type Page, test } from '@playwright/test'
import { type Stage, startStage } from './stage-client.ts'

let stage: Stage
test.beforeAll(async () => {
  stage = await startStage()
})
test.afterAll(() => stage.close())
test.use({ viewport: { width: 1440, height: 900 } })
test.describe.configure({ timeout: 120_000 })

/** More stops than any page has before what is wanted. */
const mostStops = 80

test('a task is written, its plan edited and approved, a permission given for good and an agent interrupted, by keyboard alone', async ({
  page,
}) => {
  const ink = await stage.hold({ task: 'pocket diary', agent: 'ink' })
  const main = page.getByRole('main')

  await test.step('the form is filled in and sent', async () => {
    await page.goto(stage.url)
    await expect(page.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible()
    await page.keyboard.press('n')
    const prompt = page.getByLabel('What should be done?')
    await expect(prompt).toBeFocused()
    await page.keyboard.type('Make a pocket diary.')
    await tabTo(page, page.getByText('Model and limits').locator('xpath=ancestor::summary'))
    await page.keyboard.press('Enter')
    const asks = page.getByLabel('Agents ask for permission')
    await tabTo(page, asks)
    // Letters typed slowly would each begin anew.
    for (let steps = 0; (await asks.inputValue()) !== 'manual'; steps++) {
      expect(steps).toBeLessThan(10)
      await page.keyboard.press('ArrowDown')
    }
    await page.keyboard.press('Control+Enter')
    await expect(page).toHaveURL(/\/tasks\//)
    await expect(page.getByRole('heading', { level: 1, name: /pocket diary/ })).toBeFocused()
  })

  await test.step('a prompt of the plan is changed, saved as another version, and approved', async () => {
    await expect(page.getByRole('button', { name: /^Approve/ })).toBeVisible()
    await page.keyboard.press('e')
    await tabTo(page, page.getByRole('button', { name: /^The paper/ }))
    await page.keyboard.press('ArrowRight')
    await expect(page.getByRole('button', { name: /^The ink/ })).toBeFocused()
    await page.keyboard.press('Enter')
    await tabTo(page, page.getByLabel('Prompt'))
    await page.keyboard.press('Control+a')
    await page.keyboard.type('Fill in black ink.')
    await page.keyboard.press('Control+s')
    await expect(page.getByText(/Plan v2/).first()).toBeVisible()
    await expectFocusKept(page)
    await expect(page.getByRole('button', { name: /^Approve/ })).toBeEnabled()
    await page.keyboard.press('Control+Enter')
  })

  await test.step('a permission is given for the whole task', async () => {
    const dock = main.getByRole('region', { name: 'Run a command?' })
    await expect(dock).toBeVisible()
    await page.keyboard.press('p')
    await expect(dock).toBeFocused()
    await expect(async () => {
      await page.keyboard.press('Shift+A')
      await expect(dock).toHaveCount(0, { timeout: 1000 })
    }).toPass()
    await expectFocusKept(page)
  })

  await test.step('a running agent is opened from its node and interrupted', async () => {
    await ink.reached()
    const node = page.getByRole('button', { name: /^The ink/ })
    await tabTo(page, node)
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(/\/agents\//)
    await expect(page.getByRole('heading', { level: 1, name: 'ink' })).toBeFocused()
    await expect(page.getByRole('button', { name: /^Interrupt/ })).toBeEnabled()
    await page.keyboard.press('Shift+I')
    await expect(main.getByText(/Interrupted/i).first()).toBeVisible()
    await expectFocusKept(page)
  })
})

/** Every stop on the way can be seen. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  await expect(wanted.first()).toBeVisible()
  for (let stops = 0; stops < mostStops; stops++) {
    if ((await wanted.and(page.locator(':focus')).count()) > 0) return
    await page.keyboard.press('Tab')
    expect(await page.evaluate<string>(seen)).toBe('')
  }
  throw new Error(`Not reached with Tab: ${wanted}`)
}

/** Where the keyboard was is gone with what was done: the page has put it where one goes on. */
async function expectFocusKept(page: Page): Promise<void> {
  await expect
    .poll(() => page.evaluate<boolean>('document.activeElement !== document.body'))
    .toBe(true)
}

/** What has the focus and does not show it; empty when all is well. */
const seen = `(() => {
  const at = document.activeElement
  if (!at || at === document.body) return ''
  const styles = [at, at.parentElement, at.closest('label, li, [data-row], .focus-within\\\\:border-tx1')].filter(Boolean).map((one) => getComputedStyle(one))
  const isMarked = styles.some(({ outlineStyle, outlineWidth, boxShadow }) => (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none')
  const isField = at.matches('input, textarea, select')
  return isMarked || isField ? '' : at.outerHTML.slice(0, 120)
})()`
