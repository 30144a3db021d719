import { AppError } from '#contract/errors.ts'
import { checkUploadPath } from '#files/safe-path.ts'
import type { ReceivedFile } from '#files/upload-dir.ts'
import { tooLarge } from './body.ts'
import { readMultipart } from './multipart.ts'

export type UploadPart = { path: string; file: ReceivedFile }

type Options = {
  /** Of all files of the request together. */
  maxBytes: number
  /** Puts a file aside while it arrives. */
  receive: (content: AsyncIterable<Uint8Array>) => Promise<ReceivedFile>
}

/** What multipart framing may add to the files themselves. */
const framingBytes = 1024 * 1024
const maxParts = 1000

/**
 * The files of a multipart request: parts `files[]` or `files`, and optionally as many `paths`, which replace the parts'
 * names and may have folders. They lie aside when this returns, and the caller keeps or discards each. Throws `request.*` or
 * `file.forbidden` when one of them is not as it must be, and then none is left.
 */
export async function readUpload(
  request: Request,
  { maxBytes, receive }: Options,
): Promise<UploadPart[]> {
  const received: NamedFile[] = []
  try {
    const { paths, texts } = await receiveAll(request, { maxBytes, receive }, received)
    return nameAll(received, { paths, texts })
  } catch (error) {
    for (const { file } of received) await file.discard()
    throw error
  }
}

type NamedFile = { order: number; field: FileField; filename: string; file: ReceivedFile }

const fileFields = ['files[]', 'files'] as const
type FileField = (typeof fileFields)[number]
const pathFields = ['paths[]', 'paths'] as const

const isFileField = (name: string): name is FileField => fileFields.some((each) => each === name)

/** Adds every file to `received` as soon as it is whole. */
async function receiveAll(
  request: Request,
  { maxBytes, receive }: Options,
  received: NamedFile[],
): Promise<{ paths: string[]; texts: number }> {
  const paths = { 'paths[]': [] as string[], paths: [] as string[] }
  let texts = 0
  let total = 0
  let begun = 0
  async function* counted(content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of content) {
      total += chunk.length
      if (total > maxBytes) throw tooLarge(maxBytes)
      yield chunk
    }
  }
  await readMultipart(request, {
    maxBytes: maxBytes + framingBytes,
    maxParts,
    handler: {
      async file({ name, filename }, content) {
        if (!isFileField(name)) return await ignore(content)
        const order = begun++
        const file = await receive(counted(content))
        received.push({ order, field: name, filename, file })
      },
      field(name, value) {
        if (isFileField(name)) texts++
        const list = pathFields.find((each) => each === name)
        if (list) paths[list].push(value)
      },
    },
  })
  return { paths: [...paths['paths[]'], ...paths.paths], texts }
}

async function ignore(content: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of content);
}

function nameAll(
  received: readonly NamedFile[],
  { paths, texts }: { paths: readonly string[]; texts: number },
): UploadPart[] {
  const inOrder = received.toSorted((a, b) => a.order - b.order)
  const files = fileFields.flatMap((name) => inOrder.filter(({ field }) => field === name))
  if (files.length === 0 || texts > 0)
    throw new AppError('request.invalid', 'Send one or more files as parts named "files[]".')
  if (paths.length > 0 && paths.length !== files.length)
    throw new AppError(
      'request.invalid',
      `There are ${files.length} files but ${paths.length} paths; send one path for each file, or none.`,
    )
  const named = files.map(({ file, filename }, index) => ({
    path: checkUploadPath(paths[index] ?? filename),
    file,
  }))
  const seen = new Set<string>()
  for (const { path } of named) {
    if (seen.has(path))
      throw new AppError('request.invalid', `The file "${path}" is in the request twice.`)
    seen.add(path)
  }
  return named
}
