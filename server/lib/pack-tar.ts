/** A file to pack. `content` may come in pieces when its size is known beforehand. */
export type TarFile = {
  /** Relative, with `/` between its parts. */
  path: string
  content: Uint8Array | string | { sizeBytes: number; open: () => AsyncIterable<Uint8Array> }
  /** Permission bits; 0644 when absent. */
  mode?: number
}

export type TarOptions = {
  /** Owner of every entry. */
  uid?: number
  gid?: number
}

const blockSize = 512
/** Eleven octal digits; what is larger stands in a pax record. */
const maxOctalSize = 8 ** 11 - 1

/**
 * Packs files in the given order (POSIX ustar, pax records for long names), one piece at a time as the reader asks.
 * Times are zero, so equal input gives equal bytes. Throws when a file is not as long as it said.
 */
export async function* packTar(
  files: Iterable<TarFile> | AsyncIterable<TarFile>,
  options: TarOptions = {},
): AsyncGenerator<Uint8Array> {
  for await (const file of files) {
    const { content } = file
    if (typeof content === 'string' || content instanceof Uint8Array) {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content
      yield entryHeader(file, bytes.length, options)
      yield bytes
      yield padding(bytes.length)
      continue
    }
    yield entryHeader(file, content.sizeBytes, options)
    let written = 0
    for await (const chunk of content.open()) {
      written += chunk.length
      yield chunk
    }
    if (written !== content.sizeBytes)
      throw new Error(`${file.path} has ${written} bytes instead of ${content.sizeBytes}`)
    yield padding(written)
  }
  yield new Uint8Array(2 * blockSize)
}

function entryHeader(file: TarFile, sizeBytes: number, options: TarOptions): Uint8Array {
  const mode = file.mode ?? 0o644
  const fields = { mode, sizeBytes, uid: options.uid ?? 0, gid: options.gid ?? 0, type: '0' }
  const isLong = Buffer.byteLength(file.path) > 100
  const isLarge = sizeBytes > maxOctalSize
  if (!isLong && !isLarge) return ustar({ ...fields, name: file.path })
  const record = Buffer.concat([
    ...(isLong ? [paxRecord('path', file.path)] : []),
    ...(isLarge ? [paxRecord('size', String(sizeBytes))] : []),
  ])
  return Buffer.concat([
    ustar({ ...fields, name: 'pax-header', sizeBytes: record.length, type: 'x' }),
    record,
    padding(record.length),
    ustar({
      ...fields,
      name: Buffer.from(file.path).subarray(0, 100).toString('latin1'),
      sizeBytes: isLarge ? 0 : sizeBytes,
    }),
  ])
}

type Ustar = {
  name: string
  mode: number
  uid: number
  gid: number
  sizeBytes: number
  type: string
}

/** Offsets and widths: POSIX.1-2017, pax, "ustar Interchange Format". */
function ustar(fields: Ustar): Uint8Array {
  const block = Buffer.alloc(blockSize)
  const octal = (value: number, at: number, width: number): void => {
    block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1')
  }
  block.write(fields.name, 0, 100)
  octal(fields.mode, 100, 8)
  octal(fields.uid, 108, 8)
  octal(fields.gid, 116, 8)
  octal(fields.sizeBytes, 124, 12)
  octal(0, 136, 12)
  block.write(' '.repeat(8), 148, 'latin1')
  block.write(fields.type, 156, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

/** "<length> <key>=<value>\n", where the length counts its own digits. */
function paxRecord(key: string, value: string): Uint8Array {
  const body = Buffer.from(` ${key}=${value}\n`)
  let length = body.length
  while (String(length).length + body.length !== length)
    length = String(length).length + body.length
  return Buffer.concat([Buffer.from(String(length)), body])
}

function padding(sizeBytes: number): Uint8Array {
  return new Uint8Array((blockSize - (sizeBytes % blockSize)) % blockSize)
}
