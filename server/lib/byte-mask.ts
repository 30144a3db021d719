/**
 * Hides secrets in bytes. Each becomes as many asterisks as it has bytes, so every offset stays what it was and JSON stays JSON. Found are
 * the secret as it is, its lines, and how JSON writes it, in JSON and in JSON inside of JSON; nothing that was encoded another way.
 */
export type Mask = {
  readonly isEmpty: boolean
  /** A copy with what is hidden; the same bytes when there is nothing to hide. */
  bytes(bytes: Uint8Array): Uint8Array
  text(text: string): string
  /** How many bytes at the end may be the beginning of a secret. */
  openEnd(bytes: Uint8Array): number
  /** Where secrets are in a text, as positions of its characters. */
  spans(text: string): [from: number, to: number][]
  /** How many characters at the end may be the beginning of one. */
  openText(text: string): number
}

/** Hides them in a stream, wherever that is cut: what may be the beginning of one waits for what follows. */
export function maskedStream(mask: Mask): {
  push(bytes: Uint8Array): Uint8Array
  /** What still waits. */
  end(): Uint8Array
} {
  let waiting = Buffer.alloc(0)
  return {
    push(bytes) {
      const all = mask.bytes(Buffer.concat([waiting, bytes]))
      const size = all.length - mask.openEnd(all)
      waiting = Buffer.from(all.subarray(size))
      return all.subarray(0, size)
    },
    end() {
      const rest = waiting
      waiting = Buffer.alloc(0)
      return rest
    },
  }
}

/** What is shorter would be found everywhere. */
const shortest = 8
const asterisk = 42

export function createMask(secrets: readonly string[]): Mask {
  const forms = toForms(secrets)
  const patterns = forms.map((form) => Buffer.from(form, 'utf8'))
  const longest = Math.max(0, ...patterns.map((each) => each.length))
  const bytes = (all: Uint8Array): Uint8Array => {
    const buffer = Buffer.from(all.buffer, all.byteOffset, all.byteLength)
    let masked: Buffer | undefined
    for (const pattern of patterns)
      for (let at = buffer.indexOf(pattern); at >= 0; at = buffer.indexOf(pattern, at + 1)) {
        masked ??= Buffer.from(buffer)
        masked.fill(asterisk, at, at + pattern.length)
      }
    return masked ?? all
  }
  return {
    isEmpty: patterns.length === 0,
    bytes,
    text: (text) =>
      patterns.length === 0
        ? text
        : new TextDecoder().decode(bytes(new TextEncoder().encode(text))),
    spans(text) {
      const found: [number, number][] = []
      for (const form of forms)
        for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1))
          found.push([at, at + form.length])
      return found
    },
    openText(text) {
      const longestForm = Math.max(0, ...forms.map((form) => form.length))
      for (let size = Math.min(longestForm - 1, text.length); size > 0; size -= 1) {
        const end = text.slice(-size)
        if (forms.some((form) => form.length > size && form.startsWith(end))) return size
      }
      return 0
    },
    openEnd(all) {
      const buffer = Buffer.from(all.buffer, all.byteOffset, all.byteLength)
      for (let size = Math.min(longest - 1, buffer.length); size > 0; size -= 1) {
        const end = buffer.subarray(buffer.length - size)
        if (patterns.some((each) => each.length > size && each.subarray(0, size).equals(end)))
          return size
      }
      return 0
    },
  }
}

function toForms(secrets: readonly string[]): string[] {
  const found = new Set<string>()
  for (const secret of secrets)
    for (const part of [secret, ...secret.split('\n').map((line) => line.trim())]) {
      if (part.length < shortest) continue
      const once = inJson(part)
      for (const form of [part, once, inJson(once)]) found.add(form)
    }
  return [...found]
}

const inJson = (text: string): string => JSON.stringify(text).slice(1, -1)
