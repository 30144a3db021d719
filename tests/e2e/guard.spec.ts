/** What slides under the pointer is not allowed by the press that was meant for something else. */
import { expect, test } from '@playwright/test'
import { type MockSite, startMockSite } from './mock-site.ts'

let site: MockSite
test.beforeAll(async () => {
  site = await startMockSite()
})
test.afterAll(() => site.close())

test('a permission that has just moved is not answered by a press, and is by the next', async ({
  page,
}) => {
  const answers: string[] = []
  page.on('request', (request) => {
    if (/\/permissions\/[^/]+\/answer$/.test(request.url())) answers.push(request.url())
  })
  await page.goto(`${site.url}/inbox?kind=permission`)
  const allow = page.getByRole('button', { name: /^Allow once/ }).first()
  await allow.waitFor()
  await page.evaluate(`window.pressed = 0
    document.addEventListener('click', () => { window.pressed++ })`)
  // It stands long enough once a press gets through; where it leads is not of interest yet.
  const deny = page.getByRole('button', { name: /^Deny/ }).first()
  await expect(async () => {
    await deny.click({ timeout: 2000 })
    expect(await page.evaluate('window.pressed')).toBe(1)
  }).toPass()
  await page.getByRole('button', { name: 'Back' }).waitFor()
  await page.keyboard.press('Escape')
  await allow.waitFor()
  // In one go, as a row that comes in and a finger that is already on its way.
  const pressed = await page.evaluate(`
    const allow = [...document.querySelectorAll('button')].find((button) => /^Allow once/.test(button.textContent))
    const press = () => allow.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, detail: 1 }))
    allow.parentElement.parentElement.style.paddingLeft = '60px'
    press()
    window.pressed`)
  expect(pressed).toBe(1)
  expect(answers).toEqual([])
  await expect(async () => {
    if (answers.length === 0) await allow.click({ timeout: 2000 })
    await expect.poll(() => answers.length, { timeout: 1000 }).toBe(1)
  }).toPass()
})
