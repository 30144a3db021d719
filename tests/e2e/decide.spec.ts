/** What only a person decides, on real work of real agents: a conflict, a review, the whole of it, and what has to change after all. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, type Page, test } from '@playwright/test'
import { violationsOf } from './axe.ts'
import { type Stage, startStage } from './stage-client.ts'

let stage: Stage
test.beforeAll(async () => {
  stage = await startStage()
})
test.afterAll(() => stage.close())
test.use({ trace: 'off' })

async function post(path: string, body: object): Promise<{ id: string }> {
  const response = await fetch(`${stage.url}/api/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  expect(response.ok).toBe(true)
  // As the routes for tasks and teams answer.
  return (await response.json()) as { id: string }
}

async function expectAccessible(page: Page): Promise<void> {
  const violations = await violationsOf(page)
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
}

test('a team’s conflict, its review and its approval are decided, and one of its workers is sent back', async ({
  page,
}) => {
  await page.setViewportSize({ width: 390, height: 844 })
  const back = await stage.hold({ task: 'undecided team', agent: 'back', step: 1 })
  const { id: team_template } = await post('team-templates', {
    ...{ name: 'Undecided', mode: 'collaborative', max_agents: 3, review: true, max_fix_rounds: 0 },
  })
  const name = 'The undecided'
  const { id } = await post('tasks', {
    ...{ name, prompt: 'Let the undecided team make a page.', team_template },
    ...{ auto_start: true, auto_approve: true },
  })
  const read = async (what: string): Promise<string> =>
    await (await fetch(`${stage.url}/api/tasks/${id}${what}`)).text()
  const pageText = () => read('/file-viewer?type=workspace&path=page.txt')
  // As the route for a task answers.
  const status = async () => (JSON.parse(await read('')) as { status: string }).status
  const dialog = page.getByRole('dialog')

  await test.step('the conflict, in the inbox of a phone, with what became of the last try', async () => {
    await back.reached()
    await expect.poll(() => read('/events')).toContain('"subtask.completed"')
    await back.open()
    await page.goto(`${stage.url}/inbox`)
    await page.getByRole('link', { name: /The back/ }).click()
    await page.getByRole('button', { name: 'Resolve the conflict…' }).click()
    await expect(dialog).toContainText('page.txt has only our lines where both sides changed them.')
    await expect(dialog.getByText('What the agent made counts')).toBeVisible()
    await expectAccessible(page)
    await dialog.getByText('The work of The back counts').click()
    await dialog.getByRole('button', { name: 'Take this work' }).click()
    await expect(page.getByRole('article')).toContainText('take the work of this subtask')
    await expect.poll(pageText).toContain('back')
    expect(await pageText()).not.toContain('front')
  })

  await test.step('the review, on the plan, once its rounds are used up', async () => {
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.goto(`${stage.url}/tasks/${id}?subtask=check`)
    await expect(page.getByText('The page has no number.').first()).toBeVisible()
    await page.getByRole('button', { name: 'Decide the review…' }).click()
    await expectAccessible(page)
    await dialog.getByText('The work counts as done').click()
    await dialog.getByRole('button', { name: 'Accept', exact: true }).click()
    await expect(dialog).toBeHidden()
  })

  await test.step('all of the work, in the place of a manager that never says a word', async () => {
    await page.getByRole('button', { name: 'Approve the work…' }).click()
    await dialog.getByLabel('Summary').fill('Good <b>enough</b>.')
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Approve the work' }).click()
    await expect(dialog).toBeHidden()
    await expect.poll(status).toBe('completed')
    expect(await read('/messages')).toContain('Good <b>enough</b>.')
  })

  await test.step('changes after all: the same subtask again, and what was reviewed is looked at anew', async () => {
    await page.goto(`${stage.url}/tasks/${id}?subtask=front`)
    await page.getByRole('button', { name: 'Ask for changes…' }).click()
    await dialog.getByLabel('What has to change').fill('In blue, please.')
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Ask for changes' }).click()
    await expect(dialog).toBeHidden()
    await expect.poll(pageText).toContain('blue')
    await expect.poll(status).toBe('completed')
    expect(await pageText()).toContain('back')
    expect(await read('/plan')).toContain('"verdict":"approved"')
  })
})

test('a webhook is set, tried and removed in the settings', async ({ page }) => {
  const ids: unknown[] = []
  const receiver = createServer((request, response) => {
    ids.push(request.headers['webhook-id'])
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  // A server that listens on a port has an address of this kind.
  const { port } = receiver.address() as AddressInfo
  try {
    await page.goto(`${stage.url}/settings/notifications`)
    const card = page.getByRole('region', { name: 'Webhook' })
    await card.getByLabel('Address').fill('nowhere')
    await card.getByRole('button', { name: 'Save the webhook' }).click()
    await expect(card.getByRole('alert')).toBeVisible()
    await card.getByLabel('Address').fill(`http://127.0.0.1:${port}/hook`)
    await card.getByRole('button', { name: 'Make a secret' }).click()
    await expect(card.getByLabel('Secret', { exact: true })).toHaveValue(/^whsec_.{44}$/)
    await card.getByLabel('A task is done').uncheck()
    await card.getByRole('button', { name: 'Save the webhook' }).click()
    await expect(card.getByLabel('Secret', { exact: true })).toHaveValue('')
    await card.getByRole('button', { name: 'Send a test' }).click()
    await expect(card.getByRole('list', { name: 'Last sent' })).toContainText('with 204, 1 try')
    expect(ids).toHaveLength(1)
    await expectAccessible(page)
    await page.reload()
    await expect(card.getByLabel('Address')).toHaveValue(`http://127.0.0.1:${port}/hook`)
    await expect(card.getByLabel('A task is done')).not.toBeChecked()
    expect(await page.content()).not.toContain('whsec_A')
    await card.getByRole('button', { name: 'Remove the webhook' }).click()
    await expect(card.getByLabel('Address')).toHaveValue('')
    await expect(card.getByRole('button', { name: 'Send a test' })).toHaveCount(0)
  } finally {
    receiver.close()
  }
})
