/** A client of a streams session without a network: buffers what it is sent and takes it when told to. */
import { parseOutputFrame } from '#contract/socket.ts'
import type { Wire } from '#streams/pump.ts'

type Text = Record<string, unknown> & { type: string }

export type FakeViewer = Wire & {
  /** Text frames as JSON, binary ones as bytes, in order, as far as they were taken. */
  taken: (Text | Uint8Array)[]
  texts(type?: string): Text[]
  /** All binary frames without live headers, glued together. */
  binary(): Uint8Array
  /** Bytes of one channel of the live socket; throws when an offset does not continue where the last frame ended. */
  channel(channel: number): { from: number; bytes: Uint8Array; frames: number }
  /** Takes up to `bytes` of what is buffered; true when anything was. */
  take(bytes?: number): boolean
  closed: { code: number; reason: string } | undefined
  /** Most bytes that ever waited in the buffer. */
  peakBytes: number
}

/** `greedy` viewers take everything at once, others only when `take` is called. */
export function createFakeViewer({ greedy = true }: { greedy?: boolean } = {}): FakeViewer {
  const waiting: { frame: string | Uint8Array; left: number }[] = []
  let waitingBytes = 0
  const receive = (frame: string | Uint8Array): void => {
    viewer.taken.push(typeof frame === 'string' ? (JSON.parse(frame) as Text) : frame)
  }
  const viewer: FakeViewer = {
    taken: [],
    closed: undefined,
    peakBytes: 0,
    send(sent) {
      const frame = typeof sent === 'string' ? sent : sent.slice()
      if (greedy) return receive(frame)
      waiting.push({ frame, left: frame.length })
      waitingBytes += frame.length
      viewer.peakBytes = Math.max(viewer.peakBytes, waitingBytes)
    },
    bufferedAmount: () => waitingBytes,
    close(code, reason) {
      viewer.closed = { code, reason }
    },
    take(bytes = Number.POSITIVE_INFINITY) {
      let budget = bytes
      const before = waitingBytes
      for (let first = waiting[0]; first && budget > 0; first = waiting[0]) {
        const part = Math.min(budget, first.left)
        first.left -= part
        budget -= part
        waitingBytes -= part
        if (first.left > 0) break
        waiting.shift()
        receive(first.frame)
      }
      return waitingBytes < before
    },
    texts: (type) =>
      viewer.taken.filter(
        (frame): frame is Text =>
          !(frame instanceof Uint8Array) && (type === undefined || frame.type === type),
      ),
    binary: () =>
      Buffer.concat(viewer.taken.filter((frame) => frame instanceof Uint8Array) as Uint8Array[]),
    channel: (channel) => readChannel(viewer.taken, channel),
  }
  return viewer
}

/** The bytes one channel carried among `frames`. */
export function readChannel(
  frames: (Text | Uint8Array)[],
  channel: number,
): { from: number; bytes: Uint8Array; frames: number } {
  const pieces: Uint8Array[] = []
  let from = 0
  let next: number | undefined
  for (const frame of frames) {
    const piece = frame instanceof Uint8Array ? parseOutputFrame(frame) : undefined
    if (piece?.channel !== channel) continue
    from = next === undefined ? piece.offset : from
    if (next !== undefined && piece.offset !== next)
      throw new Error(`channel ${channel}: frame at ${piece.offset}, expected ${next}`)
    next = piece.offset + piece.bytes.length
    pieces.push(piece.bytes)
  }
  return { from, bytes: Buffer.concat(pieces), frames: pieces.length }
}

/** Waits until `claim` holds, checked after every turn of the event loop. */
export async function until(claim: () => boolean, what: string, timeoutMs = 10_000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!claim()) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs} ms in vain: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
