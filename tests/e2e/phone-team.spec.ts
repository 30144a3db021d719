/** A person carries a whole team's task to its end from the inbox of a phone. */
import { expect, type Page, test } from '@playwright/test'
import * as v from 'valibot'
import { type Stage, startStage } from './stage-client.ts'

let stage: Stage

test.beforeAll(async () => {
  stage = await startStage()
})
test.afterAll(() => stage.close())
test.use({ viewport: { width: 390, height: 844 }, hasTouch: true })

const team = {
  ...{ name: 'Press', mode: 'collaborative', max_agents: 4, max_fix_rounds: 1 },
  roles: [
    { name: 'writer' },
    { name: 'printer', permission_mode: 'manual' },
    { name: 'reviewer', run_last: true },
  ],
}
const Templates = v.object({
  templates: v.array(v.object({ id: v.string(), name: v.string() })),
})
const Made = v.object({ id: v.string() })
const State = v.object({ status: v.string() })

/** Somebody else has written the task down; its address in the API. */
async function writeDown(page: Page): Promise<string> {
  const api = `${stage.url}/api`
  await page.request.post(`${api}/team-templates`, { data: team })
  const listed = await page.request.get(`${api}/team-templates`)
  const { templates } = v.parse(Templates, await listed.json())
  const made = await page.request.post(`${api}/tasks`, {
    data: {
      ...{ name: 'An anthology', prompt: 'Make an anthology.', auto_start: true },
      team_template: templates.find(({ name }) => name === team.name)?.id,
    },
  })
  return `${api}/tasks/${v.parse(Made, await made.json()).id}`
}

/** Opens what waits from the list. */
async function open(page: Page, title: RegExp): Promise<void> {
  await page.getByRole('list', { name: 'Open' }).getByRole('link', { name: title }).tap()
  await expectItFits(page)
  await look(page)
}

/** Goes back to the list when it is answered there. */
async function toList(page: Page): Promise<void> {
  await look(page)
  await page.getByRole('link', { name: 'Inbox', exact: true }).tap()
  await expect(page).toHaveURL(`${stage.url}/inbox`)
}

let shots = 0
async function look(page: Page): Promise<void> {
  shots += 1
  const { SHOTS } = process.env
  if (SHOTS) await page.screenshot({ path: `${SHOTS}/${String(shots).padStart(2, '0')}.png` })
}

async function expectItFits(page: Page): Promise<void> {
  const wider = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
  expect(wider).toBeLessThanOrEqual(0)
}

test('on a phone, a team asks, works, is read and is done, and its person has not left the inbox', async ({
  page,
}) => {
  await page.goto(`${stage.url}/inbox`)
  await expect(page.getByText(/^Inbox is empty/)).toBeVisible()
  const task = await writeDown(page)
  const said = (words: string) => page.getByRole('article').getByText(words, { exact: true }).last()
  const press = (name: RegExp) => page.getByRole('button', { name }).tap()

  await test.step('the planner asks, and its plan is the next thing', async () => {
    await expect(page).toHaveTitle('(1) Inbox · Klaudio')
    await open(page, /Whose poems are these/)
    await press(/^Sailors/)
    await expect(said('You answered: Sailors')).toBeVisible()
    await press(/^Next: Plan ready/)
    await expect(page.getByRole('region', { name: 'The plan' })).toContainText('The print')
    await press(/^Approve/)
    await expect(said('Approved')).toBeVisible()
    await toList(page)
  })

  await test.step('a worker asks; another is blocked, and the manager asks for it', async () => {
    await open(page, /Shall it rhyme/)
    await expect(page.getByRole('article')).toContainText('Question from The poem')
    await press(/^It rhymes/)
    await expect(said('You answered: It rhymes')).toBeVisible()
    await toList(page)
    await open(page, /has no paper/)
    await expect(page.getByRole('article')).toContainText('Question from Manager')
    await expect(said('Linen is there, and <b>bark</b>.')).toBeVisible()
    await press(/^On linen/)
    await expect(said('You answered: On linen')).toBeVisible()
    await toList(page)
  })

  await test.step('it may do something once', async () => {
    await open(page, /^Run a command/)
    await expect(page.getByRole('article')).toContainText('touch press.txt')
    // A tap counts once the button has stood still.
    const allowed = said('You allowed it once')
    await expect(async () => {
      if (await allowed.isHidden())
        await page.getByRole('button', { name: /^Allow once/ }).tap({ timeout: 2000 })
      await expect(allowed).toBeVisible({ timeout: 2000 })
    }).toPass()
    await toList(page)
  })

  await test.step('the reviewer does not approve, also after a round of changes, and is overruled', async () => {
    await open(page, /^The review does not approve the work after 1 round/)
    await expect(page.getByRole('region', { name: 'Review' })).toContainText('One foot too many.')
    await press(/^Accept/)
    await expect(page.getByRole('article').getByText(/^You answered: Accept/)).toBeVisible()
    await toList(page)
  })

  await test.step('it is done, which the inbox says, and who said what is read', async () => {
    const ended = page.getByRole('region', { name: 'Ended today' })
    await expect(ended).toContainText('Done, 3 of 3 done')
    await expect(page.getByText('Nothing else needs you.')).toBeVisible()
    expect(v.parse(State, await (await page.request.get(task)).json()).status).toBe('completed')
    await ended.getByRole('link', { name: /An anthology/ }).tap()
    await page
      .getByRole('navigation', { name: /task/i })
      .getByRole('link', { name: /^Comms/ })
      .tap()
    const log = page.getByRole('log', { name: /^What was said/ })
    await expect(log).toContainText('A fine book.')
    await page.getByRole('button', { name: 'Show the talk as a graph' }).tap()
    await page.getByRole('button', { name: /The print/ }).tap()
    await expect(log).toContainText('The press is warm.')
    await expectItFits(page)
    await look(page)
  })
})
