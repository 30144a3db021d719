/** Running the steps of our scripts: commands with their output shown, counts read from junit reports. */
import { existsSync, readFileSync } from 'node:fs'

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

export const add = (a: Counts, b: Counts): Counts => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
})
