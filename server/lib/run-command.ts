/** How a command ended. 127 when there is no such program, as in a shell. */
export type CommandResult = {
  exitCode: number
  /** Stdout and stderr together, the last 64 KiB. */
  output: string
}

export type CommandOptions = {
  cwd?: string
  env?: Record<string, string | undefined>
  /** Kills the command and whatever it started. */
  signal?: AbortSignal
  /** Every line it prints, as it comes. */
  onLine?: (line: string) => void
}

/** Runs a program of this machine to its end, without a shell. */
export type RunCommand = (command: string[], options?: CommandOptions) => Promise<CommandResult>

const keptBytes = 64 * 1024

export const runCommand: RunCommand = async (command, options = {}) => {
  options.signal?.throwIfAborted()
  const started = start(command, options)
  if ('failure' in started) return { exitCode: 127, output: started.failure }
  const { child } = started
  using _stop = killOnAbort(child.pid, options.signal)
  const output = createTail()
  const reading = Promise.all([
    readLines(child.stdout, output, options.onLine),
    readLines(child.stderr, output, options.onLine),
  ])
  const exitCode = await child.exited
  await settledWithin(reading, drainMs)
  options.signal?.throwIfAborted()
  return { exitCode, output: output.text() }
}

/** The stdout of a program, piece by piece. Throws with what it said on stderr when it fails; ends it when left early. */
export async function* streamCommand(
  command: string[],
  options: CommandOptions = {},
): AsyncGenerator<Uint8Array> {
  options.signal?.throwIfAborted()
  const started = start(command, options)
  if ('failure' in started) throw new Error(started.failure)
  const { child } = started
  using _stop = killOnAbort(child.pid, options.signal)
  const errors = createTail()
  const reading = readLines(child.stderr, errors, options.onLine)
  try {
    yield* child.stdout
    await reading
    const exitCode = await child.exited
    options.signal?.throwIfAborted()
    if (exitCode !== 0)
      throw new Error(`${command[0]} ended with code ${exitCode}: ${errors.text().trim()}`)
  } finally {
    killGroup(child.pid)
  }
}

/** A service that a command started may keep its output open for ever; what the command itself said is read by then. */
const drainMs = 2_000

async function settledWithin(work: Promise<unknown>, limitMs: number): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, limitMs)
  await Promise.race([work, late])
  clearTimeout(timer)
}

type Child = Bun.Subprocess<'ignore', 'pipe', 'pipe'>

function start(command: string[], options: CommandOptions): { child: Child } | { failure: string } {
  try {
    const child = Bun.spawn(command, {
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      // Its own process group, so that all of it can be ended at once.
      detached: true,
      ...(options.cwd ? { cwd: options.cwd } : {}),
      ...(options.env ? { env: options.env } : {}),
    })
    return { child }
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) }
  }
}

function killOnAbort(pid: number, signal: AbortSignal | undefined): Disposable {
  const kill = (): void => killGroup(pid)
  signal?.addEventListener('abort', kill, { once: true })
  return { [Symbol.dispose]: () => signal?.removeEventListener('abort', kill) }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Ended already.
  }
}

function createTail(): { add: (line: string) => void; text: () => string } {
  let text = ''
  return {
    add(line) {
      text = `${text}${line}\n`.slice(-keptBytes)
    },
    text: () => text,
  }
}

async function readLines(
  source: AsyncIterable<Uint8Array>,
  output: { add: (line: string) => void },
  onLine: ((line: string) => void) | undefined,
): Promise<void> {
  const decoder = new TextDecoder()
  let rest = ''
  const emit = (line: string): void => {
    output.add(line)
    onLine?.(line)
  }
  for await (const chunk of source) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) emit(line)
  }
  if (rest !== '') emit(rest)
}
