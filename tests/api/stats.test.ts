import { describe, expect } from 'bun:test'
import { AppError } from '#contract/errors.ts'
import { refusal, scenarios } from '../support/scenario.ts'
import { seedAgent, seedPlan, seedTask } from '../support/seed.ts'
import type { TestApp } from '../support/test-app.ts'

const running = ({ db }: TestApp): void => {
  seedTask(db, { status: 'running', baseCommit: 'c0' })
  seedPlan(db, 't1', undefined, { one: 'running' })
  seedAgent(db, 't1', { subtaskId: 'one', containerId: 'c1' })
}

describe('stats', () => {
  const sample = {
    agent_id: 'a1',
    subtask_id: 'one',
    role: 'developer',
    container_id: 'c1',
    stats: {
      cpu_percent: 12.5,
      memory_usage: 100,
      memory_limit: 400,
      memory_percent: 25,
      net_rx: 1,
      net_tx: 2,
      block_read: 3,
      block_write: 4,
      pids: 5,
    },
  }
  scenarios([
    {
      name: 'come in the reference’s shape',
      given: (app) => {
        running(app)
        app.machine.stats = [sample]
      },
      request: { path: '/api/tasks/t1/stats' },
      expect: {
        status: 200,
        body: { task_id: 't1', agents: [sample], timestamp: expect.any(String) },
        events: [],
      },
    },
    {
      name: 'are an empty list, never null, when nothing runs',
      given: ({ db }) => void seedTask(db),
      request: { path: '/api/tasks/t1/stats' },
      expect: { status: 200, body: { agents: [] }, events: [] },
    },
    {
      name: 'without an engine are 503 with the reason',
      given: (app) => {
        running(app)
        app.machine.stats = new AppError('engine.unreachable', 'No engine answers at unix:///x.')
      },
      request: { path: '/api/tasks/t1/stats' },
      expect: { status: 503, body: refusal('engine.unreachable', 'No engine'), events: [] },
    },
    {
      name: 'of an unknown task are 404',
      request: { path: '/api/tasks/nobody/stats' },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
  ])
})

describe('rate limits', () => {
  scenarios([
    {
      name: 'come in the reference’s shape',
      given: (app) => {
        running(app)
        app.eventLog.transact((_tx, record) =>
          record({
            taskId: 't1',
            type: 'agent.rate-limit',
            agentId: 'a1',
            data: {
              status: 'rejected',
              window: 'five_hour',
              resets_at: '2126-01-01T00:00:00.000Z',
            },
          }),
        )
        app.takeEvents()
      },
      request: { path: '/api/tasks/t1/rate-limit' },
      expect: {
        status: 200,
        body: {
          task_id: 't1',
          agents: [
            {
              agent_id: 'a1',
              task_id: 't1',
              is_limited: true,
              retry_in_seconds: expect.any(Number),
              attempt: 0,
              max_retries: 0,
              message: 'The five hour limit is reached.',
              reset_at: '2126-01-01T00:00:00.000Z',
              detected_at: expect.any(String),
            },
          ],
        },
        events: [],
      },
    },
    {
      name: 'are empty when there are none',
      given: running,
      request: { path: '/api/tasks/t1/rate-limit' },
      expect: { status: 200, body: { task_id: 't1', agents: [] }, events: [] },
    },
    {
      name: 'of an unknown task are 404',
      request: { path: '/api/tasks/nobody/rate-limit' },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
  ])
})
