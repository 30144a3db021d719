import { AppError } from '#contract/errors.ts'
import type { OpenedFile } from './files.ts'

/** Most bytes that a text may have to be shown or edited. */
export const maxTextBytes = 2 * 1024 * 1024

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** All of a file. Throws `file.too-large` before anything is read. */
export async function readWhole(
  file: Pick<OpenedFile, 'sizeBytes' | 'read'>,
  path: string,
  maxBytes: number,
): Promise<Uint8Array> {
  if (file.sizeBytes > maxBytes)
    throw new AppError('file.too-large', `${path} is larger than ${maxBytes} bytes.`, {
      details: { size: file.sizeBytes, limit: maxBytes },
    })
  const bytes = new Uint8Array(file.sizeBytes)
  let at = 0
  for await (const chunk of file.read()) {
    bytes.set(chunk, at)
    at += chunk.length
  }
  return bytes
}

/** Text exactly as it is, so that saving it unchanged changes nothing. Throws `file.not-text`. */
export function decodeText(path: string, bytes: Uint8Array): string {
  if (bytes.includes(0)) throw notText(path)
  try {
    return strict.decode(bytes)
  } catch {
    throw notText(path)
  }
}

/** Throws `file.too-large`. */
export function encodeText(path: string, content: string): Uint8Array {
  const bytes = new TextEncoder().encode(content)
  if (bytes.length <= maxTextBytes) return bytes
  throw new AppError('file.too-large', `${path} may have at most ${maxTextBytes} bytes.`, {
    details: { size: bytes.length, limit: maxTextBytes },
  })
}

const notText = (path: string): AppError =>
  new AppError('file.not-text', `${path} is not a text file. Download it instead.`)
