import { AppError } from '#contract/errors.ts'

const maxStderrBytes = 64 * 1024
const graceMs = 2000

export type ChildOptions = {
  cwd: string
  env: Record<string, string>
  input?: Uint8Array | AsyncIterable<Uint8Array>
  timeoutMs: number
  signal?: AbortSignal
  /** Takes a line of standard error, which is then no part of what it said; false leaves it there. */
  takeLine?: (line: string) => boolean
}

type StopReason = 'aborted' | 'timeout' | 'done' | 'input' | 'too-much'

export type Child = {
  stdout: ReadableStream<Uint8Array>
  stderr: Promise<string>
  exited: Promise<number>
  /** Why the group was ended by us, if it was. */
  stopped(): StopReason | undefined
  /** What the input threw, for the reason `input`. */
  inputFailure(): { cause: unknown } | undefined
  stop(reason: StopReason): void
  /** Lets go of timers and the signal; to be called once the child has ended. */
  release(): void
}

/** Starts `command` as the leader of a new process group, which an abort, a timeout or `stop` ends whole. */
export function startChild(
  command: string[],
  { cwd, env, input, timeoutMs, signal, takeLine }: ChildOptions,
): Child {
  const process = spawn(command, { cwd, env, hasInput: input !== undefined })
  let reason: StopReason | undefined
  let killTimer: ReturnType<typeof setTimeout> | undefined
  const stop = (why: StopReason): void => {
    // A leader that is gone may have left others, who keep its pipes open and us waiting.
    const isWaiting = process.exitCode === null || why === 'aborted' || why === 'timeout'
    if (reason || !isWaiting) return
    reason = why
    killGroup(process.pid, 'SIGTERM')
    killTimer = setTimeout(() => killGroup(process.pid, 'SIGKILL'), graceMs)
  }
  const onAbort = (): void => stop('aborted')
  signal?.addEventListener('abort', onAbort, { once: true })
  const timer = setTimeout(() => stop('timeout'), timeoutMs)
  let inputFailure: { cause: unknown } | undefined
  if (input !== undefined)
    void feed(process.stdin, input).catch((cause: unknown) => {
      inputFailure = { cause }
      stop('input')
    })
  const exited = process.exited.then((code) => {
    clearTimeout(killTimer)
    // The leader of an ended group is gone: whatever it started goes too.
    if (reason) killGroup(process.pid, 'SIGKILL')
    return code
  })
  return {
    stdout: process.stdout,
    stderr: takeLine ? tailWithout(process.stderr, takeLine) : tail(process.stderr),
    exited,
    stopped: () => reason,
    inputFailure: () => inputFailure,
    stop,
    release() {
      clearTimeout(timer)
      clearTimeout(killTimer)
      signal?.removeEventListener('abort', onAbort)
    },
  }
}

function spawn(
  command: string[],
  { cwd, env, hasInput }: { cwd: string; env: Record<string, string>; hasInput: boolean },
) {
  try {
    return Bun.spawn(command, {
      cwd,
      env,
      stdin: hasInput ? 'pipe' : 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      detached: true,
    })
  } catch (error) {
    throw new AppError('git.failed', 'git could not be started: install git 2.38 or newer.', {
      cause: error,
    })
  }
}

/** Rejects when the input itself fails. A git that stops reading is no failure: its exit code tells the caller. */
async function feed(
  sink: Bun.FileSink | undefined,
  input: Uint8Array | AsyncIterable<Uint8Array>,
): Promise<void> {
  if (!sink) return
  const write = async (chunk: Uint8Array): Promise<boolean> => {
    try {
      // A full pipe makes either of them a promise, and a git that is gone rejects both.
      await Promise.all([sink.write(chunk), sink.flush()])
      return true
    } catch {
      return false
    }
  }
  if (input instanceof Uint8Array) await write(input)
  else for await (const chunk of input) if (!(await write(chunk))) break
  await Promise.resolve(sink.end()).catch(() => {})
}

/** Standard output up to `maxBytes`; a child that prints more is stopped. */
export async function collect(
  child: Child,
  maxBytes: number,
): Promise<{ bytes: Uint8Array; truncated: boolean }> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of child.stdout) {
    const room = maxBytes - size
    if (chunk.length > room) {
      chunks.push(chunk.subarray(0, room))
      child.stop('too-much')
      return { bytes: concat(chunks, maxBytes), truncated: true }
    }
    chunks.push(chunk)
    size += chunk.length
  }
  return { bytes: concat(chunks, size), truncated: false }
}

async function tail(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = ''
  const decoder = new TextDecoder()
  for await (const chunk of stream)
    text = (text + decoder.decode(chunk, { stream: true })).slice(-maxStderrBytes)
  return text
}

/** Lines end with a newline, or with a carriage return where the next one takes their place. */
async function tailWithout(
  stream: ReadableStream<Uint8Array>,
  takeLine: (line: string) => boolean,
): Promise<string> {
  const decoder = new TextDecoder()
  let kept = ''
  let rest = ''
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/[\r\n]/)
    rest = (lines.pop() ?? '').slice(-maxStderrBytes)
    const others = lines.filter((line) => line !== '' && !takeLine(line))
    kept = (kept + others.map((line) => `${line}\n`).join('')).slice(-maxStderrBytes)
  }
  return kept + rest
}

function killGroup(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, signal)
  } catch {
    // The group has ended by itself.
  }
}

function concat(chunks: Uint8Array[], size: number): Uint8Array {
  const only = chunks[0]
  if (chunks.length === 1 && only) return only
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}
