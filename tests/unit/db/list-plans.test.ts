/** However many rows there are, a list reads only what it shows: asked of SQLite itself, statement by statement. */
import { expect, test } from 'bun:test'
import type { AnsweredList } from '#contract/answered.ts'
import type { AttentionList } from '#contract/attention.ts'
import { answerPermission } from '#db/permissions.ts'
import { answerQuestion } from '#db/questions.ts'
import { updateTask } from '#db/tasks.ts'
import { toRequest } from '../../support/scenario.ts'
import {
  draft,
  seedAgent,
  seedPermissions,
  seedPlan,
  seedQuestions,
  seedTask,
  spec,
} from '../../support/seed.ts'
import { openTestApp, type TestApp } from '../../support/test-app.ts'

type Plan = { sql: string; steps: string[] }

/** Every statement that `work` prepares, as SQLite would carry it out. */
async function plansOf(app: TestApp, work: () => Promise<unknown>): Promise<Plan[]> {
  const { $client: client } = app.db as unknown as { $client: SqliteClient }
  const prepared: string[] = []
  const prepare = client.prepare.bind(client)
  client.prepare = (sql: string) => {
    prepared.push(sql)
    return prepare(sql)
  }
  try {
    await work()
  } finally {
    client.prepare = prepare
  }
  return prepared
    .filter((sql) => /^\s*select/i.test(sql))
    .map((sql) => ({
      sql,
      steps: prepare(`explain query plan ${sql}`)
        .all()
        .map(({ detail }) => detail),
    }))
}
type SqliteClient = { prepare(sql: string): { all(): { detail: string }[] } }

/** Reading a whole table, or sorting before the first row can be given out. */
const isSlow = (step: string): boolean =>
  (/^SCAN (tasks|t|agents|events|questions|q|permissions|p|open)\b/.test(step) &&
    !step.includes('USING')) ||
  step.includes('USE TEMP B-TREE')

const lists = [
  '/api/tasks',
  '/api/tasks?brief=true&limit=200',
  '/api/tasks?status=running',
  '/api/tasks?status=running,failed,created&limit=3',
  '/api/tasks?search=task',
  '/api/tasks?search=task&status=failed,running',
  '/api/tasks?search=ta',
  '/api/events',
  '/api/events?order=desc',
  '/api/events?type=task.status',
  '/api/events?type=task.status,agent.usage&order=desc',
  '/api/tasks/t1/events?after=2',
  '/api/tasks/t1/events?order=desc',
  '/api/tasks/t1/events?type=agent.usage',
  '/api/tasks/t1/events?type=agent.usage,task.status&order=desc',
  '/api/tasks/t1/events?agent_id=a1',
  '/api/tasks/t1/events?agent_id=a1&type=agent.usage',
  '/api/tasks/t1/rate-limit',
  '/api/tasks/t1/agents',
  '/api/tasks/t1/agents?limit=2&status=running',
  '/api/agents?scope=all',
  '/api/agents?scope=all&status=running',
  '/api/agents?scope=all&status=running,failed',
  '/api/permissions',
  '/api/tasks/t1/permissions',
  '/api/tasks/t1/permissions?scope=all',
  '/api/tasks/t1/messages',
  '/api/tasks/t1/messages?after_id=2',
  '/api/tasks/t1/messages?before_id=2',
  '/api/tasks/t1/messages?kind=directive,signal&with=one&search=a',
]

test.each(lists)('%s walks an index, the first page and the next', async (path) => {
  await using app = await openTestApp()
  for (let i = 1; i <= 5; i++) seedTask(app.db, { id: `t${i}`, name: `task ${i}` })
  for (let i = 1; i <= 5; i++) seedAgent(app.db, 't1', { id: `a${i}` })
  app.eventLog.transact((_tx, note) => {
    for (let i = 1; i <= 5; i++) note({ taskId: 't1', type: 'agent.usage', agentId: 'a1' })
  })
  const plans = await plansOf(app, async () => {
    const page = path.includes('limit') ? path : `${path}${path.includes('?') ? '&' : '?'}limit=2`
    const response = await app.fetch(toRequest({ path: page }))
    expect(response.status).toBe(200)
    const body = (await response.json()) as { next_cursor?: string | null }
    const next = body.next_cursor ?? response.headers.get('x-next-cursor')
    if (!next) return
    const second = page.replace(/&?after=\d+/, '')
    expect((await app.fetch(toRequest({ path: `${second}&cursor=${next}` }))).status).toBe(200)
  })
  expect(plans.length).toBeGreaterThan(0)
  const slow = plans.filter(({ steps }) => steps.some(isSlow))
  expect(slow).toEqual([])
})

test('what needs a person is found in indexes of open things, on every page', async () => {
  await using app = await openTestApp()
  const { db } = app
  for (const id of ['1', '2']) {
    seedTask(db, { id: `a${id}`, status: 'planning' })
    updateTask(db, `a${id}`, { phase: 'awaiting_answers' }, 0)
    seedTask(db, { id: `p${id}`, status: 'planned' })
    seedPlan(db, `p${id}`)
    seedTask(db, { id: `r${id}`, status: 'running' })
    seedPlan(db, `r${id}`, draft(spec('one')), { one: 'failed' })
    seedTask(db, { id: `f${id}`, status: 'failed', createdAt: Date.now() })
  }
  seedQuestions(db, 'a1', ['One?', 'Two?'])
  seedAgent(db, 'r1')
  seedPermissions(db, 'r1', ['npm test', 'rm -rf build'])
  let found = 0
  const plans = await plansOf(app, async () => {
    for (let next: string | null = ''; next !== null; ) {
      const path = `/api/attention?limit=1${next && `&cursor=${next}`}`
      const response = await app.fetch(toRequest({ path }))
      const page = (await response.json()) as AttentionList
      found += page.items.length
      next = page.next_cursor
    }
  })
  expect(found).toBe(10)
  // Failed subtasks of the tasks in hand are sorted by when they failed.
  const slow = plans.filter(
    ({ sql, steps }) => steps.some(isSlow) && !sql.includes('cross join subtasks s'),
  )
  expect(slow).toEqual([])
})

test('what was answered is found in indexes of answered things, on every page and of one task', async () => {
  await using app = await openTestApp()
  const { db } = app
  for (const id of ['t1', 't2']) seedTask(db, { id, status: 'running' })
  seedAgent(db, 't1')
  seedPermissions(db, 't1', ['npm test', 'rm -rf build'])
  for (const id of ['p1', 'p2']) answerPermission(db, { id, status: 'allowed', now: 5 })
  seedQuestions(db, 't2', ['One?', 'Two?'])
  for (const id of ['q1', 'q2']) answerQuestion(db, { taskId: 't2', id, answer: 'yes', now: 5 })
  const found: string[] = []
  const plans = await plansOf(app, async () => {
    for (let next: string | null = ''; next !== null; ) {
      const path = `/api/attention/answered?limit=1${next && `&cursor=${next}`}`
      const page = (await (await app.fetch(toRequest({ path }))).json()) as AnsweredList
      found.push(...page.items.map(({ id }) => id))
      next = page.next_cursor
    }
  })
  expect(found).toEqual(['p2', 'p1', 'q2', 'q1'])
  expect(plans.length).toBeGreaterThan(0)
  expect(plans.filter(({ steps }) => steps.some(isSlow))).toEqual([])
})

test('the check sees a scan and a sort', async () => {
  await using app = await openTestApp()
  const client = (app.db as unknown as { $client: SqliteClient }).$client
  const steps = (sql: string) =>
    client
      .prepare(`explain query plan ${sql}`)
      .all()
      .map(({ detail }) => detail)
  expect(steps('select prompt from tasks').some(isSlow)).toBe(true)
  expect(steps('select id from events order by created_at').some(isSlow)).toBe(true)
})
