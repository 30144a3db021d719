/**
 * The tasks service on a real database with doubles for agents and repositories. `restart` is a crash: the old service is
 * dropped without a word, whatever it was doing, and a new one recovers on the same rows, containers and repositories.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Agents, TurnOutcome } from '#agents/agents.ts'
import { createVault } from '#auth/vault.ts'
import { AppError, isNoRoom } from '#contract/errors.ts'
import type { TaskEvent } from '#contract/event.ts'
import type { RepoAnalysis } from '#contract/repo-memory.ts'
import type { CreateTask, Task } from '#contract/task.ts'
import { createCredentials } from '#credentials/credentials.ts'
import { listEvents } from '#db/events.ts'
import type { Db } from '#db/open.ts'
import { findTask } from '#db/tasks.ts'
import { silentLog } from '#lib/log.ts'
import { createEventLog } from '#streams/event-log.ts'
import { createTasks, type TasksService } from '#tasks/create-tasks.ts'
import type { RunConfig, TaskDeps } from '#tasks/deps.ts'
import { openTestDb } from './database.ts'
import { createFakeAgents, FakeEngine, type FakeTurn, type Script } from './fake-agents.ts'
import { createFakeWorkspaces, FakeRepositories } from './fake-workspaces.ts'
import { createTestClock } from './test-clock.ts'

export class Crash extends Error {}

export type TestOptions = {
  config?: Partial<RunConfig>
  script?: Script
  /** Instead of a directory of its own that goes with it: another process goes on in it. */
  dir?: string
  clock?: TaskDeps['clock']
  /** Before and after every transaction of the tasks service; throwing `Crash` kills the server there, `disk.full` refuses it. */
  onCommit?: (when: 'before' | 'after') => void
  /** Every event of the tasks service, after its transaction. */
  onEvent?: (event: TaskEvent) => void
  onCall?: (service: 'agents' | 'workspaces', name: string) => void
  /** Instead of the repositories in memory. */
  workspaces?: TaskDeps['workspaces']
  /** Instead of one that has nothing to deliver. */
  delivery?: TaskDeps['delivery']
  wrapAgents?: (agents: Agents) => Agents
  /** Instead of none; asked for at every start. */
  checkpoints?: (life: { isDead: boolean }) => TaskDeps['checkpoints']
  /** Instead of one that always finds what it looks for. */
  setups?: TaskDeps['setups']
  /** Instead of knowing no repository. */
  memories?: Partial<TaskDeps['memories']>
  /** Keeps a call to the repositories waiting. */
  slow?: (name: string) => Promise<void>
}

export type World = {
  tasks: TasksService
  engine: FakeEngine
  repositories: FakeRepositories
  removed: { outputs: string[]; files: string[] }
  /** Uploads that one task got from another. */
  copied: [from: string, to: string][]
  clock: TaskDeps['clock']
  db: Db
  /** Texts of the sentences said by the service itself. */
  events(taskId: string): TaskEvent[]
  types(taskId: string): string[]
  create(input?: Partial<CreateTask>): Task
  status(taskId: string): string
  /** Waits for a condition while everything that can happen happens; fails when nothing more does. */
  until(what: string, condition: () => boolean): Promise<void>
  isDead(): boolean
  kill(): void
  restart(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const none = () => Promise.reject(new AppError('checkpoint.not-found', 'There is none.'))
const noCheckpoints: TaskDeps['checkpoints'] = { read: none, keep: none, lay: none }

const noMemories: TaskDeps['memories'] = {
  learn: async () => undefined,
  recall: () => undefined,
  examine: async () => emptyAnalysis,
}

/** Of a repository that says nothing of itself. */
export const emptyAnalysis: RepoAnalysis = {
  ...{ files: 0, bytes: 0, languages: [], frameworks: [], layout: [], key_files: [] },
  ...{ dependencies: [], commands: [], submodules: [], lfs: [], notes: [] },
}

const foundSetup: TaskDeps['setups'] = {
  make: async () => ({ kind: 'ready', key: 'key', fromCache: true, leftOut: [] }),
}

const defaults: RunConfig = {
  maxAgents: 5,
  maxAgentsPerTask: 3,
  warmAgents: 0,
  model: 'opus',
  plannerModel: '',
  subtaskTimeoutMs: 3_600_000,
  plannerTimeoutMs: 1_800_000,
  idleTimeoutMs: 1_200_000,
  maxAttempts: 2,
  maxFixRounds: 3,
  maxTurns: 0,
  maxCostUsd: 0,
  maxOutputBytes: 0,
  permissionMode: 'bypassPermissions',
  allowsShells: true,
}

export function createWorld(options: TestOptions = {}): World {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'klaudio-tasks-'))
  const { db, close } = openTestDb(join(dir, 'klaudio.db'))
  const clock = options.clock ?? createTestClock()
  const engine = new FakeEngine()
  const repositories = new FakeRepositories()
  const copied: [from: string, to: string][] = []
  const removed = { outputs: [] as string[], files: [] as string[] }
  const script = options.script ?? planThenWork({ subtasks: [step('a')] })
  let life = { isDead: false }
  let ids = 0

  const boot = (): TasksService => {
    const mine = { isDead: false }
    life = mine
    const log = createEventLog({ db, clock })
    if (options.onEvent) log.subscribe(options.onEvent)
    const check = (): void => {
      if (mine.isDead) throw new Crash('the server is dead')
    }
    const commit = (when: 'before' | 'after'): void => {
      check()
      try {
        options.onCommit?.(when)
      } catch (error) {
        // A disk that is full kills nobody.
        mine.isDead = !isNoRoom(error)
        throw error
      }
    }
    const newId = (): string => `${String(++ids).padStart(8, '0')}-0000-4000-8000-000000000000`
    const agents = createFakeAgents({
      db,
      clock,
      engine,
      script,
      newId,
      isDead: () => mine.isDead,
      onCall: (name) => options.onCall?.('agents', name),
    })
    const workspaces = createFakeWorkspaces(repositories, async (name) => {
      options.onCall?.('workspaces', name)
      await options.slow?.(name)
    })
    const vault = createVault({ db, keyFile: join(dir, 'key') })
    return createTasks({
      eventLog: {
        transact(work) {
          commit('before')
          const result = log.transact(work)
          commit('after')
          return result
        },
      },
      db,
      agents: mortal(options.wrapAgents?.(agents) ?? agents, mine, ['reserve']),
      workspaces: mortal(options.workspaces ?? workspaces, mine),
      checkpoints: options.checkpoints?.(mine) ?? noCheckpoints,
      setups: mortal(options.setups ?? foundSetup, mine),
      memories: { ...noMemories, ...options.memories },
      delivery: mortal(options.delivery ?? idleDelivery, mine),
      files: {
        inputs: async () => [],
        inputDir: () => dir,
        copyInputs: async (from, to) => void copied.push([from, to]),
        remove: async (id) => void removed.files.push(id),
      },
      outputs: { size: () => 0, remove: async (id) => void removed.outputs.push(id) },
      vault,
      credentials: createCredentials({ db, vault, clock, newId }),
      clock: mortal(clock, mine, ['now']),
      newId,
      log: silentLog,
      config: { ...defaults, ...options.config },
    })
  }

  const world: World = {
    tasks: boot(),
    engine,
    repositories,
    removed,
    copied,
    clock,
    db,
    events: (taskId) => listEvents(db, { taskId, after: 0, limit: 100_000 }),
    types: (taskId) => world.events(taskId).map(({ type }) => type),
    create: (input = {}) =>
      world.tasks.create({
        name: 'A task',
        prompt: 'Do something.',
        auto_start: true,
        source: { kind: 'empty' },
        limits: {},
        auto_approve: false,
        output_files: [],
        ...input,
      }),
    status: (taskId) => findTask(db, taskId)?.status ?? world.tasks.get(taskId).status,
    async until(what, condition) {
      for (let tick = 0; tick < 60_000; tick++) {
        if (condition()) return
        // What takes this many turns waits for another program, such as git: asking at every turn would only keep it from its work.
        await (tick < 2000 ? new Promise((resolve) => setImmediate(resolve)) : Bun.sleep(1))
      }
      throw new Error(`waited in vain for: ${what}`)
    },
    isDead: () => life.isDead,
    kill: () => {
      life.isDead = true
    },
    async restart() {
      life.isDead = true
      world.tasks = boot()
      await world.tasks.recover()
    },
    async [Symbol.asyncDispose]() {
      life.isDead = true
      for (const turn of engine.running()) turn.end({ kind: 'interrupted' })
      close()
      if (options.dir === undefined) rmSync(dir, { recursive: true, force: true })
    },
  }
  return world
}

const idleDelivery: TaskDeps['delivery'] = {
  run: async () => ({ state: 'unchanged', target: 'main' }),
  look: async ({ pullRequest }) => pullRequest,
  issue: () => Promise.reject(new Error('no forge')),
}

/** A service whose calls never come back once the server that holds it is dead. */
function mortal<T extends object>(service: T, life: { isDead: boolean }, plain: string[] = []): T {
  return new Proxy(service, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function' || plain.includes(String(key)) || key === 'archive')
        return value
      return (...args: unknown[]) => {
        if (life.isDead) return new Promise(() => {})
        const result: unknown = value.apply(target, args)
        if (!(result instanceof Promise)) return result
        return new Promise((resolve, reject) => {
          result.then(
            (answer) => life.isDead || resolve(answer),
            (error) => life.isDead || reject(error),
          )
        })
      }
    },
  })
}

export const step = (id: string, depends_on: string[] = [], more: object = {}) => ({
  id,
  name: `Do ${id}`,
  prompt: `Please do ${id}.`,
  depends_on,
  ...more,
})

export const diamond = {
  subtasks: [
    step('base'),
    step('left', ['base']),
    step('right', ['base']),
    step('top', ['left', 'right']),
  ],
}

export const planned = (plan: object): TurnOutcome => ({
  kind: 'completed',
  text: 'planned',
  structured: { kind: 'plan', plan },
})
export const asked = (...texts: string[]): TurnOutcome => ({
  kind: 'completed',
  text: 'asked',
  structured: { kind: 'questions', questions: texts.map((text) => ({ text })) },
})
export const done = (turn: FakeTurn): TurnOutcome => ({
  kind: 'completed',
  text: `${turn.subtaskId} is done`,
})
export const failed = (
  reason: string,
  more: Partial<Extract<TurnOutcome, { kind: 'failed' }>> = {},
): TurnOutcome => ({ kind: 'failed', reason, code: 'timeout', retryable: true, ...more })

/** A planner that hands in `plan` at once, and workers that follow `work`, or just do it. */
export function planThenWork(plan: object, work: Script = done): Script {
  return (turn) => (turn.kind === 'planner' ? planned(plan) : work(turn))
}

/** Turns that end when the test says so. */
export function createGate(): {
  wait: (key: string) => Promise<void>
  open: (key: string) => void
} {
  const gates = new Map<string, PromiseWithResolvers<void>>()
  const gate = (key: string): PromiseWithResolvers<void> => {
    const known = gates.get(key) ?? Promise.withResolvers<void>()
    gates.set(key, known)
    return known
  }
  return { wait: (key) => gate(key).promise, open: (key) => gate(key).resolve() }
}
