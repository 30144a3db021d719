import { describe, expect } from 'bun:test'
import { listComments } from '#db/reviews.ts'
import { refusal, scenarios } from '../support/scenario.ts'
import { withWorkspace } from '../support/seed-files.ts'
import type { TestApp } from '../support/test-app.ts'

const add = (json: object) => ({ method: 'POST' as const, path: '/api/tasks/t1/comments', json })
const one = { path: 'src/main.txt', line: 1, body: 'Why?' }
const withComment = async (app: TestApp): Promise<void> => {
  await withWorkspace(app)
  await app.tasks.addComment('t1', { ...one, side: 'new' })
}
const zero = '0'.repeat(40)

describe('comments on lines', () => {
  scenarios([
    {
      name: 'a comment is kept with the line it is about, as a draft',
      given: withWorkspace,
      request: add(one),
      expect: {
        status: 201,
        body: { path: 'src/main.txt', line: 1, end_line: 1, quote: 'one', state: 'draft', now: 1 },
        events: [],
      },
    },
    ...(
      [
        ['a line that is not there', { line: 2 }, 400, 'request.invalid', 'has 1 lines'],
        ['a file that is not there', { path: 'nothing.txt' }, 404, 'file.not-found', 'no file'],
        ['a commit that is not there', { commit: zero }, 404, 'file.not-found', 'no commit'],
        ['the old side of a new file', { side: 'old' }, 404, 'file.not-found', 'no file'],
        ['no words', { body: '  ' }, 400, 'request.invalid', 'needs words'],
        ['a subtask that is not there', { to: 'who' }, 404, 'subtask.not-found', 'no subtask'],
        ['an agent that is not there', { agent: 'who' }, 404, 'agent.not-found', 'no agent'],
      ] as const
    ).map(([what, more, status, code, sentence]) => ({
      name: `${what} is refused`,
      given: withWorkspace,
      request: add({ ...one, ...more }),
      expect: { status, body: refusal(code, sentence), events: [] },
    })),
    {
      name: 'comments are listed with why they cannot be sent now',
      given: withComment,
      request: { path: '/api/tasks/t1/comments' },
      expect: {
        status: 200,
        body: { comments: [{ state: 'draft', now: 1 }], held: expect.stringContaining('created') },
        events: [],
      },
    },
    {
      name: 'a task that never ran sends none',
      given: withComment,
      request: { method: 'POST', path: '/api/tasks/t1/comments/send' },
      expect: { status: 409, body: refusal('task.wrong-state'), events: [] },
    },
    {
      name: 'a comment of another task is not found',
      given: withComment,
      request: { method: 'PATCH', path: '/api/tasks/t1/comments/x', json: { body: 'y' } },
      expect: { status: 404, body: refusal('comment.not-found'), events: [] },
    },
  ])
  scenarios([
    {
      name: 'a draft is deleted',
      given: withComment,
      request: { method: 'DELETE', path: '/api/tasks/t1/comments/x' },
      expect: { status: 404, body: refusal('comment.not-found'), events: [] },
      after: async (app) => {
        const [row] = listComments(app.db, 't1')
        app.tasks.removeComment('t1', row?.id ?? '')
        expect(listComments(app.db, 't1')).toEqual([])
      },
    },
  ])
})

describe('discards', () => {
  const discard = (json: object) => ({
    method: 'POST' as const,
    path: '/api/tasks/t1/discards',
    json,
  })
  scenarios([
    {
      name: 'there are none at first, and a task that rests can have some',
      given: withWorkspace,
      request: { path: '/api/tasks/t1/discards' },
      expect: { status: 200, body: { discards: [] }, events: [] },
    },
    {
      name: 'nothing is discarded from another head than the one that was looked at',
      given: withWorkspace,
      request: discard({ head: zero, files: [{ path: 'src/main.txt' }] }),
      expect: { status: 412, body: refusal('file.changed', 'Load the changes again'), events: [] },
    },
    {
      name: 'no files are refused',
      given: withWorkspace,
      request: discard({ head: zero, files: [] }),
      expect: { status: 400, body: refusal('request.invalid', 'at least one file'), events: [] },
    },
    {
      name: 'what was never discarded cannot be brought back',
      given: withWorkspace,
      request: { method: 'DELETE', path: `/api/tasks/t1/discards/${zero}` },
      expect: { status: 404, body: refusal('file.not-found'), events: [] },
    },
  ])
})
