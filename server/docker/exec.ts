import * as v from 'valibot'
import { AppError } from '#contract/errors.ts'
import type { TerminalSize } from '#contract/socket.ts'
import type { Client } from './client.ts'
import { type Connection, openConnection } from './connection.ts'
import type { Engine, ExecSpec, ExecStream } from './engine.ts'
import { isRefusal, type Refusal, unreachable } from './failures.ts'

const maxStderrBytes = 64 * 1024
const defaultMaxBytes = 64 * 1024 * 1024

const Created = v.object({ Id: v.string() })
const Inspected = v.object({ Running: v.boolean(), ExitCode: v.nullable(v.number()) })

export function execCalls(
  client: Client,
  sleep: (ms: number) => Promise<void>,
): Pick<Engine, 'exec' | 'execStream' | 'execTerminal'> {
  async function open(
    id: string,
    spec: ExecSpec,
    { stdin, signal }: { stdin: boolean; signal?: AbortSignal },
  ): Promise<ExecStream> {
    const what = `run "${spec.cmd[0]}" in container ${id}`
    const limits = signal ? { signal } : {}
    const created = await client.json({
      ...limits,
      what,
      method: 'POST',
      path: `/containers/${id}/exec`,
      body: toBody(spec, { stdin, tty: false }),
    })
    const execId = v.parse(Created, created).Id
    const stream = await client.hijack({
      ...limits,
      what,
      method: 'POST',
      path: `/exec/${execId}/start`,
      body: { Detach: false, Tty: false },
    })
    const stderr = collectText(maxStderrBytes)
    const connection = openConnection(stream, client.label, stderr.add)
    return {
      ...connection,
      stderr: stderr.text,
      exitCode: () => exitCode(client, execId, sleep),
    }
  }

  return {
    execStream: (id, spec) => open(id, spec, { stdin: true }),

    async execTerminal(id, { size, ...spec }) {
      const what = `open a terminal in container ${id}`
      const body = toBody(spec, { stdin: true, tty: true })
      const path = `/containers/${id}/exec`
      const created = await client.json({ what, method: 'POST', path, body })
      const execId = v.parse(Created, created).Id
      const stream = await client.hijack({
        what,
        method: 'POST',
        path: `/exec/${execId}/start`,
        body: { Detach: false, Tty: true },
      })
      const { stdout: output, write, close } = openConnection(stream, client.label, 'terminal')
      const resize = async ({ cols, rows }: TerminalSize): Promise<void> => {
        const query = { w: cols, h: rows }
        await client.json({ what, method: 'POST', path: `/exec/${execId}/resize`, query })
      }
      await resize(size).catch(unlessEnded)
      const code = (): Promise<number> => exitCode(client, execId, sleep)
      return { output, write, close, resize: (to) => resize(to).catch(unlessEnded), exitCode: code }
    },

    async exec(id, { stdin, maxBytes = defaultMaxBytes, signal, ...spec }) {
      signal?.throwIfAborted()
      const stream = await open(id, spec, {
        stdin: stdin !== undefined,
        ...(signal ? { signal } : {}),
      })
      signal?.addEventListener('abort', stream.close, { once: true })
      try {
        const sent = stdin ? send(stream, stdin) : Promise.resolve()
        const [stdout] = await Promise.all([collect(stream.stdout, maxBytes, spec), sent])
        signal?.throwIfAborted()
        return { exitCode: await stream.exitCode(), stdout, stderr: stream.stderr() }
      } finally {
        signal?.removeEventListener('abort', stream.close)
        stream.close()
      }
    },
  }
}

function toBody(spec: ExecSpec, { stdin, tty }: { stdin: boolean; tty: boolean }) {
  return {
    AttachStdin: stdin,
    AttachStdout: true,
    AttachStderr: true,
    Tty: tty,
    Cmd: spec.cmd,
    Env: Object.entries(spec.env ?? {}).map(([name, value]) => `${name}=${value}`),
    ...(spec.user ? { User: spec.user } : {}),
    ...(spec.workingDir ? { WorkingDir: spec.workingDir } : {}),
  }
}

/** A program that has ended has no size any more. */
function unlessEnded(error: unknown): void {
  if (!(error instanceof AppError && error.code === 'engine.failed')) throw error
}

/** A process may end before it has read its stdin; its exit code tells more than the broken pipe. */
async function send(stream: Pick<Connection, 'write' | 'end'>, bytes: Uint8Array): Promise<void> {
  try {
    await stream.write(bytes)
    stream.end()
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'engine.unreachable')) throw error
  }
}

async function collect(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
  spec: ExecSpec,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of source) {
    size += chunk.length
    if (size > maxBytes) {
      throw new AppError('engine.failed', `"${spec.cmd[0]}" printed more than ${maxBytes} bytes`, {
        details: { reason: 'too-much-output' satisfies Refusal },
      })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function collectText(maxBytes: number): { add: (bytes: Uint8Array) => void; text: () => string } {
  const chunks: Uint8Array[] = []
  let size = 0
  return {
    add(bytes) {
      const kept = bytes.subarray(0, maxBytes - size)
      size += kept.length
      if (kept.length > 0) chunks.push(kept.slice())
    },
    text: () => Buffer.concat(chunks).toString('utf8'),
  }
}

const pollMs = 20
const maxPolls = 100

/**
 * The end of an exec's stream looks the same for an exit and for an engine that went away, so the engine is asked. It
 * may say "running" for a moment after the last byte; longer means that the stream broke and the process goes on. An
 * engine that was restarted has forgotten its execs.
 */
async function exitCode(
  client: Client,
  execId: string,
  sleep: (ms: number) => Promise<void>,
): Promise<number> {
  for (let poll = 0; poll < maxPolls; poll += 1) {
    const state = await inspect(client, execId)
    if (!state.Running && state.ExitCode !== null) return state.ExitCode
    await sleep(pollMs)
  }
  throw unreachable(client.label, new Error('the stream of a running exec ended'))
}

async function inspect(client: Client, execId: string): Promise<v.InferOutput<typeof Inspected>> {
  try {
    const what = 'tell how an exec ended'
    return v.parse(
      Inspected,
      await client.json({ what, method: 'GET', path: `/exec/${execId}/json` }),
    )
  } catch (error) {
    if (isRefusal(error, 'not-found')) throw unreachable(client.label, error)
    throw error
  }
}
