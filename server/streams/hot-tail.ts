import { newPiece, type Piece } from './piece.ts'

/** The newest bytes of one append-only file in a ring of fixed size, addressed by the file's own offsets. */
export type HotTail = {
  /** Bytes that start at `offset`, which must be where the last ones ended. */
  append(offset: number, bytes: Uint8Array): void
  /** `from`..`to`, or undefined when the ring no longer (or never) held all of it. Good until the next call. */
  read(from: number, to: number): Piece | undefined
}

/** Viewers of one agent move in step, so the last few pieces are kept for the next one: as much again as a full ring of frames. */
const keptPieces = 4

/** Holds nothing below `start`, the size of the file when the ring began. */
export function createHotTail({ start, capacity }: { start: number; capacity: number }): HotTail {
  const ring = new Uint8Array(capacity)
  const kept: { from: number; to: number; piece: Piece }[] = []
  let first = start
  let end = start

  const copy = (from: number, length: number): Piece => {
    const oldest = kept.length < keptPieces ? undefined : kept.shift()
    const piece = newPiece(length, oldest?.piece)
    const at = from % capacity
    const untilWrap = ring.subarray(at, Math.min(capacity, at + length))
    piece.bytes.set(untilWrap)
    piece.bytes.set(ring.subarray(0, length - untilWrap.length), untilWrap.length)
    return piece
  }

  return {
    append(offset, bytes) {
      end = offset + bytes.length
      const newest = bytes.subarray(Math.max(0, bytes.length - capacity))
      const at = (end - newest.length) % capacity
      const untilWrap = newest.subarray(0, capacity - at)
      ring.set(untilWrap, at)
      ring.set(newest.subarray(untilWrap.length), 0)
      first = Math.max(first, end - capacity)
    },
    read(from, to) {
      if (from < first || to > end || from > to) return undefined
      const known = kept.find((each) => each.from === from && each.to === to)
      if (known) return known.piece
      const piece = copy(from, to - from)
      kept.push({ from, to, piece })
      return piece
    },
  }
}
