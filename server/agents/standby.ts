/**
 * Containers that stand by before anybody needs one. Starting a container takes the engine longer than anything else of
 * ours on the way to a first model request, so a few run ahead of time with nothing in them but the gate: no task, no
 * tree, no credential. Each is made under the id of an agent to come, and whoever adds an agent takes its id from here:
 * names, volumes and labels are the agent's own from the start. After a crash no row has the id, and the next start
 * removes what is left.
 */
import { toMessage } from '#contract/errors.ts'
import { findAgent } from '#db/agents.ts'
import { newId } from '#lib/ids.ts'
import type { AgentSpec } from './agents.ts'
import { instanceLabels, standbyContainer } from './container.ts'
import type { AgentsContext } from './context.ts'
import { type GateClient, openNewGate } from './gate-client.ts'
import { removeResources } from './removal.ts'
import { gateOptions } from './start-container.ts'

export type WorkspaceKind = AgentSpec['workspace']['kind']
export type StandbyContainer = { containerId: string; gate: GateClient }

export type Standby = {
  /** The id for a new agent: that of a container that stands by, or a fresh one. */
  reserve(kind: WorkspaceKind): string
  has(agentId: string): boolean
  /** The container made under this id, once. Undefined when there is none; one that ended, or of another image, is removed. */
  take(agentId: string, image: () => Promise<string>): Promise<StandbyContainer | undefined>
  /** Removes the container that was kept for an agent which will not start. */
  drop(agentId: string): Promise<void>
  /** The same for one who removes all of the agent's things anyway. */
  forget(agentId: string): void
  /** Makes what is missing, if the image is there. A failure is logged; the next call tries again. */
  fill(): Promise<void>
  /** The same in a while, once it was asked for: an agent that starts now has the machine to itself first. */
  fillSoon(): void
  /** Removes them all; what an engine that is away keeps is removed after the next start. */
  close(): Promise<void>
}

type Kept = StandbyContainer & { kind: WorkspaceKind; image: string; isReserved: boolean }

const kinds: readonly WorkspaceKind[] = ['read-only', 'clone']
const soonMs = 3_000
/** A server that ends does not wait longer than this for the engine to remove them. */
const closeMs = 5_000

export function createStandby(context: AgentsContext): Standby {
  const count = context.settings.standbyContainers ?? 0
  const { kept, keep, forget } = createShelf()
  const closing = new AbortController()
  let filling: Promise<void> | undefined
  let waiting: AbortController | undefined
  /** Not before the first `fill`: until the engine was compared with the rows, what stands by looks like a leftover. */
  let isWanted = false

  const remove = async (agentId: string, signal: AbortSignal): Promise<void> => {
    forget(agentId)
    await removeResources(context, { id: agentId }, signal)
  }
  const fill = (): Promise<void> => {
    isWanted = true
    if (count === 0 || closing.signal.aborted) return Promise.resolve()
    filling ??= fillAll(context, { kept, keep, count, signal: closing.signal })
      .catch((error: unknown) => {
        if (closing.signal.aborted) return
        context.log.warn('no container could be made ahead of time', { error: toMessage(error) })
      })
      .finally(() => {
        filling = undefined
      })
    return filling
  }

  return {
    reserve(kind) {
      for (const [agentId, one] of kept) {
        if (one.kind !== kind || one.isReserved) continue
        one.isReserved = true
        return agentId
      }
      return newId()
    },
    has: (agentId) => kept.has(agentId),
    async take(agentId, image) {
      const one = kept.get(agentId)
      if (!one) return undefined
      const { engine, retry } = context
      const state = await retry(() => engine.inspectContainer(one.containerId), closing.signal)
      if (state?.status !== 'running' || one.image !== (await image())) {
        await remove(agentId, closing.signal)
        return undefined
      }
      kept.delete(agentId)
      return one
    },
    async drop(agentId) {
      if (kept.has(agentId)) await remove(agentId, closing.signal)
    },
    forget,
    fill,
    fillSoon() {
      if (!isWanted) return
      waiting?.abort()
      waiting = new AbortController()
      const signal = AbortSignal.any([waiting.signal, closing.signal])
      context.clock.sleep(soonMs, signal).then(fill, () => {})
    },
    async close() {
      closing.abort(new Error('the server is closing'))
      await filling
      const signal = AbortSignal.timeout(closeMs)
      await Promise.allSettled([...kept.keys()].map((agentId) => remove(agentId, signal)))
    },
  }
}

async function fillAll(
  context: AgentsContext,
  options: {
    kept: ReadonlyMap<string, Kept>
    keep: (agentId: string, made: Kept) => void
    count: number
    signal: AbortSignal
  },
): Promise<void> {
  const { kept, keep, count, signal } = options
  freeUnused(context, kept)
  const image = await context.image(signal)
  for (const kind of kinds) {
    const isFree = (one: Kept): boolean => one.kind === kind && !one.isReserved
    while ([...kept.values()].filter(isFree).length < count) {
      const agentId = newId()
      keep(agentId, await make(context, { agentId, kind, image, signal }))
    }
  }
}

function createShelf() {
  const kept = new Map<string, Kept>()
  return {
    kept,
    keep(agentId: string, made: Kept): void {
      kept.set(agentId, made)
      // It was removed behind our back, or ended with the engine.
      void made.gate.closed.then(() => {
        if (kept.get(agentId) === made) kept.delete(agentId)
      })
    },
    forget(agentId: string): void {
      kept.get(agentId)?.gate.close()
      kept.delete(agentId)
    },
  }
}

/** An id was handed out, and the change that was to add the agent did not happen. */
function freeUnused({ db }: AgentsContext, kept: ReadonlyMap<string, Kept>): void {
  for (const [agentId, one] of kept)
    if (one.isReserved && !findAgent(db, agentId)) one.isReserved = false
}

/** Leaves nothing behind when it fails. */
async function make(
  context: AgentsContext,
  options: { agentId: string; kind: WorkspaceKind; image: string; signal: AbortSignal },
): Promise<Kept> {
  const { engine, settings, retry } = context
  const { agentId, kind, image, signal } = options
  const isReadOnly = kind === 'read-only'
  try {
    await engine.ensureNetwork(settings.network, instanceLabels(settings.instanceId))
    const container = standbyContainer(settings, { agentId, image, isReadOnly })
    const containerId = await engine.createContainer(container)
    const gate = await openNewGate(gateOptions(context, containerId))
    await retry(() => engine.startContainer(containerId), signal)
    signal.throwIfAborted()
    return { containerId, gate, kind, image, isReserved: false }
  } catch (error) {
    await removeResources(context, { id: agentId }, AbortSignal.timeout(closeMs)).catch(
      (failure: unknown) =>
        context.log.warn('a container made ahead of time was not removed', {
          error: toMessage(failure),
        }),
    )
    throw error
  }
}
