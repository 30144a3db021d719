import { expect, test } from 'bun:test'
import { createAllowedMethods } from '#http/methods.ts'

const allowed = createAllowedMethods([
  { method: 'ALL', path: '/*' },
  { method: 'GET', path: '/api/tasks' },
  { method: 'POST', path: '/api/tasks' },
  { method: 'DELETE', path: '/api/tasks/:id' },
  { method: 'GET', path: '/api/tasks/:id/files/:name{.+}' },
])

test.each([
  ['/api/tasks', ['GET', 'HEAD', 'POST']],
  ['/api/tasks/42', ['DELETE']],
  ['/api/tasks/42/files/a/b.txt', ['GET', 'HEAD']],
  ['/api/tasks/42/files', []],
  ['/api/tasks/', []],
  ['/api/taskss', []],
  ['/', []],
])('%s answers %j', (path, methods) => {
  expect(allowed(path)).toEqual(methods)
})
