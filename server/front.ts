/** What the world sees: HTTP and sockets on one port, behind one check of who may talk. */
import { createOriginGuard, type Verdict } from '#auth/origin.ts'
import type { Config } from '#config/config.ts'
import { redactConfig } from '#config/redact.ts'
import { AppError } from '#contract/errors.ts'
import type { Db } from '#db/open.ts'
import { createAssets, type EmbeddedFile } from '#http/assets.ts'
import { createHttp } from '#http/http.ts'
import { createSockets } from '#http/websocket.ts'
import type { Background } from '#lib/background.ts'
import { systemClock as clock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import type { Log } from '#lib/log.ts'
import type { EventLog } from '#streams/event-log.ts'
import type { System } from '#system/system.ts'
import type { Parts } from './parts.ts'
import type { Services } from './services.ts'

export type FrontOptions = {
  config: Config
  ui: EmbeddedFile[]
  version: string
  instance: string
  db: Db
  eventLog: EventLog
  services: Services
  system: System
  parts: Parts
  background: Background
  log: Log
}

export type Front = {
  /** Begins to answer; returns the address. Throws `config.invalid` when the port is taken. */
  listen(): string
  /** Says goodbye to every client, then stops answering. */
  close(): Promise<void>
}

export function createFront(options: FrontOptions): Front {
  const { config } = options
  let server: ReturnType<typeof serve> | undefined
  const guard = createOriginGuard({
    bindHost: config.server.host,
    port: () => server?.port ?? config.server.port,
    allowedHosts: config.server.allowed_hosts,
  })
  const http = createHttp({
    services: toHttpServices(options),
    assets: createAssets(options.ui),
    guard,
    log: options.log,
    now: clock.now,
    newId,
  })
  const sockets = createFrontSockets(options, guard)
  return {
    listen() {
      server = serve(config, { http, sockets })
      const { host } = config.server
      return `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`
    },
    async close() {
      sockets.close()
      await server?.stop(true)
    },
  }
}

function toHttpServices({
  services,
  eventLog,
  system,
  parts,
  background,
  config,
  version,
  db,
}: FrontOptions) {
  return {
    ...services,
    events: eventLog,
    system: {
      state: system.state,
      check: () => parts.doctor.run(),
      async buildImage() {
        await parts.engine.info()
        background.run('build the agent image', async () => {
          await parts.image.ensure()
        })
      },
    },
    stats: services.sampleStats,
    config: () => redactConfig(config),
    health: { version, database: () => databaseAnswers(db) },
    maxUploadBytes: config.storage.max_upload,
    now: clock.now,
  }
}

function createFrontSockets(
  { services, system, ...options }: FrontOptions,
  guard: (request: Request) => Verdict,
) {
  const { tasks } = services
  return createSockets({
    ...options,
    ...services.readers,
    allow(request) {
      const verdict = guard(request)
      if (verdict.ok) return verdict
      return { ok: false, status: 403, code: 'auth.forbidden', message: verdict.reason }
    },
    deliver: (input) => tasks.send(services.readers.agentOf(input.agent_id)?.taskId ?? '', input),
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

type Listeners = { http: ReturnType<typeof createHttp>; sockets: ReturnType<typeof createSockets> }

function serve(config: Config, { http, sockets }: Listeners) {
  const { host: hostname, port } = config.server
  try {
    return Bun.serve({
      hostname,
      port,
      // Slow handlers and silent streams are ours to end.
      idleTimeout: 0,
      // Routes have tighter limits of their own; this one bounds an upload with its form around it.
      maxRequestBodySize: config.storage.max_upload + 1024 * 1024,
      websocket: sockets.handlers,
      fetch(request, server) {
        const { pathname } = new URL(request.url)
        if (pathname.startsWith('/ws/')) return sockets.upgrade(request, server)
        const remoteAddress = server.requestIP(request)?.address
        return http.fetch(request, remoteAddress ? { remoteAddress } : {})
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
