/** The commands of `klaudio task` and `klaudio agent`, as a script runs them: the real program against a real server. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeAddress } from '#config/address-file.ts'
import type { Task } from '#contract/task.ts'
import { updateAgent } from '#db/agents.ts'
import { type CliServer, openCliServer } from '../support/cli-server.ts'
import { type Ended, klaudio } from '../support/klaudio.ts'
import { draft, seedAgent, seedPlan, seedQuestions, seedTask, spec } from '../support/seed.ts'
import { testRunKey } from '../support/test-app.ts'

let app: CliServer
const dir = mkdtempSync(join(tmpdir(), 'klaudio-cli-'))
beforeAll(async () => {
  app = await openCliServer()
})
afterAll(async () => {
  await app[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true, force: true })
})

type Options = Parameters<typeof klaudio>[1]
const run = (args: readonly string[], options: Options = {}): Promise<Ended> =>
  klaudio(args, { server: app.url, cwd: dir, ...options })

const api = async <T>(path: string): Promise<T> => (await fetch(`${app.url}${path}`)).json() as T

const newTask = (more: Parameters<typeof seedTask>[1] = {}): string =>
  seedTask(app.db, { id: crypto.randomUUID(), ...more })

/** The task whose short id is the first word of what was printed. */
async function created({ stdout }: Ended): Promise<Task> {
  const { tasks } = await api<{ tasks: Task[] }>(`/api/tasks/with-id?prefix=${stdout.slice(0, 8)}`)
  const [task] = tasks
  if (!task) throw new Error(`no task in: ${stdout}`)
  return task
}

describe('creating', () => {
  test('takes the prompt as a word, names the task after its first line, and starts it', async () => {
    const ended = await run(['task', 'create', 'Count to ten.\nThen stop.'])
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(await created(ended)).toMatchObject({
      name: 'Count to ten.',
      prompt: 'Count to ten.\nThen stop.',
      status: 'planning',
    })
  })

  test('takes the prompt from stdin, and from a file', async () => {
    const piped = await run(['task', 'create', '--draft'], { stdin: 'From a pipe\n' })
    expect(await created(piped)).toMatchObject({ prompt: 'From a pipe', status: 'created' })
    writeFileSync(join(dir, 'prompt.txt'), 'From a file')
    const read = await run(['task', 'create', '--draft', '--prompt-file', 'prompt.txt'])
    expect(await created(read)).toMatchObject({ prompt: 'From a file' })
  })

  test('passes on mode, model, limits and what is a result', async () => {
    const ended = await run([
      ...['task', 'create', '--draft', 'Do it', '--name', 'A name', '--mode', 'sequential'],
      ...['--model', 'sonnet', '--max-agents', '2', '--max-cost', '1.5', '--timeout', '30'],
      ...['--max-turns', '9', '--max-attempts', '3', '--auto-approve'],
    ])
    expect(await created(ended)).toMatchObject({
      name: 'A name',
      mode: 'sequential',
      model: 'sonnet',
      auto_approve: true,
      limits: {
        max_agents: 2,
        max_cost_usd: 1.5,
        subtask_timeout_minutes: 30,
        max_turns: 9,
        max_attempts: 3,
      },
    })
  })

  test('starts from a repository: a URL is remote, anything else a path that is made absolute', async () => {
    const remote = await run([
      ...['task', 'create', '--draft', 'x', '--repo', 'https://example.org/a.git', '--ref', 'main'],
    ])
    expect((await created(remote)).source).toEqual({
      kind: 'git',
      url: 'https://example.org/a.git',
      ref: 'main',
    })
    const local = await run(['task', 'create', '--draft', 'x', '--repo', './here'])
    expect((await created(local)).source).toEqual({ kind: 'local', path: join(dir, 'here') })
  })

  test('gives files and whole folders to the task before it starts; links inside are left out', async () => {
    mkdirSync(join(dir, 'given/deep/.git'), { recursive: true })
    writeFileSync(join(dir, 'given/deep/b.txt'), 'bb')
    writeFileSync(join(dir, 'given/deep/.git/config'), 'secret')
    symlinkSync('/etc/passwd', join(dir, 'given/link'))
    writeFileSync(join(dir, 'a.txt'), 'a')
    const ended = await run(['task', 'create', 'x', '--file', 'a.txt', '--file', 'given'])
    expect(ended.code).toBe(0)
    expect(ended.stderr).toContain('given/link')
    const task = await created(ended)
    expect(task).toMatchObject({ source: { kind: 'files' }, status: 'planning' })
    const files = await api<{ input: { name: string }[] }>(`/api/tasks/${task.id}/files`)
    expect(files.input.map(({ name }) => name)).toEqual(['a.txt', 'given/deep/b.txt'])
  })

  test('leaves nothing behind when the files cannot be given', async () => {
    const before = await api<{ total: number }>('/api/tasks')
    writeFileSync(join(dir, 'large.bin'), new Uint8Array(200_000))
    const ended = await run(['task', 'create', 'x', '--file', 'large.bin'])
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain('The task was not created')
    expect(await api<{ total: number }>('/api/tasks')).toMatchObject({ total: before.total })
  })

  test.each([
    [['task', 'create', '--draft', '   '], 'The prompt is empty'],
    [['task', 'create', 'x', '--prompt-file', 'prompt.txt'], 'given twice'],
    [['task', 'create', 'x', '--file', 'nowhere'], 'nowhere cannot be given'],
    [['task', 'create', 'x', '--ref', 'main'], 'give --repo'],
    [['task', 'create', 'x', '--mode', 'both'], '--mode is "both", but may only be'],
    [['task', 'create', 'x', '--max-agents', 'many'], 'takes a number'],
    [['task', 'create', 'x', '--max-agents', '1000'], 'max_agents'],
    [['task', 'list', '--status', 'nonsense'], 'status'],
  ])('klaudio %j is refused with 2 and a sentence', async (args, sentence) => {
    const before = app.dump()
    const ended = await run(args)
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain(sentence)
    expect(app.dump()).toEqual(before)
  })
})

describe('looking', () => {
  test('list shows a line per task, and --json exactly what the API answers', async () => {
    const id = newTask({ name: 'Listed task', status: 'failed' })
    const { code, stdout } = await run(['task', 'list'])
    expect(code).toBe(0)
    expect(stdout.split('\n')[0]).toMatch(/^ID +STATUS +NAME/)
    expect(stdout).toMatch(new RegExp(`^${id.slice(0, 8)} +✗ Failed +Listed task`, 'm'))
    const json = await run(['task', 'list', '--json', '--status', 'failed'])
    expect(JSON.parse(json.stdout)).toEqual(await api('/api/tasks?status=failed'))
  })

  test('what agents and people wrote cannot steer the terminal, in tables and in JSON', async () => {
    const name = 'evil\u001b]0;title\u0007\u009b2J\u202ename'
    const id = newTask({ name })
    const shown = await run(['task', 'show', id])
    expect(shown.stdout).toContain('evil␛]0;title␇\ufffd2J\ufffdname')
    const json = await run(['task', 'show', id, '--json'])
    expect(JSON.parse(json.stdout).name).toBe(name)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
    const steering = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/
    for (const { stdout } of [shown, json]) expect(stdout).not.toMatch(steering)
  })

  test('show has the plan, the open questions and the agents', async () => {
    const id = newTask({ status: 'running' })
    seedPlan(app.db, id, draft(spec('base'), spec('top', ['base'])), { base: 'completed' })
    seedAgent(app.db, id, { id: crypto.randomUUID(), subtaskId: 'top' })
    const { stdout } = await run(['task', 'show', id])
    expect(stdout).toMatch(/^base +✓ Done +Do base/m)
    expect(stdout).toMatch(/^top +○ Waiting +Do top +developer +base/m)
    expect(stdout).toMatch(/● Running +top/)
    expect(stdout).toContain(`klaudio task watch ${id.slice(0, 8)}`)
  })

  test('an id may be shortened; one that several share lists them and ends with 2', async () => {
    newTask({ id: 'abcd1111-0000-4000-8000-000000000000', name: 'First' })
    newTask({ id: 'abcd2222-0000-4000-8000-000000000000', name: 'Second' })
    const one = await run(['task', 'show', 'ABCD1', '--json'])
    expect(JSON.parse(one.stdout).name).toBe('First')
    const both = await run(['task', 'show', 'abcd'])
    expect(both.code).toBe(2)
    expect(both.stderr).toContain('abcd1111-0000-4000-8000-000000000000  First')
    expect(both.stderr).toContain('abcd2222-0000-4000-8000-000000000000  Second')
  })

  test('files are listed and got byte for byte; nothing is replaced without --force', async () => {
    const id = newTask()
    const bytes = Uint8Array.from({ length: 256 }, (_, n) => n)
    const form = new FormData()
    form.append('files[]', new Blob([bytes]), 'all.bin')
    await fetch(`${app.url}/api/tasks/${id}/files`, { method: 'POST', body: form })
    expect((await run(['task', 'files', 'list', id])).stdout).toMatch(/input +256 B +all\.bin/)
    const get = ['task', 'files', 'get', id, 'all.bin', '--area', 'input', '--to', 'got.bin']
    expect((await run(get)).code).toBe(0)
    expect(new Uint8Array(readFileSync(join(dir, 'got.bin')))).toEqual(bytes)
    expect(await run(get)).toMatchObject({ code: 5, stderr: expect.stringContaining('--force') })
    expect((await run([...get, '--force'])).code).toBe(0)
    expect((await run(['task', 'files', 'get', id, 'none'])).code).toBe(4)
  })
})

describe('steering', () => {
  test('answers by number, approves, stops and cancels', async () => {
    const asked = newTask({ status: 'planning' })
    app.move(asked, 'planning', { phase: 'awaiting_answers' })
    seedQuestions(app.db, asked, ['Which one?'])
    expect((await run(['task', 'answer', asked, '1', '2'])).stdout).toBe('Answered: no\n')
    const planned = newTask({ status: 'planned' })
    seedPlan(app.db, planned)
    expect(await run(['task', 'approve', planned, '--version', '1'])).toMatchObject({ code: 0 })
    expect(app.tasks.get(planned).status).toBe('running')
    expect((await run(['task', 'stop', planned])).stdout).toContain('their work is kept')
    expect(await run(['task', 'cancel', planned, '--json'])).toMatchObject({ code: 0 })
    expect(app.tasks.get(planned).status).toBe('cancelled')
  })

  test('what is not possible now ends with 5 and the sentence of the server', async () => {
    const id = newTask({ status: 'completed' })
    const ended = await run(['task', 'approve', id])
    expect(ended.code).toBe(5)
    expect(ended.stderr).toMatch(/^A task that is completed|completed/)
    const json = await run(['task', 'approve', id, '--json'])
    expect(JSON.parse(json.stderr)).toMatchObject({ code: 'task.wrong-state', exit_code: 5 })
    expect(json.stdout).toBe('')
  })

  test('launches a task again, from its result or from the source', async () => {
    const old = newTask({ status: 'failed' })
    const ended = await run(['task', 'relaunch', old, '--draft'])
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ended.stdout).toContain(`goes on from the result of ${old.slice(0, 8)}`)
    expect(await created(ended)).toMatchObject({ status: 'created', relaunched_from: old })
    const clean = await run(['task', 'relaunch', old, '-', '--clean'], { stdin: 'Count more.' })
    expect(await created(clean)).toMatchObject({
      status: 'planning',
      prompt: 'Count more.',
      keeps_context: false,
    })
  })

  test('sets the name and when agents ask, and one of them it needs', async () => {
    const id = newTask({ status: 'running' })
    const set = await run(['task', 'set', id, '--permission-mode', 'manual'])
    expect(set).toMatchObject({ code: 0, stderr: '' })
    expect(set.stdout).toContain('agents ask: manual')
    expect(await run(['task', 'set', id, '--name', 'Count on'])).toMatchObject({ code: 0 })
    expect(await api<Task>(`/api/tasks/${id}`)).toMatchObject({
      name: 'Count on',
      permission_mode: 'manual',
    })
    expect(await run(['task', 'set', id])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--permission-mode'),
    })
  })

  test('a message goes to the only agent at work, or to the one that is named', async () => {
    const id = newTask({ status: 'running' })
    seedPlan(app.db, id)
    const [one, two] = [crypto.randomUUID(), crypto.randomUUID()]
    seedAgent(app.db, id, { id: one, subtaskId: 'one' })
    expect((await run(['task', 'message', id, 'Hello'])).stdout).toContain('has the message')
    seedAgent(app.db, id, { id: two, subtaskId: 'two' })
    const unclear = await run(['task', 'message', id, 'Hello'])
    expect(unclear).toMatchObject({ code: 2, stderr: expect.stringContaining(two.slice(0, 8)) })
    expect((await run(['task', 'message', id, '-', '--to', 'two'], { stdin: 'Hi' })).code).toBe(0)
    expect(app.tasks.inputs(id, two).map(({ content }) => content)).toEqual(['Hi'])
  })

  test('deleting asks; where nobody can be asked it wants --yes', async () => {
    const id = newTask()
    expect(await run(['task', 'delete', id])).toMatchObject({ code: 2, stdout: '' })
    expect(app.tasks.get(id).id).toBe(id)
    expect((await run(['task', 'delete', id, '--yes'])).code).toBe(0)
    expect((await run(['task', 'show', id])).code).toBe(4)
  })
})

describe('a server that cannot be used', () => {
  test('is not there: 3, and what to do', async () => {
    const ended = await run(['task', 'list'], { server: 'http://127.0.0.1:1' })
    expect(ended.code).toBe(3)
    expect(ended.stderr).toContain('No Klaudio answers at http://127.0.0.1:1')
  })

  test('is something else: 3', async () => {
    using other = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => new Response('hello') })
    const ended = await run(['task', 'list'], { server: other.url.origin })
    expect(ended).toMatchObject({ code: 3, stderr: expect.stringContaining('is not Klaudio') })
  })

  test('wants a token: 6 without, and it is taken from a file or the environment, never from the line', async () => {
    await using guarded = await openCliServer({ token: 'k-secret' })
    const server = guarded.url
    const refused = await run(['task', 'list'], { server })
    expect(refused).toMatchObject({ code: 6, stderr: expect.stringContaining('--token-file') })
    writeFileSync(join(dir, 'token'), 'k-secret\n')
    expect((await run(['task', 'list', '--token-file', 'token'], { server })).code).toBe(0)
    const env = { KLAUDIO_TOKEN: 'k-secret' }
    expect((await run(['task', 'list'], { server, env })).code).toBe(0)
    expect((await run(['task', 'list', '--token', 'k-secret'], { server })).code).toBe(2)
    const id = seedTask(guarded.db, { id: crypto.randomUUID(), status: 'completed' })
    expect((await run(['task', 'watch', id], { server, env })).code).toBe(0)
  })

  test('is found by what it wrote into its data directory, and else by the settings', async () => {
    mkdirSync(join(dir, 'data'), { recursive: true })
    writeAddress(join(dir, 'data'), { url: app.url, key: testRunKey })
    expect((await klaudio(['task', 'list'], { cwd: dir })).code).toBe(0)
    rmSync(join(dir, 'data'), { recursive: true })
    writeFileSync(join(dir, 'config.yaml'), `server:\n  port: ${new URL(app.url).port}\n`)
    expect((await klaudio(['task', 'list'], { cwd: dir })).code).toBe(0)
    rmSync(join(dir, 'config.yaml'))
  })

  test('is reached past a proxy when it is on this machine', async () => {
    const env = { HTTP_PROXY: 'http://127.0.0.1:1', http_proxy: 'http://127.0.0.1:1' }
    expect((await run(['task', 'list'], { env })).code).toBe(0)
  })
})

test('what a task has cost is a line for each agent, the dearest first, and one for all', async () => {
  const id = newTask({ status: 'running' })
  const [cheap, dear] = [crypto.randomUUID(), crypto.randomUUID()]
  seedAgent(app.db, id, { id: cheap })
  seedAgent(app.db, id, { id: dear })
  updateAgent(app.db, cheap, { costUsd: 0.5, turns: 3, toolCalls: 7 })
  updateAgent(app.db, dear, { costUsd: 1.25, turns: 2, toolCalls: 1 })
  const { stdout, code } = await run(['task', 'cost', id])
  expect(code).toBe(0)
  const [, first, second, all] = stdout.split('\n')
  expect(first).toMatch(new RegExp(`^${dear.slice(0, 8)} .* 2 +1 +0 +\\$1\\.25$`))
  expect(second).toStartWith(cheap.slice(0, 8))
  expect(all).toMatch(/all .* 5 +8 +0 +\$1\.75$/)
  const json = await run(['task', 'cost', id, '--json'])
  expect(JSON.parse(json.stdout)).toMatchObject({ cost_usd: 1.75, tool_calls: 8 })
})
