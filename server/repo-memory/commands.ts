/** How a project is built and tested, as its own files say. Told to people and agents; nothing of it is run here. */
import * as v from 'valibot'
import type { RepoCommand } from '#contract/repo-memory.ts'
import { folderOf, nameOf } from './survey.ts'

type Kind = RepoCommand['kind']

const scriptKinds: readonly (readonly [pattern: RegExp, kind: Kind])[] = [
  [/^(test|tests|test[:_-]unit|unit|check|spec)$/, 'test'],
  [/^(build|compile|bundle)$/, 'build'],
  [/^(lint|lint[:_-]check|vet|clippy)$/, 'lint'],
  [/^(types|typecheck|type-check|check-types|tsc)$/, 'types'],
  [/^(format|fmt|prettier)$/, 'format'],
  [/^(dev|start|serve|run)$/, 'run'],
  [/^(install|setup|bootstrap|deps)$/, 'install'],
]

const kindOf = (name: string): Kind | undefined =>
  scriptKinds.find(([pattern]) => pattern.test(name))?.[1]

/** `npm init` writes one that only complains. */
const isPlaceholder = (script: unknown): boolean =>
  typeof script === 'string' && /no test specified/.test(script)

const Package = v.object({
  scripts: v.optional(v.fallback(v.record(v.string(), v.unknown()), {}), {}),
  packageManager: v.optional(v.fallback(v.string(), ''), ''),
})

const nodeManagers = ['bun', 'pnpm', 'yarn', 'npm'] as const
type NodeManager = (typeof nodeManagers)[number]
const lockfiles: Record<string, NodeManager> = {
  ...{ 'bun.lock': 'bun', 'bun.lockb': 'bun', 'pnpm-lock.yaml': 'pnpm' },
  ...{ 'yarn.lock': 'yarn', 'package-lock.json': 'npm' },
}
const installs: Record<NodeManager, string> = {
  ...{ bun: 'bun install --frozen-lockfile', pnpm: 'pnpm install --frozen-lockfile' },
  ...{ yarn: 'yarn install --immutable', npm: 'npm ci' },
}

/** Only manifests at the top and one folder below it: commands of deeper ones are called by those. */
export const isCommandFile = (path: string): boolean =>
  path.split('/').length <= 2 &&
  /^(package\.json|Makefile|GNUmakefile|justfile|Justfile|composer\.json|deno\.json)$/.test(
    nameOf(path),
  )

const mostCommands = 40

export function findCommands(
  paths: ReadonlySet<string>,
  texts: ReadonlyMap<string, string>,
): RepoCommand[] {
  const inFiles = [...texts].flatMap(([path, text]) => readCommands(path, text, paths))
  const found = [...inFiles, ...byPresence(paths)]
  const seen = new Set<string>()
  return found
    .filter(({ command }) => !seen.has(command) && seen.add(command))
    .sort((a, b) => depth(a.from) - depth(b.from))
    .slice(0, mostCommands)
}

const depth = (path: string): number => path.split('/').length

function readCommands(path: string, text: string, paths: ReadonlySet<string>): RepoCommand[] {
  switch (nameOf(path)) {
    case 'package.json':
      return nodeCommands(path, text, paths)
    case 'Makefile':
    case 'GNUmakefile':
      return targets(path, text, /^([a-z][\w-]*)\s*:(?!=)/gm).map(in_(path, 'make'))
    case 'justfile':
    case 'Justfile':
      return targets(path, text, /^@?([a-z][\w-]*)(?:\s+[^:\n]*)?:(?!=)/gm).map(in_(path, 'just'))
    case 'composer.json':
      return scriptNames(text).map(in_(path, 'composer run'))
    case 'deno.json':
      return scriptNames(text, 'tasks').map(in_(path, 'deno task'))
    default:
      return []
  }
}

type Named = { name: string; kind: Kind }

/** Of several of one kind the plainest comes first, as the list of kinds has it. */
function targets(_path: string, text: string, pattern: RegExp): Named[] {
  const names = [...text.matchAll(pattern)].map(([, name = '']) => name)
  return toNamed(names)
}

const toNamed = (names: readonly string[]): Named[] =>
  [...new Set(names)].flatMap((name) => {
    const kind = kindOf(name)
    return kind ? [{ name, kind }] : []
  })

function scriptNames(text: string, key: 'scripts' | 'tasks' = 'scripts'): Named[] {
  const content = parseJson(text)
  const found = v.safeParse(v.object({ [key]: v.record(v.string(), v.unknown()) }), content)
  return found.success ? toNamed(Object.keys(found.output[key] ?? {})) : []
}

/** A command that is meant for a folder below the top says so. */
const in_ =
  (path: string, runner: string) =>
  ({ name, kind }: Named): RepoCommand => ({
    kind,
    command: `${inFolder(path)}${runner} ${name}`,
    from: path,
  })

const inFolder = (path: string): string => {
  const folder = folderOf(path).replace(/\/$/, '')
  return folder === ''
    ? ''
    : `cd ${/^[\w./-]+$/.test(folder) ? folder : JSON.stringify(folder)} && `
}

function nodeCommands(path: string, text: string, paths: ReadonlySet<string>): RepoCommand[] {
  const parsed = v.safeParse(Package, parseJson(text))
  if (!parsed.success) return []
  const { scripts, packageManager } = parsed.output
  const manager = nodeManager(path, packageManager, paths)
  const real = Object.keys(scripts).filter((name) => !isPlaceholder(scripts[name]))
  const named = toNamed(real)
  const hasLock = Object.entries(lockfiles).some(
    ([file, of]) => of === manager && paths.has(folderOf(path) + file),
  )
  const install = hasLock ? installs[manager] : `${manager} install`
  return [
    { kind: 'install', command: `${inFolder(path)}${install}`, from: path },
    ...named.filter(({ kind }) => kind !== 'install').map(in_(path, `${manager} run`)),
  ]
}

function nodeManager(path: string, said: string, paths: ReadonlySet<string>): NodeManager {
  const named = nodeManagers.find((name) => said.startsWith(`${name}@`))
  if (named) return named
  const near = [folderOf(path), ''].flatMap((folder) =>
    Object.entries(lockfiles).flatMap(([file, of]) => (paths.has(folder + file) ? [of] : [])),
  )
  return near[0] ?? 'npm'
}

const presence: readonly {
  file: string
  commands: readonly (readonly [kind: Kind, command: string])[]
}[] = [
  {
    file: 'go.mod',
    commands: [
      ['build', 'go build ./...'],
      ['test', 'go test ./...'],
      ['lint', 'go vet ./...'],
    ],
  },
  {
    file: 'Cargo.toml',
    commands: [
      ['build', 'cargo build'],
      ['test', 'cargo test'],
    ],
  },
  {
    file: 'mvnw',
    commands: [
      ['build', './mvnw package'],
      ['test', './mvnw test'],
    ],
  },
  {
    file: 'gradlew',
    commands: [
      ['build', './gradlew build'],
      ['test', './gradlew test'],
    ],
  },
  { file: 'tox.ini', commands: [['test', 'tox']] },
  { file: 'pytest.ini', commands: [['test', 'pytest']] },
  { file: 'conftest.py', commands: [['test', 'pytest']] },
  { file: 'tests/conftest.py', commands: [['test', 'pytest']] },
  { file: 'poetry.lock', commands: [['install', 'poetry install']] },
  { file: 'uv.lock', commands: [['install', 'uv sync']] },
  { file: 'requirements.txt', commands: [['install', 'pip install -r requirements.txt']] },
  { file: 'manage.py', commands: [['test', 'python manage.py test']] },
  { file: '.rspec', commands: [['test', 'bundle exec rspec']] },
  { file: 'Gemfile', commands: [['install', 'bundle install']] },
  {
    file: 'mix.exs',
    commands: [
      ['install', 'mix deps.get'],
      ['test', 'mix test'],
    ],
  },
  { file: 'CMakeLists.txt', commands: [['build', 'cmake -B build && cmake --build build']] },
  {
    file: 'Package.swift',
    commands: [
      ['build', 'swift build'],
      ['test', 'swift test'],
    ],
  },
]

function byPresence(paths: ReadonlySet<string>): RepoCommand[] {
  const found = presence
    .filter(({ file }) => paths.has(file))
    .flatMap(({ file, commands }) =>
      commands.map(([kind, command]) => ({ kind, command, from: file })),
    )
  const wrapped: readonly (readonly [string, string, RepoCommand[]])[] = [
    ['pom.xml', 'mvnw', [{ kind: 'test', command: 'mvn test', from: 'pom.xml' }]],
    ['build.gradle', 'gradlew', [{ kind: 'test', command: 'gradle test', from: 'build.gradle' }]],
  ]
  return [
    ...found,
    ...wrapped.flatMap(([file, wrapper, commands]) =>
      paths.has(file) && !paths.has(wrapper) ? commands : [],
    ),
  ]
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
