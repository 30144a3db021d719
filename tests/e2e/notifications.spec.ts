/** What a browser tells of while nobody looks at the page, over made-up data. */
import { expect, type Page, test } from '@playwright/test'
import * as v from 'valibot'
import { AttentionList } from '../../server/contract/attention.ts'
import { type MockSite, startMockSite } from './mock-site.ts'

let site: MockSite
test.beforeAll(async () => {
  site = await startMockSite()
})
test.afterAll(() => site.close())

type Shown = { title: string; body: string; isClosed: boolean; onclick?: () => void }

test('one notification for each new thing while the page is hidden, and it leads there', async ({
  page,
}) => {
  await page.addInitScript(standIn)
  const say = await speakFor(page)
  const { items } = v.parse(AttentionList, await (await fetch(`${site.url}/api/attention`)).json())
  const [first, second, ...rest] = items
  if (!first || !second) throw new Error('the made-up data has too little that waits')
  await page.route('**/api/attention?*', (route) => {
    return route.fulfill({ json: { items: shown, total: shown.length, next_cursor: null } })
  })
  let shown = rest
  await page.goto(`${site.url}/inbox`)
  await expect(page).toHaveTitle(`(${rest.length}) Inbox · Klaudio`)
  await page.getByRole('button', { name: 'Turn on notifications' }).click()
  await expect(page.getByRole('button', { name: 'Turn on notifications' })).toHaveCount(0)

  shown = [first, ...rest]
  say()
  await expect(page).toHaveTitle(`(${rest.length + 1}) Inbox · Klaudio`)
  expect(await told(page)).toEqual([])

  await setHidden(page, true)
  shown = [first, second, ...rest]
  say()
  await expect.poll(() => told(page)).toHaveLength(1)
  say()
  expect(await told(page)).toMatchObject([{ body: second.task.name, isClosed: false }])

  await page.evaluate('window.told[0].onclick()')
  await expect(page).toHaveURL(`${site.url}/inbox/${second.id}`)
  expect(await told(page)).toMatchObject([{ isClosed: true }])

  await page.addInitScript("Notification.permission = 'granted'")
  await page.goto(`${site.url}/settings/notifications`)
  await page.getByRole('button', { name: 'Turn off notifications' }).click()
  await expect(page.getByRole('button', { name: 'Turn on notifications' })).toBeVisible()
})

const told = (page: Page): Promise<Shown[]> => page.evaluate('window.told')

async function setHidden(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate(
    `Object.defineProperty(document, 'hidden', { configurable: true, value: ${isHidden} })`,
  )
  await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
}

/** A browser without a head shows none: what the page asks of it is written down. */
function standIn(): void {
  const told: unknown[] = []
  class Shown {
    static permission = 'default'
    static async requestPermission(): Promise<string> {
      Shown.permission = 'granted'
      return 'granted'
    }
    title: string
    body: string
    isClosed = false
    constructor(title: string, options: { body: string }) {
      this.title = title
      this.body = options.body
      told.push(this)
    }
    close(): void {
      this.isClosed = true
    }
  }
  Object.assign(globalThis, { told, Notification: Shown })
}

/** Returns the way to say that a question was asked, as the server would. */
async function speakFor(page: Page): Promise<() => void> {
  let speak: ((text: string) => void) | undefined
  let id = 1_000_000
  await page.routeWebSocket('**/ws/live', (socket) => {
    socket.connectToServer()
    speak = (text) => socket.send(text)
  })
  return () => {
    id++
    const event = {
      ...{ id, seq: id, task_id: 'rate-limits', type: 'planner.question', data: {} },
      created_at: new Date().toISOString(),
    }
    speak?.(JSON.stringify({ type: 'event', event }))
  }
}
