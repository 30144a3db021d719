import { existsSync } from 'node:fs'
import { isAbsolute, join, resolve } from 'node:path'
import type { Config } from './config.ts'

/** What the paths of a configuration are relative to. */
export type Machine = {
  cwd: string
  home: string
  platform: NodeJS.Platform
  env: Readonly<Record<string, string | undefined>>
}

/** Every path absolute, empty ones filled in: directories follow `data_dir`, the engine is the machine's own. */
export function resolvePaths(config: Config, machine: Machine): Config {
  const at = (path: string): string => toAbsolute(path, machine)
  const dataDir = at(config.storage.data_dir)
  const below = (path: string, name: string): string => (path ? at(path) : join(dataDir, name))
  return {
    ...config,
    docker: {
      ...config.docker,
      host: config.docker.host || findLocalEngine(machine),
      ca_bundle: config.docker.ca_bundle ? at(config.docker.ca_bundle) : findCaBundle(machine),
    },
    claude: {
      ...config.claude,
      host_dir: at(config.claude.host_dir),
      host_json_file: at(config.claude.host_json_file),
    },
    database: {
      ...config.database,
      path:
        config.database.path === ':memory:'
          ? ':memory:'
          : below(config.database.path, 'klaudio.db'),
    },
    storage: {
      ...config.storage,
      data_dir: dataDir,
      states_dir: below(config.storage.states_dir, 'states'),
      files_dir: below(config.storage.files_dir, 'files'),
    },
  }
}

export function toAbsolute(path: string, { cwd, home }: Pick<Machine, 'cwd' | 'home'>): string {
  if (path === '~') return home
  if (/^~[/\\]/.test(path)) return join(home, path.slice(2))
  return isAbsolute(path) ? path : resolve(cwd, path)
}

/**
 * Where an engine of this machine listens: the first socket that exists of the system's, the user's own (rootless)
 * and Docker Desktop's; the system's when there is none.
 */
function findLocalEngine({ platform, home, env }: Machine): string {
  if (platform === 'win32') return 'npipe:////./pipe/docker_engine'
  const system = '/var/run/docker.sock'
  const candidates = [
    system,
    ...(env.XDG_RUNTIME_DIR ? [join(env.XDG_RUNTIME_DIR, 'docker.sock')] : []),
    join(home, '.docker/run/docker.sock'),
  ]
  return `unix://${candidates.find((path) => existsSync(path)) ?? system}`
}

/** The extra authorities this machine already trusts by the usual variables. */
function findCaBundle({ env, cwd, home }: Machine): string {
  const named = [env.NODE_EXTRA_CA_CERTS, env.SSL_CERT_FILE].flatMap((path) =>
    path ? [toAbsolute(path, { cwd, home })] : [],
  )
  return named.find((path) => existsSync(path)) ?? ''
}
