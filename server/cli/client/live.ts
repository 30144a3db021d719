/** The live socket for a command: one subscription, taken up again where it was whenever the connection is lost. */
import { exitCodes } from '#cli/exit-codes.ts'
import type { LiveFrame, LiveRequest } from '#contract/socket.ts'
import { systemClock } from '#lib/clock.ts'
import type { Api } from './api.ts'
import { Failure } from './failure.ts'

export type Frame = LiveFrame | { type: 'bytes'; frame: Uint8Array }

export type LiveOptions = {
  api: Api
  /** What to ask for on a fresh connection: where the last one ended. */
  request: () => LiveRequest
  /** Rejects with a `Failure` when there is nothing to follow any more. */
  check: () => Promise<unknown>
  signal: AbortSignal
  onLost: () => void
  onBack: () => void
}

/** A server that restarts or is updated is back by then. */
const giveUpMs = 10 * 60_000
const firstDelayMs = 250
const maxDelayMs = 5000
/** A connection that has been silent so long is looked after: the other end may be gone without a word. */
const silenceMs = 45_000

/** Frames without end. Throws when the first connection fails, and when a lost one cannot be had back. */
export async function* followLive(options: LiveOptions): AsyncGenerator<Frame> {
  await options.check()
  for (;;) {
    for await (const frame of connect(options)) yield frame
    options.onLost()
    await reconnect(options)
    options.onBack()
  }
}

async function reconnect({ check, signal }: LiveOptions): Promise<void> {
  const since = Date.now()
  for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, maxDelayMs)) {
    await systemClock.sleep(delayMs, signal)
    try {
      await check()
      return
    } catch (error) {
      if (!isPassing(error) || Date.now() - since > giveUpMs) throw error
    }
  }
}

/** The server may be able to answer in a while. */
export function isPassing(error: unknown): boolean {
  return (
    error instanceof Failure &&
    (error.exitCode === exitCodes.unreachable || error.exitCode === exitCodes.unable)
  )
}

/** Frames of one connection, until it ends for whatever reason. */
async function* connect(options: LiveOptions): AsyncGenerator<Frame> {
  const { api, request, signal } = options
  signal.throwIfAborted()
  const received: Frame[] = []
  let isClosed = false
  let wake = (): void => {}
  const socket = new WebSocket(`${api.url.replace(/^http/i, 'ws')}/ws/live`, {
    headers: { ...api.headers },
  })
  socket.binaryType = 'arraybuffer'
  const end = (): void => {
    isClosed = true
    wake()
  }
  socket.onopen = () => socket.send(JSON.stringify(request()))
  socket.onmessage = ({ data }) => {
    const frame = toFrame(data)
    if (frame) received.push(frame)
    wake()
  }
  socket.onclose = end
  // `close` follows, and says all there is to say.
  socket.onerror = () => {}
  signal.addEventListener('abort', end, { once: true })
  try {
    for (;;) {
      const frame = received.shift()
      if (frame) yield frame
      else if (isClosed) break
      else if (await isSilent((resume) => (wake = resume))) await options.check().catch(end)
    }
    signal.throwIfAborted()
  } finally {
    signal.removeEventListener('abort', end)
    socket.close()
  }
}

/** True when nothing called `resume` for a while. */
async function isSilent(onWake: (resume: () => void) => void): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  onWake(() => resolve(false))
  const timer = setTimeout(() => resolve(true), silenceMs)
  const silent = await promise
  clearTimeout(timer)
  return silent
}

/** A newer server may send what is not known here; whoever reads frames ignores it. */
function toFrame(data: unknown): Frame | undefined {
  if (data instanceof ArrayBuffer) return { type: 'bytes', frame: new Uint8Array(data) }
  try {
    const frame: unknown = JSON.parse(String(data))
    const isFrame = typeof frame === 'object' && frame !== null && 'type' in frame
    // The server's contract, held by its own tests.
    return isFrame ? (frame as LiveFrame) : undefined
  } catch {
    return undefined
  }
}
