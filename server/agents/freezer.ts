/**
 * Agents that a person has frozen. The row says so, and the engine is made to agree: at once when the container is there, else when it
 * is. A frozen container can neither be attached to nor run anything, so whoever wants to waits, or reads its volumes.
 */
import type { AgentRow } from '#db/agents.ts'
import { findAgent, updateAgent } from '#db/agents.ts'
import type { Tx } from '#db/open.ts'
import type { RecordEvent } from '#streams/event-log.ts'
import type { AgentsContext } from './context.ts'
import type { Pool } from './pool.ts'

export type Freezer = {
  isFrozen(agentId: string): boolean
  /** Called when it may have been frozen or let go. Returns the way to stop. */
  subscribe(agentId: string, listener: () => void): () => void
  /** The row has changed. */
  changed(agentId: string): void
  /** Resolves at once for one that is not frozen. Rejects when `signal` aborts. */
  untilThawed(agentId: string, signal: AbortSignal): Promise<void>
}

export function createFreezer({ db }: Pick<AgentsContext, 'db'>): Freezer {
  const listeners = new Map<string, Set<() => void>>()
  const isFrozen = (agentId: string): boolean => isFrozenRow(findAgent(db, agentId))
  const subscribe: Freezer['subscribe'] = (agentId, listener) => {
    const own = listeners.get(agentId) ?? new Set()
    listeners.set(agentId, own.add(listener))
    return () => {
      own.delete(listener)
      if (own.size === 0) listeners.delete(agentId)
    }
  }
  return {
    isFrozen,
    subscribe,
    changed(agentId) {
      for (const listener of [...(listeners.get(agentId) ?? [])]) listener()
    },
    async untilThawed(agentId, signal) {
      signal.throwIfAborted()
      if (!isFrozen(agentId)) return
      const thawed = Promise.withResolvers<void>()
      const onAbort = (): void => thawed.reject(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      const stop = subscribe(agentId, () => {
        if (!isFrozen(agentId)) thawed.resolve()
      })
      try {
        await thawed.promise
      } finally {
        stop()
        signal.removeEventListener('abort', onAbort)
      }
    },
  }
}

export const isFrozenRow = (row: Pick<AgentRow, 'frozenAt'> | undefined): boolean =>
  row !== undefined && row.frozenAt !== null

/** The agent's container, when something can be run in it. */
export const findThawed = (
  { context, pool }: { context: Pick<AgentsContext, 'freezer'>; pool: Pick<Pool, 'find'> },
  agentId: string,
) => (context.freezer.isFrozen(agentId) ? undefined : pool.find(agentId))

/** Makes the engine agree with the row. One that has no container, or is only being started, is left alone. */
export async function settle(
  { context, pool }: { context: AgentsContext; pool: Pick<Pool, 'find'> },
  agentId: string,
): Promise<void> {
  const { engine, db, freezer } = context
  const row = findAgent(db, agentId)
  // Time counts against it only while it can use it.
  if (isFrozenRow(row)) freezer.changed(agentId)
  const containerId = pool.find(agentId)?.containerId ?? row?.containerId ?? null
  if (row?.holdsResources && containerId !== null && row.phase !== 'preparing') {
    const status = (await engine.inspectContainer(containerId))?.status
    if (isFrozenRow(row) && status === 'running') await engine.pauseContainer(containerId)
    if (!isFrozenRow(row) && status === 'paused') await engine.unpauseContainer(containerId)
  }
  if (!isFrozenRow(row)) freezer.changed(agentId)
}

/** Undefined when it was not frozen. `why`: who or what let it go, when it was not a person who asked for just that. */
export function markThawed(
  { tx, record, now }: { tx: Tx; record: RecordEvent; now: number },
  agentId: string,
  why?: 'ended' | 'restarted',
): AgentRow | undefined {
  const row = findAgent(tx, agentId)
  if (!row || row.frozenAt === null) return undefined
  const frozenMs = Math.max(0, now - row.frozenAt)
  record({
    taskId: row.taskId,
    type: 'agent.unfrozen',
    agentId,
    ...(row.subtaskId !== null && { subtaskId: row.subtaskId }),
    data: { frozen_ms: frozenMs, ...(why && { why }) },
  })
  return updateAgent(tx, agentId, { frozenAt: null, frozenMs: row.frozenMs + frozenMs })
}

/** Lets an agent go whose process is about to be ended: it could not hear that while it is frozen. */
export async function thawToEnd(
  parts: { context: AgentsContext; pool: Pick<Pool, 'find'> },
  agentId: string,
  why: 'ended' | 'restarted',
): Promise<void> {
  const { context } = parts
  const row = context.events.transact((tx, record) =>
    markThawed({ tx, record, now: context.clock.now() }, agentId, why),
  )
  if (row) await context.retry(() => settle(parts, agentId))
}
