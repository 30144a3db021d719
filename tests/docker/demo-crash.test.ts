/** `klaudio demo --once` killed in the middle of its run, and its scripted model with it, which then cuts every answer short. */
import { describe, expect, test } from 'bun:test'
import { requireEngine } from '../support/docker.ts'
import { openTempDir } from '../support/git.ts'
import { binary, startProduct } from '../support/product.ts'

const noEngine = await requireEngine()

describe.skipIf(noEngine !== undefined)('the demo', () => {
  test('killed with one agent at work, then with three, goes on to success each time it is started again', async () => {
    await using temp = await openTempDir()
    const dir = temp.path
    const first = await playUntil(dir, 'canvas: Write src/canvas.js')
    expect(first.lines.at(-1)).toContain('canvas: Write src/canvas.js')
    const second = await playUntil(dir, 'disc: Write src/disc.js')
    expect(second.lines.at(-1)).toContain('disc: Write src/disc.js')
    const { lines, exitCode } = await playUntil(dir, undefined)
    if (exitCode !== 0) await deleteTasks(dir)
    expect(lines.at(-1)).toContain('Everything the demo shows is true.')
    expect(exitCode).toBe(0)
  }, 900_000)
})

/** Runs the demo and kills it as soon as it has printed `last`. */
async function playUntil(
  dir: string,
  last: string | undefined,
): Promise<{ lines: string[]; exitCode: number }> {
  const child = Bun.spawn([binary, 'demo', '--once', '--data-dir', 'data'], {
    cwd: dir,
    env: { PATH: process.env.PATH ?? '', HOME: dir },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
  })
  const lines: string[] = []
  let rest = ''
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) {
      if (line.trim() !== '') lines.push(line)
      if (last !== undefined && line.includes(last)) child.kill('SIGKILL')
    }
  }
  return { lines, exitCode: await child.exited }
}

/** What a failed run left would stay on the engine. */
async function deleteTasks(dir: string): Promise<void> {
  await using _product = await startProduct({ dir, args: ['--data-dir', 'data', '--port', '0'] })
}
