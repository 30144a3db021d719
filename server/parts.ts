/** The parts that both the server and `klaudio doctor` stand on: engine, agent image, login, doctor. Building them touches nothing. */
import { join } from 'node:path'
import { type Credentials, readCredentials } from '#claude-login/credentials.ts'
import { createLoginState, type LoginState, probeCredentials } from '#claude-login/probe.ts'
import type { Config } from '#config/config.ts'
import type { EngineResource, OrphansRemoved } from '#contract/system.ts'
import { createDockerodeEngine } from '#docker/dockerode-engine.ts'
import { createDoctor } from '#doctor/doctor.ts'
import { createFix } from '#doctor/fix.ts'
import { createAgentImage } from '#images/agent-image.ts'
import type { ContextFile } from '#images/build-context.ts'
import { currentHost } from '#images/host.ts'
import { systemClock } from '#lib/clock.ts'
import type { Log } from '#lib/log.ts'
import { runCommand } from '#lib/run-command.ts'
import { needsToken } from './access.ts'

export type PartsOptions = {
  config: Config
  /** `agent-image/`, from the binary. */
  agentImage: { path: string; bytes: Uint8Array }[]
  /** This program, which is also a Bun when asked (`BUN_BE_BUN`). */
  bunPath: string
  environment: Record<string, string | undefined>
  /** Where the server will listen; absent when it listens already. */
  listen?: { host: string; port: number }
  /** The demo needs no credentials, so the doctor does not look for any. */
  withoutLogin?: boolean
  /** Of this installation on the engine, once its database is open. */
  resources?: () => Resources | undefined
  log: Log
}

/** What the doctor does about containers and volumes. */
export type Resources = {
  list(signal?: AbortSignal): Promise<EngineResource[]>
  /** What setup commands of repositories left. */
  countSetups(signal?: AbortSignal): Promise<{ count: number; bytes: number }>
  removeOrphans(): Promise<OrphansRemoved>
}

export type Parts = ReturnType<typeof createParts>

export function createParts({ config, bunPath, environment, log, ...options }: PartsOptions) {
  const engine = createDockerodeEngine({ host: config.docker.host })
  const image = createAgentImage({
    engine,
    config: config.docker,
    files: toContext(options.agentImage),
    cacheDir: join(config.storage.data_dir, 'cache'),
    bunPath,
    environment,
    log,
  })
  const read = (nowMs: number): Promise<Credentials> => readCredentials(config.claude, nowMs)
  const probe = (credentials: Credentials, signal?: AbortSignal): Promise<LoginState> =>
    probeCredentials(credentials, {
      baseUrl: config.claude.base_url,
      fetch: (url, init) => fetch(url, init),
      ...(signal ? { signal } : {}),
    })
  const login = async (signal?: AbortSignal): Promise<LoginState> =>
    await probe(await read(systemClock.now()), signal)
  const common = {
    engine,
    endpoint: config.docker.host,
    host: currentHost,
    run: runCommand,
    environment,
  }
  const doctor = createDoctor({
    ...common,
    image,
    isOpen: !needsToken(config),
    resources: () => options.resources?.()?.list,
    setups: () => options.resources?.()?.countSetups,
    ...(options.withoutLogin ? {} : { login }),
    dataDir: config.storage.data_dir,
    reserveBytes: () => config.storage.min_free,
    bunPath,
    ...(options.listen ? { listen: options.listen } : {}),
  })
  const fix = createFix({
    ...common,
    check: () => doctor.run(),
    image,
    baseImage: config.docker.base_image,
    clock: systemClock,
    async removeOrphans() {
      return (await options.resources?.()?.removeOrphans()) ?? { removed: [], failed: [] }
    },
  })
  return {
    engine,
    image,
    doctor,
    fix,
    credentialState: createLoginState({ read, probe, clock: systemClock }),
  }
}

/** Everything in `agent-image/` but the Dockerfile is a program that runs in the image. */
function toContext(files: PartsOptions['agentImage']): ContextFile[] {
  return files.map(({ path, bytes }) => ({
    path,
    content: bytes,
    mode: path === 'Dockerfile' ? 0o644 : 0o755,
  }))
}
