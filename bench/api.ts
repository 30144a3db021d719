/**
 * What long lists cost: the same calls to a server with 100,000 tasks and 1,000,000 events and to one with 100 tasks and 1,000 events, over
 * real connections, one right after the other. A list that reads only what it shows costs the same on both.
 */
import { Database } from 'bun:sqlite'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSettings } from '#config/settings.ts'
import { silentLog } from '#lib/log.ts'
import { createApp } from '../server/app.ts'
import { printRatio } from './lib.ts'

const rounds = 40
const sizes = { large: { tasks: 100_000, events: 1_000_000 }, small: { tasks: 100, events: 1_000 } }

type Size = { tasks: number; events: number }

/** Calls by name; every one answers a page of the same length on both servers. */
const calls: Record<string, (size: Size) => string> = {
  'the first page of tasks': () => '/api/tasks?limit=20',
  'a page in the middle, by its cursor': ({ tasks }) =>
    `/api/tasks?limit=20&cursor=${encode(['tasks', Math.floor(tasks / 2)])}`,
  'tasks of one status': () => '/api/tasks?limit=20&status=failed',
  'a word in names and prompts': () => '/api/tasks?limit=20&search=harbour',
  'the newest events of all tasks': () => '/api/events?limit=20&order=desc',
  'events of one type': () => '/api/events?limit=20&type=task.completed',
  'the newest events of one task': () => '/api/tasks/t7/events?limit=10&order=desc',
  'one task': () => '/api/tasks/t7',
  'what needs a person': () => '/api/attention?limit=20',
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

function openServer({ tasks, events }: Size) {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-bench-'))
  const settings = openSettings({
    env: { KLAUDIO_AUTH_MODE: 'env', CLAUDE_SESSION_KEY: 'sk-ant-bench' },
    cwd: dir,
    home: dir,
    flags: { 'server.port': '0', 'docker.host': 'unix:///nowhere/docker.sock' },
  })
  const app = createApp({
    settings,
    embedded: { ui: [], agentImage: [] },
    version: 'bench',
    bunPath: process.execPath,
    environment: process.env,
    log: silentLog,
  })
  fill(settings.config.database.path, { tasks, events })
  return {
    url: app.listen(),
    async close() {
      await app.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

const words = 'paint fix build plan test move read send lock page form list'.split(' ')
const statuses = ['completed', 'completed', 'failed', 'created']
const types = ['agent.activity', 'agent.usage', 'agent.status', 'task.status', 'task.completed']

/** Nothing that would be run: no task here is under way. */
function fill(path: string, { tasks, events }: Size): void {
  using db = new Database(path)
  const addTask = db.prepare(
    `INSERT INTO tasks (id, number, name, prompt, status, mode, model, source, limits, auto_approve, output_files, branch, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, 'parallel', 'opus', '{"kind":"empty"}', '{}', 0, '[]', 'b', ?, 0)`,
  )
  const addEvent = db.prepare(
    'INSERT INTO events (task_id, seq, type, agent_id, data, created_at) VALUES (?, ?, ?, ?, ?, ?)',
  )
  db.transaction(() => {
    for (let i = 1; i <= tasks; i++) {
      const text = Array.from({ length: 30 }, (_, n) => words[(i * 5 + n * n) % words.length])
      const prompt = i % 4 === 0 ? `${text.join(' ')} harbour` : text.join(' ')
      addTask.run(`t${i}`, i, `Task ${i}`, prompt, statuses[i % 4] ?? 'created', i)
    }
    // Twenty that failed just now; all others wait for nobody any more.
    db.run("UPDATE tasks SET updated_at = ? WHERE status = 'failed' AND number <= 80", [Date.now()])
    for (let i = 0; i < events; i++) {
      const task = (i % Math.min(100, tasks)) + 1
      const seq = Math.floor(i / 100) + 1
      addEvent.run(`t${task}`, seq, types[i % 5] ?? 'task.status', `a${task}`, '{"a":1}', i)
    }
  })()
}

async function time(url: string): Promise<number> {
  const start = performance.now()
  const response = await fetch(url)
  await response.bytes()
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return performance.now() - start
}

const large = openServer(sizes.large)
const small = openServer(sizes.small)
console.log('100,000 tasks and 1,000,000 events; the baseline has 100 and 1,000')
for (const [name, toPath] of Object.entries(calls)) {
  const urls = { large: large.url + toPath(sizes.large), small: small.url + toPath(sizes.small) }
  await time(urls.large)
  await time(urls.small)
  const ours: number[] = []
  const baseline: number[] = []
  for (let round = 0; round < rounds; round++) {
    ours.push(await time(urls.large))
    baseline.push(await time(urls.small))
  }
  printRatio({ name, ours, baseline, unit: 'ms', target: { atMost: 3 } })
}
await large.close()
await small.close()
