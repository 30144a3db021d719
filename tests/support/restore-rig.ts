/**
 * Tasks and checkpoints as the server has them, on a real database and real repositories. Agents' volumes are folders, saved and laid by
 * the real scripts; what an agent does in a turn is up to the test. `restart` is a crash.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentSpec, Agents } from '#agents/agents.ts'
import type { CheckpointDeps, Checkpoints } from '#checkpoints/checkpoints.ts'
import { createCheckpoints } from '#checkpoints/create-checkpoints.ts'
import type { Checkpoint } from '#contract/checkpoint.ts'
import type { Task } from '#contract/task.ts'
import { type AgentRow, findAgent, getAgent, listAgents } from '#db/agents.ts'
import type { Db } from '#db/open.ts'
import { findSubtask } from '#db/subtasks.ts'
import { findTask } from '#db/tasks.ts'
import { newId } from '#lib/ids.ts'
import { silentLog } from '#lib/log.ts'
import { createEventLog } from '#streams/event-log.ts'
import { copyingEmpty } from './empty-repository.ts'
import type { FakeTurn } from './fake-agents.ts'
import { collectFrom, openWorkspaces, runIn, seedClone, type TestWorkspaces } from './git.ts'
import { createWorld, done, planThenWork, type TestOptions, type World } from './test-tasks.ts'
import { createTreeAgents, type TreeAgents } from './tree-agents.ts'

export type Worker = (turn: FakeTurn, folder: string) => Promise<void> | void

export type RestoreRig = {
  world: World
  area: TestWorkspaces
  trees: TreeAgents
  checkpoints(): Checkpoints
  bare(taskId: string): string
  /** Waits in real time, since git and perl are other programs. */
  until(what: string, condition: () => boolean): Promise<void>
  take(taskId: string): Promise<Checkpoint>
  stop(taskId: string): Promise<void>
  /** Resolves when the restore is over, however it went. */
  restored(taskId: string): Promise<Task>
  /** The agent that is on the subtask now. */
  agentOn(taskId: string, subtaskId: string): AgentRow | undefined
  /** Names, kinds, modes and contents of all that is in an agent's work tree. */
  tree(agentId: string | undefined): Promise<string>
  [Symbol.asyncDispose](): Promise<void>
}

export type RestoreRigOptions = Pick<TestOptions, 'onCommit'> & {
  plan: object
  work: Worker
  /** A part of what the checkpoints stand on, as a test needs it. */
  wrap?: (deps: CheckpointDeps) => CheckpointDeps
  /** After every call of the tasks service to checkpoints and agents, before it hears of the end. */
  onCall?: (name: string) => void
}

export async function openRestoreRig(options: RestoreRigOptions): Promise<RestoreRig> {
  const area = await openWorkspaces()
  let current: Checkpoints | undefined
  // The world makes its services before it can be asked for its database.
  const later: { db?: Db } = {}
  const db = (): Db => later.db ?? (world.db as Db) // what the world opened is a database
  const lazyDb = new Proxy({} as Db, { get: (_, key) => Reflect.get(db(), key) })
  const trees = createTreeAgents({ db: lazyDb, dir: join(area.root, 'volumes') })
  const world: World = createWorld({
    script: planThenWork(options.plan, async (turn) => {
      await options.work(turn, trees.workspace(turn.agentId))
      return done(turn)
    }),
    ...(options.onCommit ? { onCommit: options.onCommit } : {}),
    workspaces: copyingEmpty(area.workspaces, join(area.root, 'repos')),
    wrapAgents: (agents) => watched(onTrees(agents, { trees, db, world: () => world }), options),
    checkpoints(life) {
      const deps: CheckpointDeps = {
        ...{ db: lazyDb, newId, log: silentLog, workspaces: area.workspaces, agents: trees },
        eventLog: lazyLog(db),
        outputs: { size: () => 0 },
        clock: { now: () => world.clock.now(), sleep: () => new Promise(() => {}) },
        config: { auto: false, intervalMs: 60_000, maxCheckpoints: 10, retentionMs: 86_400_000 },
      }
      const made = createCheckpoints(options.wrap?.(deps) ?? deps)
      current = made
      const { read, keep, lay } = watched(made, options)
      return dying({ read, keep, lay }, life)
    },
  })
  const rig: RestoreRig = {
    ...{ world, area, trees },
    checkpoints() {
      if (!current) throw new Error('there is no service yet')
      return current
    },
    bare: (taskId) => join(area.root, 'repos', `${taskId}.git`),
    async until(what, condition) {
      const end = Date.now() + 60_000
      while (!condition()) {
        if (Date.now() > end) throw new Error(`waited in vain for: ${what}`)
        await Bun.sleep(10)
      }
    },
    async take(taskId) {
      await world.clock.sleep(1000)
      const { id } = rig.checkpoints().take(taskId, {})
      await rig.checkpoints().settled()
      return rig.checkpoints().get(taskId, id)
    },
    async stop(taskId) {
      world.tasks.stop(taskId)
      await rig.until('rest', () => findTask(db(), taskId)?.intent === null)
      await world.tasks.settled()
    },
    async restored(taskId) {
      await rig.until(
        'the end of the restore',
        () => findTask(db(), taskId)?.restore?.state !== 'under-way',
      )
      await world.tasks.settled()
      return world.tasks.get(taskId)
    },
    agentOn(taskId, subtaskId) {
      return findAgent(db(), findSubtask(db(), taskId, subtaskId)?.agentId ?? '')
    },
    async tree(agentId = '') {
      const list = `find . -name .git -prune -o -printf '%y %m %p -> %l\\n' | sort; find . -name .git -prune -o -type f -print0 | sort -z | xargs -0 sha1sum`
      const { stdout } = await runIn(trees.workspace(agentId), ['sh', '-c', list])
      return new TextDecoder('latin1').decode(stdout)
    },
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await area[Symbol.asyncDispose]()
    },
  }
  return rig
}

/** The double of the agents, with folders for volumes: seeded, collected, saved and laid by the real scripts. */
function onTrees(
  agents: Agents,
  { trees, db, world }: { trees: TreeAgents; db: () => Db; world: () => World },
): Agents {
  const seeded = new Map<string, string>()
  const seed = async ({ agentId, workspace, sessionId }: AgentSpec): Promise<void> => {
    const isLaid = getAgent(db(), agentId).restoredFrom !== null
    if (workspace.kind === 'read-only' || isLaid || seeded.has(agentId)) return
    const { commit, branch } = workspace
    const folder = trees.workspace(agentId)
    const bundle = await workspace.bundle()
    const { code, stderr } = await seedClone(folder, { bundle, commit, branch })
    if (code !== 0) throw new Error(stderr)
    const sessions = join(trees.state(agentId), 'claude/projects/-workspace')
    mkdirSync(sessions, { recursive: true })
    writeFileSync(join(sessions, `${sessionId}.jsonl`), '{"type":"user"}\n')
    seeded.set(agentId, commit)
  }
  return {
    ...agents,
    save: trees.save,
    async restore(agentId, tree) {
      world().engine.volumes.add(agentId)
      await trees.restore(agentId, tree)
    },
    async run(spec, turn, options) {
      await seed(spec)
      return await agents.run(spec, turn, options)
    },
    async collect(agentId, { message = '' } = {}) {
      const base = getAgent(db(), agentId).baseCommit ?? ''
      const result = await collectFrom(trees.workspace(agentId), { message, base })
      if (result.code !== 0) throw new Error(result.stderr)
      return { bundle: result.stdout }
    },
    async discard(agentId) {
      await agents.discard(agentId)
      rmSync(join(trees.workspace(agentId), '..'), { recursive: true, force: true })
    },
  }
}

/** Ids of agents that still have folders, by what the rows say. */
export const holders = ({ world }: RestoreRig, taskId: string): string[] =>
  listAgents(world.db, { taskId, holdsResources: true }).map(({ id }) => id)

function watched<T extends object>(service: T, { onCall }: Pick<RestoreRigOptions, 'onCall'>): T {
  return new Proxy(service, {
    get(target, name) {
      const call: unknown = Reflect.get(target, name)
      if (typeof call !== 'function' || !onCall || name === 'reserve') return call
      return async (...args: unknown[]) => {
        const result: unknown = await call.apply(target, args)
        onCall(String(name))
        return result
      }
    },
  })
}

/** Nothing comes back once the server is dead. */
function dying<T extends object>(service: T, life: { isDead: boolean }): T {
  return new Proxy(service, {
    get(target, name) {
      const call: unknown = Reflect.get(target, name)
      if (typeof call !== 'function') return call
      return async (...args: unknown[]) => {
        if (life.isDead) return await new Promise(() => {})
        try {
          const result: unknown = await call.apply(target, args)
          return life.isDead ? await new Promise(() => {}) : result
        } catch (error) {
          if (life.isDead) return await new Promise(() => {})
          throw error
        }
      }
    },
  })
}

function lazyLog(db: () => Db): CheckpointDeps['eventLog'] {
  const log = () => createEventLog({ db: db(), clock: { now: Date.now, sleep: forever } })
  return { transact: (work) => log().transact(work), subscribe: () => () => {} }
}
const forever = (): Promise<void> => new Promise(() => {})
