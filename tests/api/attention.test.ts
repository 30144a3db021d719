/** What a person is awaited for, over all tasks, in one list. */
import { describe, expect, test } from 'bun:test'
import type { AnsweredList } from '#contract/answered.ts'
import type { AttentionItem, AttentionList } from '#contract/attention.ts'
import { answerPermission, withdrawPermission } from '#db/permissions.ts'
import { answerQuestion } from '#db/questions.ts'
import { updateSubtask } from '#db/subtasks.ts'
import { changeTaskStatus, updateTask } from '#db/tasks.ts'
import { refusal, scenarios, toRequest } from '../support/scenario.ts'
import {
  draft,
  seedAgent,
  seedPermissions,
  seedPlan,
  seedQuestions,
  seedTask,
  spec,
} from '../support/seed.ts'
import { openTestApp, type TestApp } from '../support/test-app.ts'

const hourMs = 3_600_000
const now = Date.now()

async function list(app: TestApp, query = ''): Promise<AttentionList> {
  const response = await app.fetch(toRequest({ path: `/api/attention${query}` }))
  expect(response.status).toBe(200)
  return (await response.json()) as AttentionList
}

async function walk(app: TestApp, limit: number): Promise<AttentionItem[]> {
  const pages = [await list(app, `?limit=${limit}`)]
  for (let next = pages[0]?.next_cursor; next; next = pages.at(-1)?.next_cursor) {
    const page = await list(app, `?limit=${limit}&cursor=${next}`)
    expect(page.items.length).toBeLessThanOrEqual(limit)
    pages.push(page)
  }
  return pages.flatMap(({ items }) => items)
}
const toIds = (items: readonly AttentionItem[]): string[] =>
  items.map(({ kind, id }) => `${kind} ${id}`)

function asking(app: TestApp, id: string, texts: string[]): void {
  seedTask(app.db, { id, status: 'planning' })
  updateTask(app.db, id, { phase: 'awaiting_answers' }, 0)
  seedQuestions(app.db, id, texts)
}

/** A task of three subtasks, `two` after `one` and `three` after `two`; `one` has failed. */
function broken(app: TestApp, id: string, status: 'running' | 'failed', hoursAgo = 0): void {
  seedTask(app.db, { id, status, createdAt: now - hoursAgo * hourMs })
  const plan = draft(spec('one'), spec('two', ['one']), spec('three', ['two']), spec('four'))
  const at = now - hoursAgo * hourMs
  seedPlan(app.db, id, plan, { one: 'failed', two: 'skipped', four: 'completed' })
  updateSubtask(app.db, id, 'one', { error: 'The tests fail.', attempt: 2, completedAt: at })
  changeTaskStatus(app.db, { taskId: id, from: [status], to: status, now: at })
}

describe('what needs a person', () => {
  test('is first of all an agent that asks to be allowed something, with the whole of it', async () => {
    await using app = await openTestApp()
    asking(app, 'a1', ['By key or by address?'])
    seedTask(app.db, { id: 't1', status: 'running' })
    seedPlan(app.db, 't1', draft(spec('one'), spec('two', ['one'])), { one: 'running' })
    seedAgent(app.db, 't1', { id: 'w1', subtaskId: 'one' })
    seedPermissions(app.db, 't1', ['npm test', 'rm -rf build'], { agentId: 'w1' })
    const { items, total } = await list(app)
    expect(toIds(items)).toEqual(['permission p1', 'permission p2', 'question q1'])
    expect(total).toBe(3)
    expect(items[0]).toMatchObject({
      permission: { tool: 'Bash', input: { command: 'npm test' }, rules: ['Bash(npm test *)'] },
      agent: { id: 'w1', role: 'developer' },
      subtask: { id: 'one', name: 'Do one' },
      held: 1,
      task: { id: 't1' },
    })
    for (const limit of [1, 2]) expect(toIds(await walk(app, limit))).toEqual(toIds(items))
    app.tasks.answerPermission('t1', 'p1', { decision: 'allow', scope: 'once' })
    expect(toIds((await list(app)).items)).toEqual(['permission p2', 'question q1'])
  })

  test('is told with all that is needed to answer it, questions before plans before failures', async () => {
    await using app = await openTestApp()
    const failed = (id: string, hoursAgo: number): void => {
      seedTask(app.db, { id, status: 'failed', createdAt: now - hoursAgo * hourMs })
      updateTask(app.db, id, { error: 'No planner.' }, now - hoursAgo * hourMs)
    }
    failed('f1', 1)
    broken(app, 'b1', 'failed', 2)
    seedTask(app.db, { id: 'p1', status: 'planned', name: 'Planned' })
    seedPlan(app.db, 'p1')
    seedPlan(app.db, 'p1', draft(spec('only')))
    asking(app, 'a1', ['By key or by address?', 'How many?'])
    const { items, total, next_cursor } = await list(app)
    expect(toIds(items)).toEqual([
      'question q1',
      'question q2',
      'plan plan-p1',
      'subtask subtask-b1-one',
      'failed failed-f1',
    ])
    expect({ total, next_cursor }).toEqual({ total: 5, next_cursor: null })
    expect(items[0]).toMatchObject({
      open: 2,
      question: { text: 'By key or by address?', options: ['yes', 'no'], status: 'pending' },
      task: { id: 'a1', status: 'planning', phase: 'awaiting_answers', plan_version: null },
    })
    expect(items[2]).toMatchObject({
      plan: { version: 2, subtasks: 1, strategy: 'parallel', estimated_agents: 1 },
      task: { id: 'p1', name: 'Planned' },
    })
    expect(items[3]).toMatchObject({
      subtask: { id: 'one', name: 'Do one', error: 'The tests fail.', attempt: 2 },
      held: 2,
      task: { branch: 'klaudio/b1' },
    })
    expect(items[4]).toMatchObject({ error: 'No planner.' })
  })

  test('is one request: a merge that failed is told as a conflict, with its paths', async () => {
    await using app = await openTestApp()
    broken(app, 't1', 'running')
    updateSubtask(app.db, 't1', 'one', { conflicts: ['src/a.ts'] })
    const { items } = await list(app)
    expect(items).toMatchObject([{ kind: 'conflict', subtask: { conflicts: ['src/a.ts'] } }])
  })

  test('of a running task waits however long ago it failed, of a failed one for a day', async () => {
    await using app = await openTestApp()
    broken(app, 'running', 'running', 100)
    broken(app, 'fresh', 'failed', 23)
    broken(app, 'old', 'failed', 25)
    seedTask(app.db, { id: 'ancient', status: 'failed', createdAt: now - 25 * hourMs })
    const { items, total } = await list(app)
    expect(items.map(({ task }) => task.id)).toEqual(['running', 'fresh'])
    expect(total).toBe(2)
  })

  test('is not what was answered, withdrawn with a stop, approved or finished', async () => {
    await using app = await openTestApp()
    asking(app, 'a1', ['One?', 'Two?'])
    answerQuestion(app.db, { taskId: 'a1', id: 'q1', answer: 'yes', now: 1 })
    for (const status of [
      'created',
      'approved',
      'running',
      'paused',
      'completed',
      'cancelled',
    ] as const)
      seedTask(app.db, { id: status, status })
    expect((await list(app)).items).toMatchObject([{ id: 'q2', open: 1 }])
    updateTask(app.db, 'a1', { phase: null }, 0)
    expect(await list(app)).toEqual({ items: [], total: 0, next_cursor: null })
  })

  test('comes in pages that neither repeat nor miss an item, each with the number of all', async () => {
    await using app = await openTestApp()
    asking(app, 'a1', ['One?', 'Two?', 'Three?'])
    for (let i = 1; i <= 3; i++) {
      seedTask(app.db, { id: `p${i}`, status: 'planned' })
      seedPlan(app.db, `p${i}`)
      broken(app, `b${i}`, i === 1 ? 'failed' : 'running', i)
      seedTask(app.db, { id: `f${i}`, status: 'failed', createdAt: now })
    }
    const whole = toIds((await list(app)).items)
    expect(whole).toHaveLength(12)
    expect(whole.slice(6, 9)).toEqual([3, 2, 1].map((i) => `subtask subtask-b${i}-one`))
    for (const limit of [1, 2, 3, 5, 12]) expect(toIds(await walk(app, limit))).toEqual(whole)
    expect(await list(app, '?limit=2')).toMatchObject({ total: 12 })
  })

  test('is not sent twice to a client that has it', async () => {
    await using app = await openTestApp()
    asking(app, 'a1', ['One?'])
    const path = '/api/attention'
    const first = await app.fetch(toRequest({ path }))
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' }
    expect((await app.fetch(toRequest({ path, headers }))).status).toBe(304)
    answerQuestion(app.db, { taskId: 'a1', id: 'q1', answer: 'yes', now: 1 })
    expect((await app.fetch(toRequest({ path, headers }))).status).toBe(200)
  })

  scenarios([
    {
      name: 'a cursor of another list is refused',
      request: {
        path: `/api/attention?cursor=${Buffer.from('["tasks",1]').toString('base64url')}`,
      },
      expect: { status: 400, body: refusal('request.invalid', 'cursor'), events: [] },
    },
  ])
})

describe('what was answered', () => {
  const answered = async (app: TestApp, query = ''): Promise<AnsweredList> => {
    const response = await app.fetch(toRequest({ path: `/api/attention/answered${query}` }))
    expect(response.status).toBe(200)
    return (await response.json()) as AnsweredList
  }

  test('comes newest first over all tasks, in pages of any size, and of one task alone', async () => {
    await using app = await openTestApp()
    seedTask(app.db, { id: 't1', status: 'running', name: 'First' })
    seedAgent(app.db, 't1')
    seedPermissions(app.db, 't1', ['npm test', 'rm -rf build', 'ls'])
    asking(app, 'a1', ['One?', 'Two?'])
    expect(await answered(app)).toEqual({ items: [], next_cursor: null })

    answerQuestion(app.db, { taskId: 'a1', id: 'q1', answer: 'By key', now: now + 1 })
    answerPermission(app.db, { id: 'p1', status: 'denied', message: 'No.', now: now + 2 })
    withdrawPermission(app.db, 'p2', { note: 'The agent ended.', now: now + 2 })
    answerQuestion(app.db, { taskId: 'a1', id: 'q2', answer: 'Yes', now: now + 2 })

    const { items } = await answered(app)
    const ids = ['p2', 'p1', 'q2', 'q1']
    expect(items.map(({ id }) => id)).toEqual(ids)
    expect(items[1]).toMatchObject({
      ...{ kind: 'permission', task: { id: 't1', name: 'First' } },
      at: new Date(now + 2).toISOString(),
      permission: { status: 'denied', message: 'No.' },
    })
    expect(items[3]).toMatchObject({ kind: 'question', question: { answer: 'By key' } })
    for (const limit of [1, 2, 3]) {
      const seen: string[] = []
      let cursor = ''
      do {
        const page = await answered(app, `?limit=${limit}${cursor && `&cursor=${cursor}`}`)
        seen.push(...page.items.map(({ id }) => id))
        cursor = page.next_cursor ?? ''
      } while (cursor)
      expect(seen).toEqual(ids)
    }
    const one = await answered(app, '?task_id=a1')
    expect(one.items.map(({ id }) => id)).toEqual(['q2', 'q1'])
    const refused = await app.fetch(toRequest({ path: '/api/attention/answered?cursor=zz' }))
    expect(refused.status).toBe(400)
  })
})
