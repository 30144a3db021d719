import { existsSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { relative } from 'node:path'
import * as v from 'valibot'
import { toMessage } from '#contract/errors.ts'
import { type Config, ConfigSchema } from './config.ts'
import {
  type Environment,
  findUnknownVariables,
  readEnvironment,
  readFlags,
} from './environment.ts'
import { keys, sections } from './keys.ts'
import { resolvePaths, toAbsolute } from './paths.ts'
import { type Problem, type Setting, toBadValue, toConfigError } from './problems.ts'
import { type Read, readYaml } from './yaml-file.ts'

export type LoadOptions = {
  /** The file to read; else `KLAUDIO_CONFIG`, else `config.yaml` in the working directory when it exists. */
  file?: string
  /** Settings from the command line by key, such as `{ 'server.port': '9000' }`; they beat everything else. */
  flags?: Readonly<Record<string, string>>
  /** Settings that were saved while Klaudio ran; everything else beats them. */
  saved?: readonly Setting[]
  env?: Environment
  cwd?: string
  home?: string
  platform?: NodeJS.Platform
}

export type Loaded = {
  config: Config
  /** Absolute path of the file that was read; absent when there was none. */
  file?: string
  /** Where each key is set that the file, the environment or a flag sets. */
  places: Readonly<Record<string, string>>
  /** Things that do not stop the start but deserve a line. */
  warnings: string[]
}

/**
 * The configuration: defaults, then the file, then the environment, then flags. The result is frozen and its paths are
 * absolute. Throws `config.invalid` whose message names every problem with its place, the value and what is allowed.
 */
export function loadConfig(options: LoadOptions = {}): Loaded {
  const {
    env = process.env,
    cwd = process.cwd(),
    home = homedir(),
    platform = process.platform,
  } = options
  const file = findFile(options.file, { env, cwd, home })
  const written = file ? readFile(file, cwd) : { settings: [], problems: [] }
  const decided = merge(written.settings, readEnvironment(env), readFlags(options.flags ?? {}))
  const settings = merge([...(options.saved ?? [])], [...decided.values()])
  const { config, problems } = check(settings)
  const found = [...written.problems, ...problems]
  if (!config || found.length > 0) throw toConfigError(found)
  const resolved = resolvePaths(config, { env, cwd, home, platform })
  const unusable = checkTogether(resolved, settings)
  if (unusable.length > 0) throw toConfigError(unusable)
  return {
    config: deepFreeze(resolved),
    places: Object.fromEntries([...decided.values()].map(({ key, place }) => [key, place])),
    ...(file ? { file } : {}),
    warnings: [...warnOfVariables(env), ...warnOfReaders(file, written.settings, platform)],
  }
}

function findFile(
  named: string | undefined,
  { env, cwd, home }: { env: Environment; cwd: string; home: string },
): string | undefined {
  const path = named ?? (env.KLAUDIO_CONFIG || undefined)
  if (path) return toAbsolute(path, { cwd, home })
  const usual = toAbsolute('config.yaml', { cwd, home })
  return existsSync(usual) ? usual : undefined
}

function readFile(file: string, cwd: string): Read {
  const near = relative(cwd, file)
  const name = near.startsWith('..') ? file : near
  try {
    return readYaml(readFileSync(file, 'utf8'), name)
  } catch (error) {
    const message = `the file cannot be read: ${toMessage(error)}`
    return { settings: [], problems: [{ place: name, key: '', message }] }
  }
}

/** Later sources win. */
function merge(...sources: Setting[][]): Map<string, Setting> {
  return new Map(sources.flat().map((setting) => [setting.key, setting]))
}

function check(settings: Map<string, Setting>): { config?: Config; problems: Problem[] } {
  const input: Record<string, Record<string, unknown>> = Object.fromEntries(
    sections.map((section) => [section, {}]),
  )
  for (const { key, value } of settings.values()) {
    const [section = '', name = ''] = key.split('.')
    input[section] = { ...input[section], [name]: value }
  }
  const result = v.safeParse(ConfigSchema, input)
  if (result.success) return { config: result.output, problems: [] }
  const wrong = new Set(
    result.issues.map((issue) => (v.getDotPath(issue) ?? '').split('.').slice(0, 2).join('.')),
  )
  const problems = [...wrong].map((key) =>
    toBadValue(settings.get(key) ?? { key, value: undefined, place: 'configuration' }),
  )
  return { problems }
}

/** Rules that look at the machine or at two keys at once. */
function checkTogether(config: Config, settings: Map<string, Setting>): Problem[] {
  const problems: Problem[] = []
  const { ca_bundle: bundle } = config.docker
  const place = (key: string): string => settings.get(key)?.place ?? 'configuration'
  if (bundle && !existsSync(bundle))
    problems.push({
      place: place('docker.ca_bundle'),
      key: 'docker.ca_bundle',
      message: `is "${bundle}", which does not exist; allowed: ${keys['docker.ca_bundle']?.allowed}`,
    })
  if (config.claude.auth_mode === 'env' && !config.claude.session_key)
    problems.push({
      place: place('claude.auth_mode'),
      key: 'claude.auth_mode',
      message:
        'is "env", but there is no key: set CLAUDE_SESSION_KEY (or claude.session_key), or use "host"',
    })
  return problems
}

function warnOfVariables(env: Environment): string[] {
  const unknown = findUnknownVariables(env).map(
    (name) => `The environment variable ${name} is not a setting of Klaudio and has no effect.`,
  )
  return [...unknown, ...warnOfWatchdog(env)]
}

/** What systemd sets for a unit with `WatchdogSec` (sd_watchdog_enabled(3)); a child of such a service inherits it and is not meant. */
function warnOfWatchdog({ WATCHDOG_USEC: limit, WATCHDOG_PID: pid }: Environment): string[] {
  if (!limit || (pid && pid !== String(process.pid))) return []
  return [
    `The unit of this service sets WatchdogSec, so systemd kills Klaudio every ${Number(limit) / 1_000_000} s: it sends no signs of life. Remove WatchdogSec from the unit.`,
  ]
}

/** A key in a file that other users of the machine can read. Windows has no such bits. */
function warnOfReaders(
  file: string | undefined,
  settings: readonly Setting[],
  platform: NodeJS.Platform,
): string[] {
  const holdsKey = settings.some(({ key, value }) => key === 'claude.session_key' && value !== '')
  if (!file || !holdsKey || platform === 'win32') return []
  return (statSync(file).mode & 0o077) === 0
    ? []
    : [`${file} holds a secret and other users can read it: run chmod 600 on it.`]
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner)
  return Object.freeze(value)
}
