/** Bytes in chunks as whole lines with their offsets: a line is given out only when its newline has arrived. */
export type Line = { offset: number; text: string }

export type LineSplitter = {
  /** `offset` is the absolute place of `bytes[0]`; bytes already seen are ignored. */
  push(offset: number, bytes: Uint8Array): Line[]
  /** The next byte that is wanted. */
  readonly next: number
  /** First byte of the line that is not whole yet. */
  readonly lineStart: number
  /** What has no newline, once nothing more will come. */
  flush(): Line | undefined
}

/** With `from` inside a file the first line is probably a piece of one: it is dropped, unless a line is known to begin there. */
export function createLineSplitter({
  from = 0,
  isAligned = false,
}: {
  from?: number
  isAligned?: boolean
} = {}): LineSplitter {
  const decoder = new TextDecoder()
  let next = from
  let dropping = from > 0 && !isAligned
  let start = from
  let parts: Uint8Array[] = []

  const take = (): Line => {
    const bytes = parts.length === 1 && parts[0] ? parts[0] : concat(parts)
    const line = { offset: start, text: decoder.decode(bytes) }
    parts = []
    return line
  }

  return {
    get next() {
      return next
    },
    get lineStart() {
      return start
    },
    flush() {
      const line = parts.length > 0 && !dropping ? take() : undefined
      start = next
      return line?.text === '' ? undefined : line
    },
    push(offset, chunk) {
      const bytes = chunk.subarray(Math.max(0, next - offset))
      if (offset > next || bytes.length === 0) return []
      const lines: Line[] = []
      let at = 0
      for (let end = bytes.indexOf(10, at); end >= 0; end = bytes.indexOf(10, at)) {
        parts.push(bytes.subarray(at, end))
        const line = take()
        if (!dropping && line.text !== '') lines.push(line)
        dropping = false
        at = end + 1
        start = next + at
      }
      if (at < bytes.length) parts.push(bytes.slice(at))
      next += bytes.length
      return lines
    },
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
