import { AppError } from '#contract/errors.ts'

/** The body's bytes. Throws `request.too-large` before more than `maxBytes` are held. */
export async function readBytes(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > maxBytes) throw tooLarge(maxBytes)
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let total = 0
  // The DOM's type of a body is not iterable, the real one is; its chunks are never shared memory.
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array<ArrayBuffer>>) {
    total += chunk.byteLength
    if (total > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  if (chunks.length === 1 && chunks[0]) return chunks[0]
  const bytes = new Uint8Array(total)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

/** Bytes as an answer's body, without a copy: shared memory, which a body cannot be, does not occur here. */
export function toBody(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  // Checked by the condition beside it.
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : bytes.slice()
}

/** The refusal of a request with more than `maxBytes`. */
export function tooLarge(maxBytes: number): AppError {
  return new AppError(
    'request.too-large',
    `The request is larger than the ${toSize(maxBytes)} allowed here.`,
    { details: { max_bytes: maxBytes } },
  )
}

function toSize(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  return `${Math.round((bytes / 1024 ** power) * 10) / 10} ${units[power]}`
}
