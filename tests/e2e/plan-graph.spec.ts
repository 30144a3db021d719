/** The plan as a graph while a task runs: made-up data, with one subtask that ends when the test says so. */
import { expect, test, type WebSocketRoute } from '@playwright/test'
import { type MockSite, startMockSite } from './mock-site.ts'

let site: MockSite
test.beforeAll(async () => {
  site = await startMockSite()
})
test.afterAll(() => site.close())
test.use({ viewport: { width: 1440, height: 900 }, trace: 'off' })

/** Counts edges that come or go, and those that change their look. */
const watchEdges = `(() => {
  const drawing = document.querySelector('[aria-label="Plan as a graph"] svg')
  window.seen = { edges: drawing.querySelectorAll(':scope > g').length, redrawn: 0, changed: new Set() }
  new MutationObserver((records) => {
    for (const { type, target } of records)
      if (type === 'childList') window.seen.redrawn++
      else window.seen.changed.add(target.closest('g'))
  }).observe(drawing, { childList: true, subtree: true, attributes: true })
})()`
type Seen = { edges: number; redrawn: number; changed: number }
const readEdges = '({ ...window.seen, changed: window.seen.changed.size })'

test('edges are not drawn anew when a subtask is done: only those behind it change their look', async ({
  page,
}) => {
  let isDone = false
  let socket: WebSocketRoute | undefined
  await page.routeWebSocket(/\/ws\/live/, (route) => {
    route.connectToServer()
    socket = route
  })
  await page.route('**/api/tasks/rate-limits/plan', async (route) => {
    const response = await route.fetch()
    const plan: { subtasks: { id: string; status: string }[] } = await response.json()
    for (const subtask of plan.subtasks)
      if (isDone && subtask.id === 'public-docs') subtask.status = 'completed'
    await route.fulfill({ response, json: plan })
  })
  await page.goto(`${site.url}/tasks/rate-limits`)
  const node = page.locator('#node-public-docs')
  await expect(node).toHaveAccessibleName(/, queued/i)
  await expect(page.locator('[aria-label="Plan as a graph"] svg > g')).toHaveCount(9)
  await page.evaluate(watchEdges)

  isDone = true
  const at = new Date().toISOString()
  const event = { id: 9000, task_id: 'rate-limits', seq: 9000, subtask_id: 'public-docs' }
  socket?.send(
    JSON.stringify({
      type: 'event',
      event: { ...event, type: 'subtask.completed', data: {}, created_at: at },
    }),
  )

  await expect(node).toHaveAccessibleName(/, done/i)
  await expect.poll(async () => (await page.evaluate<Seen>(readEdges)).changed).toBe(1)
  expect(await page.evaluate<Seen>(readEdges)).toEqual({ edges: 9, redrawn: 0, changed: 1 })
})
