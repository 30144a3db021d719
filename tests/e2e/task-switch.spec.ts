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
  const words = 'Sort the plums by size, and say which are ripe.'
  const asked = new Map<string, number>()
  let reasons = 0
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url())
    const what = `${request.method()} ${pathname}${search}`
    if (pathname.startsWith('/api/')) asked.set(what, (asked.get(what) ?? 0) + 1)
  })
  // The browser dropped it: the page asks once more, whoever types.
  page.on('requestfailed', () => {
    reasons += 1
  })
  // A page asks once more when it is connected and when it hears something, which may be at any time: here in the midst of the typing.
  let connect = (): void => {}
  const isTyping = new Promise<void>((resolve) => {
    connect = resolve
  })
  await page.routeWebSocket('**/ws/live', async (socket) => {
    await isTyping
    socket.connectToServer().onMessage((message) => {
      if (/"type":"(hello|event)/.test(message.toString())) reasons += 1
      socket.send(message)
    })
  })
  await page.goto(`${base}/new`)
  const prompt = page.getByRole('textbox', { name: 'What should be done?' })
  await prompt.pressSequentially(words.slice(0, 20))
  connect()
  await expect.poll(() => reasons).toBeGreaterThan(0)
  await prompt.pressSequentially(words.slice(20))
  await expect(prompt).toHaveValue(words)
  await expect.poll(() => Math.max(...asked.values())).toBeGreaterThan(1)
  expect(asked.size).toBeGreaterThan(3)
  for (const [what, times] of asked) expect([what, times <= 1 + reasons]).toEqual([what, true])
})

test('a write that the browser drops on the way there, or on the way back, is done once', async ({
  page,
}) => {
  const came: string[] = []
  await page.route('**/api/tokens', async (route) => {
    if (route.request().method() !== 'POST') return await route.continue()
    came.push(route.request().headers()['idempotency-key'] ?? 'none')
    if (came.length === 2) await route.fetch()
    if (came.length < 3) await route.abort('failed')
    else await route.continue()
  })
  await page.goto(`${base}/settings/access`)
  const names = page.getByRole('list', { name: 'Tokens for programs' })
  await page.getByLabel('Name of a new token').fill('plum counter')
  await page.getByRole('button', { name: 'Create token' }).click()
  await expect(names.getByText('plum counter')).toHaveCount(1)
  expect(came.length).toBeGreaterThan(2)
  expect(new Set(came).size).toBe(1)
  await page.reload()
  await expect(names.getByText('plum counter')).toHaveCount(1)
})
