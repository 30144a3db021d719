/**
 * The gate's wire format (`server/README.md`): one frame is one line, so whatever a broken connection leaves behind
 * ends at the next newline.
 */

/** `code` is the exit code of a script, or the gate's word for what is wrong with the frame. */
export type GateLine =
  | { type: 'ready' }
  | { type: 'ok'; seq: number }
  | { type: 'fail'; seq: number; code: string }
  | { type: 'dup'; seq: number }
  | { type: 'bad'; seq: number }
  | { type: 'at'; seq: number; running: boolean }
  | { type: 'low-disk'; freeBytes: number }
  | { type: 'disk-ok' }
  | { type: 'exit'; code: number }

export type Frame = { type: 'E' | 'W' | 'F' | 'X' | 'I' | 'Z'; body: Uint8Array }

/** What one `F` frame carries at most; a torn one is sent again whole. */
const fileFrameBytes = 2 * 1024 * 1024
const escapeByte = 1
const newline = 10

/** Asks where the gate is. The newline before it ends whatever a broken connection left behind. */
export const whereAreYou = encode('\n?\n')

export function encodeFrame(seq: number, frame: Frame): Uint8Array {
  const body = escapeBody(frame.body)
  const head = encode(`${frame.type} ${seq} ${body.length} `)
  const line = new Uint8Array(head.length + body.length + 1)
  line.set(head)
  line.set(body, head.length)
  line[line.length - 1] = newline
  return line
}

export const envFrame = (entries: Record<string, string>): Frame => ({
  type: 'E',
  body: encode(
    Object.entries(entries)
      .map(([name, value]) => `${name}=${value}`)
      .join('\0'),
  ),
})

export const scriptFrame = (script: string): Frame => ({ type: 'W', body: encode(script) })
export const startFrame = (argv: string[]): Frame => ({ type: 'X', body: encode(argv.join('\0')) })
export const inputFrame = (line: string): Frame => ({ type: 'I', body: encode(line) })
export const closeFrame: Frame = { type: 'Z', body: new Uint8Array() }

/** A file in as many frames as it needs. `path` is below `.klaudio/` or `input/` of the workspace, or `/state/in/`. */
export function fileFrames(path: string, content: Uint8Array): Frame[] {
  const frames: Frame[] = []
  let offset = 0
  do {
    const head = encode(`${path}\0${offset}\0`)
    const piece = content.subarray(offset, offset + fileFrameBytes)
    const body = new Uint8Array(head.length + piece.length)
    body.set(head)
    body.set(piece, head.length)
    frames.push({ type: 'F', body })
    offset += fileFrameBytes
  } while (offset < content.length)
  return frames
}

/** Undefined for a line the gate never prints: what an unknown main process says is not ours to judge. */
export function parseGateLine(line: string): GateLine | undefined {
  const [word = '', first = '', ...rest] = line.split(' ')
  const number = /^\d{1,15}$/.test(first) ? Number(first) : undefined
  if (word === 'ready' || word === 'disk-ok') return { type: word }
  if (number === undefined) return undefined
  if (word === 'ok' || word === 'dup' || word === 'bad') return { type: word, seq: number }
  if (word === 'fail') return { type: 'fail', seq: number, code: rest.join(' ') }
  if (word === 'at') return { type: 'at', seq: number, running: rest[0] === 'running' }
  if (word === 'low-disk') return { type: 'low-disk', freeBytes: number }
  return word === 'exit' ? { type: 'exit', code: number } : undefined
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** Byte 1 becomes 1 2 and a newline 1 3. Most bodies hold neither and are returned as they are. */
function escapeBody(body: Uint8Array): Uint8Array {
  let extra = 0
  for (const byte of body) if (byte === escapeByte || byte === newline) extra += 1
  if (extra === 0) return body
  const escaped = new Uint8Array(body.length + extra)
  let at = 0
  for (const byte of body) {
    if (byte === escapeByte || byte === newline) {
      escaped[at++] = escapeByte
      escaped[at++] = byte === escapeByte ? 2 : 3
    } else escaped[at++] = byte
  }
  return escaped
}
