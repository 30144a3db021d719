import type { Duplex } from 'node:stream'
import { Demuxer, type Piece } from './demux.ts'
import { toEngineError, unreachable } from './failures.ts'

/** An upgraded connection to a process in a container: multiplexed output comes out, stdin goes in. */
export type Connection = {
  /** Stdout only, to be read once. Reading slowly slows the process down; leaving early closes the connection. */
  stdout: AsyncGenerator<Uint8Array>
  /** Resolves when the bytes are on their way and there is room for more. */
  write(bytes: Uint8Array): Promise<void>
  end(): void
  close(): void
}

/** `onStderr` gets the other channel, in the order it came; a terminal has only one, and nothing around its bytes. */
export function openConnection(
  stream: Duplex,
  label: string,
  onStderr: ((bytes: Uint8Array) => void) | 'terminal',
): Connection {
  let failure: unknown
  let closed = false
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const resume of waiting) resume()
    waiting.clear()
  }
  stream.on('error', (error) => {
    failure = error
    wake()
  })
  stream.on('close', wake)
  stream.on('drain', wake)

  const close = (): void => {
    closed = true
    stream.destroy()
    wake()
  }

  async function* stdout(): AsyncGenerator<Uint8Array> {
    const demuxer = new Demuxer()
    try {
      for await (const chunk of stream) {
        const bytes = onStderr === 'terminal' ? chunk : takeStdout(demuxer.push(chunk), onStderr)
        if (bytes) yield bytes
      }
    } catch (error) {
      if (!closed) throw toEngineError(error, label)
    } finally {
      close()
    }
  }

  const gone = (): boolean => closed || stream.destroyed || stream.writableEnded

  return {
    stdout: stdout(),
    async write(bytes) {
      if (gone()) throw unreachable(label, failure)
      if (stream.write(bytes)) return
      await new Promise<void>((resolve) => waiting.add(resolve))
      if (stream.destroyed) throw unreachable(label, failure)
    },
    end: () => void stream.end(),
    close,
  }
}

/** Stdout that came together is handed on together: each piece costs its reader far more than moving it. */
function takeStdout(
  pieces: readonly Piece[],
  onStderr: (bytes: Uint8Array) => void,
): Uint8Array | undefined {
  let joined: Uint8Array | undefined
  for (const { channel, bytes } of pieces) {
    if (channel === 'stderr') onStderr(bytes)
    else joined = joined ? moveBehind(joined, bytes) : bytes
  }
  return joined
}

/** Both lie in the memory of one chunk, `next` after `bytes`: the gap between them is closed in place. */
function moveBehind(bytes: Uint8Array, next: Uint8Array): Uint8Array {
  const length = bytes.length + next.length
  const joined = new Uint8Array(bytes.buffer, bytes.byteOffset, length)
  joined.set(next, bytes.length)
  return joined
}
