import { frameBytes, type OutputReader } from './output-source.ts'
import type { Pump, Source, Step } from './pump.ts'

const newline = 10

export type LineSource = Source & {
  /** Everything that was stored as whole lines when it was first looked at has been sent. */
  isBackfilled(): boolean
  close(): void
}

/**
 * One agent's output for a stream that several agents share: only whole lines, and the stream stays with this agent
 * until a long line is through. When the agent ends in the middle of a line, the line is ended for it.
 */
export function createLineSource({
  outputs,
  agentId,
  pump,
  onBytes,
}: {
  outputs: OutputReader
  agentId: string
  pump: Pick<Pump, 'wake' | 'wakeSoon'>
  onBytes: (bytes: Uint8Array) => void
}): LineSource {
  let cursor = 0
  let size = outputs.size(agentId)
  let ended = outputs.isEnded(agentId)
  // Bytes below `readyTo` are whole lines; between it and `scannedTo` there is no newline.
  let readyTo = 0
  let scannedTo = 0
  let backfilled = size === 0
  const subscription = outputs.subscribe(agentId, (change) => {
    if (change.removed) return subscription.close()
    size = change.size
    ended = change.ended
    if (ended || size - cursor >= frameBytes) pump.wake()
    else pump.wakeSoon()
  })

  /** Finds the last newline between `scannedTo` and `to`, looking backwards from `to` block by block. */
  const scan = (to: number, scanEnd: number): Step | Promise<Step> => {
    const from = Math.max(scannedTo, to - frameBytes)
    const look = (bytes: Uint8Array): Step | Promise<Step> => {
      const at = bytes.lastIndexOf(newline)
      if (at < 0 && from > scannedTo) return scan(from, scanEnd)
      if (at >= 0) readyTo = from + at + 1
      scannedTo = scanEnd
      return 'unfinished'
    }
    const hot = outputs.readHot(agentId, from, to)
    return hot ? look(hot.bytes) : outputs.read(agentId, from, to).then(look)
  }
  const take = (bytes: Uint8Array): Step => {
    const lines = bytes.subarray(0, bytes.lastIndexOf(newline) + 1)
    const piece = lines.length > 0 ? lines : bytes
    onBytes(piece)
    cursor += piece.length
    if (piece.at(-1) === newline) return 'sent'
    if (!ended || cursor < size) return 'unfinished'
    onBytes(Uint8Array.of(newline))
    return 'sent'
  }
  const send = (): Step | Promise<Step> => {
    const to = Math.min(readyTo, cursor + frameBytes)
    const hot = outputs.readHot(agentId, cursor, to)
    return hot ? take(hot.bytes) : outputs.read(agentId, cursor, to).then(take)
  }

  return {
    isBackfilled: () => backfilled,
    close: () => subscription.close(),
    step() {
      if (ended) readyTo = scannedTo = size
      if (cursor < readyTo) return send()
      if (scannedTo < size) return scan(size, size)
      backfilled = true
      return 'idle'
    },
  }
}
