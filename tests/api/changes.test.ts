import { describe, expect } from 'bun:test'
import { refusal, scenarios } from '../support/scenario.ts'
import { bare, withWorkspace } from '../support/seed-files.ts'

describe('changes and diff', () => {
  scenarios([
    {
      name: 'the changes of a task are listed from where it started',
      given: withWorkspace,
      request: { path: '/api/tasks/t1/changes' },
      expect: {
        status: 200,
        body: { files: [{ path: 'src/main.txt', status: 'A', added: 1, deleted: 0 }] },
        events: [],
      },
    },
    {
      name: 'the diff is text',
      given: withWorkspace,
      request: { path: '/api/tasks/t1/diff?path=src/main.txt' },
      expect: {
        status: 200,
        body: expect.stringContaining('+one'),
        headers: { 'content-type': expect.stringMatching(/^text\/plain/i) },
        events: [],
      },
    },
    {
      name: 'a task without a repository has no changes',
      given: bare,
      request: { path: '/api/tasks/t1/changes' },
      expect: { status: 200, body: { from: null, to: null, files: [] }, events: [] },
    },
    {
      name: 'a task without a repository has no diff',
      given: bare,
      request: { path: '/api/tasks/t1/diff' },
      expect: { status: 404, body: refusal('file.not-found'), events: [] },
    },
    ...['main', '--output=/tmp/x', 'HEAD~1', 'abc'].flatMap((commit) =>
      ['changes', 'diff'].map((route) => ({
        name: `${route} from "${commit}" is refused: only commit ids are taken`,
        given: withWorkspace,
        request: { path: `/api/tasks/t1/${route}?from=${encodeURIComponent(commit)}` },
        expect: { status: 400, body: refusal('request.invalid', 'from'), events: [] },
      })),
    ),
    ...['changes', 'diff'].map((route) => ({
      name: `${route} from a commit that the repository does not have is 404`,
      given: withWorkspace,
      request: { path: `/api/tasks/t1/${route}?from=${'1'.repeat(40)}` },
      expect: { status: 404, body: refusal('file.not-found', 'commit'), events: [] },
    })),
    ...['changes', 'diff'].map((route) => ({
      name: `${route} of an unknown task is 404`,
      request: { path: `/api/tasks/nobody/${route}` },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
    })),
  ])
})
