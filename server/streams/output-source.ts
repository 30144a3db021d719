import type { OutputStore } from './output-store.ts'
import { type Piece, toPiece } from './piece.ts'
import type { Pump, Source, Step } from './pump.ts'

/** Largest piece of output in one frame. */
export const frameBytes = 64 * 1024

export type OutputReader = Pick<OutputStore, 'size' | 'read' | 'readHot' | 'isEnded' | 'subscribe'>

export type OutputSource = Source & { close(): void }

export type OutputSourceOptions = {
  outputs: OutputReader
  agentId: string
  /** First byte to send; at most the stored size. */
  from: number
  /** True when nothing more will come although the store was never told so. */
  ended?: boolean
  pump: Pick<Pump, 'wake' | 'wakeSoon'>
  /** A client that once had everything and then fell further behind than this is moved to the live end. */
  maxLagBytes?: number
  onBytes: (offset: number, piece: Piece) => void
  onGap?: (from: number, to: number) => void
  /** Every byte was sent and no more will come; close the source, unless the agent may be resumed. */
  onEnd?: (size: number) => void
  /** The stored output was removed; the source is closed. */
  onRemoved?: () => void
}

/** One agent's output for one client, byte for byte from `from`, then live. Subscribed when this returns. */
export function createOutputSource(options: OutputSourceOptions): OutputSource {
  const { outputs, agentId, pump, maxLagBytes = Number.POSITIVE_INFINITY } = options
  let cursor = options.from
  let size = outputs.size(agentId)
  let ended = options.ended === true || outputs.isEnded(agentId)
  let wasLive = cursor === size
  let closed = false

  const subscription = outputs.subscribe(agentId, (change) => {
    if (change.removed) {
      close()
      options.onRemoved?.()
      return
    }
    size = change.size
    ended = change.ended
    if (ended || size - cursor >= frameBytes) pump.wake()
    else pump.wakeSoon()
  })
  const close = (): void => {
    closed = true
    subscription.close()
  }
  const take = (piece: Piece): Step => {
    if (closed) return 'idle'
    options.onBytes(cursor, piece)
    cursor += piece.bytes.length
    if (cursor === size) wasLive = true
    return 'sent'
  }
  const skip = (): Step => {
    options.onGap?.(cursor, size)
    cursor = size
    return 'sent'
  }
  const finish = (): Step => {
    if (!ended || !options.onEnd) return 'idle'
    options.onEnd(size)
    return 'sent'
  }

  return {
    close,
    step() {
      if (closed) return 'idle'
      if (cursor === size) return finish()
      if (wasLive && size - cursor > maxLagBytes) return skip()
      const to = Math.min(size, cursor + frameBytes)
      const hot = outputs.readHot(agentId, cursor, to)
      return hot
        ? take(hot)
        : outputs.read(agentId, cursor, to).then((bytes) => take(toPiece(bytes)))
    },
  }
}
