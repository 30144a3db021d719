/** What goes by itself, and what never does. */
import { afterEach, beforeEach, expect, test } from 'bun:test'
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSettings } from '#config/settings.ts'
import { getAgent, toAgent, updateAgent } from '#db/agents.ts'
import { listEvents } from '#db/events.ts'
import { type Db, openDb } from '#db/open.ts'
import { bytesOfRows } from '#db/retention.ts'
import { listUploadPaths, updateTask } from '#db/tasks.ts'
import { upsertUpload } from '#db/uploads.ts'
import { createBackground } from '#lib/background.ts'
import { systemClock } from '#lib/clock.ts'
import { silentLog } from '#lib/log.ts'
import { createRetention, type RetentionSettings } from '#storage/retention.ts'
import { createEventLog, type EventLog } from '#streams/event-log.ts'
import { createOutputStore, type OutputStore } from '#streams/output-store.ts'
import { createParts } from '../../../server/parts.ts'
import { createStorage } from '../../../server/storage.ts'
import { seedAgent, seedTask } from '../../support/seed.ts'

const day = 86_400_000
let dir = ''
let db: Db
let close: () => void
let outputs: OutputStore
let eventLog: EventLog
beforeEach(() => {
  waited = []
  dir = mkdtempSync(join(tmpdir(), 'klaudio-retention-'))
  ;({ db, close } = openDb(join(dir, 'klaudio.db')))
  outputs = createOutputStore({ dir: join(dir, 'output') })
  eventLog = createEventLog({ db, clock: systemClock })
})
afterEach(() => {
  outputs.close()
  close()
  rmSync(dir, { recursive: true, force: true })
})

let waited: string[] = []
const mirrors = {
  whileMirrorUnused<T>(path: string, work: () => Promise<T>): Promise<T> {
    waited.push(path)
    return work()
  },
}

const setups = { sweep: async () => ({ count: 0, bytes: 0 }) }
const images = { list: async () => [], remove: async () => true }

const keep: RetentionSettings = {
  ...{ output_days: 0, output_total: 0, event_days: 0, mirror_days: 0 },
  ...{ upload_days: 0, database_total: 0, setup_days: 0, setup_total: 0 },
}

const retention = (settings: Partial<RetentionSettings>) =>
  createRetention({
    settings: { ...keep, ...settings },
    dataDir: dir,
    filesDir: join(dir, 'files'),
    database: join(dir, 'klaudio.db'),
    db,
    eventLog,
    outputs,
    mirrors,
    images,
    setups,
    clock: systemClock,
    log: silentLog,
  })

/** As the server puts it together, which hands over everything it has. */
function asInTheServer(): ReturnType<typeof createStorage>['retention'] {
  const { config } = openSettings({
    env: { KLAUDIO_DATA_DIR: dir, KLAUDIO_AUTH_MODE: 'env', CLAUDE_SESSION_KEY: 'sk-ant-test' },
    cwd: dir,
    home: dir,
  })
  const background = createBackground(silentLog)
  const more = { settings: openSettings, bunPath: process.execPath, log: silentLog }
  const parts = createParts({ ...more, config, agentImage: [], environment: {} })
  const kept = { db, eventLog, outputs, mirrors, setups }
  return createStorage({ ...more, ...kept, config, parts, background }).retention
}

type Made = { task: string; agent: string }

/** A task that is as it is since some days, with one agent that printed. */
function make(
  id: string,
  status: 'completed' | 'failed' | 'running' | 'paused',
  { days, bytes = 100, holds = false }: { days: number; bytes?: number; holds?: boolean },
): Made {
  const task = seedTask(db, { id, status })
  const agent = seedAgent(db, task, {
    id: `agent-${id}`,
    status: status === 'running' ? 'running' : 'completed',
  })
  updateAgent(db, agent, { holdsResources: holds })
  outputs.append(agent, 0, new Uint8Array(bytes).fill(0x61))
  eventLog.transact((_tx, record) => {
    record({ taskId: task, type: 'task.created', data: {} })
    record({ taskId: task, agentId: agent, type: 'agent.activity', data: { activity: 'Bash' } })
  })
  updateTask(db, task, {}, Date.now() - days * day)
  return { task, agent }
}

test('the server keeps the output of a task that has just ended', async () => {
  const { agent } = make('fresh', 'completed', { days: 1 })
  expect(await asInTheServer().run()).toMatchObject({ items: [], bytes: 0 })
  expect(existsSync(join(dir, 'output', `${agent}.ndjson`))).toBe(true)
})

test('output of tasks that ended long ago goes, with a preview that says the same, and the task says so (M)', async () => {
  const old = make('old', 'completed', { days: 100, bytes: 5000 })
  const recent = make('recent', 'completed', { days: 10 })
  const wanted = retention({ output_days: 90 })
  const preview = await wanted.preview()
  const { kept, ...going } = preview
  expect(going).toEqual({ items: [{ what: 'output', count: 1, bytes: 5000 }], bytes: 5000 })
  expect(kept).toEqual({ database: expect.any(Number), output: 5100 })
  expect(kept.database).toBeGreaterThan(4096)
  expect(outputs.size(old.agent)).toBe(5000)
  expect(await wanted.run()).toMatchObject(going)
  expect(outputs.size(old.agent)).toBe(0)
  expect(outputs.size(recent.agent)).toBe(100)
  const told = listEvents(db, { taskId: old.task, after: 0, limit: 100 }).at(-1)
  expect(told).toMatchObject({
    ...{ type: 'output.removed', agent_id: old.agent },
    data: { bytes: 5000, days: 90 },
  })
  expect(toAgent(getAgent(db, old.agent), { outputBytes: 0 }).output_removed).toMatchObject({
    ...{ bytes: 5000, days: 90 },
    at: expect.stringMatching(/^\d{4}-/),
  })
  expect(toAgent(getAgent(db, recent.agent), { outputBytes: 100 })).not.toHaveProperty(
    'output_removed',
  )
  expect(await wanted.run()).toMatchObject({ items: [], bytes: 0, kept: { output: 100 } })
})

test('what a live or paused task needs is never touched, however old and large it is', async () => {
  const running = make('running', 'running', { days: 1000, bytes: 9000 })
  const paused = make('paused', 'paused', { days: 1000, bytes: 9000 })
  const held = make('held', 'failed', { days: 1000, bytes: 9000, holds: true })
  const report = await retention({ output_days: 1, output_total: 1, event_days: 1 }).run()
  for (const { agent } of [running, paused, held]) expect(outputs.size(agent)).toBe(9000)
  expect(report.items.map(({ what }) => what)).not.toContain('output')
  const kept = listEvents(db, { taskId: paused.task, after: 0, limit: 100 })
  expect(kept.map(({ type }) => type)).toEqual(['task.created', 'agent.activity'])
})

test('beyond the total, the output of the tasks that ended first goes until the rest fits', async () => {
  const made = [30, 20, 10].map((days) => make(`t${days}`, 'completed', { days, bytes: 1000 }))
  await retention({ output_total: 1500 }).run()
  expect(made.map(({ agent }) => outputs.size(agent))).toEqual([0, 0, 1000])
})

test('of the timeline of an old task only how it ended stays', async () => {
  const old = make('old', 'failed', { days: 400 })
  const recent = make('recent', 'failed', { days: 4 })
  const report = await retention({ event_days: 365 }).run()
  expect(report.items).toMatchObject([{ what: 'events', count: 1 }])
  const types = (task: string) =>
    listEvents(db, { taskId: task, after: 0, limit: 100 }).map(({ type }) => type)
  expect(types(old.task)).toEqual(['task.created'])
  expect(types(recent.task)).toEqual(['task.created', 'agent.activity'])
})

test('uploads of tasks that ended long ago go and the task says so, not those that a task began from', async () => {
  const upload = (id: string, days: number): string => {
    const file = join(dir, 'files', id, 'input', 'notes.txt')
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, 'xxxx')
    const createdAt = Date.now() - days * day
    upsertUpload(db, { taskId: id, path: 'notes.txt', sizeBytes: 4, createdAt })
    return file
  }
  make('old', 'completed', { days: 400 })
  make('paused', 'paused', { days: 400 })
  make('recent', 'failed', { days: 4 })
  make('anew', 'completed', { days: 400 })
  make('source', 'completed', { days: 400 })
  updateTask(db, 'source', { source: { kind: 'files' } }, Date.now() - 400 * day)
  const gone = upload('old', 500)
  const kept = [
    upload('paused', 500),
    upload('recent', 500),
    upload('anew', 1),
    upload('source', 500),
  ]
  const wanted = retention({ upload_days: 365 })
  expect((await wanted.preview()).items).toEqual([{ what: 'uploads', count: 1, bytes: 4 }])
  expect(existsSync(gone)).toBe(true)
  expect((await wanted.run()).items).toEqual([{ what: 'uploads', count: 1, bytes: 4 }])
  expect([gone, ...kept].map((file) => existsSync(file))).toEqual([false, true, true, true, true])
  expect(listUploadPaths(db, 'old')).toEqual([])
  expect(listEvents(db, { taskId: 'old', after: 0, limit: 100 }).at(-1)).toMatchObject({
    type: 'uploads.removed',
    data: { count: 1, bytes: 4, days: 365 },
  })
  expect((await wanted.run()).items).toEqual([])
})

test('beyond its limit the database loses the timelines that ended first, and says when that is not enough', async () => {
  for (const days of [30, 20]) {
    const { task } = make(`t${days}`, 'completed', { days })
    eventLog.transact((_tx, record) => {
      const data = { text: 'x'.repeat(1000) }
      for (let n = 0; n < 600; n++) record({ taskId: task, type: 'agent.activity', data })
    })
    updateTask(db, task, {}, Date.now() - days * day)
  }
  const large = bytesOfRows(db)
  const wanted = retention({ database_total: large - 400_000 })
  expect((await wanted.preview()).items).toMatchObject([{ what: 'events', count: 601 }])
  expect(await wanted.preview()).not.toHaveProperty('warning')
  expect(await wanted.run()).not.toHaveProperty('warning')
  expect(bytesOfRows(db)).toBeLessThan(large - 400_000)
  const left = (id: string) => listEvents(db, { taskId: id, after: 0, limit: 1000 }).length
  expect([left('t30'), left('t20')]).toEqual([1, 602])
  const { warning } = await retention({ database_total: 4096 }).run()
  expect(warning).toContain('retention.database_total')
  expect([left('t30'), left('t20')]).toEqual([1, 1])
})

test('unused copies of remotes and what a crash left behind go, what is fresh stays', async () => {
  const made = (path: string, days: number): string => {
    const file = join(dir, path)
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, 'xxxx')
    const at = (Date.now() - days * day) / 1000
    for (const each of [file, join(file, '..')]) utimesSync(each, at, at)
    return file
  }
  const oldMirror = made('mirrors/old.git/HEAD', 40)
  const newMirror = made('mirrors/new.git/HEAD', 4)
  const oldUpload = made('files/t1/incoming/half', 2)
  const newUpload = made('files/t2/incoming/half', 0)
  const oldBackup = made('backups/a.db.partial', 2)
  const kept = made('backups/a.db', 400)
  const report = await retention({ mirror_days: 30 }).run()
  // A task that fetches into it at this moment is waited for.
  expect(waited).toEqual([join(dir, 'mirrors/old.git')])
  expect(report.items).toEqual([
    { what: 'mirrors', count: 1, bytes: 4 },
    { what: 'temporary', count: 2, bytes: 8 },
  ])
  expect([oldMirror, oldUpload, oldBackup].map(existsSync)).toEqual([false, false, false])
  expect([newMirror, newUpload, kept].map(existsSync)).toEqual([true, true, true])
})
