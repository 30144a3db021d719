/** Lists of what may be many: filtered, searched, and paged by cursor while they change. */
import { describe, expect, test } from 'bun:test'
import type { Agent, AgentList } from '#contract/agent.ts'
import type { EventList } from '#contract/event.ts'
import type { TaskList } from '#contract/task.ts'
import { deleteTask, updateTask } from '#db/tasks.ts'
import { refusal, scenarios, toRequest } from '../support/scenario.ts'
import { seedAgent, seedTask } from '../support/seed.ts'
import { openTestApp, type TestApp } from '../support/test-app.ts'

async function get<T>(app: TestApp, path: string): Promise<T> {
  const response = await app.fetch(toRequest({ path }))
  expect(response.status).toBe(200)
  return (await response.json()) as T
}

const many = (app: TestApp, count: number): void => {
  for (let i = 1; i <= count; i++)
    seedTask(app.db, {
      id: `t${i}`,
      name: `Task ${i}`,
      status: i % 3 === 0 ? 'running' : i % 3 === 1 ? 'failed' : 'created',
    })
}

/** Follows the cursor to the end; `between` runs before each further page. */
async function walk<Page extends { next_cursor?: string | null | undefined }>(
  app: TestApp,
  path: string,
  between: () => void = () => {},
): Promise<Page[]> {
  const pages = [await get<Page>(app, path)]
  for (let next = pages[0]?.next_cursor; next; next = pages.at(-1)?.next_cursor) {
    between()
    pages.push(await get<Page>(app, `${path}&cursor=${next}`))
  }
  return pages
}
const idsOf = (pages: TaskList[]) => pages.flatMap(({ tasks }) => tasks.map(({ id }) => id))
const numbered = (from: number, to: number) =>
  Array.from({ length: from - to + 1 }, (_, i) => `t${from - i}`)

describe('tasks', () => {
  test('every page goes on where the last one ended, while tasks are made and deleted', async () => {
    await using app = await openTestApp()
    many(app, 10)
    let made = 0
    const pages = await walk<TaskList>(app, '/api/tasks?limit=3', () => {
      seedTask(app.db, { id: `new${made++}` })
      deleteTask(app.db, `t${10 - made * 3 + 1}`)
    })
    // t8, t5 and t2 are gone, but the first two of them after they were listed.
    expect(idsOf(pages)).toEqual(numbered(10, 1))
    expect(pages.map(({ tasks }) => tasks.length)).toEqual([3, 3, 3, 1])
  })

  test('a page of several statuses is in the same order, with the number of all and of each', async () => {
    await using app = await openTestApp()
    many(app, 9)
    const pages = await walk<TaskList>(app, '/api/tasks?status=running,failed&limit=4')
    expect(idsOf(pages)).toEqual(['t9', 't7', 't6', 't4', 't3', 't1'])
    expect(pages[0]).toMatchObject({ total: 6, counts: { running: 3, failed: 3, created: 3 } })
    const second = await get<TaskList>(app, '/api/tasks?status=running,failed&limit=2&offset=2')
    expect(idsOf([second])).toEqual(['t6', 't4'])
  })

  test('a search finds parts of words in names and prompts, in pages, within a status', async () => {
    await using app = await openTestApp()
    many(app, 12)
    updateTask(app.db, 't5', { prompt: 'Repariere den "Straßen%bauer"' }, 0)
    updateTask(app.db, 't6', { name: 'STRASSE und Straßenbau' }, 0)
    const find = async (search: string, more = '') =>
      idsOf(
        await walk<TaskList>(app, `/api/tasks?limit=1&search=${encodeURIComponent(search)}${more}`),
      )
    expect(await find('raßenb')).toEqual(['t6'])
    expect(await find('"straßen%')).toEqual(['t5'])
    expect(await find('STRAßEN')).toEqual(['t6', 't5'])
    expect(await find('straßen', '&status=running')).toEqual(['t6'])
    expect(await find('task 1')).toEqual(['t12', 't11', 't10', 't1'])
    // Too short for the index: looked for in names.
    expect(await find('ße')).toEqual(['t6'])
    expect(await find('* OR')).toEqual([])
  })

  test('a search follows names that change and tasks that go', async () => {
    await using app = await openTestApp()
    many(app, 3)
    updateTask(app.db, 't2', { name: 'Another word' }, 0)
    expect(idsOf([await get<TaskList>(app, '/api/tasks?search=word')])).toEqual(['t2'])
    expect(idsOf([await get<TaskList>(app, '/api/tasks?search=Task%202')])).toEqual([])
    deleteTask(app.db, 't2')
    expect(await get<TaskList>(app, '/api/tasks?search=word')).toMatchObject({
      tasks: [],
      total: 0,
    })
  })

  test('a search that finds a great many stops counting and says so', async () => {
    await using app = await openTestApp()
    app.db.transaction(() => many(app, 1005))
    expect(await get<TaskList>(app, '/api/tasks?search=Task&limit=1')).toMatchObject({
      total: 1000,
      total_is_more: true,
    })
  })

  test('a brief list has the beginning of long prompts, a full one all of them', async () => {
    await using app = await openTestApp()
    seedTask(app.db)
    updateTask(app.db, 't1', { prompt: 'x'.repeat(5000) }, 0)
    const length = async (path: string) => (await get<TaskList>(app, path)).tasks[0]?.prompt.length
    expect(await length('/api/tasks')).toBe(5000)
    expect(await length('/api/tasks?brief=true')).toBe(300)
  })

  scenarios([
    {
      name: 'a cursor of another list is refused',
      request: { path: `/api/tasks?cursor=${Buffer.from('["events",1]').toString('base64url')}` },
      expect: { status: 400, body: refusal('request.invalid', 'cursor'), events: [] },
    },
    {
      name: 'a cursor and an offset together are refused',
      request: { path: '/api/tasks?cursor=x&offset=2' },
      expect: { status: 400, body: refusal('request.invalid', 'either'), events: [] },
    },
  ])
})

describe('events', () => {
  const record = (app: TestApp, count: number): void => {
    seedTask(app.db)
    seedTask(app.db, { id: 't2' })
    app.eventLog.transact((_tx, note) => {
      for (let i = 1; i <= count; i++) {
        const agentId = i % 2 === 0 ? 'a1' : 'a2'
        note({ taskId: 't1', type: i % 3 === 0 ? 'agent.usage' : 'agent.status', agentId })
        note({ taskId: 't2', type: 'task.status' })
      }
    })
  }
  const seqs = (pages: EventList[]) => pages.flatMap(({ events }) => events.map(({ seq }) => seq))

  test('are read backwards from the newest, while more are recorded', async () => {
    await using app = await openTestApp()
    record(app, 7)
    const more = (): void =>
      app.eventLog.transact((_tx, note) => note({ taskId: 't1', type: 'task.status' }))
    const path = '/api/tasks/t1/events?order=desc&limit=3'
    expect(seqs(await walk<EventList>(app, path, more))).toEqual([7, 6, 5, 4, 3, 2, 1])
  })

  test('are read backwards from any event that is known', async () => {
    await using app = await openTestApp()
    record(app, 9)
    const path = '/api/tasks/t1/events?order=desc&limit=2&before=6'
    expect(seqs([await get<EventList>(app, path)])).toEqual([5, 4])
  })

  test('are filtered by type and by agent, in order', async () => {
    await using app = await openTestApp()
    record(app, 12)
    const of = async (query: string) =>
      seqs(await walk<EventList>(app, `/api/tasks/t1/events?limit=2&${query}`))
    expect(await of('type=agent.usage')).toEqual([3, 6, 9, 12])
    expect(await of('type=agent.usage,agent.status&order=desc')).toEqual(
      Array.from({ length: 12 }, (_, i) => 12 - i),
    )
    expect(await of('agent_id=a1&type=agent.usage')).toEqual([6, 12])
    expect(await of('agent_id=a2')).toEqual([1, 3, 5, 7, 9, 11])
    const all = await walk<EventList>(app, '/api/events?limit=5&type=task.status,agent.usage')
    expect(all.flatMap(({ events }) => events)).toHaveLength(16)
    const ids = all.flatMap(({ events }) => events.map(({ id }) => id))
    expect(ids).toEqual(ids.toSorted((a, b) => a - b))
  })

  scenarios([
    {
      name: 'a type that does not exist is refused',
      given: ({ db }) => void seedTask(db),
      request: { path: '/api/tasks/t1/events?type=task.exploded' },
      expect: { status: 400, body: refusal('request.invalid'), events: [] },
    },
    {
      name: 'before without order=desc is refused',
      request: { path: '/api/events?before=5' },
      expect: { status: 400, body: refusal('request.invalid', 'order=desc'), events: [] },
    },
    {
      name: 'after and a cursor together are refused',
      request: { path: '/api/events?after=1&cursor=abc' },
      expect: { status: 400, body: refusal('request.invalid', 'after'), events: [] },
    },
  ])
})

describe('agents', () => {
  const team = (app: TestApp): void => {
    many(app, 2)
    for (let i = 1; i <= 7; i++)
      seedAgent(app.db, i % 2 === 0 ? 't1' : 't2', {
        id: `a${i}`,
        status: i < 4 ? 'completed' : 'failed',
        ...(i === 1 ? { kind: 'planner' as const } : {}),
      })
  }
  test('of every task are listed newest first, in pages that neither repeat nor miss one', async () => {
    await using app = await openTestApp()
    team(app)
    const pages = await walk<AgentList>(app, '/api/agents?scope=all&limit=2')
    const ids = pages.flatMap(({ agents }) => agents.map(({ id }) => id))
    expect(ids).toEqual(['a7', 'a6', 'a5', 'a4', 'a3', 'a2', 'a1'])
  })

  test('are filtered by status and kind, in all tasks and in one', async () => {
    await using app = await openTestApp()
    team(app)
    const of = async (query: string) =>
      (await get<AgentList>(app, `/api/agents?scope=all&${query}`)).agents.map(({ id }) => id)
    expect(await of('status=completed')).toEqual(['a3', 'a2', 'a1'])
    expect(await of('status=completed,failed&limit=5')).toEqual(['a7', 'a6', 'a5', 'a4', 'a3'])
    expect(await of('kind=planner')).toEqual(['a1'])
    const one = await get<Agent[]>(app, '/api/tasks/t1/agents?status=failed')
    expect(one.map(({ id }) => id)).toEqual(['a6', 'a4'])
  })

  test('of one task stay a bare list; the next page is named beside it', async () => {
    await using app = await openTestApp()
    team(app)
    const first = await app.fetch(toRequest({ path: '/api/tasks/t2/agents?limit=3' }))
    const cursor = first.headers.get('x-next-cursor')
    const rest = await app.fetch(
      toRequest({ path: `/api/tasks/t2/agents?limit=3&cursor=${cursor}` }),
    )
    const ids = [...((await first.json()) as Agent[]), ...((await rest.json()) as Agent[])]
    expect(ids.map(({ id }) => id)).toEqual(['a7', 'a5', 'a3', 'a1'])
    expect(rest.headers.get('x-next-cursor')).toBeNull()
  })
})

describe('a list that has not changed', () => {
  test.each([
    '/api/tasks?limit=2',
    '/api/tasks/t1',
    '/api/tasks/t1/agents',
    '/api/tasks/t1/events',
    '/api/agents',
    '/api/events',
  ])('%s is not sent twice to a client that has it', async (path) => {
    await using app = await openTestApp()
    many(app, 3)
    const first = await app.fetch(toRequest({ path }))
    const etag = first.headers.get('etag') ?? ''
    const headers = { 'if-none-match': etag }
    const again = await app.fetch(toRequest({ path, headers }))
    expect({ status: again.status, body: await again.text() }).toEqual({ status: 304, body: '' })
    seedTask(app.db, { id: 'another' })
    app.eventLog.transact((_tx, note) => note({ taskId: 't1', type: 'task.started' }))
    seedAgent(app.db, 't1', { id: 'someone', containerId: 'c9' })
    const changed = await app.fetch(toRequest({ path, headers }))
    expect(changed.status).toBe(200)
  })
})
