import { describe, expect } from 'bun:test'
import { refusal, scenarios } from '../support/scenario.ts'
import { escapes, once, withInput, withWorkspace } from '../support/seed-files.ts'
import type { TestApp } from '../support/test-app.ts'

describe('the file viewer', () => {
  const at = (query: string) => `/api/tasks/t1/file-viewer?${query}`
  const put = (query: string, json: unknown) => ({
    method: 'PUT' as const,
    path: at(query),
    json,
  })
  scenarios([
    {
      name: 'shows a text',
      given: withInput,
      request: { path: at('type=input&path=notes/gr%C3%B6%C3%9Fe.txt') },
      expect: {
        status: 200,
        body: { name: 'größe.txt', path: 'notes/größe.txt', size: 3, content: 'ten' },
        events: [],
      },
    },
    {
      name: 'does not show bytes as text',
      given: withInput,
      request: { path: at('type=input&path=picture.bin') },
      expect: { status: 422, body: refusal('file.not-text'), events: [] },
    },
    {
      name: 'needs a path',
      given: withInput,
      request: { path: at('type=input') },
      expect: { status: 400, body: refusal('request.invalid', 'path is required.'), events: [] },
    },
    {
      name: 'changes an uploaded text',
      given: withInput,
      request: put('type=input&path=notes/gr%C3%B6%C3%9Fe.txt', { content: 'eleven' }),
      expect: { status: 200, body: { name: 'größe.txt', size: 6 }, events: ['file.changed'] },
    },
    {
      name: 'changes a file of the workspace by a commit',
      given: withWorkspace,
      request: put('type=workspace&path=src/main.txt', { content: 'two\n' }),
      expect: { status: 200, body: { path: 'src/main.txt', size: 4 }, events: ['file.changed'] },
      after: async (app) => {
        const view = await app.files.view('t1', { area: 'workspace', path: 'src/main.txt' })
        expect(view.content).toBe('two\n')
      },
    },
    {
      name: 'names the version that it shows',
      given: withWorkspace,
      request: { path: at('type=workspace&path=src/main.txt') },
      expect: {
        status: 200,
        // What git calls the content "one\n".
        headers: { etag: '"5626abf0f72e58d7a153368ba57db4c673c0e171"' },
        events: [],
      },
    },
    {
      name: 'saves on the version that was shown',
      given: withWorkspace,
      request: {
        ...put('type=workspace&path=src/main.txt', { content: 'two\n' }),
        headers: { 'if-match': '"5626abf0f72e58d7a153368ba57db4c673c0e171"' },
      },
      expect: {
        status: 200,
        headers: { etag: '"f719efd430d52bcfc8566a43b2eb655688d38871"' },
        events: ['file.changed'],
      },
    },
    ...(['PUT', 'DELETE'] as const).flatMap((method) =>
      ['workspace&path=src/main.txt', 'input&path=picture.bin'].map((place) => ({
        name: `${method} of ${place} that was changed meanwhile is refused and changes nothing`,
        given: async (app: TestApp) => {
          await withWorkspace(app)
          await app.files.upload('t1', 'picture.bin', once('text'))
          app.takeEvents()
        },
        request: {
          method,
          path: at(`type=${place}`),
          headers: { 'if-match': `"${'0'.repeat(40)}"` },
          ...(method === 'PUT' ? { json: { content: 'x' } } : {}),
        },
        expect: { status: 412, body: refusal('file.changed', 'changed meanwhile'), events: [] },
      })),
    ),
    {
      name: 'refuses a condition that is no version',
      given: withInput,
      request: {
        ...put('type=input&path=notes/gr%C3%B6%C3%9Fe.txt', { content: 'x' }),
        headers: { 'if-match': 'W/"a", "b"' },
      },
      expect: { status: 400, body: refusal('request.invalid', 'If-Match'), events: [] },
    },
    {
      name: 'shows nothing of an agent that the task does not have',
      given: withWorkspace,
      request: { path: at('type=workspace&path=src/main.txt&agent=nobody') },
      expect: { status: 404, body: refusal('agent.not-found'), events: [] },
    },
    {
      name: 'makes no new files',
      given: withInput,
      request: put('type=input&path=new.txt', { content: 'x' }),
      expect: { status: 404, body: refusal('file.not-found'), events: [] },
    },
    {
      name: 'takes text only',
      given: withInput,
      request: put('type=input&path=notes/gr%C3%B6%C3%9Fe.txt', { content: 5 }),
      expect: {
        status: 400,
        body: refusal('request.invalid', 'content must be text.'),
        events: [],
      },
    },
    {
      name: 'refuses a text beyond 2 MiB',
      given: withInput,
      request: put('type=input&path=notes/gr%C3%B6%C3%9Fe.txt', { content: 'x'.repeat(2_100_000) }),
      expect: { status: 413, body: refusal('file.too-large'), events: [] },
    },
    {
      name: 'refuses a form',
      given: withInput,
      request: {
        method: 'PUT',
        path: at('type=input&path=picture.bin'),
        body: 'content=x',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
      expect: { status: 415, body: refusal('request.unsupported-type'), events: [] },
    },
    {
      name: 'deletes an upload',
      given: withInput,
      request: { method: 'DELETE', path: at('type=input&path=picture.bin') },
      expect: { status: 200, body: { status: 'deleted' }, events: ['file.changed'] },
    },
    {
      name: 'deletes a file of the workspace by a commit',
      given: withWorkspace,
      request: { method: 'DELETE', path: at('type=workspace&path=src/main.txt') },
      expect: { status: 200, body: { status: 'deleted' }, events: ['file.changed'] },
    },
    {
      name: 'deletes nothing that is not there',
      given: withInput,
      request: { method: 'DELETE', path: at('type=input&path=gone') },
      expect: { status: 404, body: refusal('file.not-found'), events: [] },
    },
    ...(['GET', 'PUT', 'DELETE'] as const).flatMap((method) => [
      ...escapes.map((path) => ({
        name: `${method} ?path=${path} is refused (S2)`,
        given: withInput,
        request: {
          method,
          path: at(`type=input&path=${encodeURIComponent(path)}`),
          ...(method === 'PUT' ? { json: { content: 'x' } } : {}),
        },
        expect: { status: 403, body: refusal('file.forbidden'), events: [] },
      })),
      {
        name: `${method} in an unknown task is 404`,
        request: {
          method,
          path: '/api/tasks/nobody/file-viewer?path=a',
          ...(method === 'PUT' ? { json: { content: 'x' } } : {}),
        },
        expect: { status: 404, body: refusal('task.not-found'), events: [] },
      },
    ]),
  ])
})
