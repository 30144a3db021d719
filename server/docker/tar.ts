import { Readable } from 'node:stream'
import { extract, type Header, type Pack, pack } from 'tar-stream'
import { AppError } from '#contract/errors.ts'

export type TarEntry = {
  path: string
  type: 'file' | 'directory' | 'symlink' | 'other'
  sizeBytes: number
  mode: number
  /** Empty for anything but a file. To be read before the next entry is asked for; what is left is skipped. */
  content: AsyncIterable<Uint8Array>
}

/** Reads an archive entry by entry without holding it in memory. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const reader = extract()
  const input = Readable.from(source)
  input.on('error', (error) => reader.destroy(error))
  input.pipe(reader)
  try {
    for await (const entry of reader) {
      const { header } = entry
      yield {
        path: header.name,
        type: typeOf(header.type),
        sizeBytes: header.size ?? 0,
        mode: header.mode ?? 0,
        // streamx's entry iterates over its chunks; its types do not say so.
        content: entry as unknown as AsyncIterable<Uint8Array>,
      }
      entry.resume()
    }
  } finally {
    input.destroy()
    reader.destroy()
  }
}

function typeOf(type: Header['type']): TarEntry['type'] {
  if (type === 'file' || type === 'contiguous-file') return 'file'
  if (type === 'directory' || type === 'symlink') return type
  return 'other'
}

/** The first regular file of an archive, piece by piece: what `getArchive` answers for a single file. */
export async function* readTarFile(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const entry of readTar(source)) {
    if (entry.type !== 'file') continue
    yield* entry.content
    return
  }
  throw new AppError('file.not-found', 'The archive holds no file')
}

export type PickOptions = {
  /** The name it gets, or undefined to leave it out. Called in the archive's order, for files and links. */
  nameOf: (path: string) => string | undefined
  /** More than this in all throws `file.too-large`. */
  maxBytes: number
  /** Files to put behind the others. */
  also?: readonly { path: string; content: Uint8Array }[]
}

/** An archive of some files of another one, as they come and never all in memory. Folders are not told: they follow from their files. */
export async function* pickFromTar(
  source: AsyncIterable<Uint8Array>,
  options: PickOptions,
): AsyncGenerator<Uint8Array> {
  const target = pack()
  const input = Readable.from(source)
  const work = copyPicked(input, target, options).catch((error: unknown) => {
    target.destroy(error instanceof Error ? error : new Error(String(error)))
  })
  try {
    // streamx's stream iterates over its chunks; its types do not say so.
    yield* target as unknown as AsyncIterable<Uint8Array>
    await work
  } finally {
    target.destroy()
    input.destroy()
  }
}

async function copyPicked(
  input: Readable,
  target: Pack,
  { nameOf, maxBytes, also = [] }: PickOptions,
): Promise<void> {
  const reader = extract()
  input.on('error', (error) => reader.destroy(error))
  input.pipe(reader)
  let bytes = 0
  for await (const entry of reader) {
    const { name: path, size = 0, type, ...header } = entry.header
    const isTaken = typeOf(type) === 'file' || typeOf(type) === 'symlink'
    const name = isTaken ? nameOf(path) : undefined
    if (name === undefined) {
      entry.resume()
      continue
    }
    bytes += size
    if (bytes > maxBytes)
      throw new AppError('file.too-large', `The files are larger than ${maxBytes} bytes together.`)
    const { mode, mtime, linkname } = header
    await new Promise<void>((resolve, reject) => {
      const about = { name, size, type, mode, mtime, linkname }
      const sink = target.entry(about, (error) => (error ? reject(error) : resolve()))
      entry.pipe(sink)
    })
  }
  for (const { path, content } of also)
    await new Promise<void>((resolve, reject) => {
      target.entry({ name: path }, Buffer.from(content), (error) =>
        error ? reject(error) : resolve(),
      )
    })
  target.finalize()
}
