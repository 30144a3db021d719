import { Readable } from 'node:stream'
import { extract, type Header } from 'tar-stream'
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
