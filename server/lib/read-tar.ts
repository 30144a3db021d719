/** One file of an archive. Its content must be read to the end before the next file is asked for. */
export type TarEntry = {
  path: string
  sizeBytes: number
  /** Permission bits. */
  mode: number
  content: AsyncIterable<Uint8Array>
}

const blockSize = 512

/**
 * The regular files of a tar as `packTar` writes it (POSIX ustar with pax records), in order. Throws for anything else, and for an archive that
 * ends before its end.
 */
export async function* readTar(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const source = createReader(chunks)
  let pax = new Map<string, string>()
  for (;;) {
    const block = await source.exactly(blockSize)
    if (block.every((byte) => byte === 0)) return
    const header = readHeader(block)
    if (header.type === 'x') {
      pax = readPax(await source.exactly(header.sizeBytes))
      await source.exactly(padding(header.sizeBytes))
      continue
    }
    if (header.type !== '0' && header.type !== '\0')
      throw new Error(`${header.name} is no regular file`)
    const sizeBytes = Number(pax.get('size') ?? header.sizeBytes)
    let left = sizeBytes
    const content = (async function* () {
      while (left > 0) {
        const piece = await source.upTo(left)
        left -= piece.length
        yield piece
      }
    })()
    yield { path: pax.get('path') ?? header.name, sizeBytes, mode: header.mode, content }
    if (left > 0) throw new Error('the content of the last file was not read')
    await source.exactly(padding(sizeBytes))
    pax = new Map()
  }
}

type Header = { name: string; mode: number; sizeBytes: number; type: string }

function readHeader(block: Uint8Array): Header {
  const text = (from: number, length: number): string =>
    Buffer.from(block.subarray(from, from + length))
      .toString('utf8')
      .replace(/\0.*$/s, '')
  const octal = (from: number, length: number): number => Number.parseInt(text(from, length), 8)
  const sum = block.reduce(
    (total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte),
    0,
  )
  if (text(257, 5) !== 'ustar' || octal(148, 8) !== sum) throw new Error('this is no tar archive')
  return {
    name: text(0, 100),
    mode: octal(100, 8),
    sizeBytes: octal(124, 12),
    type: String.fromCharCode(block[156] ?? 0),
  }
}

/** "<length> <key>=<value>\n", one after the other. */
function readPax(bytes: Uint8Array): Map<string, string> {
  const records = new Map<string, string>()
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at)
    const length = Number(Buffer.from(bytes.subarray(at, space)).toString())
    if (space < 0 || !(length > 0)) throw new Error('a pax header is damaged')
    const [key = '', ...value] = Buffer.from(bytes.subarray(space + 1, at + length - 1))
      .toString('utf8')
      .split('=')
    records.set(key, value.join('='))
    at += length
  }
  return records
}

const padding = (sizeBytes: number): number => (blockSize - (sizeBytes % blockSize)) % blockSize

function createReader(chunks: AsyncIterable<Uint8Array>) {
  const source = chunks[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array()
  const fill = async (): Promise<void> => {
    while (rest.length === 0) {
      const next = await source.next()
      if (next.done) throw new Error('the archive ends in the middle')
      rest = next.value
    }
  }
  const upTo = async (length: number): Promise<Uint8Array> => {
    if (length === 0) return new Uint8Array()
    await fill()
    const piece = rest.subarray(0, length)
    rest = rest.subarray(piece.length)
    return piece
  }
  return {
    upTo,
    async exactly(length: number): Promise<Uint8Array> {
      const whole = new Uint8Array(length)
      for (let at = 0; at < length; ) {
        const piece = await upTo(length - at)
        whole.set(piece, at)
        at += piece.length
      }
      return whole
    },
  }
}
