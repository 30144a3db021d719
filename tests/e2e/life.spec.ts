/** The whole life of a task in a real browser, with the plug pulled under the open page. */
import { expect, type Page, test } from '@playwright/test'
import { type Stage, startStage } from './stage-client.ts'

let stage: Stage

test.beforeAll(async () => {
  stage = await startStage()
})
test.afterAll(() => stage.close())

const name = 'The <b>newsletter</b>'

const tab = (page: Page, name: RegExp) =>
  page.getByRole('navigation', { name: /task/i }).getByRole('link', { name }).first()

test('a task lives: question, plan, work, a message, a server that dies, a failure, a better prompt, the files', async ({
  page,
}) => {
  const cover = await stage.hold({ task: 'newsletter', agent: 'cover' })
  const words = await stage.hold({ task: 'newsletter', agent: 'words', step: 1 })

  await test.step('it is written down and asks something, right on Home', async () => {
    await page.goto(`${stage.url}/new`)
    await page.getByLabel('What should be done?').fill('Make the newsletter.')
    await page.getByRole('button', { name: 'Rename' }).click()
    await page.getByLabel('Name', { exact: true }).fill(name)
    await page.getByRole('button', { name: /Plan first/ }).click()
    await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
    await page.goto(stage.url)
    const main = page.getByRole('main')
    await expect(main.getByText('Which colour has the cover?').first()).toBeVisible()
    await main.getByRole('button', { name: 'Green' }).click()
    await expect(main.getByText('Which colour has the cover?')).toHaveCount(0)
    await page.getByRole('link', { name }).first().click()
    await expect(page.getByRole('button', { name: /^Approve/ })).toBeVisible()
  })

  await test.step('its plan is edited, saved as another version, and stays so after a reload', async () => {
    await page.getByRole('button', { name: /^Edit plan/ }).click()
    await page.getByRole('button', { name: /^The binding/ }).click()
    await page.getByLabel('Prompt').fill('Bind it with thread.')
    await expect(page.getByText('1 change to plan v1')).toBeVisible()
    await page.reload()
    await expect(page.getByText('1 change to plan v1')).toBeVisible()
    await page.getByRole('button', { name: /^Save as v2/ }).click()
    await expect(page.getByText(/Plan v2/).first()).toBeVisible()
  })

  await test.step('it is approved, and an agent starts', async () => {
    await page.getByRole('button', { name: /^Approve/ }).click()
    await cover.reached()
    await cover.open()
    await words.reached()
  })

  await test.step('the agent hears a message', async () => {
    await page
      .getByRole('link', { name: /^Agents/ })
      .first()
      .click()
    await page.getByRole('link', { name: /words/ }).first().click()
    await expect(page.getByText(/words\.html/).first()).toBeVisible()
    await page.getByRole('textbox', { name: /^Message/ }).fill('Mind the <i>gap</i>')
    await page.keyboard.press('Enter')
    await expect(page.getByText('Mind the <i>gap</i>').first()).toBeVisible()
  })

  await test.step('what it has written is seen before it hands in', async () => {
    await expect(page.getByText(/^Before it hands in/)).toBeVisible()
    const file = page.getByRole('region', { name: 'words.html', exact: true })
    await expect(file).toContainText('<b>Hello</b> & welcome')
  })

  await test.step('the server dies under the page, comes back, and the page goes on by itself', async () => {
    await stage.kill()
    await expect(page.getByText(/Reconnecting|stopped answering/).first()).toBeVisible()
    await stage.restart()
    await expect(page.getByText(/Reconnecting|stopped answering/)).toHaveCount(0)
    await words.open()
    await expect(page.getByText('The words are written.').first()).toBeVisible()
  })

  await test.step('what failed says why, and a better prompt mends it', async () => {
    await page.getByRole('link', { name }).first().click()
    await expect(page.getByText(/No brush will do/).first()).toBeVisible()
    await page
      .getByRole('button', { name: /Edit and retry/ })
      .first()
      .click()
    await page
      .getByLabel(/prompt/i)
      .last()
      .fill('Draw it with a pencil.')
    await page
      .getByRole('button', { name: /^Retry/ })
      .last()
      .click()
    await expect(page.getByText('4 of 4 done').first()).toBeVisible()
  })

  await test.step('the files are text, whatever is in them', async () => {
    await page
      .getByRole('link', { name: /^Files/ })
      .first()
      .click()
    await page.getByText('letter.html').first().click()
    await expect(page.getByText('<b>Hello</b> & welcome').first()).toBeVisible()
    await page
      .getByRole('link', { name: /^Changes/ })
      .first()
      .click()
    await expect(page.getByText('words.html').first()).toBeVisible()
  })
})

test('on a phone, a question is answered from the inbox and a note is written', async ({
  page,
}) => {
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto(`${stage.url}/new`)
  await page.getByLabel('What should be done?').fill('Make another newsletter.')
  await page.getByRole('button', { name: /Plan first/ }).click()
  await expect(page.getByText('Which colour has the cover?')).toBeVisible()
  await page.goto(stage.url)
  await page.getByRole('link', { name: /^Inbox/ }).click()
  await page.getByRole('link', { name: /Which colour has the cover/ }).click()
  await page.getByRole('button', { name: 'Blue' }).click()
  await expect(page.getByRole('article').getByText('You answered: Blue')).toBeVisible()
  await page.goto(stage.url)
  await page.getByRole('link', { name: 'Make another newsletter.' }).first().click()
  await page.getByRole('button', { name: /^Approve/ }).click()
  await expect(page.getByText(/No brush will do/).first()).toBeVisible()
})

test('what an agent wants to do is allowed, denied with a reason, and then not asked any more', async ({
  page,
}) => {
  const asks = page.getByRole('region', { name: 'Run a command?' })
  await page.goto(`${stage.url}/new`)
  await page.getByLabel('What should be done?').fill('Write a letter with a wary agent.')
  await page.getByText('Model and limits').click()
  await page.getByLabel('Agents ask for permission').selectOption('manual')
  await page.getByRole('button', { name: 'Start without approval' }).click()

  await expect(asks).toContainText('touch allowed.txt')
  // A press of the mouse counts once the button has stood still; a key counts at once.
  await asks.getByRole('button', { name: /^Allow once/ }).press('Enter')

  await expect(asks).toContainText('touch refused.txt')
  await page.getByRole('button', { name: /^When agents ask you/ }).click()
  const dialog = page.getByRole('dialog', { name: 'When agents ask you' })
  await dialog.getByText('Never', { exact: true }).click()
  await dialog.getByRole('button', { name: 'Save' }).click()
  await expect(dialog).toHaveCount(0)

  await asks.getByRole('button', { name: /^Deny/ }).press('Enter')
  await asks.getByLabel('Why not, for the agent').fill('Leave <b>that</b> name free.')
  await page.keyboard.press('Enter')
  await expect(page.getByText('1 of 1 done').first()).toBeVisible()

  await tab(page, /^Agents/).click()
  await page
    .getByRole('link', { name: /letter/ })
    .first()
    .click()
  await expect(page.getByText('Leave <b>that</b> name free.').first()).toBeVisible()
  await page.goBack()
  await tab(page, /^Files/).click()
  await expect(page.getByText('allowed.txt').first()).toBeVisible()
  await expect(page.getByText('unasked.txt').first()).toBeVisible()
  await expect(page.getByText('refused.txt')).toHaveCount(0)
  await tab(page, /^Timeline/).click()
  await expect(page.getByText('When agents ask you, from now on: never')).toBeVisible()
})

test('a task is looked into as it was, taken back, brought forward again, and forked', async ({
  page,
}) => {
  const second = await stage.hold({ task: 'two notes', agent: 'second' })
  const main = page.getByRole('main')
  const list = page.getByRole('list', { name: 'Checkpoints' })
  const goBack = page.getByRole('dialog', { name: /^Take the task back to/ })
  const inside = page.getByRole('region', { name: /^Checkpoint of/ })
  /** The oldest: after the first note, before the second. */
  const choose = async (): Promise<void> => {
    await tab(page, /^Checkpoints/).click()
    await list.getByRole('link').last().click()
    await expect(inside).toContainText('1 of 2 subtasks done')
  }
  await page.goto(`${stage.url}/new`)
  await page.getByLabel('What should be done?').fill('Leave two notes.')
  await page.getByRole('button', { name: 'Start without approval' }).click()
  await second.reached()
  await choose()
  await second.open()
  await expect(page.getByText('2 of 2 done').first()).toBeVisible()

  await test.step('what it holds is read', async () => {
    await inside.getByRole('link', { name: 'Files' }).click()
    await expect(inside.getByText('first.md').first()).toBeVisible()
    await expect(inside.getByText('second.md')).toHaveCount(0)
    await inside.getByText('first.md').first().click()
    await expect(page.getByText('<b>First</b>').first()).toBeVisible()
  })

  await test.step('going back says what it changes, and does that', async () => {
    await choose()
    await inside.getByRole('button', { name: 'Restore…' }).click()
    await expect(goBack.getByLabel('removed: second.md')).toBeVisible()
    await goBack.getByRole('button', { name: 'Restore' }).click()
    await expect(goBack).toHaveCount(0)
    await expect(list.getByText('Before restore').first()).toBeVisible()
    await expect(page.getByRole('button', { name: /^Resume/ }).first()).toBeVisible()
  })

  await test.step('undoing it brings everything back', async () => {
    await page.getByRole('button', { name: 'Undo…' }).click()
    await goBack.getByRole('button', { name: 'Restore' }).click()
    await expect(goBack).toHaveCount(0)
    await expect(page.getByText('2 of 2 done').first()).toBeVisible()
    await tab(page, /^Files/).click()
    await expect(main.getByText('second.md').first()).toBeVisible()
  })

  await test.step('a fork goes on by itself from there', async () => {
    const before = page.url()
    await choose()
    await inside.getByRole('button', { name: 'More about this checkpoint' }).click()
    await page.getByRole('menuitem', { name: /^Fork into new task/ }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Fork' }).click()
    await expect(page.getByRole('heading', { level: 1, name: /\(fork\)$/ })).toBeVisible()
    expect(page.url()).not.toContain(before.split('/tasks/')[1]?.slice(0, 36) ?? '-')
    await page
      .getByRole('button', { name: /^Resume/ })
      .first()
      .click()
    await expect(page.getByText('2 of 2 done').first()).toBeVisible()
  })
})

test('on a slow line every page comes, says what it waits for, and stays whole', async ({
  page,
}) => {
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  await session.send('Network.emulateNetworkConditions', {
    offline: false,
    latency: 400,
    downloadThroughput: 60_000,
    uploadThroughput: 30_000,
  })
  await page.goto(`${stage.url}/new`)
  await page.getByLabel('What should be done?').fill('Leave one quick note.')
  await page.getByRole('button', { name: 'Start without approval' }).click()
  await expect(page.getByText('1 of 1 done').first()).toBeVisible()
  await tab(page, /^Changes/).click()
  await expect(page.getByText('NOTE.md').first()).toBeVisible()
  await tab(page, /^Agents/).click()
  await page.getByRole('link', { name: /note/ }).first().click()
  await expect(page.getByText('Noted.').first()).toBeVisible()
  expect(errors).toEqual([])
})

test('a page whose files the browser dropped on the way comes all the same', async ({ page }) => {
  const left = new Map([
    ['/assets/core', 2],
    ['/assets/tasks', 2],
    ['/api/tasks?', 1],
  ])
  await page.route('**/*', async (route) => {
    const { pathname, search } = new URL(route.request().url())
    const found = [...left].find(
      ([path, times]) => (pathname + search).startsWith(path) && times > 0,
    )
    if (!found) return await route.continue()
    left.set(found[0], found[1] - 1)
    await route.abort('failed')
  })
  await page.goto(`${stage.url}/tasks`)
  await expect(page.getByRole('heading', { level: 1, name: 'Tasks' })).toBeVisible()
  await expect(
    page.getByText(/One quick note|quick note|newsletter|No tasks/).first(),
  ).toBeVisible()
  expect(left.get('/assets/core')).toBe(0)
})
