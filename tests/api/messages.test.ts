import { describe, expect } from 'bun:test'
import { insertDeliveries } from '#db/message-deliveries.ts'
import { insertMessage } from '#db/messages.ts'
import { refusal, scenarios } from '../support/scenario.ts'
import { seedMessage, seedPlan, seedTask } from '../support/seed.ts'
import type { TestApp } from '../support/test-app.ts'

const three = ({ db }: TestApp): void => {
  seedTask(db, { status: 'running' })
  seedPlan(db, 't1')
  for (const content of ['first', 'second', 'third']) seedMessage(db, 't1', content)
}
const mixed = ({ db }: TestApp): void => {
  seedTask(db, { status: 'running' })
  const base = { taskId: 't1', createdAt: 1 }
  insertMessage(db, {
    ...base,
    ...{ fromSubtaskId: 'manager', toSubtaskId: 'two', msgType: 'directive', content: 'Do it.' },
  })
  insertMessage(db, {
    ...base,
    ...{ fromSubtaskId: 'one', msgType: 'context', content: 'Done so.' },
  })
  const { id } = insertMessage(db, {
    ...base,
    ...{ fromSubtaskId: 'one', msgType: 'message', content: 'To everybody' },
  })
  insertDeliveries(db, { id, taskId: 't1' }, ['manager', 'two'])
  insertMessage(db, {
    ...base,
    ...{ fromSubtaskId: 'orchestrator', toSubtaskId: 'manager', msgType: 'system' },
    content: '[WORKER_COMPLETED] one',
  })
}
const contents = (...texts: string[]) => ({
  messages: texts.map((content) => expect.objectContaining({ content })),
})
const sentBefore = '11111111-2222-4333-8444-555555555555'
const post = (json: unknown) => ({ method: 'POST' as const, path: '/api/tasks/t1/messages', json })

describe('GET /api/tasks/:id/messages', () => {
  scenarios([
    {
      name: 'messages have the reference’s fields',
      given: ({ db }) => {
        seedTask(db)
        seedMessage(db, 't1', 'hello')
      },
      request: { path: '/api/tasks/t1/messages' },
      expect: {
        status: 200,
        body: {
          messages: [
            {
              id: 1,
              task_id: 't1',
              from_subtask_id: 'one',
              msg_type: 'message',
              content: 'hello',
              created_at: expect.any(String),
            },
          ],
        },
        events: [],
      },
    },
    {
      name: 'none is an empty list, never null',
      given: ({ db }) => void seedTask(db),
      request: { path: '/api/tasks/t1/messages' },
      expect: { status: 200, body: { messages: [] }, events: [] },
    },
    {
      name: 'after_id is a cursor',
      given: three,
      request: { path: '/api/tasks/t1/messages?after_id=1' },
      expect: { status: 200, body: contents('second', 'third'), events: [] },
    },
    {
      name: 'without a cursor the newest come, oldest first',
      given: three,
      request: { path: '/api/tasks/t1/messages?limit=2' },
      expect: { status: 200, body: contents('second', 'third'), events: [] },
    },
    {
      name: 'before_id goes back: the newest of those before it, oldest first',
      given: three,
      request: { path: '/api/tasks/t1/messages?before_id=3&limit=1' },
      expect: { status: 200, body: contents('second'), events: [] },
    },
    {
      name: 'those between two positions are had by both',
      given: three,
      request: { path: '/api/tasks/t1/messages?after_id=1&before_id=3' },
      expect: { status: 200, body: contents('second'), events: [] },
    },
    {
      name: 'some kinds only',
      given: mixed,
      request: { path: '/api/tasks/t1/messages?kind=directive,signal' },
      expect: { status: 200, body: contents('Do it.', '[WORKER_COMPLETED] one'), events: [] },
    },
    {
      name: 'a context or summary is a report',
      given: mixed,
      request: { path: '/api/tasks/t1/messages?kind=report' },
      expect: { status: 200, body: contents('Done so.'), events: [] },
    },
    {
      name: 'said by or to one name, in whatever way it was addressed',
      given: mixed,
      request: { path: '/api/tasks/t1/messages?with=two' },
      expect: { status: 200, body: contents('Do it.', 'To everybody'), events: [] },
    },
    {
      name: 'said between two, in either direction',
      given: mixed,
      request: { path: '/api/tasks/t1/messages?with=two&and=manager' },
      expect: { status: 200, body: contents('Do it.'), events: [] },
    },
    {
      name: 'two that never spoke to each other said nothing',
      given: mixed,
      request: { path: '/api/tasks/t1/messages?with=two&and=user' },
      expect: { status: 200, body: { messages: [] }, events: [] },
    },
    {
      name: 'with these characters in the text, of any case, taken as they are',
      given: mixed,
      request: { path: '/api/tasks/t1/messages?search=TO%20EVERY' },
      expect: { status: 200, body: contents('To everybody'), events: [] },
    },
    {
      name: 'a percent sign is no wildcard',
      given: mixed,
      request: { path: '/api/tasks/t1/messages?search=%25' },
      expect: { status: 200, body: { messages: [] }, events: [] },
    },
    ...['before_id=x', 'kind=rumour', 'after_id=x', 'after_id=-1', 'limit=0', 'limit=1001'].map(
      (query) => ({
        name: `?${query} is refused`,
        given: three,
        request: { path: `/api/tasks/t1/messages?${query}` },
        expect: { status: 400, body: refusal('request.invalid'), events: [] },
      }),
    ),
    {
      name: 'of an unknown task are 404 (S17)',
      request: { path: '/api/tasks/nobody/messages' },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
  ])
})

describe('POST /api/tasks/:id/messages', () => {
  scenarios([
    {
      name: 'a message is stored and told',
      given: three,
      request: post({ from: 'user', content: ' Hurry. ' }),
      expect: {
        status: 201,
        body: { id: 4, status: 'sent', from: 'user', content: 'Hurry.' },
        events: ['message.sent'],
      },
    },
    {
      name: 'a message may be for one subtask',
      given: three,
      request: post({ from: 'user', content: 'Hurry.', to: 'two' }),
      expect: { status: 201, body: { status: 'sent' }, events: ['message.sent'] },
    },
    {
      name: 'sent again under its id it is the same message, and told once',
      given(app) {
        three(app)
        insertMessage(app.db, {
          ...{ taskId: 't1', fromSubtaskId: 'user', msgType: 'message', content: 'Hurry.' },
          ...{ sentAs: sentBefore, createdAt: 1 },
        })
      },
      request: post({ from: 'user', content: 'Hurry.', id: sentBefore }),
      expect: { status: 201, body: { id: 4, status: 'sent' }, events: [] },
    },
    {
      name: 'an id that is none is refused',
      given: three,
      request: post({ from: 'user', content: 'Hurry.', id: 'again' }),
      expect: { status: 400, body: refusal('request.invalid', 'id must be a UUID.'), events: [] },
    },
    {
      name: 'a message to a subtask that does not exist is refused',
      given: three,
      request: post({ from: 'user', content: 'Hurry.', to: 'gone' }),
      expect: { status: 404, body: refusal('subtask.not-found'), events: [] },
    },
    ...(
      [
        ['nobody as its sender', { content: 'x' }, 'from is required.'],
        ['no content', { from: 'user' }, 'content is required.'],
        ['too long a content', { from: 'user', content: 'x'.repeat(100_001) }, 'at most 100000'],
        ['an object as its receiver', { from: 'user', content: 'x', to: {} }, 'to must be text.'],
      ] as const
    ).map(([what, json, sentence]) => ({
      name: `a message with ${what} is refused`,
      given: three,
      request: post(json),
      expect: { status: 400, body: refusal('request.invalid', sentence), events: [] },
    })),
    {
      name: 'a message of another type is refused',
      given: three,
      request: {
        method: 'POST',
        path: '/api/tasks/t1/messages',
        body: '{}',
        headers: { 'content-type': 'text/plain' },
      },
      expect: { status: 415, body: refusal('request.unsupported-type'), events: [] },
    },
    {
      name: 'a message in an unknown task is 404',
      request: {
        method: 'POST',
        path: '/api/tasks/nobody/messages',
        json: { from: 'user', content: 'x' },
      },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    },
  ])
})
