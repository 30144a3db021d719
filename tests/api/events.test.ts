import { describe, expect } from 'bun:test'
import { refusal, scenarios } from '../support/scenario.ts'
import { seedTask } from '../support/seed.ts'
import type { TestApp } from '../support/test-app.ts'

const four = (app: TestApp): void => {
  seedTask(app.db)
  seedTask(app.db, { id: 't2' })
  app.eventLog.transact((_tx, record) => {
    record({ taskId: 't1', type: 'task.created' })
    record({ taskId: 't2', type: 'task.created' })
    record({ taskId: 't1', type: 'task.started' })
    record({ taskId: 't1', type: 'plan.generated', data: { version: 1 } })
  })
  app.takeEvents()
}
const seqs = (...numbers: number[]) => numbers.map((seq) => expect.objectContaining({ seq }))

describe('GET /api/tasks/:id/events', () => {
  scenarios([
    {
      name: 'a task’s events are numbered without holes',
      given: four,
      request: { path: '/api/tasks/t1/events' },
      expect: {
        status: 200,
        body: { events: seqs(1, 2, 3), last: 3, more: false },
        events: [],
      },
    },
    {
      name: 'a client goes on after what it has',
      given: four,
      request: { path: '/api/tasks/t1/events?after=2' },
      expect: {
        status: 200,
        body: {
          events: [
            {
              id: 4,
              task_id: 't1',
              seq: 3,
              type: 'plan.generated',
              data: { version: 1 },
              created_at: expect.any(String),
            },
          ],
          last: 3,
        },
        events: [],
      },
    },
    {
      name: 'a page says that there is more',
      given: four,
      request: { path: '/api/tasks/t1/events?limit=2' },
      expect: { status: 200, body: { events: seqs(1, 2), last: 2, more: true }, events: [] },
    },
    {
      name: 'with everything seen there is nothing, and the place stays',
      given: four,
      request: { path: '/api/tasks/t1/events?after=3' },
      expect: { status: 200, body: { events: [], last: 3, more: false }, events: [] },
    },
    ...['after=x', 'after=-1', 'limit=0', 'limit=1001'].map((query) => ({
      name: `?${query} is refused`,
      given: four,
      request: { path: `/api/tasks/t1/events?${query}` },
      expect: { status: 400, body: refusal('request.invalid'), events: [] },
    })),
    {
      name: 'of an unknown task are 404',
      request: { path: '/api/tasks/nobody/events' },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
  ])
})

describe('GET /api/events', () => {
  scenarios([
    {
      name: 'events of every task come in one order',
      given: four,
      request: { path: '/api/events?after=1&limit=2' },
      expect: {
        status: 200,
        body: {
          events: [
            expect.objectContaining({ id: 2, task_id: 't2' }),
            expect.objectContaining({ id: 3, task_id: 't1' }),
          ],
          last: 3,
          more: true,
        },
        events: [],
      },
    },
    {
      name: 'a place that is no number is refused',
      request: { path: '/api/events?after=now' },
      expect: { status: 400, body: refusal('request.invalid', 'after'), events: [] },
    },
  ])
})
