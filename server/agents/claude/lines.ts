/**
 * Bytes of the CLI's output -> lines with their place in it. Chunks may be cut anywhere, also inside a character;
 * nothing is decoded before its line is complete.
 */

/** `start` is the offset of the first byte, `end` the one after the newline: where reading may go on. */
export type Line =
  | { start: number; end: number; text: string }
  /** Longer than the limit: its content was dropped, not kept in memory. */
  | { start: number; end: number; oversizedBytes: number }

export type LineReader = {
  /** Lines completed by these bytes, in order. The chunk may be reused afterwards. */
  push(chunk: Uint8Array): Line[]
  /** Where the unfinished line starts; everything before it has been returned. */
  offset(): number
  /** Bytes of the unfinished line so far. */
  pendingBytes(): number
}

const newline = 0x0a

export type LineReaderOptions = {
  /** Absolute offset of the first byte, which must be the start of a line. */
  offset?: number
  /** Longer lines are skipped and reported. */
  maxBytes?: number
  /** ASCII. The text of a line that starts with it is only this and the line's last character: the rest is not decoded. */
  skim?: string
}

export function createLineReader(options: LineReaderOptions = {}): LineReader {
  const maxBytes = options.maxBytes ?? 32 * 1024 * 1024
  const skim = new TextEncoder().encode(options.skim ?? '')
  const decoder = new TextDecoder()
  let start = options.offset ?? 0
  let pieces: Uint8Array[] = []
  let pending = 0

  const keep = (piece: Uint8Array) => {
    pending += piece.length
    if (pending > maxBytes) pieces = []
    else if (piece.length > 0) pieces.push(piece.slice())
  }
  const decode = (line: Span): string =>
    isSkimmed(line, skim)
      ? `${options.skim}${String.fromCharCode(line.bytes[line.to - 1] ?? 0)}`
      : decoder.decode(line.bytes.subarray(line.from, line.to))
  /** The unfinished line ends with `last`. */
  const complete = (last: Span): Line => {
    const length = pending + last.to - last.from
    const place = { start, end: start + length + 1 }
    const isKept = pending > 0
    const line =
      length > maxBytes
        ? { ...place, oversizedBytes: length }
        : { ...place, text: decode(isKept ? join(pieces, last, length) : last) }
    start = place.end
    pieces = []
    pending = 0
    return line
  }

  return {
    push(chunk) {
      const lines: Line[] = []
      let from = 0
      for (let at = chunk.indexOf(newline); at !== -1; at = chunk.indexOf(newline, from)) {
        lines.push(complete({ bytes: chunk, from, to: at }))
        from = at + 1
      }
      if (from < chunk.length) keep(chunk.subarray(from))
      return lines
    },
    offset: () => start,
    pendingBytes: () => pending,
  }
}

/** Part of a larger array: cheaper than a view of it for every line. */
type Span = { bytes: Uint8Array; from: number; to: number }

function isSkimmed({ bytes, from, to }: Span, prefix: Uint8Array): boolean {
  if (prefix.length === 0 || to - from <= prefix.length) return false
  for (let at = 0; at < prefix.length; at++) if (bytes[from + at] !== prefix[at]) return false
  return true
}

function join(pieces: Uint8Array[], last: Span, length: number): Span {
  const joined = new Uint8Array(length)
  let at = 0
  for (const piece of [...pieces, last.bytes.subarray(last.from, last.to)]) {
    joined.set(piece, at)
    at += piece.length
  }
  return { bytes: joined, from: 0, to: length }
}
