/** What this installation has on the engine, whose each of it is, and removing what is nobody's. */
import { AppError, toMessage } from '#contract/errors.ts'
import type { EngineResource, OrphansRemoved } from '#contract/system.ts'
import { type AgentRow, findAgent } from '#db/agents.ts'
import type { Db } from '#db/open.ts'
import { findTask } from '#db/tasks.ts'
import type { ContainerSummary, Engine, Labels } from '#docker/engine.ts'
import { type Clock, toIso } from '#lib/clock.ts'
import { instanceLabels } from './container.ts'

export type EngineResources = {
  /** Containers first. Throws `engine.unreachable`. */
  list(options?: { signal?: AbortSignal; measured?: boolean }): Promise<EngineResource[]>
  /** Looks again and removes what is nobody's then; what refuses is told. Throws `engine.unreachable`. */
  removeOrphans(): Promise<OrphansRemoved>
}

export type EngineResourcesOptions = {
  engine: Pick<
    Engine,
    'listContainers' | 'listVolumes' | 'stats' | 'removeContainer' | 'removeVolume'
  >
  db: Db
  instanceId: string
  clock: Pick<Clock, 'now'>
  /** Of a server that runs: what it keeps ready. Absent where none runs, so nothing is being made either. */
  standsBy?: (agentId: string) => boolean
}

/** What has no owner may be about to get one for as long as this. */
const youngMs = 5 * 60_000
/** A helper does one thing and is removed; a check of a result may build and test a project. */
const longestHelperMs = 6 * 60 * 60_000
const measureMs = 5_000
const measuredAtOnce = 8

type Found = Pick<EngineResource, 'kind' | 'name' | 'state'> & {
  /** Of a container. */
  id?: string
  labels: Labels
  createdAt?: number
}
type Verdict = Pick<EngineResource, 'owner' | 'reason'>

export function createEngineResources(options: EngineResourcesOptions): EngineResources {
  const { engine, db, instanceId } = options
  const labels = instanceLabels(instanceId)

  const find = async (): Promise<{ containers: Found[]; volumes: Found[] }> => {
    const [containers, volumes] = await Promise.all([
      engine.listContainers(labels),
      engine.listVolumes(labels),
    ])
    return {
      containers: containers.map(toFound),
      volumes: volumes.map((volume) => ({ kind: 'volume', ...volume })),
    }
  }
  const toResource = (found: Found): EngineResource => {
    const row = findAgent(db, found.labels['klaudio.agent'] ?? '')
    const taskId = row?.taskId ?? found.labels['klaudio.task']
    const task = taskId === undefined ? undefined : findTask(db, taskId)
    return {
      kind: found.kind,
      name: found.name,
      ...judge(found, row, options),
      ...(found.state !== undefined && { state: found.state }),
      ...(found.createdAt !== undefined && { created_at: toIso(found.createdAt) }),
      ...(task && { task_id: task.id, task_name: task.name }),
      ...(row && { agent_id: row.id, agent_name: row.subtaskId ?? row.role }),
    }
  }
  const isOrphan = (found: Found): boolean => toResource(found).owner === 'orphan'

  return {
    async list({ signal, measured = false } = {}) {
      const { containers, volumes } = await find()
      const memory = measured ? await measure(engine, containers, signal) : new Map()
      return [...containers, ...volumes].map((found) => {
        const bytes: number | undefined = memory.get(found.name)
        return { ...toResource(found), ...(bytes !== undefined && { memory_bytes: bytes }) }
      })
    },
    async removeOrphans() {
      const { containers, volumes } = await find()
      const result: OrphansRemoved = { removed: [], failed: [] }
      const attempt = async (name: string, remove: () => Promise<void>): Promise<void> => {
        try {
          await remove()
          result.removed.push(name)
        } catch (error) {
          if (error instanceof AppError && error.code === 'engine.unreachable') throw error
          result.failed.push({ name, error: toMessage(error) })
        }
      }
      for (const { id = '', name } of containers.filter(isOrphan))
        await attempt(name, () => engine.removeContainer(id))
      for (const { name } of volumes.filter(isOrphan))
        await attempt(name, () => engine.removeVolume(name))
      return result
    },
  }
}

const toFound = ({ status, ...container }: ContainerSummary): Found => ({
  kind: 'container',
  ...container,
  state: status,
})

/** Whose it is, from its labels and the row they name. */
function judge(found: Found, row: AgentRow | undefined, options: Judging): Verdict {
  const { labels, kind, createdAt } = found
  const ageMs = createdAt === undefined ? 0 : options.clock.now() - createdAt
  const agentId = labels['klaudio.agent']
  const isOfAgent = labels['klaudio.role'] === 'agent' || (kind === 'volume' && agentId)
  if (!isOfAgent) return judgeHelper(ageMs, options)
  if (row) return judgeOwned(found, row)
  const { standsBy } = options
  if (standsBy && (standsBy(agentId ?? '') || ageMs < youngMs)) return { owner: 'standby' }
  return orphan('No agent has its id')
}

type Judging = Pick<EngineResourcesOptions, 'clock' | 'standsBy'>

const judgeHelper = (ageMs: number, { standsBy }: Judging): Verdict =>
  standsBy && ageMs < longestHelperMs
    ? { owner: 'helper' }
    : orphan('Made for one thing and not removed after it')

function judgeOwned({ kind, labels }: Found, { holdsResources, run }: AgentRow): Verdict {
  if (!holdsResources) return orphan('Its agent has given it back')
  const isOld = kind === 'container' && labels['klaudio.run'] !== String(run)
  return isOld ? orphan('Of an earlier run of its agent') : { owner: 'agent' }
}

const orphan = (reason: string): Verdict => ({ owner: 'orphan', reason })

/** Bytes by name; one that ended meanwhile, or does not answer in time, is left out. */
async function measure(
  engine: Pick<Engine, 'stats'>,
  containers: readonly Found[],
  signal: AbortSignal | undefined,
): Promise<Map<string, number>> {
  const limit = AbortSignal.timeout(measureMs)
  const either = signal ? AbortSignal.any([limit, signal]) : limit
  const found = new Map<string, number>()
  const rest = containers.filter(({ state }) => state === 'running')
  const work = async (): Promise<void> => {
    for (let next = rest.pop(); next && !either.aborted; next = rest.pop()) {
      const { id = '', name } = next
      const stats = await engine.stats(id, { signal: either }).catch((error: unknown) => {
        if (error instanceof AppError || either.aborted) return undefined
        throw error
      })
      if (stats) found.set(name, stats.memoryBytes)
    }
  }
  await Promise.all(Array.from({ length: measuredAtOnce }, work))
  signal?.throwIfAborted()
  return found
}
