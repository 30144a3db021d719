/** What the world sees: HTTP and sockets on one port, behind one check of who may talk. */
import { randomBytes } from 'node:crypto'
import type { Access, Identity } from '#auth/access.ts'
import { clientAddress, isTrustedProxy } from '#auth/address.ts'
import { createAdmission } from '#auth/admission.ts'
import { createAttempts } from '#auth/attempts.ts'
import { createSessionCookie } from '#auth/cookie.ts'
import { createOriginGuard, type Verdict } from '#auth/origin.ts'
import { prove, removeAddress, writeAddress } from '#config/address-file.ts'
import type { Config } from '#config/config.ts'
import type { Settings } from '#config/settings.ts'
import { AppError } from '#contract/errors.ts'
import type { Db } from '#db/open.ts'
import { createAssets, type EmbeddedFile } from '#http/assets.ts'
import { type AccessServices, identify } from '#http/authenticate.ts'
import { refuse, tooMany } from '#http/errors.ts'
import { createHttp } from '#http/http.ts'
import { createSockets } from '#http/websocket.ts'
import type { Background } from '#lib/background.ts'
import { systemClock as clock } from '#lib/clock.ts'
import { endsWithin } from '#lib/deadline.ts'
import { newId } from '#lib/ids.ts'
import type { Log } from '#lib/log.ts'
import type { EventLog } from '#streams/event-log.ts'
import type { System } from '#system/system.ts'
import { createUsage } from '#usage/usage.ts'
import type { Webhooks } from '#webhooks/webhooks.ts'
import { toUrl } from './access.ts'
import type { Parts } from './parts.ts'
import type { Services } from './services.ts'
import type { AppStorage } from './storage.ts'

export type FrontOptions = {
  config: Config
  settings: Pick<Settings, 'show' | 'change'>
  ui: EmbeddedFile[]
  version: string
  instance: string
  access: Access
  db: Db
  eventLog: EventLog
  services: Services
  webhooks: Webhooks
  system: System
  storage: Pick<AppStorage, 'retention'>
  parts: Parts
  background: Background
  log: Log
}

export type Front = {
  /** Begins to answer; returns the address. Throws `config.invalid` when the port is taken. */
  listen(): string
  /** Says goodbye to every client, lets requests that are being answered end within `graceMs`, then stops answering. */
  close(graceMs?: number): Promise<void>
}

export function createFront(options: FrontOptions): Front {
  const { config } = options
  let server: ReturnType<typeof serve> | undefined
  const guard = createOriginGuard({
    bindHost: config.server.host,
    port: () => server?.port ?? config.server.port,
    allowedHosts: config.server.allowed_hosts,
  })
  const door = createDoor(options)
  const runKey = randomBytes(32).toString('hex')
  const http = createHttp({
    services: { ...toHttpServices(options, runKey), ...door },
    assets: createAssets(options.ui),
    guard,
    log: options.log,
    now: clock.now,
    newId,
  })
  const sockets = createFrontSockets(options, { ...door, guard })
  return {
    listen() {
      server = serve(config, { http, sockets, log: options.log })
      const url = toUrl(config.server.host, server.port ?? config.server.port)
      writeAddress(config.storage.data_dir, { url, key: runKey })
      return url
    },
    async close(graceMs = 0) {
      removeAddress(config.storage.data_dir)
      sockets.close(config.server.on_shutdown)
      if (!server) return
      // A client that reads slowly, or holds its socket open, is not waited for any longer.
      await endsWithin(graceMs, server.stop())
      await server.stop(true)
    },
  }
}

function toHttpServices(
  {
    services,
    webhooks,
    storage,
    eventLog,
    system,
    parts,
    background,
    config,
    settings,
    version,
    db,
  }: FrontOptions,
  runKey: string,
) {
  return {
    ...services,
    webhooks,
    events: eventLog,
    system: {
      state: system.state,
      recovery: services.tasks.recovery,
      check: parts.doctor.run,
      async buildImage() {
        await parts.engine.info()
        background.run('build the agent image', async () => {
          await parts.image.ensure()
        })
      },
    },
    stats: services.sampleStats,
    usage: createUsage({ db, clock }),
    retention: storage.retention,
    config: settings,
    health: {
      version,
      database: () => databaseAnswers(db),
      prove: (challenge: string) => prove(runKey, challenge),
    },
    maxUploadBytes: config.storage.max_upload,
    now: clock.now,
  }
}

/** Who may come in, for requests and sockets alike. */
function createDoor({ access, instance }: FrontOptions): AccessServices {
  return {
    access,
    attempts: createAttempts({ now: clock.now }),
    cookie: createSessionCookie(instance),
  }
}

function createFrontSockets(
  { services, system, ...options }: FrontOptions,
  door: AccessServices & { guard: (request: Request) => Verdict },
) {
  const { tasks } = services
  const { max_sockets: total, max_sockets_per_address: perAddress } = options.config.server
  return createSockets({
    ...options,
    ...services.readers,
    allow(request, address): Identity {
      const verdict = door.guard(request)
      if (!verdict.ok) throw new AppError('auth.forbidden', verdict.reason)
      return identify(door, { headers: request.headers, address }).identity
    },
    admission: createAdmission({ total, perAddress }),
    deliver: (input) => tasks.send(services.readers.agentOf(input.agent_id)?.taskId ?? '', input),
    openShell: tasks.openShell,
    outputs: services.outputs,
    sampleStats: services.sampleStats,
    system: { current: system.state, subscribe: system.subscribe },
    clock,
  })
}

function databaseAnswers(db: Db): boolean {
  try {
    db.get('select 1')
    return true
  } catch {
    return false
  }
}

type Listeners = {
  http: ReturnType<typeof createHttp>
  sockets: ReturnType<typeof createSockets>
  log: Log
}

/** A Host that makes no address: no browser sends one. */
const strange = (): AppError =>
  new AppError('request.invalid', 'The request does not say which address it is for.')

/**
 * Seconds without progress after which a connection is closed: between requests, and while a client does not take its answer. Bun itself
 * ends one that does not complete the head of a request in about 12 s (16 KiB at most), whatever is set here; a body has a pace
 * to keep (`http/body.ts`); how long an answer takes is ours.
 */
const idleSeconds = 60

function serve(config: Config, { http, sockets, log }: Listeners) {
  const { host: hostname, port, trusted_proxies: proxies } = config.server
  const { max_requests: total, max_requests_per_address: perAddress } = config.server
  const admission = createAdmission({ total, perAddress })
  try {
    return Bun.serve({
      hostname,
      port,
      idleTimeout: idleSeconds,
      // Routes have tighter limits of their own; this one bounds an upload with its form around it.
      maxRequestBodySize: config.storage.max_upload + 1024 * 1024,
      websocket: sockets.handlers,
      // Bun's own page about a failure shows the source around it.
      development: false,
      error(error) {
        log.error('request failed', { error: error.stack ?? error.message })
        return refuse(new AppError('internal', 'Internal error.'))
      },
      async fetch(request, server) {
        const { headers, url } = request
        const peer = server.requestIP(request)?.address ?? ''
        const address = clientAddress(peer, headers.get('x-forwarded-for'), proxies)
        const path = URL.parse(url)?.pathname
        if (path === undefined) return refuse(strange())
        if (path.startsWith('/ws/')) return sockets.upgrade(request, server, address)
        const leave = admission.enter(address)
        if (!leave)
          return refuse(tooMany('There are too many requests at the same time; try again.'))
        server.timeout(request, 0)
        try {
          const isHttps =
            headers.get('x-forwarded-proto') === 'https' && isTrustedProxy(peer, proxies)
          return await http.fetch(request, { remoteAddress: address, isHttps })
        } finally {
          server.timeout(request, idleSeconds)
          leave()
        }
      },
    })
  } catch (error) {
    throw new AppError(
      'config.invalid',
      `Klaudio cannot listen on ${hostname}:${port}: the port is taken or not allowed. Choose another with --port or KLAUDIO_PORT.`,
      { cause: error },
    )
  }
}
