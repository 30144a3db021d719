/** The composition root: opens what is kept, builds every service once, and ties them to HTTP and to the engine. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Config } from '#config/config.ts'
import type { Settings } from '#config/settings.ts'
import { toMessage } from '#contract/errors.ts'
import { toSummary } from '#contract/recovery.ts'
import { countWarmAgents } from '#db/agents.ts'
import { createDataLock, type DataLock, refuseLostDatabase } from '#db/data-directory.ts'
import { type Db, openDb } from '#db/open.ts'
import { getOrSetSetting } from '#db/settings.ts'
import type { Engine } from '#docker/engine.ts'
import { openDesktop } from '#doctor/agent-checks.ts'
import type { EmbeddedFile } from '#http/assets.ts'
import { type Background, createBackground } from '#lib/background.ts'
import { untilDone } from '#lib/backoff.ts'
import { systemClock as clock } from '#lib/clock.ts'
import { endInOrder } from '#lib/deadline.ts'
import { newId } from '#lib/ids.ts'
import type { Log } from '#lib/log.ts'
import { createEventLog } from '#streams/event-log.ts'
import { createSystem } from '#system/system.ts'
import { kindOf } from '#webhooks/telling.ts'
import { createWebhooks } from '#webhooks/webhooks.ts'
import { createAppAccess, openOwnerToken } from './access.ts'
import { createFront } from './front.ts'
import { createParts, type Parts, type PartsOptions } from './parts.ts'
import { openVault } from './secrets.ts'
import { createServices, type ServiceOptions, type Services } from './services.ts'
import { type AppStorage, createStorage } from './storage.ts'

export type AppOptions = Omit<PartsOptions, 'agentImage' | 'listen' | 'config'> & {
  embedded: { ui: EmbeddedFile[]; agentImage: EmbeddedFile[] }
  version: string
  /** What `config` came from, so that it can be changed. */
  settings: Settings
  /** What keeps other servers away from the data directory. */
  lock?: DataLock
}

/** Events after which the slots may be others. What an agent says or spends, which is nearly all of them, moves none. */
const moveSlots: ReadonlySet<string> = new Set(['agent.created', 'agent.status'])

export type App = ReturnType<typeof createApp>

/** Opens the data directory and builds everything; nothing runs until `listen`. Throws when it cannot be opened. */
export function createApp(options: AppOptions) {
  const { settings, version, log, embedded, lock = createDataLock() } = options
  const { config } = settings
  const { db, close: closeDb } = openAppDb(config, lock)
  const instance = getOrSetSetting(db, 'instance', newId)
  const access = createAppAccess(config, db)
  const owner = access.required ? openOwnerToken(config, access) : undefined
  const { eventLog, webhooks } = createEvents(config, db, log)
  const background = createBackground(log)
  const { parts, services } = createCore(options, { config, db, eventLog, instance })
  const { tasks, agents, outputs, workspaces, keptSetups: setups } = services
  const storage = createStorage({
    ...{ config, parts, background, db, eventLog, outputs, mirrors: workspaces, setups, log },
    bunPath: options.bunPath,
  })
  const system = createSystem({
    ...{ engine: parts.engine, image: parts.image.state },
    slots: () => toSlots(tasks, db),
    credentials: parts.credentialState,
    storage: storage.state,
    recovery: () => toSummary(tasks.recovery()),
    background,
    clock,
    log,
  })
  const front = createFront({
    ...{ config, settings, version, instance, access, db },
    ...{ eventLog, services, webhooks, system, storage, parts, background, log },
    ui: embedded.ui,
  })
  const changing = { system, tasks, parts, storage, eventLog, settings, background }
  const closing = new AbortController()
  const subscriptions = [...keepCurrent(changing), () => closing.abort()]
  return {
    ...{ tasks, agents, workspaces, outputs, eventLog, system, instance, engine: parts.engine },
    /** What to sign in with; absent where nothing is asked for. */
    owner,
    /** Begins to answer and to work; returns the address. Throws when the port is taken. */
    listen(): string {
      const url = front.listen()
      for (const part of [storage, webhooks]) part.start()
      tasks.follow()
      const recover = recoverOnce(tasks, { signal: closing.signal, log })
      system.start(async () => {
        if (!access.required)
          background.run('ask what the engine is', () => warnOfDesktop(parts.engine, log))
        if (!(await recover())) return
        services.checkpoints.start()
        await parts.image.ensure().then(agents.standBy)
      })
      return url
    },
    /**
     * Agents go on in their containers, or are brought to rest, as `server.on_shutdown` says; the next start finds them
     * again either way. Politely: clients get their answers, and nothing that hangs is waited for longer than seconds.
     * Returns the parts that had not come to their end by then.
     */
    async close({ isPolite = false }: { isPolite?: boolean } = {}): Promise<string[]> {
      for (const unsubscribe of subscriptions) unsubscribe()
      system.close()
      storage.close()
      const left = await endInOrder(isPolite, [
        ['clients', 2_500, () => front.close(isPolite ? 1_500 : 0)],
        ['agents to pause', 12_000, isPolite && pauses(config) ? tasks.pauseAll : nothing],
        ['checkpoints', 1_500, services.checkpoints.close],
        ['tasks', 1_500, tasks.close],
        ['agents', 1_500, agents.close],
        ['background work', 500, () => settle([webhooks.close(), background.settled()])],
      ])
      outputs.close()
      closeDb()
      lock.release()
      return left
    },
  }
}

/** What is to be told outside is written with the event, and sent after its commit. */
function createEvents(config: Config, db: Db, log: Log) {
  const webhooks = createWebhooks({ db, vault: openVault(config, db), clock, newId, log })
  const eventLog = createEventLog({ db, clock, alongside: webhooks.tell })
  eventLog.subscribe((event) => {
    if (kindOf(event)) webhooks.wake()
  })
  return { eventLog, webhooks }
}

/** The doctor is one of the parts that the services stand on, and looks at what they keep. */
function createCore(
  { embedded, ...options }: AppOptions,
  core: Pick<ServiceOptions, 'config' | 'db' | 'eventLog' | 'instance'>,
): { parts: Parts; services: Services } {
  const { config } = core
  const { agentImage } = embedded
  const resources = () => services.ofDoctor
  const parts = createParts({ ...options, config, agentImage, resources })
  const services: Services = createServices({ ...options, ...core, parts })
  return { parts, services }
}

const pauses = ({ server }: Config): boolean => server.on_shutdown === 'pause'
const settle = async (work: Promise<void>[]): Promise<void> => void (await Promise.all(work))
const nothing = (): Promise<void> => Promise.resolve()

function openAppDb({ database, storage }: Config, lock: DataLock): ReturnType<typeof openDb> {
  lock.take(storage.data_dir)
  try {
    refuseLostDatabase(database.path, storage.data_dir)
    mkdirSync(dirname(database.path), { recursive: true, mode: 0o700 })
    return openDb(database.path, { keptBackups: database.migration_backups })
  } catch (error) {
    lock.release()
    throw error
  }
}

/**
 * Recovers, once however often it is called: an engine that goes away later is waited for by whoever needs it. Tried again with
 * growing pauses for as long as it fails. False when the server closed before that was over.
 */
function recoverOnce(
  tasks: Pick<ReturnType<typeof createServices>['tasks'], 'recover'>,
  { signal, log }: { signal: AbortSignal; log: Log },
): () => Promise<boolean> {
  let recovery: Promise<boolean> | undefined
  const tried = async (): Promise<boolean> => {
    try {
      await untilDone(tasks.recover, {
        clock,
        signal,
        firstMs: 1_000,
        longestMs: 60_000,
        onFailure: (error, pauseMs) =>
          log.warn('recovery is tried again', { pause_ms: pauseMs, error: toMessage(error) }),
      })
      return true
    } catch (error) {
      if (signal.aborted) return false
      throw error
    }
  }
  return () => {
    recovery ??= tried()
    return recovery
  }
}

/** Each time an engine is found: it may be another one. */
async function warnOfDesktop(engine: Pick<Engine, 'info'>, log: Log): Promise<void> {
  const { isDesktop } = await engine.info()
  if (isDesktop) log.warn(`${openDesktop.detail}. ${openDesktop.fix}.`)
}

/** What changes what `system` says, or what it says changes. Returns the ways to stop. */
function keepCurrent({
  system,
  tasks,
  parts,
  storage,
  eventLog,
  settings,
  background,
}: {
  system: ReturnType<typeof createSystem>
  tasks: ReturnType<typeof createServices>['tasks']
  parts: ReturnType<typeof createParts>
  storage: AppStorage
  eventLog: ReturnType<typeof createEventLog>
  settings: Settings
  background: Background
}): (() => void)[] {
  return [
    system.subscribe(({ engine: { state, detail } }) =>
      tasks.engineAway(state === 'unreachable' ? detail : undefined),
    ),
    storage.subscribe(({ state, detail }) => {
      tasks.holdBack(state === 'low' || state === 'damaged' ? detail : undefined)
      system.refresh()
    }),
    parts.image.subscribe(system.refresh),
    tasks.onRecovery(system.refresh),
    eventLog.subscribe((event) => {
      if (moveSlots.has(event.type)) system.refreshSoon()
    }),
    settings.subscribe(() => {
      tasks.limitsChanged()
      background.run('look at the disks', storage.look)
      system.refresh()
    }),
  ]
}

function toSlots(tasks: ReturnType<typeof createServices>['tasks'], db: Db) {
  const { used, total, waiting } = tasks.queue()
  return { used, total, queued: waiting.length, warm: countWarmAgents(db) }
}
