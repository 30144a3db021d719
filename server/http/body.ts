import { AppError } from '#contract/errors.ts'

/** How slowly a body may come: nothing is asked of it for the grace, then this much on average. */
export type Pace = { graceMs: number; bytesPerSecond: number }

const usualPace: Pace = { graceMs: 30_000, bytesPerSecond: 1024 }

/** The body's bytes. Throws `request.too-large` before more than `maxBytes` are held, `request.timeout` when they come too slowly. */
export async function readBytes(
  request: Request,
  maxBytes: number,
  pace: Pace = usualPace,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  for await (const chunk of readChunks(request, maxBytes, pace)) chunks.push(chunk)
  if (chunks.length === 1 && chunks[0]) return chunks[0]
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0))
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}

/** The body as it arrives, with the same refusals. Time that the reader takes between chunks is not the client's. */
export async function* readChunks(
  request: Request,
  maxBytes: number,
  pace: Pace = usualPace,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const declared = Number(request.headers.get('content-length') ?? 0)
  if (declared > maxBytes) throw tooLarge(maxBytes)
  let total = 0
  let waitedMs = 0
  // The chunks of a real body are never shared memory.
  const reader = request.body?.getReader() as
    | ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>
    | undefined
  let isWhole = false
  try {
    for (;;) {
      const dueMs = pace.graceMs + (total / pace.bytesPerSecond) * 1000
      const askedAt = performance.now()
      const next = reader ? await readBefore(reader, dueMs - waitedMs) : undefined
      waitedMs += performance.now() - askedAt
      isWhole = !next?.value
      if (!next?.value) return
      total += next.value.byteLength
      if (total > maxBytes) throw tooLarge(maxBytes)
      yield next.value
    }
  } finally {
    // What comes after is not wanted; a client that is gone already is fine, too.
    if (!isWhole) void reader?.cancel().catch(() => {})
  }
}

async function readBefore<T>(
  reader: ReadableStreamDefaultReader<T>,
  waitMs: number,
): Promise<{ value?: T | undefined }> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    const error = new AppError(
      'request.timeout',
      'The body came too slowly and was cut off. Send it again.',
    )
    timer = setTimeout(() => reject(error), Math.max(0, waitMs))
  })
  try {
    return await Promise.race([reader.read(), late])
  } finally {
    clearTimeout(timer)
  }
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
