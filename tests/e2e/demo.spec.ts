/** The whole main job in a real browser: the compiled binary's demo, with real agents in real containers and a person who clicks. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { isPassing } from './passing.ts'

const binary = join(import.meta.dirname, '../../dist/klaudio')

let server: ChildProcess
let dir: string
let url: string

test.beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'klaudio-browser-'))
  server = spawn(binary, ['demo', '--port', '0', '--data-dir', join(dir, 'data')], {
    cwd: dir,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  url = await new Promise<string>((resolve, reject) => {
    let text = ''
    server.once('exit', (code) => reject(new Error(`the demo ended with ${code}: ${text}`)))
    server.stdout?.on('data', (chunk) => {
      text += chunk
      const found = /http:\/\/127\S+/.exec(text)
      if (found) resolve(found[0])
    })
  })
})

test.afterAll(async () => {
  const { tasks } = (await (await fetch(`${url}/api/tasks`)).json()) as { tasks: { id: string }[] }
  for (const { id } of tasks) await fetch(`${url}/api/tasks/${id}`, { method: 'DELETE' })
  server.removeAllListeners('exit')
  const ended = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGTERM')
  await ended
  rmSync(dir, { recursive: true, force: true })
})

/** Whatever the page complained about; a strict content policy or a broken script shows here. */
function watchErrors(page: Page): string[] {
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !isPassing(message.text())) errors.push(message.text())
  })
  return errors
}

test('a person answers, approves, watches five agents build a program, and reads what they made', async ({
  page,
}) => {
  const errors = watchErrors(page)
  await page.goto(url)

  await test.step('the question waits on the first page', async () => {
    await expect(page.getByText('Where in the world are the postcards sent from?')).toBeVisible()
    await page
      .getByRole('link', { name: /Moon postcards/ })
      .first()
      .click()
    await expect(page).toHaveTitle(/Moon postcards/)
  })

  await test.step('it is answered, and the plan is a diamond', async () => {
    await page.getByRole('button', { name: 'From Wellington, in the southern hemisphere' }).click()
    await page.getByRole('button', { name: /Send answers/ }).click()
    await expect(page.getByRole('button', { name: /^Approve/ })).toBeVisible()
    for (const name of ['A board to draw on', 'Drawing the lit disc', 'The postcard itself'])
      await expect(page.getByText(name).first()).toBeVisible()
    await page.getByRole('button', { name: /^Approve/ }).click()
  })

  await test.step('an agent is watched live: activity, terminal, raw', async () => {
    await expect(page.getByText('Running', { exact: true }).first()).toBeVisible()
    await page.getByRole('link', { name: 'Open agent' }).click()
    await expect(page).toHaveURL(/\/agents\//)
    await expect(page.getByText('src/canvas.js').first()).toBeVisible()
    const openView = (name: string) =>
      page
        .getByRole('link', { name, exact: true })
        .or(page.getByRole('button', { name, exact: true }))
        .or(page.getByRole('tab', { name, exact: true }))
        .or(page.getByRole('radio', { name, exact: true }))
        .first()
        .click()
    await openView('Terminal')
    await expect(page.locator('.xterm')).toContainText('canvas.js')
    await openView('Raw')
    await expect(page.getByText('"type":"system"').first()).toBeVisible()
    await page.goBack()
  })

  await test.step('the page is reloaded in the middle and goes on', async () => {
    await page.goto(`${url}/`)
    await page
      .getByRole('link', { name: /Moon postcards/ })
      .first()
      .click()
    await page.reload()
    await expect(page.getByText('5 of 5 done').first()).toBeVisible({ timeout: 200_000 })
    await expect(page.getByText('Done', { exact: true }).first()).toBeVisible()
  })

  await test.step('the merged files are there, with the answer in them', async () => {
    await page.getByRole('link', { name: /^Files/ }).click()
    await page.getByRole('treeitem', { name: /place\.js/ }).click()
    await expect(page.getByText(/Wellington/).first()).toBeVisible()
    await page.getByRole('link', { name: /^Changes/ }).click()
    await expect(page.getByText('postcard.js').first()).toBeVisible()
  })
  expect(errors).toEqual([])
})

test('a task is created in the form, planned, approved and done', async ({ page }) => {
  const errors = watchErrors(page)
  await page.goto(`${url}/new`)
  await page
    .getByLabel(/what should be done|prompt/i)
    .first()
    .fill('Leave a note about <b>this</b> & that.')
  await page.getByRole('button', { name: 'Rename' }).click()
  await page.getByLabel('Name', { exact: true }).fill('A <i>note</i>')
  await page.getByRole('button', { name: /Plan first/ }).click()
  await expect(page.getByRole('heading', { name: 'A <i>note</i>' })).toBeVisible()
  await page.getByRole('button', { name: /^Approve/ }).click()
  await expect(page.getByText('1 of 1 done').first()).toBeVisible()
  await page.getByRole('link', { name: /^Files/ }).click()
  await expect(page.getByText('NOTE.md').first()).toBeVisible()
  expect(errors).toEqual([])
})
