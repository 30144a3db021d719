/** Between a setting and the text in its field. Rules are the server's: here is only what could not be sent at all. */
import type { ChangeConfig, PublicConfig } from '#contract/config.ts'
import { readValue, type SettingField } from './fields.ts'

export type Edited = { value: string | number | boolean | string[] | null } | { problem: string }

/** Where data and credentials are and go, and who may connect: the server lets no browser decide that. */
const outside = new Set([
  'storage.data_dir',
  'storage.files_dir',
  'database.path',
  'docker.host',
  'claude.host_dir',
  'claude.host_json_file',
  'claude.base_url',
  'server.host',
  'server.allowed_hosts',
])

/** Why it cannot be changed here, or undefined when it can. */
export function whyFixed(config: PublicConfig, { key, env }: SettingField): string | undefined {
  const place = config.fixed?.[key]
  if (place !== undefined) return `Set by ${place}`
  if (outside.has(key)) return `Only in config.yaml or by ${env}`
  // A server that does not say what is fixed takes no changes.
  return config.fixed === undefined ? 'Only in config.yaml or the environment' : undefined
}

export function toText(config: PublicConfig, field: SettingField): string {
  const value = readValue(config, field.key)
  if (Array.isArray(value)) return value.join(', ')
  if (field.kind === 'bytes' && typeof value === 'number') return toSize(value)
  return value === undefined ? '' : String(value)
}

/** An empty field is the default. */
export function fromText(config: PublicConfig, field: SettingField, text: string): Edited {
  const trimmed = text.trim()
  if (trimmed === '') return { value: null }
  const before = readValue(config, field.key)
  if (Array.isArray(before))
    return {
      value: trimmed
        .split(',')
        .map((each) => each.trim())
        .filter(Boolean),
    }
  if (typeof before === 'boolean') return { value: trimmed === 'true' }
  if (typeof before !== 'number' || field.kind === 'bytes') return { value: trimmed }
  const value = Number(trimmed)
  return Number.isFinite(value)
    ? { value }
    : { problem: 'Give a number, or nothing for the default.' }
}

export function toChange(
  key: string,
  value: string | number | boolean | string[] | null,
): ChangeConfig {
  const [section = '', name = ''] = key.split('.')
  return { [section]: { [name]: value } }
}

/** A refusal as it fits below a field, which says by itself what it is about. */
export function toRefusal(message: string): string {
  const [, allowed] = /allowed: (.+?)\.?$/s.exec(message) ?? []
  return allowed ? `Not allowed. Give ${allowed}.` : message
}

/** "4g", "512m": as config.yaml has it, and never another number. */
function toSize(bytes: number): string {
  for (const [unit, size] of [
    ['g', 1024 ** 3],
    ['m', 1024 ** 2],
    ['k', 1024],
  ] as const)
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`
  return String(bytes)
}
