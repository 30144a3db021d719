/** Dependencies as manifests name them. A manifest is somebody else's text: what it does not hold in the known form is left out. */
import * as v from 'valibot'
import type { RepoDependency } from '#contract/repo-memory.ts'
import { nameOf } from './survey.ts'

export type Manifest = { dependencies: RepoDependency[]; problem?: string }

type Found = { name: string; version: string; isDev?: boolean }

const readers: { matches: RegExp; read: (text: string) => Found[] }[] = [
  { matches: /^package\.json$/, read: readPackageJson },
  { matches: /^go\.mod$/, read: readGoMod },
  { matches: /^requirements([-_.][\w-]+)?\.txt$/, read: (text) => readRequirements(text) },
  { matches: /^pyproject\.toml$/, read: readPyproject },
  { matches: /^Cargo\.toml$/, read: readCargo },
  { matches: /^Gemfile$/, read: (text) => readGemfile(text) },
  { matches: /^composer\.json$/, read: readComposer },
  { matches: /^pom\.xml$/, read: readPom },
  { matches: /^build\.gradle(\.kts)?$/, read: (text) => readGradle(text) },
]

export const isManifest = (path: string): boolean =>
  readers.some(({ matches }) => matches.test(nameOf(path)))

export function readManifest(path: string, text: string): Manifest {
  const reader = readers.find(({ matches }) => matches.test(nameOf(path)))
  if (!reader) return { dependencies: [] }
  try {
    const found = reader.read(text)
    const dependencies = found
      .filter(({ name }) => /^[\w@./:+~-]{1,200}$/.test(name))
      .map(({ name, version, isDev }) => ({
        ...{ name, manifest: path, is_dev: isDev ?? false },
        version: version.replace(/\s+/g, ' ').trim().slice(0, 100),
      }))
    return { dependencies }
  } catch {
    return { dependencies: [], problem: `${path} could not be read: it is not in its usual form.` }
  }
}

const Versions = v.fallback(v.record(v.string(), v.unknown()), {})
const Package = v.object({
  dependencies: v.optional(Versions),
  devDependencies: v.optional(Versions),
})

const toFound = (versions: Record<string, unknown> = {}, isDev = false): Found[] =>
  Object.entries(versions).map(([name, version]) => ({ name, isDev, version: versionIn(version) }))

function versionIn(value: unknown): string {
  if (typeof value === 'string') return value
  const parsed = v.safeParse(v.object({ version: v.string() }), value)
  return parsed.success ? parsed.output.version : ''
}

function readPackageJson(text: string): Found[] {
  const { dependencies, devDependencies } = v.parse(Package, JSON.parse(text))
  return [...toFound(dependencies), ...toFound(devDependencies, true)]
}

function readComposer(text: string): Found[] {
  const Composer = v.object({ require: v.optional(Versions), 'require-dev': v.optional(Versions) })
  const { require, 'require-dev': dev } = v.parse(Composer, JSON.parse(text))
  return [...toFound(require), ...toFound(dev, true)].filter(({ name }) => name !== 'php')
}

/** `require` lines, alone or in a block; what a comment calls indirect is nobody's choice. */
function readGoMod(text: string): Found[] {
  const block = [...text.matchAll(/^require\s*\(([^)]*)\)/gm)].map(([, body = '']) => body)
  const single = [...text.matchAll(/^require\s+([^\s(].*)$/gm)].map(([, line = '']) => line)
  return [...block.flatMap((body) => body.split('\n')), ...single]
    .filter((line) => !line.includes('// indirect'))
    .map((line) => line.trim().split(/\s+/))
    .filter(([name = '', version = '']) => name.includes('.') && version.startsWith('v'))
    .map(([name = '', version = '']) => ({ name, version }))
}

/** PEP 508, as far as names and versions go. */
function toPython(line: string): Found[] {
  const [, name, version = ''] =
    /^\s*([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*([^;#]*)/.exec(line) ?? []
  return name ? [{ name, version: version.trim() }] : []
}

const readRequirements = (text: string): Found[] =>
  text
    .split('\n')
    .filter((line) => !/^\s*(#|-|$)/.test(line) && !/:\/\//.test(line))
    .flatMap(toPython)

const Strings = v.fallback(v.array(v.string()), [])
const Pyproject = v.object({
  project: v.optional(
    v.object({
      dependencies: v.optional(Strings, []),
      'optional-dependencies': v.optional(v.fallback(v.record(v.string(), Strings), {}), {}),
    }),
  ),
  'dependency-groups': v.optional(v.fallback(v.record(v.string(), Strings), {}), {}),
  tool: v.optional(
    v.object({
      poetry: v.optional(
        v.object({
          dependencies: v.optional(Versions, {}),
          'dev-dependencies': v.optional(Versions, {}),
          group: v.optional(
            v.record(v.string(), v.object({ dependencies: v.optional(Versions, {}) })),
            {},
          ),
        }),
      ),
    }),
  ),
})

function readPyproject(text: string): Found[] {
  const { project, tool, 'dependency-groups': groups } = v.parse(Pyproject, Bun.TOML.parse(text))
  const extra = Object.values({ ...project?.['optional-dependencies'], ...groups }).flat()
  const poetry = tool?.poetry
  return [
    ...(project?.dependencies ?? []).flatMap(toPython),
    ...extra.flatMap(toPython).map((found) => ({ ...found, isDev: true })),
    ...toFound(poetry?.dependencies),
    ...toFound(poetry?.['dev-dependencies'], true),
    ...Object.values(poetry?.group ?? {}).flatMap((group) => toFound(group.dependencies, true)),
  ].filter(({ name }) => name !== 'python')
}

function readCargo(text: string): Found[] {
  const Cargo = v.object({
    dependencies: v.optional(Versions),
    'dev-dependencies': v.optional(Versions),
    workspace: v.optional(v.object({ dependencies: v.optional(Versions) })),
  })
  const cargo = v.parse(Cargo, Bun.TOML.parse(text))
  return [
    ...toFound(cargo.dependencies),
    ...toFound(cargo.workspace?.dependencies),
    ...toFound(cargo['dev-dependencies'], true),
  ]
}

const readGemfile = (text: string): Found[] =>
  [...text.matchAll(/^\s*gem\s+['"]([^'"]+)['"](?:\s*,\s*['"]([^'"]+)['"])?/gm)].map(
    ([, name = '', version = '']) => ({ name, version }),
  )

function readPom(text: string): Found[] {
  const tag = (block: string, name: string): string =>
    new RegExp(`<${name}>\\s*([^<]{1,200}?)\\s*</${name}>`).exec(block)?.[1] ?? ''
  return [...text.matchAll(/<dependency>([\s\S]{0,2000}?)<\/dependency>/g)].map(
    ([, block = '']) => ({
      name: `${tag(block, 'groupId')}:${tag(block, 'artifactId')}`,
      version: tag(block, 'version'),
      isDev: tag(block, 'scope') === 'test',
    }),
  )
}

const readGradle = (text: string): Found[] =>
  [
    ...text.matchAll(
      /^\s*(testImplementation|implementation|api|compileOnly|runtimeOnly)\s*\(?\s*['"]([\w.-]+:[\w.-]+)(?::([\w.-]+))?['"]/gm,
    ),
  ].map(([, configuration = '', name = '', version = '']) => ({
    ...{ name, version, isDev: configuration.startsWith('test') },
  }))
