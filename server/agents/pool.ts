/** The agents whose containers this process is connected to, at most one connection each. */
import { createKeyedQueue } from '#lib/keyed-queue.ts'
import { createSharedLock } from '#lib/shared-lock.ts'
import type { LiveAgent } from './live-agent.ts'

export type Pool = {
  /** Undefined when there is none, or its container has ended. */
  find(agentId: string): LiveAgent | undefined
  all(): LiveAgent[]
  /** The live one, or what `open` makes. One at a time per agent; `open` gets a signal that `cancel` and `close` abort. */
  ensure(
    agentId: string,
    open: (signal: AbortSignal) => Promise<LiveAgent>,
    signal?: AbortSignal,
  ): Promise<LiveAgent>
  /** Aborts what is being opened, then runs `work` with no other work on this agent. `goesOn`: it gets a new container after it. */
  exclusive<T>(agentId: string, work: () => Promise<T>, options?: { goesOn?: boolean }): Promise<T>
  /** Runs `work` when nothing else is done with this agent, and keeps everything else waiting. Disturbs nothing. */
  inTurn<T>(agentId: string, work: () => Promise<T>): Promise<T>
  /** Runs `work` on the agent's volumes: they stay meanwhile, whatever else is done with the agent. */
  withVolumes<T>(agentId: string, work: () => Promise<T>): Promise<T>
  /** Runs `work`, which takes the volumes away, when nobody works on them. */
  withoutVolumes<T>(agentId: string, work: () => Promise<T>): Promise<T>
  /** Adds an agent that was found running. */
  add(live: LiveAgent): void
  isStopping(agentId: string): boolean
  /** It is being stopped, and nothing of it goes on. */
  isEnding(agentId: string): boolean
  /** Aborted when the pool closes. */
  readonly signal: AbortSignal
  /** Lets go of every container; they go on. */
  close(): Promise<void>
}

export function createPool(): Pool {
  const lives = new Map<string, LiveAgent>()
  const opening = new Map<string, AbortController>()
  const stopping = createCounts()
  const ending = createCounts()
  const queue = createKeyedQueue()
  const volumes = createSharedLock()
  const closing = new AbortController()

  const find = (agentId: string): LiveAgent | undefined => {
    const live = lives.get(agentId)
    return live?.isEnded() ? undefined : live
  }
  const add = (live: LiveAgent): void => {
    lives.set(live.agentId, live)
    const forget = (): void => {
      if (lives.get(live.agentId) === live) lives.delete(live.agentId)
    }
    live.ended.then(forget, forget)
  }

  return {
    find,
    add,
    all: () => [...lives.values()].filter((live) => !live.isEnded()),
    isStopping: stopping.has,
    isEnding: ending.has,
    signal: closing.signal,
    ensure(agentId, open, signal) {
      const ready = stopping.has(agentId) ? undefined : find(agentId)
      if (ready) return Promise.resolve(ready)
      return queue.run(agentId, async () => {
        const live = find(agentId)
        if (live) return live
        const own = new AbortController()
        opening.set(agentId, own)
        try {
          const signals = [own.signal, closing.signal, ...(signal ? [signal] : [])]
          const opened = await open(AbortSignal.any(signals))
          add(opened)
          return opened
        } finally {
          opening.delete(agentId)
        }
      })
    },
    inTurn: queue.run,
    withVolumes: volumes.shared,
    withoutVolumes: volumes.alone,
    async exclusive(agentId, work, { goesOn = false } = {}) {
      stopping.add(agentId)
      if (!goesOn) ending.add(agentId)
      opening.get(agentId)?.abort(new StoppedError())
      try {
        return await queue.run(agentId, work)
      } finally {
        stopping.remove(agentId)
        if (!goesOn) ending.remove(agentId)
      }
    },
    async close() {
      closing.abort(new Error('the server is closing'))
      const all = [...lives.values()]
      for (const live of all) live.detach()
      await Promise.allSettled(all.map((live) => live.ended))
    },
  }
}

function createCounts() {
  const counts = new Map<string, number>()
  return {
    has: (key: string): boolean => counts.has(key),
    add: (key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1),
    remove(key: string): void {
      const left = (counts.get(key) ?? 1) - 1
      if (left > 0) counts.set(key, left)
      else counts.delete(key)
    },
  }
}

/** Why an agent that was just starting does not. */
export class StoppedError extends Error {
  constructor() {
    super('the agent was stopped while it started')
    this.name = 'StoppedError'
  }
}
