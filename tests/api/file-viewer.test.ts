import { describe, expect } from 'bun:test'
import { refusal, scenarios } from '../support/scenario.ts'
import { escapes, withInput, withWorkspace } from '../support/seed-files.ts'

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
        const view = await app.files.view('t1', 'workspace', 'src/main.txt')
        expect(view.content).toBe('two\n')
      },
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
