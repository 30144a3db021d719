/** Reading a multipart body part by part, as it arrives: no file of it is ever held in memory as a whole. */
import type { Readable } from 'node:stream'
import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy'
import { AppError } from '#contract/errors.ts'
import { readChunks } from './body.ts'

export type MultipartHandler = {
  /** Called when a file begins; its content is read while it arrives, and the body waits for it. */
  file(part: { name: string; filename: string }, content: AsyncIterable<Uint8Array>): Promise<void>
  field(name: string, value: string): void
}

/** Bytes of a field that is no file. */
const maxFieldBytes = 64 * 1024

/**
 * Returns when every part was taken whole. Throws what a handler throws, `request.*` for a body that is too large, too slow, of another type
 * or not whole; every file that was begun has heard of it by then.
 */
export async function readMultipart(
  request: Request,
  {
    maxBytes,
    maxParts,
    handler,
  }: { maxBytes: number; maxParts: number; handler: MultipartHandler },
): Promise<void> {
  const parser = createParser(request, maxParts)
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  failed.catch(() => {})
  const streams: Readable[] = []
  const taken: Promise<void>[] = []
  parser.on('file', (name, stream, filename) => {
    streams.push(stream)
    // Told by reading it; where nobody reads any more it must not end the process.
    stream.on('error', () => {})
    const work = handler.file({ name, filename }, toChunks(stream))
    work.catch(fail)
    taken.push(work)
  })
  parser.on('field', (name, value, _nameIsCut, valueIsCut) => {
    if (valueIsCut) fail(invalid(`The field ${name} is too long.`))
    else handler.field(name, value)
  })
  for (const limit of ['filesLimit', 'fieldsLimit'] as const)
    parser.on(limit, () => fail(invalid(`Send at most ${maxParts} files at a time.`)))
  parser.on('error', (cause) => fail(notValid(cause)))
  const finished = new Promise<void>((resolve) => parser.on('finish', resolve))
  try {
    for await (const chunk of readChunks(request, maxBytes))
      await Promise.race([failed, write(parser, chunk)])
    parser.end()
    await Promise.race([failed, finished])
    await Promise.race([failed, Promise.all(taken)])
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error))
    for (const stream of streams) stream.destroy(reason)
    await Promise.allSettled(taken)
    throw error
  }
}

function createParser(request: Request, maxParts: number): BusboyInstance {
  const contentType = request.headers.get('content-type') ?? ''
  if (!/^multipart\/form-data\s*;/i.test(contentType))
    throw new AppError('request.unsupported-type', 'Send files as multipart/form-data.')
  const headers: BusboyHeaders = { 'content-type': contentType }
  const limits = { files: maxParts, fields: 4 * maxParts, fieldSize: maxFieldBytes }
  try {
    return new Busboy({ headers, limits, preservePath: true })
  } catch (cause) {
    throw notValid(cause)
  }
}

/** Resolves when the parser wants more. */
const write = (parser: BusboyInstance, chunk: Uint8Array): Promise<void> =>
  new Promise((resolve) => {
    parser.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength), () => resolve())
  })

async function* toChunks(stream: Readable): AsyncIterable<Uint8Array> {
  for await (const chunk of stream) yield chunk
}

const notValid = (cause: unknown): AppError =>
  new AppError('request.invalid', 'The multipart body is not valid.', { cause })

const invalid = (sentence: string): AppError => new AppError('request.invalid', sentence)
