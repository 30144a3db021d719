import { AppError } from '#contract/errors.ts'
import { checkUploadPath } from '#files/safe-path.ts'
import { readBytes, tooLarge } from './body.ts'

export type UploadPart = { path: string; content: () => AsyncIterable<Uint8Array> }

/** What multipart framing may add to the files themselves. */
const framingBytes = 1024 * 1024
const maxParts = 1000

/**
 * The files of a multipart request: parts `files[]` or `files`, and optionally as many `paths`, which replace the parts'
 * names and may have folders. Throws `request.*` or `file.forbidden` before
 * anything could have been stored.
 */
export async function readUpload(request: Request, maxBytes: number): Promise<UploadPart[]> {
  const form = await readForm(request, maxBytes)
  const parts = [...form.getAll('files[]'), ...form.getAll('files')]
  const files = parts.filter((part) => typeof part !== 'string')
  const paths = [...form.getAll('paths[]'), ...form.getAll('paths')].map(String)
  if (files.length === 0 || files.length < parts.length)
    throw new AppError('request.invalid', 'Send one or more files as parts named "files[]".')
  if (files.length > maxParts)
    throw new AppError('request.invalid', `Send at most ${maxParts} files at a time.`)
  if (paths.length > 0 && paths.length !== files.length)
    throw new AppError(
      'request.invalid',
      `There are ${files.length} files but ${paths.length} paths; send one path for each file, or none.`,
    )
  const total = files.reduce((sum, file) => sum + file.size, 0)
  if (total > maxBytes) throw tooLarge(maxBytes)
  const named = files.map((file, index) => ({
    path: checkUploadPath(paths[index] ?? file.name),
    content: () => toChunks(file),
  }))
  const twice = named.find(
    ({ path }, index) => named.findIndex((each) => each.path === path) < index,
  )
  if (twice)
    throw new AppError('request.invalid', `The file "${twice.path}" is in the request twice.`)
  return named
}

type Form = Awaited<ReturnType<Response['formData']>>

async function readForm(request: Request, maxBytes: number): Promise<Form> {
  const contentType = request.headers.get('content-type') ?? ''
  if (!/^multipart\/form-data\s*;/i.test(contentType))
    throw new AppError('request.unsupported-type', 'Send files as multipart/form-data.')
  const bytes = await readBytes(request, maxBytes + framingBytes)
  try {
    return await new Response(bytes, {
      headers: { 'content-type': contentType },
    }).formData()
  } catch (cause) {
    throw new AppError('request.invalid', 'The multipart body is not valid.', { cause })
  }
}

async function* toChunks(file: Blob): AsyncIterable<Uint8Array> {
  const step = 1024 * 1024
  for (let at = 0; at < file.size; at += step)
    yield new Uint8Array(await file.slice(at, at + step).arrayBuffer())
}
