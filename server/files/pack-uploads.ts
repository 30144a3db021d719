import { Readable } from 'node:stream'
import { constants, createGzip } from 'node:zlib'
import { AppError } from '#contract/errors.ts'
import { packTar, type TarFile } from '#lib/pack-tar.ts'
import { listStored, openUpload } from './upload-dir.ts'

/** All uploads as gzipped tar below a folder `prefix`, made as it is read. */
export async function packUploads(dir: string, prefix: string): Promise<AsyncIterable<Uint8Array>> {
  const stored = await listStored(dir)
  if (stored.length === 0) throw new AppError('file.not-found', 'There are no uploads yet.')
  const files: TarFile[] = []
  for (const { path } of stored) {
    const { sizeBytes, read } = await openUpload(dir, path)
    files.push({ path: `${prefix}/${path}`, content: { sizeBytes, open: () => read() } })
  }
  return gzip(packTar(files))
}

async function* gzip(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const source = Readable.from(chunks)
  const packed = createGzip({ level: constants.Z_DEFAULT_COMPRESSION })
  source.on('error', (error) => packed.destroy(error))
  source.pipe(packed)
  try {
    yield* packed
  } finally {
    source.destroy()
    packed.destroy()
  }
}
