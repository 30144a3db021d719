/** What a person says in a manager's place: asks for changes of work that is done, and approves all of it. */
import { describe, expect, test } from 'bun:test'
import type { EventType } from '#contract/event.ts'
import type { SubtaskStatus } from '#contract/plan.ts'
import { taskStatuses } from '#contract/task.ts'
import { listMessages } from '#db/messages.ts'
import { findSubtask } from '#db/subtasks.ts'
import { findTask, updateTask } from '#db/tasks.ts'
import {
  refusal,
  type Scenario,
  type ScenarioRequest,
  scenarios,
  toRequest,
} from '../support/scenario.ts'
import { draft, seedAgent, seedPlan, seedTask, spec } from '../support/seed.ts'
import { team } from '../support/team.ts'
import { openTestApp, type TestApp } from '../support/test-app.ts'

const managed = team({ mode: 'collaborative', max_agents: 3, roles: [] })
type Given = { status?: (typeof taskStatuses)[number]; one?: SubtaskStatus; isManaged?: boolean }

const given =
  ({ status = 'failed', one = 'completed', isManaged = true }: Given = {}) =>
  ({ db }: TestApp): void => {
    seedTask(db, { status })
    if (isManaged) updateTask(db, 't1', { team: managed }, 1)
    seedPlan(db, 't1', draft(spec('one'), spec('two')), { one, two: 'completed' })
    seedAgent(db, 't1', { status: 'completed', subtaskId: 'one' })
  }

const ask = (what?: unknown): ScenarioRequest => ({
  method: 'POST',
  path: '/api/tasks/t1/subtasks/one/changes',
  json: what === undefined ? {} : { what },
})
const approve = (json: unknown = {}): ScenarioRequest => ({
  method: 'POST',
  path: '/api/tasks/t1/approve-work',
  json,
})

const manager: EventType[] = ['agent.created', 'message.sent']
const approved: EventType[] = [
  ...(['message.sent', 'task.status', ...manager] as const),
  // Of both workers, and of all.
  ...(['message.sent', 'message.sent', 'task.status', 'task.completed'] as const),
]
const summaries = ({ db }: TestApp): string[] =>
  listMessages(db, { taskId: 't1', limit: 50 })
    .filter(({ msgType }) => msgType === 'summary')
    .map(({ content }) => content)

const wrongState = (request: Scenario['request'], possible: readonly string[]): Scenario[] =>
  taskStatuses
    .filter((status) => !possible.includes(status))
    .map((status) => ({
      name: `is refused while the task is ${status}`,
      given: given({ status }),
      request,
      expect: {
        status: 409,
        body: refusal('task.wrong-state', `The task is ${status}`),
        events: [],
      },
    }))

describe('asking for changes', () => {
  scenarios([
    ...(['completed', 'failed'] as const).map(
      (status): Scenario => ({
        name: `makes a task that is ${status} run again, with the words for a new agent`,
        given: given({ status }),
        request: ask(' Rename it. '),
        expect: {
          status: 200,
          body: {
            plan: { subtasks: [{ id: 'one', status: 'pending', rounds: 1 }, { id: 'two' }] },
          },
          // With a manager, which is told of the other one.
          events: ['message.sent', 'subtask.retrying', 'task.status', ...manager, 'task.status'],
        },
        after({ db }) {
          expect(findTask(db, 't1')?.status).toBe('running')
          const [message] = listMessages(db, { taskId: 't1', limit: 9 })
          expect(message?.content).toEndWith('Rename it.')
        },
      }),
    ),
    ...wrongState(ask('x'), ['running', 'paused', 'completed', 'failed']),
    ...(['pending', 'queued', 'running', 'integrating', 'skipped'] as const).map(
      (one): Scenario => ({
        name: `is refused of a subtask that is ${one}`,
        given: given({ status: 'paused', one }),
        request: ask('x'),
        expect: { status: 409, body: refusal('subtask.wrong-state', `is ${one}`), events: [] },
      }),
    ),
    ...[undefined, '', '  ', 7, 'x'.repeat(100_001)].map(
      (what): Scenario => ({
        name: `without words is refused: ${String(what).slice(0, 9)}`,
        given: given(),
        request: ask(what),
        expect: { status: 400, body: refusal('request.invalid'), events: [] },
      }),
    ),
    {
      name: 'of a subtask that is not there is refused',
      given: given(),
      request: { ...ask('x'), path: '/api/tasks/t1/subtasks/nine/changes' },
      expect: { status: 404, body: refusal('subtask.not-found'), events: [] },
    },
  ])

  test('twice at the same moment reopens the work once', async () => {
    await using app = await openTestApp()
    given()(app)
    const answers = await Promise.all([
      app.fetch(toRequest(ask('First.'))),
      app.fetch(toRequest(ask('Second.'))),
    ])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    expect(findSubtask(app.db, 't1', 'one')?.rounds).toBe(1)
  })
})

describe('approving the work', () => {
  scenarios([
    {
      name: 'completes a task that its manager has left unapproved',
      given: given(),
      request: approve({ summary: ' Good. ' }),
      expect: {
        status: 200,
        body: { status: 'completed', message: 'The work is approved.' },
        events: approved,
      },
      async after(app) {
        await app.until(() => findTask(app.db, 't1')?.status === 'completed')
        expect(summaries(app)).toEqual(['Good.'])
      },
    },
    {
      name: 'needs no body',
      given: given(),
      request: { method: 'POST', path: '/api/tasks/t1/approve-work' },
      expect: { status: 200, events: approved },
    },
    ...wrongState(approve(), ['running', 'failed']),
    ...(['failed', 'pending'] as const).map(
      (one): Scenario => ({
        name: `is refused while a subtask is ${one}, which is named`,
        given: given({ one }),
        request: approve(),
        expect: { status: 409, body: refusal('subtask.wrong-state', `one is ${one}`), events: [] },
      }),
    ),
    {
      name: 'is refused in a task that has no manager',
      given: given({ isManaged: false }),
      request: approve(),
      expect: { status: 400, body: refusal('request.invalid', 'no manager'), events: [] },
    },
    {
      name: 'with a summary that is no text is refused',
      given: given(),
      request: approve({ summary: 7 }),
      expect: { status: 400, body: refusal('request.invalid'), events: [] },
    },
  ])

  test('twice at the same moment is one approval', async () => {
    await using app = await openTestApp()
    given()(app)
    const answers = await Promise.all([
      app.fetch(toRequest(approve({ summary: 'Good.' }))),
      app.fetch(toRequest(approve({ summary: 'Good.' }))),
    ])
    expect(answers.map(({ status }) => status)).toContain(200)
    for (const { status } of answers) expect([200, 409]).toContain(status)
    await app.until(() => findTask(app.db, 't1')?.status === 'completed')
    expect(summaries(app)).toEqual(['Good.'])
  })
})
