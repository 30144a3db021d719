/** A module with the licences of everything that is shipped: the packages of the binary, the fonts, and Bun itself. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'

type Licence = { name: string; version: string; licence: string; text: string }
type Manifest = {
  name: string
  version: string
  license?: string | { type?: string }
  dependencies?: Record<string, string>
}

const moduleId = 'virtual:licences'
/** Shipped, though only the build needs them as packages. */
const alsoShipped = [
  '@fontsource-variable/ibm-plex-sans',
  '@fontsource-variable/jetbrains-mono',
  'bun',
]

/** `root` holds package.json and node_modules. */
export function licences(root: string): Plugin {
  return {
    name: 'licences',
    resolveId: (id) => (id === moduleId ? `\0${moduleId}` : undefined),
    load: (id) =>
      id === `\0${moduleId}`
        ? `export const licences = ${JSON.stringify(collect(root))}`
        : undefined,
  }
}

function collect(root: string): Licence[] {
  const found = new Map<string, Licence>()
  const waiting = [...Object.keys(readManifest(root).dependencies ?? {}), ...alsoShipped]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const dir = join(root, 'node_modules', name)
    // What a package needs only elsewhere is not installed here, and then not shipped either.
    if (found.has(name) || !existsSync(join(dir, 'package.json'))) continue
    const { version, license, dependencies = {} } = readManifest(dir)
    const licence = typeof license === 'string' ? license : (license?.type ?? 'not named')
    found.set(name, { name, version, licence, text: readText(dir) })
    if (!alsoShipped.includes(name)) waiting.push(...Object.keys(dependencies))
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'))
}

const readManifest = (dir: string): Manifest =>
  JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'))

function readText(dir: string): string {
  const file = readdirSync(dir).find((name) => /^(licen[cs]e|copying)(\.|$)/i.test(name))
  return file ? readFileSync(join(dir, file), 'utf8').trim() : ''
}
