/** Settings that can be changed while Klaudio runs. They are kept in the data directory and count less than the file, the environment and flags. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import type { ChangeConfig, PublicConfig } from '#contract/config.ts'
import { AppError, isFailing, isNoRoom, toMessage } from '#contract/errors.ts'
import type { Config } from './config.ts'
import { keys } from './keys.ts'
import { type Loaded, type LoadOptions, loadConfig } from './load.ts'
import { redactConfig } from './redact.ts'
import {
  hasPlainSecret,
  type OpenSecrets,
  removeUnused,
  Saved,
  type SecretStore,
  sealAll,
  toSettings,
} from './sealing.ts'

export type Settings = {
  /** What is in force. Keys that apply at once change in this very object; nobody else may change it. */
  config: Config
  warnings: string[]
  /** What is set, with what is fixed elsewhere and what waits for a restart. No secret. */
  show(): PublicConfig
  /**
   * Changes the keys that `change` names, `{ docker: { max_agents: 4 } }`; null takes a key back to its default. All or nothing: throws
   * `request.invalid` for what is not a setting, `config.fixed` for what is decided elsewhere, `config.invalid` for a value.
   */
  change(change: ChangeConfig): void
  /** Called after every change. Returns the way to stop. */
  subscribe(listener: () => void): () => void
}

/** Keys that are read anew whenever they matter. */
const atOnce = [
  'docker.max_agents',
  'docker.max_agents_per_task',
  'docker.warm_agents',
  'claude.auth_mode',
  'claude.session_key',
  'claude.model',
  'claude.planner_model',
  'agents.subtask_timeout',
  'agents.planner_timeout',
  'agents.idle_timeout',
  'agents.max_attempts',
  'agents.max_fix_rounds',
  'agents.max_turns',
  'agents.max_cost_usd',
  'agents.max_output',
  'agents.permission_mode',
  'storage.min_free',
  'retention.output_days',
  'retention.output_total',
  'retention.event_days',
  'retention.upload_days',
  'retention.database_total',
  'retention.mirror_days',
  'retention.setup_days',
  'retention.setup_total',
]

/** Where data and credentials are and go: whoever may run agents may still not send those elsewhere. */
const isPlace = (key: string): boolean =>
  /^(storage\.\w+_dir|database\.path|docker\.host|claude\.(host_dir|host_json_file|base_url))$/.test(
    key,
  )

/** Who may come in is decided where the server runs: a browser that was taken over must not open it to others for good. */
const doors = new Set([
  'server.host',
  'server.allowed_hosts',
  'server.require_token',
  'server.trusted_proxies',
])

/** `secrets` is where saved secrets are; without it they are left out, and none can be changed. */
export type SettingsOptions = LoadOptions & { secrets?: OpenSecrets }

/** Reads the configuration with what was saved earlier. Throws `config.invalid`. */
export function openSettings({ secrets, ...options }: SettingsOptions = {}): Settings {
  const { config: base } = loadConfig(options)
  const file = join(base.storage.data_dir, 'settings.json')
  const store = secrets?.(base)
  const read = (saved: Saved): Loaded => {
    const { settings, warnings } = toSettings(saved, store)
    const loaded = loadConfig({ ...options, saved: settings })
    return { ...loaded, warnings: [...loaded.warnings, ...warnings] }
  }
  const earlier = sealEarlier(file, readSaved(file), store)
  let { saved } = earlier
  let set = openSaved(read, saved)
  const config = structuredClone(set.config)
  const listeners = new Set<() => void>()
  return {
    config,
    warnings: [...set.warnings, ...earlier.warnings],
    show: () => ({
      ...redactConfig(set.config),
      fixed: { ...set.places },
      restart_required: Object.keys(keys).filter((key) => !isSame(key, set.config, config)),
    }),
    change(change) {
      const entries = toEntries(change)
      for (const [key] of entries) refuseFixed(key, set.places)
      const wanted = Object.fromEntries(
        Object.entries({ ...saved, ...Object.fromEntries(entries) }).filter(
          ([, value]) => value !== null,
        ),
      )
      const loaded = read(wanted)
      saved = replace(file, { saved, wanted }, store)
      set = loaded
      for (const key of atOnce) copy(key, set.config, config)
      for (const listener of listeners) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** What was saved by another version may not be allowed any more: then it is left out, and said. */
function openSaved(read: (saved: Saved) => Loaded, saved: Saved): Loaded {
  try {
    return read(saved)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const loaded = read({})
    const warning = `The saved settings are not used: ${error.message}`
    return { ...loaded, warnings: [...loaded.warnings, warning] }
  }
}

function readSaved(file: string): Saved {
  return existsSync(file) ? v.parse(Saved, JSON.parse(readFileSync(file, 'utf8'))) : {}
}

/**
 * Seals, writes, removes, in this order: whatever line is the last one, the file refers to what is there. Returns what is saved now. Throws
 * `config.fixed` where nothing can be written.
 */
function replace(
  file: string,
  { saved, wanted }: { saved: Saved; wanted: Saved },
  store: SecretStore | undefined,
): Saved {
  const next = sealAll(wanted, store)
  try {
    keep(file, next)
  } catch (error) {
    removeUnused(next, saved, store)
    throw error
  }
  removeUnused(saved, next, store)
  return next
}

/** Earlier versions wrote secrets as they are. What keeps them from being sealed is said, and does not stop the start. */
function sealEarlier(
  file: string,
  saved: Saved,
  store: SecretStore | undefined,
): { saved: Saved; warnings: string[] } {
  if (!store || !hasPlainSecret(saved)) return { saved, warnings: [] }
  try {
    return { saved: replace(file, { saved, wanted: saved }, store), warnings: [] }
  } catch (error) {
    return { saved, warnings: [`${file} still holds a secret as it is: ${toMessage(error)}`] }
  }
}

/** Throws `config.fixed` where nothing can be written, `disk.full` without room, and then nothing has changed. */
function keep(file: string, saved: Saved): void {
  try {
    write(file, saved)
  } catch (error) {
    if (isNoRoom(error) && !isFailing(error))
      throw new AppError(
        'disk.full',
        `The disk of ${dirname(file)} is full, so nothing was changed. Free some space and try again.`,
        { cause: error },
      )
    throw new AppError(
      'config.fixed',
      `The settings cannot be saved, so nothing was changed: ${toMessage(error)}. Make ${dirname(file)} writable for Klaudio, or set it in config.yaml.`,
      { cause: error },
    )
  }
}

/** Whole or not at all, and for its owner only. */
function write(file: string, saved: Saved): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const fd = openSync(`${file}.tmp`, 'w', 0o600)
  try {
    // Not `writeSync`, which is content with the part that fits on a full disk.
    writeFileSync(fd, `${JSON.stringify(saved, null, 2)}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(`${file}.tmp`, file)
}

function toEntries(change: ChangeConfig): [string, unknown][] {
  const entries = Object.entries(change).flatMap(([section, values]) =>
    Object.entries(values).map(([name, value]): [string, unknown] => [`${section}.${name}`, value]),
  )
  const unknown = entries.find(([key]) => !Object.hasOwn(keys, key))
  if (unknown) throw new AppError('request.invalid', `There is no setting ${unknown[0]}.`)
  return entries
}

function refuseFixed(key: string, places: Readonly<Record<string, string>>): void {
  const place = places[key]
  const details = { key, ...(place === undefined ? {} : { place }) }
  if (place !== undefined)
    throw new AppError(
      'config.fixed',
      `${key} is set by ${place}: change it there and restart Klaudio.`,
      { details },
    )
  if (!isPlace(key) && !doors.has(key)) return
  const why = doors.has(key) ? 'it says who may connect' : 'it says where data or credentials are'
  throw new AppError(
    'config.fixed',
    `${key} can only be set in config.yaml, by ${keys[key]?.env} or by a flag: ${why}.`,
    { details },
  )
}

type Tree = Record<string, Record<string, unknown>>

/** A configuration is sections of keys. */
const at = (config: Config, key: string): [Record<string, unknown>, string] => {
  const [section = '', name = ''] = key.split('.')
  return [(config as unknown as Tree)[section] ?? {}, name]
}

function isSame(key: string, left: Config, right: Config): boolean {
  const [mine, name] = at(left, key)
  const [other] = at(right, key)
  return Bun.deepEquals(mine[name], other[name])
}

function copy(key: string, from: Config, to: Config): void {
  const [source, name] = at(from, key)
  const [target] = at(to, key)
  target[name] = source[name]
}
