/**
 * From a saved repository to a pull request with reviewers, all by hand in a real browser: the built binary, real agents in containers, and
 * forges that speak their APIs over HTTP. What the page is told is searched for the token.
 */
import { expect, type Page, test } from '@playwright/test'
import { type Stage, type StageForge, startStage } from './stage-client.ts'

let stage: Stage

test.beforeAll(async () => {
  stage = await startStage()
})
test.afterAll(() => stage.close())
test.use({ viewport: { width: 1440, height: 900 } })

/** Every answer the page gets, and what it keeps, while `work` goes on. */
async function withoutToken(page: Page, token: string, work: () => Promise<void>): Promise<void> {
  const told: Promise<string>[] = []
  page.on('response', (response) => {
    if (response.url().startsWith(`${stage.url}/api/`)) told.push(response.text().catch(() => ''))
  })
  page.on('websocket', (socket) =>
    socket.on('framereceived', ({ payload }) => void told.push(Promise.resolve(String(payload)))),
  )
  await work()
  const kept = await page.evaluate<string>('JSON.stringify([localStorage, sessionStorage])')
  const all = [...(await Promise.all(told)), kept, await page.content()]
  expect(all.join('')).toContain('The guide')
  expect(all.filter((text) => text.includes(token))).toEqual([])
}

/** A credential and a repository that uses it, with who is to review. Its connection is tested. */
async function saveRepository(page: Page, name: string, forge: StageForge): Promise<void> {
  await page.goto(`${stage.url}/settings/credentials`)
  await page.getByRole('button', { name: 'New credential' }).click()
  const dialog = page.getByRole('dialog', { name: 'New credential' })
  await dialog.getByLabel('Name').fill(`${name} token`)
  await dialog.getByLabel('Token').fill(forge.token)
  await dialog.getByRole('button', { name: 'Store' }).click()
  await expect(page.getByRole('list', { name: 'Credentials' })).toContainText(`${name} token`)

  await page.goto(`${stage.url}/settings/repositories`)
  await page.getByRole('button', { name: 'New repository' }).click()
  await page.getByLabel('Name').fill(name)
  await page.getByLabel('URL', { exact: true }).fill(forge.url)
  await page.getByLabel('Credential').selectOption({ label: `${name} token` })
  await page.getByLabel('Open a pull request').check()
  await page.getByLabel('One commit').check()
  await page.getByLabel('Reviewers').fill('ann, bob')
  await page.getByLabel('Agents fix failed checks').check()
  await page.getByRole('button', { name: /^Save repository/ }).click()
  await page.getByRole('button', { name: `Test ${name}` }).click()
  await expect(page.getByRole('list', { name: 'Repositories' })).toContainText('main, last commit')
}

/** Planned, approved, watched to its end. */
async function runTask(page: Page, name: string, prompt: string): Promise<void> {
  await page.goto(`${stage.url}/new`)
  await page.getByLabel('What should be done?').fill(prompt)
  await page.getByText('Saved', { exact: true }).click()
  await page.getByRole('group', { name: 'Which one' }).getByText(name, { exact: true }).click()
  await page.getByRole('checkbox', { name: 'Push' }).uncheck()
  await page.getByRole('button', { name: /^Plan first/ }).click()
  await page.getByRole('button', { name: /^Approve/ }).click()
  await expect(page.getByText('1 of 1 done').first()).toBeVisible()
}

const tab = (page: Page, name: RegExp) =>
  page.getByRole('navigation', { name: /task/i }).getByRole('link', { name }).first()

test('github: a template, a task, a review with a comment and discards, a pull request, a check and a comment on it', async ({
  page,
}) => {
  const forge = await stage.forge('github')
  const delivery = page.getByRole('region', { name: 'Delivery' })
  await withoutToken(page, forge.token, async () => {
    await test.step('a credential, a repository, a task from it', async () => {
      await saveRepository(page, 'Guide at GitHub', forge)
      await runTask(page, 'Guide at GitHub', 'Do the guide for github.')
      await expect(delivery).toContainText('It has not been delivered')
    })

    await test.step('a comment on a line goes to the agent that wrote it, which mends that line', async () => {
      await tab(page, /^Changes/).click()
      const file = page.getByRole('region', { name: 'guide.md', exact: true })
      await file.locator('[data-side=new]').getByText('1', { exact: true }).first().click()
      await page.getByRole('button', { name: 'Comment on line 1' }).click()
      await page.getByRole('textbox', { name: /^Comment on line/ }).fill('It is spelt guide.')
      await page.getByRole('button', { name: 'Add comment' }).click()
      await page.getByRole('button', { name: 'Send 1 comment' }).click()
      await expect(file).toContainText('# The guide')
      await expect(page.getByText('1 of 1 done').first()).toBeVisible()
    })

    await test.step('a file and a part of another are discarded', async () => {
      await page.getByRole('button', { name: 'Discard all changes of scratch.txt' }).click()
      await expect(page.getByRole('region', { name: 'scratch.txt', exact: true })).toHaveCount(0)
      await page.getByRole('button', { name: /^Discard the changes in line 28 of guide/ }).click()
      await expect(page.getByText('A last word nobody wants.')).toHaveCount(0)
    })

    await test.step('it is delivered as a pull request, with the reviewers of the template', async () => {
      await delivery.getByRole('button', { name: 'Deliver…' }).click()
      const dialog = page.getByRole('dialog', { name: /^Deliver/ })
      await dialog.getByText('Open a pull request').click()
      await expect(dialog.getByLabel('Reviewers')).toHaveValue('ann, bob')
      await dialog.getByLabel('Agents fix failed checks').check()
      await dialog.getByRole('button', { name: 'Deliver', exact: true }).click()
      // The other tabs only say where the work is.
      await tab(page, /^Plan/).click()
      await expect(delivery.getByRole('link', { name: /^#1 / })).toBeVisible()
      await expect(delivery).toContainText('review asked of ann, bob')
      expect(await forge.pulls()).toMatchObject([
        {
          head: expect.stringMatching(/^klaudio\/[0-9a-f]{8}$/),
          base: 'main',
          reviewers: ['ann', 'bob'],
          files: expect.not.arrayContaining(['scratch.txt']),
        },
      ])
      const text = await forge.file('guide.md')
      expect(text.startsWith('# The guide\n')).toBe(true)
      expect(text).toContain('Line 28 of the guide.')
    })

    await test.step('a failing check appears, the agent mends it unasked, and it turns green', async () => {
      const check = { name: 'spelling', about: 'guide.md: 1 problem' }
      await forge.tell({ check: { ...check, state: 'failed', log: 'Line 2 has no full stop' } })
      await delivery.getByRole('button', { name: 'Check now' }).click()
      await expect(delivery).toContainText('Line 2 has no full stop')
      await expect(delivery).toContainText(
        /Sent the failed check spelling back to guide, answered with/,
      )
      await forge.tell({ check: { ...check, state: 'passed' } })
      await expect(async () => {
        await delivery.getByRole('button', { name: 'Check now' }).click()
        await expect(delivery).toContainText('1 check passed', { timeout: 2_000 })
      }).toPass()
      expect(await forge.file('guide.md')).toContain('Line two of the guide!')
    })

    await test.step('a comment there waits for a person, who sends it to the agent', async () => {
      const remark = { author: 'ann', body: 'Say who it is for.', path: 'guide.md', line: 3 }
      await forge.tell({ remark })
      await delivery.getByRole('button', { name: 'Check now' }).click()
      await expect(delivery).toContainText('you are asked what to do')
      await page
        .getByRole('link', { name: /^Inbox/ })
        .first()
        .click()
      await expect(page.getByText('Say who it is for.').first()).toBeVisible()
      await page.getByRole('button', { name: 'Send to the agent' }).first().click()
      await page.goBack()
      await expect(delivery).toContainText(/Sent 1 comment back to guide, answered with/)
      expect(await forge.file('guide.md')).toContain('It is for beginners.')
      expect(await forge.pulls()).toHaveLength(1)
    })
  })
})

test('gitlab: from a template to a merge request with its reviewers', async ({ page }) => {
  const forge = await stage.forge('gitlab')
  const delivery = page.getByRole('region', { name: 'Delivery' })
  await withoutToken(page, forge.token, async () => {
    await saveRepository(page, 'Guide at GitLab', forge)
    await runTask(page, 'Guide at GitLab', 'Do the guide for gitlab.')
    await delivery.getByRole('button', { name: 'Deliver…' }).click()
    const dialog = page.getByRole('dialog', { name: /^Deliver/ })
    await dialog.getByText('Open a pull request').click()
    await dialog.getByRole('button', { name: 'Deliver', exact: true }).click()
    await expect(delivery.getByRole('link', { name: /^#1 / })).toBeVisible()
    await expect(delivery).toContainText('review asked of ann, bob')
    expect(await forge.pulls()).toMatchObject([{ base: 'main', reviewers: ['ann', 'bob'] }])
    await forge.tell({ check: { name: 'job', state: 'passed', about: 'fine' } })
    await delivery.getByRole('button', { name: 'Check now' }).click()
    await expect(delivery).toContainText('1 check passed')
  })
})
