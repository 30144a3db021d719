/** Whatever is sent, the answer is one of ours: never an internal error, and a refusal changes nothing. */
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { errorCodes } from '#contract/errors.ts'
import type { ErrorBody } from '#http/errors.ts'
import { seedAgent, seedPlan, seedQuestions, seedTask } from '../support/seed.ts'
import { openTestApp } from '../support/test-app.ts'

const id = fc.oneof(
  fc.constantFrom(
    't1',
    't2',
    'a1',
    'one',
    'q1',
    'nobody',
    '..',
    '%00',
    '%',
    '__proto__',
    'constructor',
  ),
  fc.string({ maxLength: 20 }).map(encodeURIComponentSafely),
)
const query = fc.oneof(
  fc.constant(''),
  fc
    .tuple(
      fc.constantFrom(
        'limit',
        'offset',
        'status',
        'search',
        'after',
        'after_id',
        'from',
        'to',
        'path',
        'type',
        'version',
      ),
      fc.oneof(
        fc.string({ maxLength: 20 }),
        fc.integer().map(String),
        fc.constantFrom('input', 'workspace', '0'.repeat(40)),
      ),
    )
    .map(([name, value]) => `?${name}=${encodeURIComponentSafely(value)}`),
)
const routes = [
  '/api/tasks',
  '/api/tasks/:',
  '/api/tasks/:/start',
  '/api/tasks/:/stop',
  '/api/tasks/:/resume',
  '/api/tasks/:/replan',
  '/api/tasks/:/approve',
  '/api/tasks/:/plan',
  '/api/tasks/:/plan/versions',
  '/api/tasks/:/questions',
  '/api/tasks/:/questions/skip',
  '/api/tasks/:/questions/:/answer',
  '/api/tasks/:/subtasks/:/retry',
  '/api/tasks/:/subtasks/:/skip',
  '/api/tasks/:/agents',
  '/api/tasks/:/agents/:',
  '/api/tasks/:/agents/:/output',
  '/api/tasks/:/agents/:/inputs',
  '/api/tasks/:/agents/:/inputs/:',
  '/api/tasks/:/agents/:/interrupt',
  '/api/tasks/:/message',
  '/api/tasks/:/messages',
  '/api/tasks/:/files',
  '/api/tasks/:/files/:',
  '/api/tasks/:/file-viewer',
  '/api/tasks/:/events',
  '/api/tasks/:/changes',
  '/api/tasks/:/diff',
  '/api/tasks/:/stats',
  '/api/tasks/:/rate-limit',
  '/api/events',
  '/api/agents',
  '/api/config',
  '/api/source/check',
  '/:',
]
const path = fc
  .tuple(fc.constantFrom(...routes), fc.array(id, { minLength: 3, maxLength: 3 }), query)
  .map(([route, ids, suffix]) => {
    let next = 0
    return route.replaceAll(':', () => ids[next++] ?? 'x') + suffix
  })
const names = fc.constantFrom(
  'name',
  'prompt',
  'answer',
  'content',
  'agent_id',
  'from',
  'to',
  'subtasks',
  'strategy',
  'modified_plan',
  'version',
  'additional_context',
  'limits',
  'source',
  '__proto__',
)
const body = fc.oneof(
  fc.constant(undefined),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.dictionary(names, fc.jsonValue(), { maxKeys: 4 }).map((value) => JSON.stringify(value)),
  fc.string({ maxLength: 50 }),
)
const type = fc.constantFrom(
  'application/json',
  'text/plain',
  'multipart/form-data; boundary=x',
  '',
)
const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH')

test('no request gets an internal error, every refusal has a code and a sentence and changes nothing', async () => {
  await using app = await openTestApp()
  seedTask(app.db, { status: 'planned' })
  await app.makeRepository('t1')
  seedPlan(app.db, 't1')
  seedTask(app.db, { id: 't2', status: 'planning' })
  await app.makeRepository('t2')
  seedAgent(app.db, 't2', { kind: 'planner' })
  seedQuestions(app.db, 't2', ['Which?'])
  let recorded = 0
  app.eventLog.subscribe(() => void recorded++)
  const property = fc.asyncProperty(method, path, type, body, async (verb, where, kind, what) => {
    app.takeEvents()
    const before = app.dump()
    const soFar = recorded
    const response = await app.fetch(
      new Request(`http://localhost:8080${where}`, {
        method: verb,
        headers: { host: 'localhost:8080', ...(kind ? { 'content-type': kind } : {}) },
        ...(what === undefined || verb === 'GET' ? {} : { body: what }),
      }),
    )
    if (response.status < 400) return
    expect(response.status).not.toBe(500)
    const { code, error } = (await response.json()) as ErrorBody
    expect(errorCodes).toContain(code)
    expect(error.length).toBeGreaterThan(5)
    expect(app.takeEvents()).toEqual([])
    // What an earlier request began may go on in the background, and then says so.
    if (recorded === soFar) expect(app.dump()).toEqual(before)
  })
  await fc.assert(property, { numRuns: 400 })
})

function encodeURIComponentSafely(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
