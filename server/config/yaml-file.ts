import { isMap, isScalar, LineCounter, type Pair, parseDocument, type YAMLMap } from 'yaml'
import { findNearest } from '#lib/nearest.ts'
import { aliases, keysOf, sections } from './keys.ts'
import type { Problem, Setting } from './problems.ts'

export type Read = { settings: Setting[]; problems: Problem[] }

/**
 * The settings written in a YAML text. `name` is how the file is called in messages. A key without a value counts
 * as not written; both spellings of one key are a problem when they disagree.
 */
export function readYaml(text: string, name: string): Read {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const problems = document.errors.map((error) => ({
    place: `${name}:${lines.linePos(error.pos[0]).line}`,
    key: '',
    message: `not valid YAML: ${error.message.split('\n')[0]}`,
  }))
  if (problems.length > 0) return { settings: [], problems }
  const place = (offset: number | undefined): string => `${name}:${lines.linePos(offset ?? 0).line}`
  const root = document.contents
  if (root === null || (isScalar(root) && root.value === null)) return { settings: [], problems }
  if (!isMap(root)) {
    const message = `the file must hold sections (${sections.join(', ')}), each with its keys`
    return { settings: [], problems: [{ place: place(0), key: '', message }] }
  }
  const read: Read = { settings: [], problems }
  for (const pair of root.items) readSection(pair, place, read)
  return mergeSpellings(read)
}

type Place = (offset: number | undefined) => string

function readSection(pair: Pair, place: Place, read: Read): void {
  const { text: section, offset } = keyOf(pair)
  const at = place(offset)
  if (!sections.includes(section)) {
    read.problems.push({ place: at, key: section, message: unknown(section, sections, 'section') })
    return
  }
  if (isMap(pair.value)) readKeys(section, pair.value, place, read)
  else if (pair.value !== null && !(isScalar(pair.value) && pair.value.value === null))
    read.problems.push({
      place: at,
      key: section,
      message: `must hold keys: ${keysOf(section).join(', ')}`,
    })
}

function readKeys(section: string, map: YAMLMap, place: Place, read: Read): void {
  const allowed = keysOf(section)
  for (const pair of map.items) {
    const { text: name, offset } = keyOf(pair)
    const key = `${section}.${name}`
    const at = place(offset)
    if (allowed.includes(name) || Object.hasOwn(aliases, key)) {
      const value = toValue(pair)
      if (value !== null) read.settings.push({ key, value, place: at })
    } else read.problems.push({ place: at, key, message: unknown(name, allowed, 'key') })
  }
}

function mergeSpellings({ settings, problems }: Read): Read {
  const merged = new Map<string, Setting>()
  for (const setting of settings) {
    const key = aliases[setting.key] ?? setting.key
    const other = merged.get(key)
    if (other && JSON.stringify(other.value) !== JSON.stringify(setting.value))
      problems.push({
        place: setting.place,
        key: setting.key,
        message: `says something else than ${other.key} (${other.place}); keep one of the two`,
      })
    else merged.set(key, { ...setting, key: setting.key })
  }
  return {
    settings: [...merged].map(([key, setting]) => ({ ...setting, key })),
    problems,
  }
}

function keyOf(pair: Pair): { text: string; offset: number | undefined } {
  if (!isScalar(pair.key)) return { text: String(pair.key), offset: undefined }
  return { text: String(pair.key.value), offset: pair.key.range?.[0] }
}

function toValue(pair: Pair): unknown {
  const { value } = pair
  if (value === null) return null
  // `toJSON` is what every yaml node has; a pair's value is a node once it was parsed from text.
  return (value as { toJSON(): unknown }).toJSON()
}

function unknown(word: string, allowed: readonly string[], what: string): string {
  const near = findNearest(word, allowed)
  const hint = near ? ` (did you mean ${near}?)` : ''
  return `is not a ${what} of the configuration${hint}; allowed: ${allowed.join(', ')}`
}
