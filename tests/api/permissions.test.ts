import { describe, expect } from 'bun:test'
import { listRules, withdrawPermission } from '#db/permissions.ts'
import { refusal, scenarios } from '../support/scenario.ts'
import { seedAgent, seedPermissions, seedTask } from '../support/seed.ts'
import type { TestApp } from '../support/test-app.ts'

/** Two agents at work; the first asks twice. */
const asked = ({ db }: TestApp): void => {
  seedTask(db, { status: 'running', baseCommit: 'c0' })
  seedAgent(db, 't1')
  seedAgent(db, 't1', { id: 'a2' })
  seedTask(db, { id: 't2', status: 'running' })
  seedPermissions(db, 't1', ['npm test', 'rm -rf build'])
}
const answer = (id: string, json: unknown, taskId = 't1') => ({
  method: 'POST' as const,
  path: `/api/tasks/${taskId}/permissions/${id}/answer`,
  json,
})
const allow = { decision: 'allow' }
const named = (id: string) => expect.objectContaining({ id })

describe('what agents ask to be allowed', () => {
  scenarios([
    {
      name: 'is listed over all tasks, with the whole of it, oldest first',
      given: asked,
      request: { path: '/api/permissions' },
      expect: {
        status: 200,
        body: {
          permissions: [
            {
              id: 'p1',
              task_id: 't1',
              agent_id: 'a1',
              tool: 'Bash',
              input: { command: 'npm test' },
              reason: 'This command requires approval',
              rules: ['Bash(npm test *)'],
              status: 'pending',
              delivered: false,
              asked_at: '2026-01-01T12:00:00.000Z',
            },
            named('p2'),
          ],
        },
        events: [],
      },
    },
    {
      name: 'is listed by agent',
      given: asked,
      request: { path: '/api/tasks/t1/agents/a2/permissions' },
      expect: { status: 200, body: { permissions: [] }, events: [] },
    },
    {
      name: 'is listed by task',
      given: asked,
      request: { path: '/api/tasks/t1/permissions' },
      expect: { status: 200, body: { permissions: [named('p1'), named('p2')] }, events: [] },
    },
    {
      name: 'shows what was answered on request, newest first',
      given: (app) => {
        asked(app)
        app.tasks.answerPermission('t1', 'p1', { decision: 'deny', message: 'no' })
        app.takeEvents()
      },
      request: { path: '/api/tasks/t1/permissions?scope=all' },
      expect: {
        status: 200,
        body: {
          permissions: [
            named('p2'),
            expect.objectContaining({
              id: 'p1',
              status: 'denied',
              message: 'no',
              answered_at: expect.any(String),
            }),
          ],
        },
        events: [],
      },
    },
    {
      name: 'of an agent of another task is 404',
      given: asked,
      request: { path: '/api/tasks/t2/agents/a1/permissions' },
      expect: { status: 404, body: refusal('agent.not-found'), events: [] },
    },
    {
      name: 'is counted in its task',
      given: asked,
      request: { path: '/api/tasks/t1' },
      expect: {
        status: 200,
        body: {
          pending_permissions: 2,
          permission_mode: 'bypassPermissions',
          permission_rules: [],
        },
        events: [],
      },
    },
    {
      name: 'is counted in lists',
      given: asked,
      request: { path: '/api/tasks' },
      expect: {
        status: 200,
        body: {
          tasks: [
            expect.not.objectContaining({ pending_permissions: expect.anything() }),
            expect.objectContaining({ id: 't1', pending_permissions: 2 }),
          ],
        },
        events: [],
      },
    },
  ])
})

describe('an answer', () => {
  scenarios([
    {
      name: 'allows it once',
      given: asked,
      request: answer('p1', allow),
      expect: {
        status: 200,
        body: { id: 'p1', status: 'allowed', scope: 'once', delivered: false },
        events: ['permission.answered'],
      },
      after: ({ db }) => expect(listRules(db, 't1')).toEqual([]),
    },
    {
      name: 'allows it for the task, by the rules that were shown',
      given: asked,
      request: answer('p1', { ...allow, scope: 'task' }),
      expect: {
        status: 200,
        body: { status: 'allowed', scope: 'task' },
        events: ['permission.answered'],
      },
      after: ({ tasks }) => expect(tasks.get('t1').permission_rules).toEqual(['Bash(npm test *)']),
    },
    {
      name: 'allows something else instead',
      given: asked,
      request: answer('p1', { ...allow, input: { command: 'npm run lint' } }),
      expect: {
        status: 200,
        body: { input: { command: 'npm test' }, changed_input: { command: 'npm run lint' } },
        events: ['permission.answered'],
      },
    },
    {
      name: 'denies it with a reason',
      given: asked,
      request: answer('p1', { decision: 'deny', message: ' use pnpm ' }),
      expect: {
        status: 200,
        body: { status: 'denied', message: 'use pnpm' },
        events: ['permission.answered'],
      },
    },
    {
      name: 'counts once: a second one is refused',
      given: (app) => {
        asked(app)
        app.tasks.answerPermission('t1', 'p1', { decision: 'allow', scope: 'once' })
        app.takeEvents()
      },
      request: answer('p1', { decision: 'deny' }),
      expect: {
        status: 409,
        body: refusal('permission.answered', 'This was allowed before.'),
        events: [],
      },
    },
    {
      name: 'that no agent waits for any more is refused, and says why',
      given: (app) => {
        asked(app)
        withdrawPermission(app.db, 'p1', { note: 'The agent has ended.', now: 1 })
      },
      request: answer('p1', allow),
      expect: {
        status: 409,
        body: refusal('permission.withdrawn', 'any more. The agent has ended.'),
        events: [],
      },
    },
    {
      name: 'for the task is refused where no rule is known',
      given: ({ db }) => {
        seedTask(db, { status: 'running' })
        seedAgent(db, 't1')
        seedPermissions(db, 't1', ['rm -rf a && touch b'], { rules: [] })
      },
      request: answer('p1', { ...allow, scope: 'task' }),
      expect: { status: 400, body: refusal('request.invalid', 'only be allowed once'), events: [] },
    },
    {
      name: 'to a question of another task is refused (S17)',
      given: asked,
      request: answer('p1', allow, 't2'),
      expect: { status: 404, body: refusal('permission.not-found'), events: [] },
    },
    {
      name: 'that is neither yes nor no is refused',
      given: asked,
      request: answer('p1', { decision: 'maybe' }),
      expect: { status: 400, body: refusal('request.invalid'), events: [] },
    },
    {
      name: 'cannot deny for the whole task',
      given: asked,
      request: answer('p1', { decision: 'deny', scope: 'task' }),
      expect: { status: 400, body: refusal('request.invalid'), events: [] },
    },
  ])
})

describe('how agents of a task ask', () => {
  scenarios([
    {
      name: 'is said when the task is made',
      request: {
        method: 'POST',
        path: '/api/tasks',
        json: { name: 'a', prompt: 'b', permission_mode: 'manual' },
      },
      expect: { status: 201, body: { permission_mode: 'manual' }, events: ['task.created'] },
    },
    {
      name: 'is what the configuration says otherwise',
      request: { method: 'POST', path: '/api/tasks', json: { name: 'a', prompt: 'b' } },
      expect: {
        status: 201,
        body: { permission_mode: 'bypassPermissions' },
        events: ['task.created'],
      },
    },
    {
      name: 'is one of the words of the CLI',
      request: {
        method: 'POST',
        path: '/api/tasks',
        json: { name: 'a', prompt: 'b', permission_mode: 'yolo' },
      },
      expect: { status: 400, body: refusal('request.invalid'), events: [] },
    },
  ])
})
