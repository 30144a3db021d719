/** Watching a task with the real program: what scripts get, what a person at a terminal gets. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type CliServer, openCliServer } from '../support/cli-server.ts'
import { klaudio, startKlaudio, startOnTerminal } from '../support/klaudio.ts'
import { draft, seedPlan, seedQuestions, seedTask, spec } from '../support/seed.ts'

let app: CliServer
beforeAll(async () => {
  app = await openCliServer()
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
})

const newTask = (more: Parameters<typeof seedTask>[1] = {}): string =>
  seedTask(app.db, { id: crypto.randomUUID(), status: 'running', ...more })

/** Lines as the events they are. */
const toEvents = (text: string): { seq: number; type: string }[] =>
  text
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

test.each([
  ['completed', 0, 'Done'],
  ['failed', 1, 'No tests passed.'],
  ['cancelled', 8, 'Cancelled'],
  ['paused', 8, 'Stopped'],
] as const)(
  'a task that ends %s ends the command with %i and says so',
  async (status, code, word) => {
    const id = newTask()
    const connected = app.nextSocket()
    const watching = startKlaudio(['task', 'watch', id], { server: app.url })
    await connected
    app.move(id, status, status === 'failed' ? { error: 'No tests passed.' } : {})
    expect(await watching.exited).toBe(code)
    expect(watching.stdout()).toContain(word)
  },
)

test('a task that has ended already is told from its first event to its last', async () => {
  const id = newTask()
  app.move(id, 'completed', { event: 'task.completed' })
  const { code, stdout } = await klaudio(['task', 'watch', id], { server: app.url })
  expect(code).toBe(0)
  expect(stdout).toMatch(/^\d\d:\d\d:\d\d {2}✓ Done\n✓ Done {2}Count/m)
})

test('--json is one event of the API per line, each once and in order, through a restart of the server', async () => {
  const id = newTask()
  const paused = { phase: 'stopping' as const }
  app.move(id, 'paused', paused)
  const connected = app.nextSocket()
  const watching = startKlaudio(['task', 'watch', id, '--json'], { server: app.url })
  await connected
  app.move(id, 'running')
  await watching.until(({ stdout }) => toEvents(stdout()).length === 2)
  await app.goAway()
  await watching.until(({ stderr }) => stderr().includes('The connection is lost'))
  app.move(id, 'paused', paused)
  app.move(id, 'running')
  app.comeBack()
  await watching.until(({ stderr }) => stderr().includes('Connected again'))
  app.move(id, 'completed', { event: 'task.completed' })
  expect(await watching.exited).toBe(0)
  const stored = app.eventLog.list({ taskId: id, after: 0, limit: 100 })
  expect(toEvents(watching.stdout())).toEqual(JSON.parse(JSON.stringify(stored)))
  expect(stored.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6])
})

test('--after goes on behind the last event a program has', async () => {
  const id = newTask()
  app.move(id, 'paused', { phase: 'stopping' })
  app.move(id, 'completed', { event: 'task.completed' })
  const { stdout } = await klaudio(['task', 'watch', id, '--json', '--after', '1'], {
    server: app.url,
  })
  expect(toEvents(stdout).map(({ seq }) => seq)).toEqual([2, 3])
})

test('a task that is deleted while it is watched ends the command with 4', async () => {
  const id = newTask({ status: 'created' })
  const connected = app.nextSocket()
  const watching = startKlaudio(['task', 'watch', id], { server: app.url })
  await connected
  await app.goAway()
  await app.tasks.delete(id)
  app.comeBack()
  expect(await watching.exited).toBe(4)
  expect(watching.stderr()).toContain('There is no task')
})

test('Ctrl-C lets go of the task and ends with 130', async () => {
  const id = newTask()
  const connected = app.nextSocket()
  const watching = startKlaudio(['task', 'watch', id], { server: app.url })
  await connected
  watching.kill('SIGINT')
  expect(await watching.exited).toBe(130)
  expect(watching.stderr()).toContain('The task goes on.')
  expect(app.tasks.get(id).status).toBe('running')
})

test('without a terminal and with --no-input a task that waits for a person ends the command with 7', async () => {
  const id = newTask({ status: 'planned' })
  seedPlan(app.db, id)
  const { code, stderr } = await klaudio(['task', 'watch', id, '--no-input'], { server: app.url })
  expect(code).toBe(7)
  expect(stderr).toContain(`klaudio task approve ${id.slice(0, 8)}`)
})

test('without a terminal watch says what is wanted and goes on when it was given elsewhere', async () => {
  const id = newTask({ status: 'planned' })
  seedPlan(app.db, id)
  const watching = startKlaudio(['task', 'watch', id], { server: app.url })
  await watching.until(({ stderr }) => stderr().includes('waits for your approval'))
  app.move(id, 'cancelled')
  expect(await watching.exited).toBe(8)
})

test('--wait without a terminal ends with 7 when the task needs a person, and prints the task with --json', async () => {
  const id = newTask({ status: 'created' })
  const started = startKlaudio(['task', 'start', id, '--wait', '--json'], { server: app.url })
  await app.nextSocket()
  app.move(id, 'planning', { phase: 'awaiting_answers' })
  expect(await started.exited).toBe(7)
  expect(JSON.parse(started.stdout())).toMatchObject({ id, phase: 'awaiting_answers' })
})

test('on a terminal a question is asked, and a number stands for a choice', async () => {
  const id = newTask({ status: 'planning' })
  seedQuestions(app.db, id, ['Which \u001b[31mcolour\u001b[0m?'])
  app.move(id, 'planning', { phase: 'awaiting_answers' })
  const watching = startOnTerminal(['task', 'watch', id], { server: app.url })
  await watching.until(({ stdout }) => stdout().includes('Which ␛[31mcolour␛[0m?'))
  await watching.until(({ stdout }) => stdout().includes('> '))
  watching.type('2\r')
  await app.until(() => app.tasks.questions(id).every(({ status }) => status === 'answered'))
  expect(app.tasks.questions(id).map(({ answer }) => answer)).toEqual(['no'])
  app.move(id, 'completed')
  expect(await watching.exited).toBe(0)
})

test('on a terminal the plan is shown and approved with one key', async () => {
  const id = newTask({ status: 'planned' })
  seedPlan(app.db, id, draft(spec('base'), spec('top', ['base'])))
  const watching = startOnTerminal(['task', 'watch', id], { server: app.url })
  await watching.until(({ stdout }) => stdout().includes('Approve it?'))
  expect(watching.stdout()).toContain('Do top')
  watching.type('y\r')
  await app.until(() => app.tasks.get(id).status === 'running')
  app.move(id, 'completed')
  expect(await watching.exited).toBe(0)
})

test('a plan that is changed elsewhere is shown anew, and the new one is approved', async () => {
  const id = newTask({ status: 'planned' })
  seedPlan(app.db, id, draft(spec('first')))
  const watching = startOnTerminal(['task', 'watch', id], { server: app.url })
  await watching.until(({ stdout }) => stdout().includes('Approve it?'))
  app.tasks.updatePlan(id, { subtasks: [spec('second')] })
  await watching.until(({ stdout }) => stdout().split('Approve it?').length > 2)
  expect(watching.stdout()).toContain('Do second')
  watching.type('y\r')
  await app.until(() => app.tasks.get(id).status === 'running')
  expect(app.tasks.plan(id).version).toBe(2)
  app.move(id, 'completed')
  expect(await watching.exited).toBe(0)
})

test('a question that is answered elsewhere is taken back', async () => {
  const id = newTask({ status: 'planned' })
  seedPlan(app.db, id)
  const watching = startOnTerminal(['task', 'watch', id], { server: app.url })
  await watching.until(({ stdout }) => stdout().includes('Approve it?'))
  app.move(id, 'completed', { event: 'task.completed' })
  expect(await watching.exited).toBe(0)
})

test('Ctrl-C at a question lets go of the task, too', async () => {
  const id = newTask({ status: 'planned' })
  seedPlan(app.db, id)
  const watching = startOnTerminal(['task', 'watch', id], { server: app.url })
  await watching.until(({ stdout }) => stdout().includes('Approve it?'))
  watching.type('\u0003')
  expect(await watching.exited).toBe(130)
})
