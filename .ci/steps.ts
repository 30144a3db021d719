/** Running the steps of our scripts: commands with their output shown, counts read from junit reports. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { compileProgram } from './compile.ts'

export type Counts = { passed: number; failed: number; skipped: number }

/** Runs a command from the repository's top; resolves with its exit code. */
export async function run(cmd: string[], env: Record<string, string> = {}): Promise<number> {
  process.stdout.write(`\n$ ${cmd.join(' ')}\n`)
  const child = Bun.spawn(cmd, {
    env: { ...process.env, ...env },
    stdin: 'ignore',
    stdout: 'inherit',
    stderr: 'inherit',
  })
  return await child.exited
}

/** Runs a command and shows its output in one piece when it has ended, so that several can run at once. */
export async function runQuietly(cmd: string[], env: Record<string, string> = {}): Promise<number> {
  const child = Bun.spawn(cmd, {
    env: { ...process.env, ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [code, ...output] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ])
  process.stdout.write(`\n$ ${cmd.join(' ')}\n${output.join('')}`)
  return code
}

const timings = '.cache/timings.json'

/** What an interrupted run left half written would be refused. */
function dropDamagedTimings(): void {
  try {
    JSON.parse(readFileSync(timings, 'utf8'))
  } catch {
    rmSync(timings, { force: true })
  }
}

/** The checker in one thread: several would each look at the same types again, and beside the other checks no processor is idle. */
export const types = (project: string): string[] => [
  ...['node_modules/.bin/tsc', '-p', project, '--checkers', '1'],
]

/** It ends before it is worth its while to collect garbage often. */
export const typesEnv = { GOGC: '400' }

const compiled = '.cache/klaudio'

/** Compiles the program, without its UI. Resolves with the environment that tells tests to start it, not what `npm run build` made. */
export async function prepareTests(): Promise<Record<string, string>> {
  dropDamagedTimings()
  await compileProgram(compiled, { uiDir: 'no-ui' })
  return { KLAUDIO_BINARY: resolve(compiled) }
}

/**
 * Arguments of `bun test` for every test that needs no engine and no browser. One worker more than the two processors have use for, since
 * some tests wait as a person would, for the grace before something is killed. The time limit only ends what hangs; a busy machine must not
 * fail a test.
 */
export const testsWithoutEngine: readonly string[] = [
  '--parallel=3',
  '--no-isolate',
  '--timeout=120000',
  // The slowest file begins first, as far as it is known which that is.
  ...[`--timings=${timings}`, '--update-timings'],
  'tests/architecture.test.ts',
  'tests/unit',
  'tests/api',
  'tests/recovery',
]

export const testsOfUi: readonly string[] = ['--timeout=120000', '--conditions=browser', 'tests/ui']

/** Of the tests' temporary files at any one time, with room to spare. */
const neededBytes = 1024 ** 3

/**
 * Where tests keep their temporary files: memory, where the system has room for them there and lets programs be run from it. They wait for
 * the disk many thousand times otherwise. Empty, to be spread into an environment, where there is no such place.
 */
export function inMemory(): { env: Record<string, string>; [Symbol.dispose](): void } {
  const dir = openMemoryDir()
  return {
    env: dir === undefined ? {} : { TMPDIR: dir },
    [Symbol.dispose]: () => dir && rmSync(dir, { recursive: true, force: true }),
  }
}

function openMemoryDir(): string | undefined {
  const top = '/dev/shm'
  if (process.env.TMPDIR || !existsSync(top)) return undefined
  const { bavail, bsize } = statfsSync(top)
  if (bavail * bsize < neededBytes) return undefined
  const dir = mkdtempSync(join(top, 'klaudio-tests-'))
  if (runsPrograms(dir)) return dir
  rmSync(dir, { recursive: true })
  return undefined
}

/** Most containers mount their memory so that nothing can be run from it. */
function runsPrograms(dir: string): boolean {
  const program = join(dir, 'program')
  writeFileSync(program, '#!/bin/sh\nexit 0\n', { mode: 0o700 })
  try {
    return Bun.spawnSync([program]).success
  } catch {
    return false
  }
}

/** Runs a command that must succeed. */
export async function must(cmd: string[], env: Record<string, string> = {}): Promise<void> {
  const code = await run(cmd, env)
  if (code !== 0) throw new Error(`${cmd.join(' ')} ended with ${code}`)
}

/** Totals of a junit report; a missing report counts as one failure, so that a suite that never ran cannot pass. */
export function readJunit(path: string): Counts {
  if (!existsSync(path)) return { passed: 0, failed: 1, skipped: 0 }
  const head = /<testsuites[^>]*>/.exec(readFileSync(path, 'utf8'))?.[0] ?? ''
  const read = (name: string): number =>
    Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? 0)
  const failed = read('failures') + read('errors')
  const skipped = read('skipped')
  return { passed: read('tests') - failed - skipped, failed, skipped }
}

/** Names of the failed tests of a junit report, with the first lines of what went wrong. */
export function readFailures(path: string): string[] {
  if (!existsSync(path)) return [`${path} was not written`]
  const cases = readFileSync(path, 'utf8').matchAll(
    /<testcase\b([^>]*[^/])>((?:(?!<\/testcase>)[\s\S])*?<(?:failure|error)\b[\s\S]*?)<\/testcase>/g,
  )
  return [...cases].map(([, head = '', body = '']) => {
    const place = ['file', 'classname', 'name'].map(
      (key) => new RegExp(`\\b${key}="([^"]*)"`).exec(head)?.[1],
    )
    const cause = decode(body.replaceAll(/<!\[CDATA\[|\]\]>|<\/?[a-z][^>]*>/g, '')).trim()
    return `${decode(place.filter(Boolean).join(' > '))}\n${cause.split('\n').slice(0, 25).join('\n')}`
  })
}

const decode = (text: string): string =>
  text
    .replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&')

export const add = (a: Counts, b: Counts): Counts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
})
