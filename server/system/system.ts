/**
 * What the installation as a whole is doing: engine, agent image, slots, credentials. Looks by itself, tells listeners when
 * something changed, and runs what has to wait for an engine (the image build, recovery) once one answers.
 */
import { toMessage } from '#contract/errors.ts'
import type { RecoverySummary } from '#contract/recovery.ts'
import type { SystemState } from '#contract/system.ts'
import type { Engine } from '#docker/engine.ts'
import type { Background } from '#lib/background.ts'
import type { Clock } from '#lib/clock.ts'
import type { Log } from '#lib/log.ts'

export type System = {
  state(): SystemState
  /** Called with the whole new state whenever it differs from the last one told. Returns the way to stop. */
  subscribe(listener: (state: SystemState) => void): () => void
  /** Begins looking. `onReachable` runs each time an engine answers after none did, the first time included. */
  start(onReachable: () => Promise<void>): void
  /** Something that `slots`, `image` or `recovery` depends on changed: compare and tell. */
  refresh(): void
  /** The same a moment later, once for all calls until then. */
  refreshSoon(): void
  close(): void
}

type SystemParts = {
  engine: Pick<Engine, 'info'>
  image: () => SystemState['image']
  slots: () => SystemState['slots']
  credentials: () => Promise<SystemState['credentials']>
  storage?: () => NonNullable<SystemState['storage']>
  recovery: () => RecoverySummary
  background: Background
  clock: Clock
  log: Log
}

/** Milliseconds between looks: often while an engine is missed, seldom while all is well. */
const lookMs = { reachable: 15_000, unreachable: 2_000 }

/** Milliseconds that changes of slots are gathered for: less than an eye sees. */
const soonMs = 50

export function createSystem(parts: SystemParts): System {
  const listeners = new Set<(state: SystemState) => void>()
  const closing = new AbortController()
  let engine: SystemState['engine'] = { state: 'unknown', detail: 'Not looked yet.' }
  let credentials: SystemState['credentials'] = { state: 'unknown', detail: 'Not looked yet.' }
  let told = ''

  const state = (): SystemState => ({
    engine,
    image: parts.image(),
    slots: parts.slots(),
    credentials,
    ...(parts.storage ? { storage: parts.storage() } : {}),
    recovery: parts.recovery(),
  })

  const refresh = (): void => {
    const present = state()
    const text = JSON.stringify(present)
    if (text === told) return
    told = text
    for (const listener of listeners) listener(present)
  }

  const look = async (onReachable: () => Promise<void>): Promise<void> => {
    const before = engine.state
    engine = await lookAtEngine(parts.engine, closing.signal)
    credentials = await parts.credentials()
    refresh()
    if (engine.state === before) return
    parts.log.info('engine', { state: engine.state, detail: engine.detail })
    if (engine.state === 'reachable') parts.background.run('engine is reachable', onReachable)
  }

  let isSoon = false
  const refreshSoon = (): void => {
    if (isSoon) return
    isSoon = true
    parts.background.run('tell the slots', async () => {
      await parts.clock.sleep(soonMs, closing.signal).catch(() => {})
      isSoon = false
      if (!closing.signal.aborted) refresh()
    })
  }

  return {
    state,
    refresh,
    refreshSoon,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start(onReachable) {
      parts.background.run('watch the engine', async () => {
        while (!closing.signal.aborted) {
          await look(onReachable)
          const pause = engine.state === 'reachable' ? lookMs.reachable : lookMs.unreachable
          await parts.clock.sleep(pause, closing.signal).catch(() => {})
        }
      })
    },
    close: () => closing.abort(),
  }
}

async function lookAtEngine(
  engine: Pick<Engine, 'info'>,
  signal: AbortSignal,
): Promise<SystemState['engine']> {
  try {
    const info = await engine.info({ signal })
    return { state: 'reachable', detail: `Docker ${info.version}`, version: info.version }
  } catch (error) {
    return { state: 'unreachable', detail: toMessage(error) }
  }
}
