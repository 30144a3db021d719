/** Real database, output store and event log in a temporary directory, and `Agents` on an engine of the test's choice. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AgentSpec, Agents } from '#agents/agents.ts'
import { type AgentsOptions, createAgents } from '#agents/create-agents.ts'
import type { TaskEvent } from '#contract/event.ts'
import type { PermissionMode } from '#contract/permission.ts'
import { type AgentRow, getAgent, insertAgent } from '#db/agents.ts'
import type { Db } from '#db/open.ts'
import { listPermissions, type PermissionRow } from '#db/permissions.ts'
import { tasks } from '#db/schema/tables.ts'
import { updateTask } from '#db/tasks.ts'
import type { Engine } from '#docker/engine.ts'
import { type Clock, systemClock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import { silentLog } from '#lib/log.ts'
import { createEventLog } from '#streams/event-log.ts'
import { createOutputStore, type OutputStore } from '#streams/output-store.ts'
import { openTestDb } from './database.ts'

export type AgentRig = {
  agents: Agents
  output: OutputStore
  instanceId: string
  taskId: string
  readonly db: Db
  /** Path of the database, for tests that look behind the scenes. */
  dbPath: string
  /** A row and the spec that belongs to it. */
  newAgent(overrides?: Partial<AgentSpec>): AgentSpec
  row(agentId: string): AgentRow
  /** What the tasks service does when a person changes it. */
  setMode(mode: PermissionMode): void
  /** What agents asked to be allowed, oldest first. */
  permissions(): PermissionRow[]
  events(agentId?: string): TaskEvent[]
  /** Lets go of every container as a killed server does; `restart` comes next. */
  crash(): Promise<void>
  /** Another server starts on the same files as if the one before had been killed. */
  restart(): void
  /** Another server starts on the same files, and the one before never let go of anything. */
  abandon(): void
  /** Resolves once `isTrue` is. */
  until(isTrue: () => boolean): Promise<void>
  dispose(): Promise<void>
}

export type AgentRigOptions = {
  engine: Engine
  image: string | (() => string)
  baseUrl?: string
  settings?: Partial<AgentsOptions['settings']>
  retryBudgetMs?: number
  credentials?: () => Promise<Record<string, string>>
  environmentOf?: (taskId: string) => { values: Record<string, string>; secrets: string[] }
  cloneImage?: AgentsOptions['cloneImage']
  projectImage?: AgentsOptions['projectImage']
  clock?: Clock
  /** Of the task that all its agents belong to. */
  permissionMode?: PermissionMode
}

export function createAgentRig(options: AgentRigOptions): AgentRig {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-agents-'))
  const instanceId = newId()
  const taskId = newId()
  const opened: { close: () => void }[] = []
  const clock = options.clock ?? systemClock

  const open = () => {
    const { db, close } = openTestDb(join(dir, 'klaudio.db'))
    const output = createOutputStore({ dir: join(dir, 'output') })
    opened.push({ close }, output)
    const events = createEventLog({ db, clock })
    const agents = createAgents({
      engine: options.engine,
      db,
      events,
      output,
      clock,
      log: silentLog,
      image: async () => (typeof options.image === 'string' ? options.image : options.image()),
      ...(options.cloneImage && { cloneImage: options.cloneImage }),
      ...(options.projectImage && { projectImage: options.projectImage }),
      environmentOf: options.environmentOf ?? (() => ({ values: {}, secrets: [] })),
      credentials: options.credentials ?? (async () => ({ ANTHROPIC_API_KEY: 'sk-ant-test' })),
      baseUrl: options.baseUrl ?? 'http://127.0.0.1:9',
      retryBudgetMs: options.retryBudgetMs ?? 60_000,
      settings: {
        instanceId,
        network: 'bridge',
        memoryBytes: 1024 ** 3,
        cpus: 2,
        pids: 512,
        tmpBytes: 64 * 1024 * 1024,
        ...options.settings,
      },
    })
    return { db, output, events, agents }
  }
  let now = open()
  now.db
    .insert(tasks)
    .values({
      id: taskId,
      name: 'test',
      prompt: 'test',
      status: 'running',
      mode: 'parallel',
      model: 'opus',
      source: { kind: 'empty' },
      limits: {},
      permissionMode: options.permissionMode ?? 'bypassPermissions',
      autoApprove: false,
      outputFiles: [],
      branch: 'main',
      createdAt: clock.now(),
      updatedAt: clock.now(),
    })
    .run()

  return {
    get agents() {
      return now.agents
    },
    get db() {
      return now.db
    },
    get output() {
      return now.output
    },
    instanceId,
    taskId,
    dbPath: join(dir, 'klaudio.db'),
    newAgent(overrides = {}) {
      const agentId = overrides.agentId ?? newId()
      const sessionId = overrides.sessionId ?? newId()
      insertAgent(now.db, {
        id: agentId,
        taskId,
        kind: 'worker',
        role: 'developer',
        status: 'created',
        model: 'opus',
        attempt: 1,
        sessionId,
        createdAt: clock.now(),
      })
      return {
        agentId,
        taskId,
        sessionId,
        profile: { kind: 'worker' },
        model: 'opus',
        limits: {},
        workspace: { kind: 'clone', commit: '', branch: 'main', bundle: noBundle },
        files: async () => [],
        ...overrides,
      }
    },
    row: (agentId) => getAgent(now.db, agentId),
    setMode(permissionMode) {
      updateTask(now.db, taskId, { permissionMode }, clock.now())
      now.agents.tellMode(taskId)
    },
    permissions: () => listPermissions(now.db, { taskId, limit: 100 }).reverse(),
    events: (agentId) =>
      now.events
        .list({ taskId, after: 0, limit: 100_000 })
        .filter((event) => agentId === undefined || event.agent_id === agentId),
    async crash() {
      await now.agents.close()
    },
    restart() {
      void now.agents.close()
      now = open()
    },
    abandon() {
      now = open()
    },
    async until(isTrue) {
      while (!isTrue()) await Bun.sleep(2)
    },
    async dispose() {
      await now.agents.close()
      for (const { close } of opened) close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

async function noBundle(): Promise<Uint8Array> {
  throw new Error('this agent was given no repository')
}
