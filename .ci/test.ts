/**
 * `npm test`: installs what is missing and runs every check and every suite, the ones with a real engine and a real browser included.
 * Ends with one line over all of them: "N passed, N failed".
 */
import { mkdirSync, rmSync } from 'node:fs'
import { ensureBrowser, ensureEngine, ensurePrograms, findBrowser } from './setup.ts'
import {
  add,
  type Counts,
  inMemory,
  prepareTests,
  readFailures,
  readJunit,
  run,
  runQuietly,
  testsOfUi,
  testsWithoutEngine,
  types,
  typesEnv,
} from './steps.ts'

const reports = '.cache/reports'
const bin = (name: string): string => `node_modules/.bin/${name}`
let total: Counts = { passed: 0, failed: 0, skipped: 0 }
const lines: string[] = []
/** Said once more at the end, where it is found without reading through everything. */
const failures: string[] = []

function count(name: string, counts: Counts): void {
  total = add(total, counts)
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
  lines.push(`${name}: ${counts.passed} passed, ${counts.failed} failed${skipped}`)
}

async function step(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
    count(name, { passed: 1, failed: 0, skipped: 0 })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    console.error(message)
    failures.push(`${name}: ${message}`)
    count(name, { passed: 0, failed: 1, skipped: 0 })
  }
}

const command = (
  name: string,
  cmd: string[],
  start: (cmd: string[]) => Promise<number> = run,
): Promise<void> =>
  step(name, async () => {
    const code = await start(cmd)
    if (code !== 0) throw new Error(`${cmd.join(' ')} ended with ${code}`)
  })

async function suite(
  name: string,
  args: string[],
  env: Record<string, string> = {},
): Promise<void> {
  const report = `${reports}/${name}.xml`
  const code = await run(
    [bin('bun'), 'test', ...args, '--reporter=junit', `--reporter-outfile=${report}`],
    env,
  )
  const counts = readJunit(report)
  // CI accepts no skipped test.
  if (env.REQUIRE_DOCKER) {
    counts.failed += counts.skipped
    counts.skipped = 0
  }
  judge(name, { report, code, counts })
}

async function browserSuite(): Promise<void> {
  const report = `${reports}/browser.xml`
  const code = await run(
    [
      'node',
      'node_modules/@playwright/test/cli.js',
      'test',
      '-c',
      'tests/e2e',
      '--reporter=list,junit',
    ],
    {
      PLAYWRIGHT_JUNIT_OUTPUT_FILE: report,
      CHROMIUM: findBrowser() ?? '',
    },
  )
  judge('browser', { report, code, counts: readJunit(report) })
}

/** A runner that ended badly without a failed test (a crash, no files) is a failure too. */
function judge(name: string, { report, code, counts }: Ended): void {
  const failed = readFailures(report)
  failures.push(...failed.map((failure) => `${name}: ${failure}`))
  if (code !== 0 && counts.failed === 0) {
    counts.failed = 1
    failures.push(`${name}: ended with ${code}`)
  }
  count(name, counts)
}

type Ended = { report: string; code: number; counts: Counts }

rmSync(reports, { recursive: true, force: true })
mkdirSync(reports, { recursive: true })
let program: Record<string, string> = {}
await Promise.all([
  step('program for tests', async () => {
    program = await prepareTests()
  }),
  command('format and lint', [bin('biome'), 'check', '.'], runQuietly),
  command('types', types('.'), (cmd) => runQuietly(cmd, typesEnv)),
  command('types of the UI', types('ui'), (cmd) => runQuietly(cmd, typesEnv)),
  command('dead code', [bin('knip')], runQuietly),
])
await ensurePrograms()
{
  using place = inMemory()
  await suite('without an engine', [...testsWithoutEngine], {
    THOROUGH: process.env.THOROUGH ?? '2',
    ...place.env,
    ...program,
  })
}
// The engine installs and builds its image while it waits for disk and network more than for a processor.
await Promise.all([
  suite('user interface', [...testsOfUi]),
  command('build', [process.execPath, 'build.ts']).then(() => step('engine', ensureEngine)),
])
await suite('with a real engine', ['--timeout=120000', 'tests/docker'], { REQUIRE_DOCKER: '1' })
await step('browser installed', ensureBrowser)
await browserSuite()

for (const failure of failures) console.log(`\nFAILED ${failure}`)
console.log(`\n${lines.join('\n')}\n`)
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exit(total.failed === 0 ? 0 : 1)
