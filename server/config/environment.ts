import { type KeyInfo, keys } from './keys.ts'
import type { Setting } from './problems.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Variables of ours that are not settings. */
const others = ['KLAUDIO_CONFIG', 'KLAUDIO_SERVER', 'KLAUDIO_TOKEN']

/** The settings in the environment. An empty variable counts as not set. */
export function readEnvironment(env: Environment): Setting[] {
  return Object.entries(keys).flatMap(([key, info]) => {
    const text = env[info.env]
    return text ? [{ key, value: toTyped(text, info.kind), place: info.env }] : []
  })
}

/** The settings given on the command line, as `{ 'server.port': '9000' }`. `--port` is called so in messages. */
export function readFlags(flags: Readonly<Record<string, string>>): Setting[] {
  return Object.entries(flags).map(([key, text]) => {
    const flag = `--${key.slice(key.indexOf('.') + 1).replaceAll('_', '-')}`
    return { key, value: toTyped(text, keys[key]?.kind ?? 'text'), place: flag }
  })
}

/** Variables that look like settings of ours and are none: most often a slip of the pen. */
export function findUnknownVariables(env: Environment): string[] {
  const known = new Set([...Object.values(keys).map((info) => info.env), ...others])
  return Object.keys(env).filter((name) => name.startsWith('KLAUDIO_') && !known.has(name))
}

/** A text as the type its key wants; left alone when it is not one, so that the check names it. */
function toTyped(text: string, kind: KeyInfo['kind']): unknown {
  const trimmed = text.trim()
  if (kind === 'number') return /^-?\d+(\.\d+)?$/.test(trimmed) ? Number(trimmed) : text
  if (kind === 'boolean') return toBoolean(trimmed) ?? text
  if (kind === 'list')
    return trimmed
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
  return text
}

function toBoolean(text: string): boolean | undefined {
  if (/^(true|1|yes|on)$/i.test(text)) return true
  if (/^(false|0|no|off)$/i.test(text)) return false
  return undefined
}
