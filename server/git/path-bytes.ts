/**
 * Paths in git are bytes. Those that are UTF-8 are plain strings here; the rest take git's own quoted form,
 * `"caf\351.txt"`, so that every file can be named, shown and asked for again.
 */
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function pathFromBytes(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? quote(bytes)
}

/** The bytes of a path that `pathFromBytes` made. */
export function pathToBytes(path: string): Uint8Array {
  return unquote(path) ?? new TextEncoder().encode(path)
}

/** True for a path that cannot be a process argument, because arguments are UTF-8 here. */
export const isQuotedPath = (path: string): boolean => unquote(path) !== undefined

/** Splits the output of a `-z` command; the empty piece after the last NUL is dropped. */
export function splitNul(bytes: Uint8Array): Uint8Array[] {
  const pieces: Uint8Array[] = []
  let start = 0
  for (let end = bytes.indexOf(0); end !== -1; end = bytes.indexOf(0, start)) {
    pieces.push(bytes.subarray(start, end))
    start = end + 1
  }
  if (start < bytes.length) pieces.push(bytes.subarray(start))
  return pieces
}

/** Pieces that end with NUL, in chunks that end anywhere. */
export async function* nulRecords(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  let rest: Uint8Array = new Uint8Array()
  for await (const chunk of chunks) {
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    let start = 0
    for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
      yield bytes.subarray(start, end)
      start = end + 1
    }
    rest = bytes.slice(start)
  }
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

function quote(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) {
    if (byte === 0x22 || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`
    else if (byte < 0x20 || byte > 0x7e) text += `\\${byte.toString(8).padStart(3, '0')}`
    else text += String.fromCharCode(byte)
  }
  return `"${text}"`
}

/** Only a quoted name that is not UTF-8: any other file may really be called that. */
function unquote(path: string): Uint8Array | undefined {
  const inner = /^"((?:[ !#-[\]-~]|\\["\\]|\\[0-3][0-7]{2})*)"$/.exec(path)?.[1]
  if (inner === undefined) return undefined
  const bytes = [...inner.matchAll(/\\([0-7]{3})|\\(.)|(.)/g)].map(([, octal, escaped, plain]) =>
    octal ? Number.parseInt(octal, 8) : (escaped ?? plain ?? '').charCodeAt(0),
  )
  const found = Uint8Array.from(bytes)
  return decodeUtf8(found) === undefined ? found : undefined
}
