import { describe, expect } from 'bun:test'
import type { SubtaskStatus } from '#contract/plan.ts'
import type { TaskStatus } from '#contract/task.ts'
import { updateTask } from '#db/tasks.ts'
import { refusal, scenarios } from '../support/scenario.ts'
import { draft, seedPlan, seedTask, spec } from '../support/seed.ts'
import type { TestApp } from '../support/test-app.ts'

const planned =
  (status: TaskStatus = 'planned', statuses: Record<string, SubtaskStatus> = {}) =>
  ({ db }: TestApp): void => {
    seedTask(db, { status, baseCommit: 'c0' })
    seedPlan(db, 't1', undefined, statuses)
  }
const put = (json: unknown) => ({ method: 'PUT' as const, path: '/api/tasks/t1/plan', json })
const post = (name: string, json?: object) => ({
  method: 'POST' as const,
  path: `/api/tasks/t1/${name}`,
  ...(json === undefined ? {} : { json }),
})

describe('GET /api/tasks/:id/plan', () => {
  scenarios([
    {
      name: 'the plan comes in the reference’s shape, with the live state of its subtasks',
      given: planned('running', { one: 'queued' }),
      request: { path: '/api/tasks/t1/plan' },
      expect: {
        status: 200,
        body: {
          task_id: 't1',
          analysis: 'Small.',
          strategy: 'parallel',
          status: 'approved',
          estimated_agents: 1,
          notes: '',
          version: 1,
          subtasks: [
            expect.objectContaining({ id: 'one', status: 'queued', depends_on: [] }),
            expect.objectContaining({ id: 'two', status: 'pending', depends_on: ['one'] }),
          ],
        },
        headers: { etag: expect.any(String) },
        events: [],
      },
    },
    {
      name: 'an older version can be read',
      given: (app) => {
        planned()(app)
        seedPlan(app.db, 't1', draft(spec('other')))
      },
      request: { path: '/api/tasks/t1/plan?version=1' },
      expect: { status: 200, body: { version: 1, status: 'superseded' }, events: [] },
    },
    {
      name: 'the versions are listed',
      given: (app) => {
        planned()(app)
        seedPlan(app.db, 't1', draft(spec('other')))
      },
      request: { path: '/api/tasks/t1/plan/versions' },
      expect: {
        status: 200,
        body: {
          versions: [
            expect.objectContaining({ version: 1, subtasks: 2 }),
            expect.objectContaining({ version: 2, subtasks: 1 }),
          ],
        },
        events: [],
      },
    },
    {
      name: 'a task without a plan is 404',
      given: ({ db }) => void seedTask(db),
      request: { path: '/api/tasks/t1/plan' },
      expect: { status: 404, body: refusal('plan.not-found'), events: [] },
    },
    {
      name: 'a version that does not exist is 404',
      given: planned(),
      request: { path: '/api/tasks/t1/plan?version=9' },
      expect: { status: 404, body: refusal('plan.not-found'), events: [] },
    },
    {
      name: 'a version that is no number is refused',
      given: planned(),
      request: { path: '/api/tasks/t1/plan?version=last' },
      expect: { status: 400, body: refusal('request.invalid'), events: [] },
    },
    {
      name: 'a plan of an unknown task is 404',
      request: { path: '/api/tasks/nobody/plan' },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
    {
      name: 'versions of an unknown task are 404',
      request: { path: '/api/tasks/nobody/plan/versions' },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
  ])
})

describe('PUT /api/tasks/:id/plan', () => {
  scenarios([
    {
      name: 'an edit makes a new version',
      given: planned(),
      request: put({ subtasks: [spec('only')], strategy: 'sequential' }),
      expect: {
        status: 200,
        body: {
          status: 'modified',
          plan: { version: 2, origin: 'user', strategy: 'sequential' },
        },
        events: ['plan.modified'],
      },
      after: (app) => expect(app.tasks.plan('t1').subtasks.map(({ id }) => id)).toEqual(['only']),
    },
    {
      name: 'an edit of an old version is refused',
      given: (app) => {
        planned()(app)
        seedPlan(app.db, 't1', draft(spec('other')))
      },
      request: put({ subtasks: [spec('only')], base_version: 1 }),
      expect: { status: 409, body: refusal('plan.stale'), events: [] },
    },
    {
      name: 'a loop is refused and named',
      given: planned(),
      request: put({ subtasks: [spec('a', ['b']), spec('b', ['a'])] }),
      expect: { status: 422, body: refusal('plan.invalid', /a.*b/), events: [] },
    },
    {
      name: 'a dependency that does not exist is refused',
      given: planned(),
      request: put({ subtasks: [spec('a', ['gone'])] }),
      expect: { status: 422, body: refusal('plan.invalid', 'gone'), events: [] },
    },
    {
      name: 'two subtasks with one id are refused',
      given: planned(),
      request: put({ subtasks: [spec('a'), spec('a')] }),
      expect: { status: 422, body: refusal('plan.invalid'), events: [] },
    },
    {
      name: 'an id that could be a path or a shell word is refused',
      given: planned(),
      request: put({ subtasks: [{ ...spec('a'), id: '../x; rm' }] }),
      expect: { status: 422, body: refusal('plan.invalid'), events: [] },
    },
    {
      name: 'subtasks that are no list are refused',
      given: planned(),
      request: put({ subtasks: 'all' }),
      expect: {
        status: 400,
        body: refusal('request.invalid', 'subtasks must be a list.'),
        events: [],
      },
    },
    {
      name: 'a strategy that does not exist is refused',
      given: planned(),
      request: put({ strategy: 'chaos' }),
      expect: { status: 400, body: refusal('request.invalid', 'strategy'), events: [] },
    },
    {
      name: 'a finished task’s plan stays as it is',
      given: planned('completed'),
      request: put({ subtasks: [spec('only')] }),
      expect: { status: 409, body: refusal('task.wrong-state'), events: [] },
    },
    {
      name: 'while the task runs, what has started may not change',
      given: planned('running', { one: 'queued' }),
      request: put({ subtasks: [{ ...spec('one'), prompt: 'Other.' }, spec('two', ['one'])] }),
      expect: { status: 422, body: refusal('plan.invalid', 'is queued'), events: [] },
    },
    {
      name: 'while the task runs, what has not started may be changed, added, removed and joined to what has',
      given: planned('running', { one: 'queued' }),
      request: put({
        subtasks: [
          spec('one'),
          { ...spec('two', ['one']), prompt: 'Other.' },
          spec('three', ['one', 'two']),
        ],
        base_version: 1,
      }),
      expect: {
        status: 200,
        body: { status: 'approved', plan: { version: 2, origin: 'user' } },
        events: ['plan.modified', 'task.status'],
      },
      after: ({ tasks }) =>
        expect(
          tasks.plan('t1').subtasks.map(({ id, status, prompt }) => [id, status, prompt]),
        ).toEqual([
          ['one', 'queued', 'Please do one.'],
          ['two', 'pending', 'Other.'],
          ['three', 'pending', 'Please do three.'],
        ]),
    },
    {
      name: 'while the task runs, what has started may not be removed',
      given: planned('running', { one: 'completed' }),
      request: put({ subtasks: [spec('two')] }),
      expect: { status: 422, body: refusal('plan.invalid', 'is completed'), events: [] },
    },
    {
      name: 'while the task is being stopped its plan stays as it is',
      given: (app) => {
        planned('running', { one: 'running' })(app)
        updateTask(app.db, 't1', { intent: 'stop' }, 0)
      },
      request: put({ subtasks: [spec('one'), spec('three')] }),
      expect: { status: 409, body: refusal('task.busy'), events: [] },
    },
    {
      name: 'without a plan there is nothing to edit',
      given: ({ db }) => void seedTask(db, { status: 'planned' }),
      request: put({ strategy: 'sequential' }),
      expect: { status: 404, body: refusal('plan.not-found'), events: [] },
    },
  ])
})

describe('POST /api/tasks/:id/approve', () => {
  scenarios([
    {
      name: 'approval of the newest version runs the plan',
      given: planned(),
      request: post('approve', { version: 1 }),
      expect: {
        status: 200,
        body: { status: 'running', message: expect.any(String) },
        events: [
          'task.status',
          'plan.approved',
          'task.status',
          'agent.created',
          'subtask.queued',
          'task.status',
        ],
      },
    },
    {
      name: 'approval without a body, as the reference’s client does, is understood',
      given: planned(),
      request: post('approve'),
      expect: {
        status: 200,
        body: { status: 'running' },
        events: [
          'task.status',
          'plan.approved',
          'task.status',
          'agent.created',
          'subtask.queued',
          'task.status',
        ],
      },
    },
    {
      name: 'approval with a modified plan replaces it first, validated',
      given: planned(),
      request: post('approve', { modified_plan: [spec('only')] }),
      expect: {
        status: 200,
        body: { task: { plan_version: 2 } },
        events: [
          'plan.modified',
          'task.status',
          'plan.approved',
          'task.status',
          'agent.created',
          'subtask.queued',
          'task.status',
        ],
      },
    },
    {
      name: 'a modified plan that is nonsense is refused',
      given: planned(),
      request: post('approve', { modified_plan: { subtasks: 'none' } }),
      expect: { status: 422, body: refusal('plan.invalid'), events: [] },
    },
    {
      name: 'a version that is not the newest is refused',
      given: (app) => {
        planned()(app)
        seedPlan(app.db, 't1', draft(spec('other')))
      },
      request: post('approve', { version: 1 }),
      expect: { status: 409, body: refusal('plan.stale'), events: [] },
    },
    {
      name: 'a version that is no number is refused',
      given: planned(),
      request: post('approve', { version: 'latest' }),
      expect: { status: 400, body: refusal('request.invalid', 'version'), events: [] },
    },
    {
      name: 'a form is refused',
      given: planned(),
      request: {
        ...post('approve'),
        body: 'version=1',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
      expect: { status: 415, body: refusal('request.unsupported-type'), events: [] },
    },
  ])
})

describe('POST /api/tasks/:id/subtasks/:sid/…', () => {
  scenarios([
    {
      name: 'a failed subtask is tried again',
      given: planned('failed', { one: 'failed' }),
      request: post('subtasks/one/retry', { prompt: 'Once more.' }),
      expect: {
        status: 200,
        body: {
          plan: {
            subtasks: [expect.objectContaining({ prompt: 'Once more.' }), expect.anything()],
          },
        },
        events: [
          'plan.modified',
          'subtask.retrying',
          'task.status',
          'agent.created',
          'subtask.queued',
          'task.status',
        ],
      },
    },
    {
      name: 'a subtask can be skipped',
      given: planned('failed', { one: 'failed' }),
      request: post('subtasks/one/skip'),
      expect: {
        status: 200,
        body: { plan: { task_id: 't1' } },
        // What waits for it goes on without it, and so does the failed task.
        events: [
          'subtask.skipped',
          'task.status',
          'agent.created',
          'subtask.queued',
          'task.status',
        ],
      },
    },
    {
      name: 'one that has not failed cannot be tried again',
      given: planned('running', { one: 'queued' }),
      request: post('subtasks/one/retry'),
      expect: { status: 409, body: refusal('subtask.wrong-state'), events: [] },
    },
    {
      name: 'an unknown one is 404',
      given: planned('failed', { one: 'failed' }),
      request: post('subtasks/gone/retry'),
      expect: { status: 404, body: refusal('subtask.not-found'), events: [] },
    },
    {
      name: 'an unknown one cannot be skipped',
      given: planned('failed', { one: 'failed' }),
      request: post('subtasks/gone/skip'),
      expect: { status: 404, body: refusal('subtask.not-found'), events: [] },
    },
    {
      name: 'an empty prompt is refused',
      given: planned('failed', { one: 'failed' }),
      request: post('subtasks/one/retry', { prompt: ' ' }),
      expect: { status: 400, body: refusal('request.invalid', 'prompt'), events: [] },
    },
  ])
})
