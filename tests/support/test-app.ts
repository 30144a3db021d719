/**
 * The server behind its HTTP front: real database, event log, output store, git, files and tasks in a temporary directory.
 * Only the agents are still (`still-agents.ts`), and what needs an engine is told.
 */
import { Database } from 'bun:sqlite'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Agents } from '#agents/agents.ts'
import { type Access, createAccess } from '#auth/access.ts'
import { createAttempts } from '#auth/attempts.ts'
import { createSessionCookie } from '#auth/cookie.ts'
import { createOriginGuard } from '#auth/origin.ts'
import { createVault } from '#auth/vault.ts'
import type { Checkpoints } from '#checkpoints/checkpoints.ts'
import { createCheckpoints } from '#checkpoints/create-checkpoints.ts'
import { createCheckpointViews } from '#checkpoints/look-into.ts'
import { prove } from '#config/address-file.ts'
import { openSettings } from '#config/settings.ts'
import { AppError } from '#contract/errors.ts'
import type { EventType } from '#contract/event.ts'
import type { RecoveryReport } from '#contract/recovery.ts'
import type { AgentStats } from '#contract/stats.ts'
import type { Check, EngineResource, SystemState } from '#contract/system.ts'
import { createCredentials } from '#credentials/credentials.ts'
import { createEnvironments, type OpenedEnvironment } from '#credentials/environment.ts'
import { updateAgent } from '#db/agents.ts'
import type { Db } from '#db/open.ts'
import { findTask, type TaskRow, updateTask } from '#db/tasks.ts'
import { createDelivery } from '#delivery/delivery.ts'
import { createFiles } from '#files/create-files.ts'
import type { Files } from '#files/files.ts'
import { workFacts } from '#files/work-facts.ts'
import { createWorks } from '#files/works.ts'
import { createForges } from '#forges/forges.ts'
import { createGit } from '#git/process.ts'
import { createApi } from '#http/api.ts'
import { createAssets } from '#http/assets.ts'
import type { RequestInfo } from '#http/env.ts'
import { createHttp } from '#http/http.ts'
import type { MountedRoute } from '#http/openapi.ts'
import type { Services } from '#http/services.ts'
import { systemClock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import { type Log, silentLog } from '#lib/log.ts'
import { createRepoMemories } from '#repo-memory/memories.ts'
import { createKeptSetups } from '#setups/kept-setups.ts'
import { createEventLog, type EventLog } from '#streams/event-log.ts'
import { createOutputStore, type OutputStore } from '#streams/output-store.ts'
import { createTasks, type TasksService } from '#tasks/create-tasks.ts'
import { createLooks } from '#tasks/looks.ts'
import { createRepoTemplates } from '#templates/repositories.ts'
import { createTeams } from '#templates/teams.ts'
import { createUsage } from '#usage/usage.ts'
import { createWebhooks, type Webhooks } from '#webhooks/webhooks.ts'
import { createWorkspaces } from '#workspaces/create-workspaces.ts'
import type { Workspaces } from '#workspaces/workspaces.ts'
import { vaultSecrets } from '../../server/secrets.ts'
import { openTestDb } from './database.ts'
import { createAnswerCheck } from './documented-answers.ts'
import { copyEmpty } from './empty-repository.ts'
import { createStillAgents, forever } from './still-agents.ts'

export type TestApp = {
  fetch(request: Request, info?: RequestInfo): Promise<Response>
  db: Db
  access: Access
  tasks: TasksService
  files: Files
  eventLog: EventLog
  outputs: OutputStore
  workspaces: Workspaces
  checkpoints: Checkpoints
  /** Sends nothing until it is started. */
  webhooks: Webhooks
  /** What the agents of a task would find in their environment. */
  environmentOf(taskId: string): OpenedEnvironment
  /** Every route of the API. */
  routes: readonly MountedRoute[]
  /** What the engine would say; change it as a test needs. */
  machine: Machine
  /** Prepares the repository of a task as its start does. Returns the base commit. */
  makeRepository(taskId: string): Promise<string>
  /** Types of the events that calls recorded until they returned, since the last time. */
  takeEvents(): EventType[]
  /** The data directory. */
  dir: string
  /** Every row of every table. */
  dump(): Record<string, unknown[]>
  /** Resolves once `condition` holds; looks again after every event. */
  until(condition: () => boolean): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

type Machine = {
  system: SystemState
  recovery: RecoveryReport
  checks: Check[]
  resources: EngineResource[]
  stats: AgentStats[] | Error
  databaseWorks: boolean
  builds: number
  buildError?: Error
  /** Why nothing can be taken away from the engine now. */
  away?: AppError
  /** What is found in the container of an agent. */
  look: Agents['look']
}

const ready: SystemState = {
  engine: { state: 'reachable', detail: 'Docker 20.10', version: '20.10' },
  image: { state: 'ready', tag: 'klaudio-agent:test', detail: '' },
  slots: { used: 0, total: 5, queued: 0, warm: 0 },
  credentials: { state: 'ok', detail: '' },
}

const nothingFound: RecoveryReport = {
  state: 'done',
  detail: 'Nothing was left over.',
  started_at: '2026-01-01T09:00:00.000Z',
  finished_at: '2026-01-01T09:00:01.000Z',
  tasks: [],
  removed: [],
  left: [],
}

/** Bytes of one upload here; the configured limit is too large to test. */
const maxUploadBytes = 64 * 1024
export const sessionMs = 3_600_000

export type TestAppOptions = {
  /** Whether a token is asked for. */
  required?: boolean
  /** For sessions and attempts. */
  now?: () => number
  log?: Log
  /** A directory that is removed in the end; a fresh temporary one otherwise. */
  dir?: string
}

export async function openTestApp({
  required = false,
  now = Date.now,
  log = silentLog,
  dir = mkdtempSync(join(tmpdir(), 'klaudio-api-')),
}: TestAppOptions = {}): Promise<TestApp> {
  const databasePath = join(dir, 'klaudio.db')
  const { db, close } = openTestDb(databasePath)
  const rows = createDump(databasePath)
  const recorder = createRecorder(createEventLog({ db, clock: systemClock }))
  const { eventLog } = recorder
  const machine: Machine = {
    system: structuredClone(ready),
    recovery: structuredClone(nothingFound),
    checks: [],
    resources: [],
    stats: [],
    databaseWorks: true,
    builds: 0,
    look: () => Promise.reject(new AppError('agent.not-running', 'There is no container.')),
  }
  const core = createCore({ dir, db, eventLog, log, machine })
  const tasks = recorder.watch(core.tasks)
  const files = recorder.watch(core.files)
  const access = createAccess({ db, required, sessionLifetimeMs: sessionMs, now })
  const services = {
    ...{ access, attempts: createAttempts({ now }), cookie: createSessionCookie('test') },
    ...createMachineServices(machine, dir),
    ...core,
    events: eventLog,
    usage: createUsage({ db, clock: systemClock }),
    tasks,
    files,
  }
  const http = createHttp({
    services,
    assets: createAssets([]),
    guard: createOriginGuard({ bindHost: '127.0.0.1', port: () => 8080, allowedHosts: [] }),
    log,
    now: () => Date.now(),
    newId,
  })
  const { routes, checkAnswer } = described(services)
  return {
    ...core,
    dir,
    db,
    access,
    routes,
    eventLog,
    machine,
    async fetch(request, info) {
      const response = await http.fetch(request, info)
      await checkAnswer(request, response)
      return response
    },
    takeEvents: recorder.take,
    dump: rows.dump,
    until: (condition) => waitUntil(eventLog, condition),
    makeRepository: (taskId) => makeRepository({ ...core, db, dir }, taskId),
    async [Symbol.asyncDispose]() {
      await core.checkpoints.close()
      await core.tasks.close()
      core.outputs.close()
      rows.close()
      close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

let description:
  | { routes: TestApp['routes']; checkAnswer: ReturnType<typeof createAnswerCheck> }
  | undefined

/** Made once: every app has the same routes. */
function described(services: Services): NonNullable<typeof description> {
  if (description) return description
  const { routes } = createApi(services)
  description = { routes, checkAnswer: createAnswerCheck(routes) }
  return description
}

/** Everything below HTTP that needs no engine, as the server builds it. */
function createCore({
  dir,
  db,
  eventLog,
  log,
  machine,
}: {
  dir: string
  db: Db
  eventLog: EventLog
  log: Log
  machine: Pick<Machine, 'look' | 'away'>
}) {
  const outputs = createOutputStore({ dir: join(dir, 'output') })
  const git = createGit({ environment: process.env })
  const workspaces = createWorkspaces({
    git,
    dir: join(dir, 'repos'),
    mirrorsDir: join(dir, 'mirrors'),
    log,
  })
  const works = createWorks({ workspaces, factsOf: (taskId) => workFacts(db, taskId) })
  const files = createFiles({
    workspaces,
    works,
    eventLog,
    dir: join(dir, 'files'),
    maxUploadBytes,
    taskOf: (taskId) => getTaskRow(db, taskId),
  })
  const agents: Agents = {
    ...createStillAgents({ db, eventLog, newId, look: (id) => machine.look(id) }),
    async discard(id) {
      if (machine.away) throw machine.away
      updateAgent(db, id, { holdsResources: false, containerId: null })
    },
  }
  const looks = createLooks({ db, agents, workspaces, clock: systemClock })
  const checkpoints = createCheckpoints({
    ...{ db, eventLog, workspaces, outputs, newId, log },
    agents: { save: async () => undefined, restore: async () => {} },
    clock: systemClock,
    config: { auto: false, intervalMs: 60_000, maxCheckpoints: 3, retentionMs: 60_000 },
  })
  const vault = createVault({ db, keyFile: join(dir, 'key') })
  const webhooks = createWebhooks({ db, vault, clock: systemClock, newId, log: silentLog })
  const credentials = createCredentials({ db, vault, clock: systemClock, newId })
  const memories = createRepoMemories({ db, workspaces, clock: systemClock, newId })
  const tasks = createTasks({
    eventLog,
    memories,
    checkpoints,
    // No source is ever prepared, so nothing is ever set up.
    setups: { make: () => new Promise(() => {}) },
    db,
    agents,
    // Sources are prepared by `makeRepository`; a task that is started stays at the very beginning.
    workspaces: { ...workspaces, prepare: ({ signal }) => forever(signal) },
    delivery: createDelivery({ workspaces, forges: createForges({ clock: systemClock }) }),
    files,
    outputs,
    vault,
    credentials,
    clock: systemClock,
    newId,
    log,
    config: {
      maxAgents: 5,
      maxAgentsPerTask: 3,
      warmAgents: 0,
      model: 'opus',
      plannerModel: '',
      subtaskTimeoutMs: 60_000,
      plannerTimeoutMs: 60_000,
      idleTimeoutMs: 60_000,
      maxFixRounds: 3,
      maxAttempts: 2,
      maxTurns: 0,
      maxCostUsd: 0,
      maxOutputBytes: 0,
      permissionMode: 'bypassPermissions',
      allowsShells: true,
    },
  })
  const checkpointViews = createCheckpointViews({ db, checkpoints, workspaces })
  const teams = createTeams({ db, clock: systemClock, newId })
  const environments = createEnvironments(vault)
  const repoTemplates = createRepoTemplates({
    ...{ db, vault, credentials, workspaces, memories, newId },
    environments,
    clock: systemClock,
  })
  return {
    outputs,
    workspaces,
    works,
    looks,
    files,
    tasks,
    teams,
    repoTemplates,
    keptSetups: createKeptSetups({
      ...{ db, instanceId: 'test', isBusy: () => false, clock: systemClock },
      engine: { listImages: async () => [], removeImage: async () => {} },
    }),
    credentials,
    webhooks,
    environmentOf: (id: string) => environments.open(findTask(db, id)?.environment ?? []),
    checkpoints,
    checkpointViews,
  }
}

/** What stands beside the address in the data directory of the test server. */
export const testRunKey = 'the key of this run'

function createMachineServices(machine: Machine, dir: string) {
  const config = openSettings({
    env: { KLAUDIO_AUTH_MODE: 'env', CLAUDE_SESSION_KEY: 'sk-secret' },
    cwd: dir,
    home: dir,
    secrets: vaultSecrets({ mayUpgrade: true }),
  })
  return {
    system: {
      state: () => machine.system,
      recovery: () => machine.recovery,
      async check({ onCheck } = {}) {
        for (const check of machine.checks) onCheck?.(check)
        return machine.checks
      },
      async buildImage() {
        if (machine.buildError) throw machine.buildError
        machine.builds++
        machine.system.image.state = 'building'
      },
    },
    resources: {
      async list() {
        return machine.resources
      },
      async removeOrphans() {
        const orphans = machine.resources.filter(({ owner }) => owner === 'orphan')
        machine.resources = machine.resources.filter(({ owner }) => owner !== 'orphan')
        return { removed: orphans.map(({ name }) => name), failed: [] }
      },
    },
    async stats() {
      if (machine.stats instanceof Error) throw machine.stats
      return machine.stats
    },
    retention: {
      preview: async () => ({ items: [], bytes: 0, kept: { database: 1, output: 1 } }),
      run: async () => ({ items: [], bytes: 0, kept: { database: 1, output: 1 } }),
    },
    config,
    health: {
      version: 'test',
      database: () => machine.databaseWorks,
      prove: (challenge: string) => prove(testRunKey, challenge),
    },
    maxUploadBytes,
    now: () => Date.now(),
  } satisfies Partial<Services>
}

/**
 * Knows which events were recorded inside a call, from its start until it returns or its promise settles. What the
 * background does later is not part of an answer.
 */
function createRecorder(eventLog: EventLog) {
  let recorded: EventType[] = []
  let open = 0
  const enter = (): void => void open++
  const leave = (): void => void open--
  eventLog.subscribe((event) => {
    if (open > 0) recorded.push(event.type)
  })
  return {
    eventLog,
    take(): EventType[] {
      const taken = recorded
      recorded = []
      return taken
    },
    watch<T extends object>(service: T): T {
      return new Proxy(service, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name)
          if (typeof member !== 'function') return member
          return (...args: unknown[]) => {
            enter()
            let result: unknown
            try {
              result = member.apply(target, args)
            } catch (error) {
              leave()
              throw error
            }
            if (!(result instanceof Promise)) {
              leave()
              return result
            }
            return result.finally(leave)
          }
        },
      })
    },
  }
}

function getTaskRow(db: Db, taskId: string): TaskRow {
  const row = findTask(db, taskId)
  if (!row) throw new AppError('task.not-found', `There is no task ${taskId}.`)
  return row
}

async function makeRepository(
  { db, workspaces, dir }: { db: Db; workspaces: Workspaces; dir: string },
  taskId: string,
): Promise<string> {
  const { source, branch } = getTaskRow(db, taskId)
  const { baseCommit } =
    source.kind === 'empty'
      ? await copyEmpty(branch, join(dir, 'repos', `${taskId}.git`))
      : await workspaces.prepare({ taskId, source, branch })
  updateTask(db, taskId, { baseCommit, headCommit: baseCommit }, Date.now())
  return baseCommit
}

/**
 * By a connection of its own, as a person with a database tool would look; the full-text index, which has no rows of its own, is left out.
 * Read again only when SQLite says that another connection has committed since.
 */
function createDump(path: string): { dump: TestApp['dump']; close: () => void } {
  let sqlite: Database | undefined
  let known: { version: unknown; rows: Record<string, unknown[]> } | undefined
  return {
    dump() {
      sqlite ??= new Database(path, { readonly: true })
      const version = sqlite.query('PRAGMA data_version').values()[0]?.[0]
      if (!known || known.version !== version) known = { version, rows: readTables(sqlite) }
      return known.rows
    },
    close: () => sqlite?.close(),
  }
}

function readTables(sqlite: Database): Record<string, unknown[]> {
  const tables = sqlite
    .query<{ name: string }, []>(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'tasks_search%' ORDER BY name",
    )
    .all()
  return Object.fromEntries(
    tables.map(({ name }) => [name, sqlite.query(`SELECT * FROM "${name}" ORDER BY rowid`).all()]),
  )
}

function waitUntil(eventLog: EventLog, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (condition()) return resolve()
    const stop = eventLog.subscribe(() => {
      if (!condition()) return
      stop()
      resolve()
    })
  })
}
