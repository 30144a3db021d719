import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { readJunit, testsOfUi, testsWithoutEngine, types } from '../../.ci/steps.ts'
import manifest from '../../package.json'

type Workflow = {
  on: { push?: { tags?: string[]; branches?: string[] }; pull_request?: unknown }
  jobs: Record<string, { steps: { run?: string; uses?: string }[] }>
}

const top = join(import.meta.dir, '../..')
const folder = join(top, '.github/workflows')
const workflows = new Map(
  readdirSync(folder).map((name): [string, Workflow] => [
    name,
    parse(readFileSync(join(folder, name), 'utf8')),
  ]),
)
const commandsOf = (name: string): string[] =>
  Object.values(workflows.get(name)?.jobs ?? {}).flatMap(({ steps }) =>
    steps.flatMap(({ run }) => (run ? [run] : [])),
  )

describe('the workflows', () => {
  test('call nothing that is not in the repository', () => {
    for (const name of workflows.keys())
      for (const command of commandsOf(name)) {
        const [, script] = /npm run ([\w:-]+)/.exec(command) ?? []
        if (script) expect(Object.keys(manifest.scripts)).toContain(script)
        const [, file] = /\bsh (\S+)/.exec(command) ?? []
        if (file) expect(existsSync(join(top, file))).toBe(true)
      }
  })

  test('every push and every pull request runs what a person runs', () => {
    const on = workflows.get('ci.yml')?.on
    expect(on?.push?.branches).toContain('main')
    expect(on).toHaveProperty('pull_request')
    expect(commandsOf('ci.yml').join('\n')).toContain('.ci/run')
  })

  test('a version tag is tested, built for every platform by the same script, and published', () => {
    expect(workflows.get('release.yml')?.on.push?.tags).toEqual(['v*'])
    const commands = commandsOf('release.yml')
    const at = (text: string): number => commands.findIndex((command) => command.includes(text))
    const order = [at('.ci/run'), at('npm run build -- --all'), at('dist/release/*')]
    expect(order).not.toContain(-1)
    expect(order).toEqual([...order].sort((a, b) => a - b))
  })

  test('what runs them really checks: lint, types, every folder of tests, an engine and a browser, and no test that is skipped or missing passes (O7)', () => {
    const script = readFileSync(join(top, '.ci/run'), 'utf8')
    expect(script).toContain('.ci/test.ts --all')
    const steps = readFileSync(join(top, '.ci/test.ts'), 'utf8')
    for (const check of [
      'biome',
      "types('.')",
      "types('ui')",
      'knip',
      'build.ts',
      'tests/docker',
      'testsOfUi',
      'browserSuite()',
    ])
      expect([check, steps.includes(check)]).toEqual([check, true])
    expect(steps).toContain("REQUIRE_DOCKER: '1'")
    expect(types('.')[0]).toEndWith('/tsc')
    const run = [...testsWithoutEngine, ...testsOfUi, 'tests/docker', 'tests/e2e']
    const folders = new Set(
      [...new Bun.Glob('*/**/*.{test,spec}.ts').scanSync({ cwd: join(top, 'tests') })].map(
        (path) => `tests/${path.split('/')[0]}`,
      ),
    )
    expect([...folders].filter((folder) => !run.includes(folder))).toEqual([])
    expect(folders.size).toBeGreaterThan(5)
  })

  test('a suite that did not run at all counts as a failure (O7)', () => {
    expect(readJunit(join(top, 'nowhere.xml'))).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })

  test('the runtime of CI is the one that the program is built with, pinned in one place (O7)', () => {
    expect(manifest.devDependencies.bun).toBe(Bun.version)
    expect(readFileSync(join(top, '.ci/with-bun'), 'utf8')).not.toMatch(/\d+\.\d+\.\d+/)
  })
})
