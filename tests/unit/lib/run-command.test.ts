import { describe, expect, test } from 'bun:test'
import { runCommand, streamCommand } from '#lib/run-command.ts'

describe('a command', () => {
  test('tells its exit code and all it printed, line by line as it comes', async () => {
    const lines: string[] = []
    const script = 'echo out; echo err >&2; printf "no newline"; exit 3'
    const result = await runCommand(['sh', '-c', script], { onLine: (line) => lines.push(line) })
    expect(result.exitCode).toBe(3)
    expect(lines.toSorted()).toEqual(['err', 'no newline', 'out'])
    expect(result.output.split('\n').toSorted()).toEqual(['', 'err', 'no newline', 'out'])
  })

  test('that does not exist ends with 127', async () => {
    const result = await runCommand(['no-such-program-here'])
    expect(result).toMatchObject({
      exitCode: 127,
      output: expect.stringContaining('no-such-program-here'),
    })
  })

  test('sees only the environment it was given', async () => {
    const { output } = await runCommand(['/usr/bin/env'], { env: { ONLY: 'this' } })
    expect(output.trim()).toBe('ONLY=this')
  })

  test('ends although a service it started keeps its output open', async () => {
    const { exitCode, output } = await runCommand([
      'sh',
      '-c',
      'setsid sleep 300 & echo $!; echo started',
    ])
    const [pid, said] = output.split('\n')
    process.kill(Number(pid), 'SIGKILL')
    expect({ exitCode, said }).toEqual({ exitCode: 0, said: 'started' })
  })

  test('is killed with everything it started when the signal aborts', async () => {
    const controller = new AbortController()
    const pid = Promise.withResolvers<number>()
    const running = runCommand(['sh', '-c', 'sleep 300 & echo $!; wait'], {
      signal: controller.signal,
      onLine: (line) => pid.resolve(Number(line)),
    })
    const child = await pid.promise
    controller.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
    // A killed process has its number until its new parent has heard of it.
    while (isAlive(child)) await new Promise((resolve) => setImmediate(resolve))
    expect(isAlive(child)).toBe(false)
  })

  test('streams its stdout, and a failure at the end is an error with what it said', async () => {
    const out = await Array.fromAsync(streamCommand(['sh', '-c', 'printf abc']))
    expect(Buffer.concat(out).toString()).toBe('abc')
    const failing = Array.fromAsync(streamCommand(['sh', '-c', 'echo no space >&2; exit 2']))
    expect(failing).rejects.toThrow('no space')
  })

  test('that is streamed ends when its reader leaves', async () => {
    let pid = 0
    for await (const chunk of streamCommand(['sh', '-c', 'echo $$; exec yes'])) {
      pid ||= Number(Buffer.from(chunk).toString().split('\n')[0])
      break
    }
    while (isAlive(pid)) await new Promise((resolve) => setImmediate(resolve))
    expect(isAlive(pid)).toBe(false)
  })
})

/** A zombie that its parent has not collected yet is dead. */
function isAlive(pid: number): boolean {
  const { stdout } = Bun.spawnSync(['ps', '-o', 'stat=', '-p', String(pid)])
  const state = stdout.toString().trim()
  return state !== '' && !state.startsWith('Z')
}
