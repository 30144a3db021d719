import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { layers, owners, uiViolations, violations } from './architecture.ts'

const top = join(import.meta.dir, '..')
const sources = (dir: string): string[] =>
  [...new Bun.Glob('**/*.{ts,tsx}').scanSync({ cwd: join(top, dir) })]
    .filter((path) => !path.startsWith('node_modules/') && !path.startsWith('dist/'))
    .sort()
const read = (dir: string, path: string): string => readFileSync(join(top, dir, path), 'utf8')
const lineCount = (text: string): number => text.split('\n').length - 1

describe('layers', () => {
  test('no server file imports from a folder beside or above its own', () => {
    const files = sources('server')
    expect(files.length).toBeGreaterThan(20)
    const found = files.flatMap((path) =>
      violations(path, read('server', path)).map((text) => `server/${path}: ${text}`),
    )
    expect(found).toEqual([])
  })

  test('each folder lists only folders above it, so there is no cycle', () => {
    const order = Object.keys(layers)
    for (const [folder, allowed] of Object.entries(layers))
      for (const target of allowed)
        expect(order.indexOf(target)).toBeLessThan(order.indexOf(folder))
  })

  test('the table and the folders are the same', () => {
    const folders = readdirSync(join(top, 'server'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
    expect(folders.sort()).toEqual(Object.keys(layers).sort())
  })

  test('every owned package is really used by its owner', () => {
    const all = sources('server').map((path) => ({ path, text: read('server', path) }))
    for (const [name, folders] of Object.entries(owners))
      for (const folder of folders)
        expect(
          `${name} in ${folder}: ${all.some(({ path, text }) => path.startsWith(`${folder}/`) && text.includes(`'${name}`))}`,
        ).toBe(`${name} in ${folder}: true`)
  })

  test('the check itself sees what it must see', () => {
    expect(violations('db/x.ts', "import { a } from '#tasks/b.ts'")).toHaveLength(1)
    expect(violations('tasks/x.ts', "import type { a } from '#docker/engine.ts'")).toHaveLength(1)
    expect(violations('http/x.ts', "import Docker from 'dockerode'")).toHaveLength(1)
    expect(violations('http/x.ts', "const a = await import('../tasks/b.ts')")).toHaveLength(1)
    expect(violations('tasks/x.ts', "import { a } from '#agents/internal/b.ts'")).toHaveLength(1)
    expect(violations('app.ts', "import { a } from '../embed.ts'")).toHaveLength(1)
    expect(violations('stray.ts', '')).toHaveLength(1)
    expect(violations('tasks/x.ts', "import { a } from '#lib/ids.ts'")).toEqual([])
    expect(uiViolations('features/plan/x.tsx', "import { a } from '../tasks/b.ts'")).toHaveLength(1)
    expect(uiViolations('components/x.tsx', "import { a } from '../data/api.ts'")).toHaveLength(1)
    expect(uiViolations('lib/x.ts', 'const a = Bun.env')).toHaveLength(1)
    expect(uiViolations('pages/x.tsx', "import { a } from '#tasks/tasks.ts'")).toHaveLength(1)
    expect(uiViolations('pages/x.tsx', "import { a } from '../features/plan/b.tsx'")).toEqual([])
  })
})

describe('the browser code', () => {
  test('keeps to its own layers and never reaches for the server', () => {
    const files = sources('ui/src')
    expect(files.length).toBeGreaterThan(20)
    const found = files.flatMap((path) =>
      uiViolations(path, read('ui/src', path)).map((text) => `ui/src/${path}: ${text}`),
    )
    expect(found).toEqual([])
  })
})

describe('sizes and top level', () => {
  test('no source file is longer than 400 lines', () => {
    const long = ['server', 'ui/src', 'bench', 'tests'].flatMap((dir) =>
      sources(dir)
        .filter((path) => dir !== 'tests' || !path.startsWith('fixtures/'))
        .map((path) => ({ path: `${dir}/${path}`, lines: lineCount(read(dir, path)) }))
        .filter(({ path, lines }) => lines > (path.startsWith('tests/') ? 700 : 400)),
    )
    expect(long).toEqual([])
  })

  test('the top level holds what the design names and nothing else', () => {
    const listed = Bun.spawnSync(['git', 'ls-files', '-z'], { cwd: top }).stdout.toString()
    const names = new Set(
      listed
        .split('\0')
        .filter(Boolean)
        .map((path) => path.split('/')[0]),
    )
    const extra = [...names].filter(
      (name) => name && !name.startsWith('.') && !allowedTop.has(name),
    )
    expect(extra).toEqual([])
    expect(existsSync(join(top, 'README.md'))).toBe(true)
  })
})

const allowedTop = new Set([
  'package.json',
  'bun.lock',
  'bunfig.toml',
  'tsconfig.json',
  'server',
  'ui',
  'agent-image',
  'drizzle',
  'embed.ts',
  'build.ts',
  'config.yaml',
  'tests',
  'bench',
  'README.md',
  'LICENSE',
  'CONTRIBUTING.md',
])
