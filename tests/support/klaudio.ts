/**
 * The program as people start it: a process of its own. `KLAUDIO_BINARY` names the compiled one, which `.ci/check.ts` and `.ci/test.ts` make since
 * it starts in half the time; without it, it runs from source.
 */
import { join } from 'node:path'

const top = join(import.meta.dir, '../..')

const fromSource = [
  process.execPath,
  '--preload',
  join(top, '.ci/embedded-preload.ts'),
  join(top, 'server/main.ts'),
]

export const klaudioCommand = process.env.KLAUDIO_BINARY ? [process.env.KLAUDIO_BINARY] : fromSource

export type Ended = { code: number; stdout: string; stderr: string }

type Options = {
  server?: string
  env?: Record<string, string>
  cwd?: string
  stdin?: string
}

/** Runs it to its end, with no terminal anywhere. */
export async function klaudio(args: readonly string[], options: Options = {}): Promise<Ended> {
  const child = Bun.spawn([...klaudioCommand, ...args], {
    cwd: options.cwd ?? top,
    env: toEnvironment(options),
    stdin: new Blob([options.stdin ?? '']),
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, stdout, stderr }
}

export type Running = {
  /** All that was written so far. */
  stdout(): string
  stderr(): string
  /** Resolves once `condition` holds for what was written; rejects when the program ends before. */
  until(condition: (running: Running) => boolean): Promise<void>
  kill(signal: NodeJS.Signals): void
  exited: Promise<number>
}

/** Starts it without waiting. */
export function startKlaudio(args: readonly string[], options: Options = {}): Running {
  const child = Bun.spawn([...klaudioCommand, ...args], {
    cwd: options.cwd ?? top,
    env: toEnvironment(options),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const written = { stdout: '', stderr: '' }
  const { running, wake } = createRunning(child, written)
  const follow = async (stream: ReadableStream<Uint8Array>, name: 'stdout' | 'stderr') => {
    const decoder = new TextDecoder()
    for await (const chunk of stream) {
      written[name] += decoder.decode(chunk, { stream: true })
      wake()
    }
  }
  void Promise.all([follow(child.stdout, 'stdout'), follow(child.stderr, 'stderr')]).then(wake)
  return running
}

/** Starts it on a terminal of its own; `type` is what a person at its keyboard does. */
export function startOnTerminal(
  args: readonly string[],
  options: Options & { columns?: number } = {},
): Running & { type(text: string): void } {
  const written = { stdout: '', stderr: '' }
  const decoder = new TextDecoder()
  let wake = (): void => {}
  const child = Bun.spawn([...klaudioCommand, ...args], {
    cwd: options.cwd ?? top,
    env: { TERM: 'xterm-256color', ...toEnvironment(options) },
    terminal: {
      cols: options.columns ?? 80,
      rows: 24,
      data(_terminal, data) {
        written.stdout += decoder.decode(data, { stream: true })
        wake()
      },
    },
  })
  const made = createRunning(child, written)
  wake = made.wake
  void child.exited.then(made.wake)
  return { ...made.running, type: (text) => void child.terminal?.write(text) }
}

type Child = {
  exited: Promise<number>
  exitCode: number | null
  kill(signal: NodeJS.Signals): void
}

function createRunning(child: Child, written: { stdout: string; stderr: string }) {
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const check of [...waiting]) check()
  }
  const running: Running = {
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    exited: child.exited,
    kill: (signal) => child.kill(signal),
    until: (condition) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const holds = condition(running)
          if (!holds && child.exitCode === null) return
          waiting.delete(check)
          if (holds) resolve()
          else reject(new Error(`it ended first:\n${written.stdout}\n${written.stderr}`))
        }
        waiting.add(check)
        void child.exited.then(check)
        check()
      }),
  }
  return { running, wake }
}

function toEnvironment({ server, env }: Options): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: process.env.HOME ?? '',
    TZ: 'UTC',
    ...(server === undefined ? {} : { KLAUDIO_SERVER: server }),
    ...env,
  }
}
