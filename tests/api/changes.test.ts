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
      name: 'a diff has as much context as asked for',
      given: withWorkspace,
      request: { path: '/api/tasks/t1/diff?path=src/main.txt&old_path=gone.txt&context=all' },
      expect: { status: 200, body: expect.stringContaining('+one'), events: [] },
    },
    ...['-1', '3 --output=/tmp/x', 'most'].map((context) => ({
      name: `a context of "${context}" is refused`,
      given: withWorkspace,
      request: { path: `/api/tasks/t1/diff?context=${encodeURIComponent(context)}` },
      expect: { status: 400, body: refusal('request.invalid', 'context'), events: [] },
    })),
    ...(['changes', 'diff'] as const).flatMap((route) => [
      {
        name: `${route} of an agent that the task does not have is 404`,
        given: withWorkspace,
        request: { path: `/api/tasks/t1/${route}?agent=nobody` },
        expect: { status: 404, body: refusal('agent.not-found'), events: [] },
      },
      {
        name: `${route} of a subtask that the task does not have is 404`,
        given: withWorkspace,
        request: { path: `/api/tasks/t1/${route}?subtask=nothing` },
        expect: { status: 404, body: refusal('subtask.not-found'), events: [] },
      },
      {
        name: `${route} of an agent and a subtask at once is refused`,
        given: withWorkspace,
        request: { path: `/api/tasks/t1/${route}?subtask=a&agent=b` },
        expect: { status: 400, body: refusal('request.invalid', 'not for both'), events: [] },
      },
    ]),
    {
      name: 'work is listed with what it is part of',
      given: withWorkspace,
      request: { path: '/api/tasks/t1/work' },
      expect: {
        status: 200,
        body: { work: [{ kind: 'all', id: '', merged: true }] },
        events: [],
      },
    },
    {
      name: 'work of an unknown task is 404',
      request: { path: '/api/tasks/nobody/work' },
      expect: { status: 404, body: refusal('task.not-found'), events: [] },
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
