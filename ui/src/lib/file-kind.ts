/** What a file is, by its bytes and never by its name alone: a name is only what somebody claims. */
export type FileKind =
  | { kind: 'text'; text: string }
  /** One of the formats that hold nothing but pixels. An SVG is a document with scripts, so it is text here. */
  | { kind: 'image'; type: string }
  | { kind: 'binary' }

const signatures: readonly [type: string, offset: number, bytes: readonly number[]][] = [
  ['image/png', 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['image/jpeg', 0, [0xff, 0xd8, 0xff]],
  ['image/gif', 0, [0x47, 0x49, 0x46, 0x38]],
  ['image/webp', 8, [0x57, 0x45, 0x42, 0x50]],
  ['image/avif', 4, [0x66, 0x74, 0x79, 0x70, 0x61, 0x76, 0x69]],
  ['image/bmp', 0, [0x42, 0x4d]],
  ['image/x-icon', 0, [0x00, 0x00, 0x01, 0x00]],
]

/** `isPart`: the bytes are only the beginning of the file, so its last character may be cut. */
export function fileKind(bytes: Uint8Array<ArrayBuffer>, isPart: boolean): FileKind {
  const image = signatures.find(([, offset, signature]) =>
    signature.every((byte, index) => bytes[offset + index] === byte),
  )
  const isText = !bytes.includes(0)
  if (image && (!isText || image[0] !== 'image/bmp')) return { kind: 'image', type: image[0] }
  if (!isText) return { kind: 'binary' }
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    return { kind: 'text', text: decoder.decode(bytes, { stream: isPart }) }
  } catch {
    return { kind: 'binary' }
  }
}

/** "00000010  48 65 6c 6c 6f …  Hello", sixteen bytes a line. */
export function hexLines(bytes: Uint8Array, maxLines: number): string[] {
  const lines: string[] = []
  for (let at = 0; at < bytes.length && lines.length < maxLines; at += 16) {
    const row = [...bytes.subarray(at, at + 16)]
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ')
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'))
    lines.push(`${at.toString(16).padStart(8, '0')}  ${hex.padEnd(47)}  ${text.join('')}`)
  }
  return lines
}
