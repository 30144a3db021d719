/** Pages that outlive what they show: from one task to the next, from one agent to the next, and a form on an installation without anything. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, type Page, test } from '@playwright/test'

const root = fileURLToPath(new URL('../..', import.meta.url))
let server: ReturnType<typeof spawn>
let base = ''

test.beforeAll(async () => {
  server = spawn(`${root}node_modules/.bin/bun`, ['tests/support/planned-tasks.ts'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const { stdout } = server
  if (!stdout) throw new Error('the server has no output')
  base = await new Promise<string>((resolve, reject) => {
    createInterface({ input: stdout }).once('line', resolve)
    server.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
  })
})

test.afterAll(async () => {
  const ended = once(server, 'exit')
  server.kill('SIGTERM')
  await ended
})

const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true })

/** Without a new page, as back and forward do, also where a dialog is open. */
const goWithin = (page: Page, path: string): Promise<void> =>
  page.evaluate(
    `history.pushState({}, '', '${path}'); dispatchEvent(new PopStateEvent('popstate'))`,
  )

test('a page that goes to another task shows its plan, and approves that one (U14)', async ({
  page,
}) => {
  await page.goto(`${base}/tasks/pears`)
  await expect(page.getByText('Plan v2: 2 subtasks')).toBeVisible()
  await goWithin(page, '/tasks/apples')
  await expect(heading(page, 'Sort the apples')).toBeVisible()
  await expect(page.getByText('Plan v1: 1 subtask')).toBeVisible()
  await page.getByRole('button', { name: 'Replan…' }).click()
  await page.getByLabel('What should be different?').fill('Only the red apples.')
  await goWithin(page, '/tasks/pears')
  await expect(heading(page, 'Sort the pears')).toBeVisible()
  await expect(page.getByRole('dialog')).toBeHidden()
  await expect(page.getByText('Plan v2: 2 subtasks')).toBeVisible()
  await expect(page.getByText('Do sort-apples')).toHaveCount(0)
  await page.getByRole('button', { name: 'Replan…' }).click()
  await expect(page.getByLabel('What should be different?')).toHaveValue('')
  await page.keyboard.press('Escape')
  const asked = page.waitForRequest((request) => request.method() === 'POST')
  await page.getByRole('button', { name: 'Approve' }).click()
  const request = await asked
  expect(new URL(request.url()).pathname).toBe('/api/tasks/pears/approve')
  expect(request.postDataJSON()).toEqual({ version: 2 })
})

test('what was typed for one agent is not sent to the next one (U14)', async ({ page }) => {
  await page.goto(`${base}/tasks/apples/agents/first`)
  const field = page.getByRole('textbox', { name: /message/i })
  await field.fill('Only for the first.')
  await field.blur()
  await page.keyboard.press(']')
  await expect(page).toHaveURL(/agents\/second/)
  await expect(field).toHaveValue('')
  await page.keyboard.press('[')
  await expect(page).toHaveURL(/agents\/first/)
  await expect(field).toHaveValue('Only for the first.')
})

test('the form of a new task keeps what is typed, and asks the server for nothing again and again (U12)', async ({
  page,
}) => {
  const asked: string[] = []
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url())
    if (pathname.startsWith('/api/')) asked.push(`${request.method()} ${pathname}${search}`)
  })
  await page.goto(`${base}/new`)
  const prompt = page.getByRole('textbox', { name: 'What should be done?' })
  await expect(prompt).toBeVisible()
  await page.waitForLoadState('networkidle')
  const before = [...asked]
  const words = 'Sort the plums by size, and say which are ripe.'
  await prompt.pressSequentially(words)
  await expect(prompt).toHaveValue(words)
  await page.waitForLoadState('networkidle')
  expect(asked.slice(before.length)).toEqual([])
  expect(before.length).toBeGreaterThan(0)
  for (const each of new Set(before))
    expect(before.filter((other) => other === each).length).toBeLessThan(3)
})
