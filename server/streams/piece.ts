import { outputHeaderBytes } from '#contract/socket.ts'

/**
 * Bytes of output with room for a frame's header in front of them, so that they can be sent without another copy.
 * Pieces are shared between clients and their memory is used again: write the header and send at once, keep nothing.
 */
export type Piece = {
  bytes: Uint8Array
  /** The room and the bytes, in the same memory. */
  frame: Uint8Array
}

/** `used` is a piece that nobody needs any more: its memory serves again when it is large enough. */
export function newPiece(length: number, used?: Piece): Piece {
  const size = outputHeaderBytes + length
  const isFit = used !== undefined && used.frame.buffer.byteLength >= size
  const frame = isFit ? new Uint8Array(used.frame.buffer, 0, size) : new Uint8Array(size)
  return { frame, bytes: frame.subarray(outputHeaderBytes) }
}

export function toPiece(bytes: Uint8Array): Piece {
  const piece = newPiece(bytes.length)
  piece.bytes.set(bytes)
  return piece
}
