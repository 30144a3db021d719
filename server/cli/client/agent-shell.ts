/** `klaudio agent shell`: the terminal here becomes one in the container. */
import * as v from 'valibot'
import { exitCodes } from '#cli/exit-codes.ts'
import { ShellEnd } from '#contract/socket.ts'
import type { Call } from './call.ts'
import { Failure } from './failure.ts'
import { taskPath } from './find.ts'
import { findLiveAgent } from './task-message.ts'

/** The shell's own exit code. */
export async function openShell(call: Call): Promise<number> {
  const { api, terminal } = call
  const { stdin } = terminal
  if (!terminal.canAsk)
    throw new Failure(exitCodes.usage, 'A shell needs a terminal, on stdin and stdout.')
  const agent = await findLiveAgent(call)
  // What may be refused is refused in words; a handshake has none.
  await api.get(`${taskPath({ id: agent.task_id })}/agents/${encodeURIComponent(agent.id)}`)
  const size = (): { cols: number; rows: number } => ({
    cols: Math.min(500, process.stdout.columns || 80),
    rows: Math.min(500, process.stdout.rows || 24),
  })
  const { cols, rows } = size()
  const address = `${api.url.replace(/^http/i, 'ws')}/ws/tasks/${encodeURIComponent(agent.task_id)}/agents/${encodeURIComponent(agent.id)}/shell?cols=${cols}&rows=${rows}`
  const socket = new WebSocket(address, { headers: { ...api.headers } })
  socket.binaryType = 'arraybuffer'
  const ended = Promise.withResolvers<ShellEnd | undefined>()
  let said: ShellEnd | undefined
  socket.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) void terminal.write(new Uint8Array(data)).catch(hangUp)
    else said = toEnd(data) ?? said
  }
  socket.onclose = () => ended.resolve(said)
  // `close` follows.
  socket.onerror = () => {}
  const hangUp = (): void => socket.close()
  const type = (bytes: Buffer): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(bytes)
  }
  const resize = (): void => {
    if (socket.readyState === WebSocket.OPEN)
      socket.send(JSON.stringify({ type: 'resize', ...size() }))
  }
  terminal.signal.addEventListener('abort', hangUp, { once: true })
  process.stdout.on('resize', resize)
  stdin.setRawMode(true)
  stdin.on('data', type)
  stdin.resume()
  try {
    return toCode(await ended.promise)
  } finally {
    stdin.off('data', type)
    stdin.setRawMode(false)
    stdin.pause()
    process.stdout.off('resize', resize)
    terminal.signal.removeEventListener('abort', hangUp)
  }
}

function toEnd(data: unknown): ShellEnd | undefined {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), ShellEnd), data)
  return read.success ? read.output : undefined
}

function toCode(end: ShellEnd | undefined): number {
  if (end?.type === 'exit') return end.code
  if (end) throw new Failure(exitCodes.conflict, end.error, { code: end.code })
  throw new Failure(exitCodes.unreachable, 'The connection to the shell was refused or lost.')
}
