/** Checkpoints on a real database and a real repository; agents' volumes are folders. `restart` drops the service as a crash does. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CheckpointConfig, CheckpointDeps, Checkpoints } from '#checkpoints/checkpoints.ts'
import { createCheckpoints } from '#checkpoints/create-checkpoints.ts'
import type { Checkpoint } from '#contract/checkpoint.ts'
import { updateAgent } from '#db/agents.ts'
import type { Db } from '#db/open.ts'
import { updateTask } from '#db/tasks.ts'
import { newId } from '#lib/ids.ts'
import { silentLog } from '#lib/log.ts'
import { createEventLog, type EventLog } from '#streams/event-log.ts'
import { openTestDb } from './database.ts'
import { copyEmpty } from './empty-repository.ts'
import { gitIn, openWorkspaces, type TestWorkspaces } from './git.ts'
import { seedAgent, seedPlan, seedTask } from './seed.ts'
import { createTreeAgents, type TreeAgents } from './tree-agents.ts'

export type CheckpointRig = {
  db: Db
  eventLog: EventLog
  area: TestWorkspaces
  agents: TreeAgents
  checkpoints: Checkpoints
  taskId: string
  /** The one agent, at work on the subtask `one`. */
  agentId: string
  /** Its bare repository. */
  repository: string
  now: number
  config: CheckpointConfig
  /** A new service on the same rows; with `wrap` on a part of what it stands on. */
  restart(wrap?: (deps: CheckpointDeps) => CheckpointDeps): Checkpoints
  /** Takes one by hand and waits for its end. */
  take(label?: string): Promise<Checkpoint>
  addAgent(id: string, subtaskId: string): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export async function openCheckpointRig({
  secrets = [],
}: {
  secrets?: readonly string[]
} = {}): Promise<CheckpointRig> {
  const area = await openWorkspaces()
  const { db, close } = openTestDb(join(area.root, 'test.db'))
  const rows = createEventLog({ db, clock: { now: () => rig.now, sleep: forever } })
  const taskId = 't1'
  const branch = 'klaudio/t1'
  const { baseCommit } = await copyEmpty(branch, join(area.root, 'repos', `${taskId}.git`))
  seedTask(db, { id: taskId, status: 'running', baseCommit })
  seedPlan(db, taskId, undefined, { one: 'running' })
  const agents = createTreeAgents({ db, dir: join(area.root, 'volumes'), secrets })
  const repository = join(area.root, 'repos', `${taskId}.git`)
  const deps = (): CheckpointDeps => ({
    ...{ db, agents, newId, log: silentLog, config: rig.config },
    eventLog: rows,
    workspaces: area.workspaces,
    outputs: { size: () => 0 },
    clock: { now: () => rig.now, sleep: forever },
  })
  const rig: CheckpointRig = {
    ...{ db, area, agents, taskId, repository, eventLog: rows },
    agentId: 'a1',
    now: Date.UTC(2026, 0, 2),
    config: { auto: true, intervalMs: 300_000, maxCheckpoints: 3, retentionMs: 7 * 86_400_000 },
    get checkpoints() {
      return current
    },
    restart(wrap = (same) => same) {
      current = createCheckpoints(wrap(deps()))
      return current
    },
    async take(label) {
      rig.now += 1000
      const { id } = current.take(taskId, label === undefined ? {} : { label })
      await current.settled()
      return current.get(taskId, id)
    },
    async addAgent(id, subtaskId) {
      seedAgent(db, taskId, { id, subtaskId })
      updateAgent(db, id, { holdsResources: true, startedAt: rig.now, turns: 1, baseCommit })
      const folder = agents.workspace(id)
      mkdirSync(folder, { recursive: true })
      mkdirSync(join(agents.state(id), 'claude/projects/-workspace'), { recursive: true })
      await gitIn(folder, 'clone', '-q', repository, '.')
      await gitIn(folder, 'checkout', '-q', '-b', `${branch}-${subtaskId}`, baseCommit)
    },
    async [Symbol.asyncDispose]() {
      await current.close()
      close()
      await area[Symbol.asyncDispose]()
    },
  }
  let current = createCheckpoints(deps())
  updateTask(db, taskId, { startedAt: rig.now }, rig.now)
  await rig.addAgent('a1', 'one')
  return rig
}

/** Time stands still: nothing is due by itself. */
function forever(_ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((_, reject) =>
    signal?.addEventListener('abort', () => reject(signal.reason), { once: true }),
  )
}

/**
 * The same service, killed where `isNow` says so, which is asked before and after every call and transaction: what it calls
 * from then on never answers, and nothing is written any more. `killed` resolves then.
 */
export function mortal(
  deps: CheckpointDeps,
  isNow: () => boolean,
): { deps: CheckpointDeps; killed: Promise<void> } {
  const { promise: killed, resolve } = Promise.withResolvers<void>()
  let isDead = false
  const pass = (): boolean => {
    if (!isDead && isNow()) {
      isDead = true
      resolve()
    }
    return !isDead
  }
  const wrap = <T extends object>(service: T): T =>
    new Proxy(service, {
      get(target, name, receiver) {
        const call = Reflect.get(target, name, receiver)
        if (typeof call !== 'function') return call
        return async (...args: unknown[]) => {
          if (!pass()) return await new Promise(() => {})
          const result = await call.apply(target, args)
          return pass() ? result : await new Promise(() => {})
        }
      },
    })
  const transact: CheckpointDeps['eventLog']['transact'] = (work) => {
    if (!pass()) throw new Error('killed')
    const result = deps.eventLog.transact(work)
    if (!pass()) throw new Error('killed')
    return result
  }
  return {
    killed,
    deps: {
      ...deps,
      eventLog: { ...deps.eventLog, transact },
      agents: wrap(deps.agents),
      workspaces: wrap(deps.workspaces),
    },
  }
}
