/** One piece of a multiplexed stream; a frame of the engine may arrive as several pieces. */
export type Piece = { channel: 'stdout' | 'stderr'; bytes: Uint8Array }

const headerSize = 8

/**
 * Takes the engine's multiplexed stream apart: frames of `[channel, 0, 0, 0, size as 4 bytes big endian]` and payload
 * (Docker Engine API, "Attach to a container"). Pieces are handed out as they come and share memory with the input, so
 * nothing is copied and nothing is held back. Throws when the bytes are not such a stream.
 */
export class Demuxer {
  #header = new Uint8Array(headerSize)
  #headerFill = 0
  #left = 0
  #channel: Piece['channel'] = 'stdout'

  push(chunk: Uint8Array): Piece[] {
    const pieces: Piece[] = []
    let at = 0
    while (at < chunk.length) {
      if (this.#left === 0) {
        at = this.#readHeader(chunk, at)
        continue
      }
      const end = Math.min(chunk.length, at + this.#left)
      this.#left -= end - at
      pieces.push({ channel: this.#channel, bytes: chunk.subarray(at, end) })
      at = end
    }
    return pieces
  }

  #readHeader(chunk: Uint8Array, start: number): number {
    const end = Math.min(chunk.length, start + headerSize - this.#headerFill)
    this.#header.set(chunk.subarray(start, end), this.#headerFill)
    this.#headerFill += end - start
    if (this.#headerFill === headerSize) {
      this.#headerFill = 0
      const [channel = 255, a, b, c] = this.#header
      if (channel > 2 || a !== 0 || b !== 0 || c !== 0)
        throw new Error('the engine sent a stream that is not multiplexed')
      this.#channel = channel === 2 ? 'stderr' : 'stdout'
      this.#left = new DataView(this.#header.buffer).getUint32(4)
    }
    return end
  }
}
