/** Files as answers: in pieces as the client takes them, in part when it asks for a part (RFC 9110, sections 13 and 14). */
import { AppError } from '#contract/errors.ts'
import type { OpenedFile } from '#files/files.ts'
import { toAttachment } from './disposition.ts'

export const toEtag = (version: string): string => `"${version}"`

/**
 * The version that `If-Match` names; undefined without one or for `*`. Throws `request.invalid` for a list or a weak
 * one, which no client of ours has a reason to send.
 */
export function wantedVersion(request: Request): string | undefined {
  const header = request.headers.get('if-match')?.trim()
  if (!header || header === '*') return undefined
  const version = /^"([\w-]{1,200})"$/.exec(header)?.[1]
  if (version) return version
  throw new AppError('request.invalid', 'If-Match must be one ETag of this file, in quotes.')
}

export function sendFile(request: Request, file: OpenedFile): Response {
  const headers = {
    ETag: toEtag(file.version),
    'Accept-Ranges': 'bytes',
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': toAttachment(file.name),
  }
  const known = request.headers.get('if-none-match')?.split(',') ?? []
  if (known.some((tag) => tag.trim().replace(/^W\//, '') === headers.ETag))
    return new Response(null, { status: 304, headers: { ETag: headers.ETag } })
  const size = file.sizeBytes
  const range = toRange(request, file)
  if (range === 'outside')
    return new Response(null, { status: 416, headers: { 'Content-Range': `bytes */${size}` } })
  const { from, to } = range ?? { from: 0, to: size }
  return new Response(request.method === 'HEAD' ? null : toStream(file.read({ from, to })), {
    status: range ? 206 : 200,
    headers: {
      ...headers,
      'Content-Length': String(to - from),
      ...(range ? { 'Content-Range': `bytes ${from}-${to - 1}/${size}` } : {}),
    },
  })
}

export const sendArchive = ({
  name,
  chunks,
}: {
  name: string
  chunks: AsyncIterable<Uint8Array>
}): Response =>
  new Response(toStream(chunks), {
    headers: { 'Content-Type': 'application/gzip', 'Content-Disposition': toAttachment(name) },
  })

/** One range of bytes; several at once, other units and a file that is another one by now get the whole. */
function toRange(
  request: Request,
  { sizeBytes, version }: OpenedFile,
): { from: number; to: number } | 'outside' | undefined {
  const onlyIf = request.headers.get('if-range')
  if (onlyIf !== null && onlyIf !== toEtag(version)) return undefined
  const [, first = '', last = ''] =
    /^bytes=(\d{0,15})-(\d{0,15})$/.exec(request.headers.get('range') ?? '') ?? []
  // Of an empty file there is no part.
  if (sizeBytes === 0 || (first === '' && last === '')) return undefined
  if (first === '') {
    const from = Math.max(0, sizeBytes - Number(last))
    return from < sizeBytes ? { from, to: sizeBytes } : 'outside'
  }
  const from = Number(first)
  const to = last === '' ? sizeBytes : Math.min(sizeBytes, Number(last) + 1)
  if (last !== '' && Number(last) < from) return undefined
  return from < sizeBytes ? { from, to } : 'outside'
}

/** Asked for piece by piece, so that a slow client holds the reader and not the memory. */
function toStream(chunks: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const source = chunks[Symbol.asyncIterator]()
  return new ReadableStream(
    {
      async pull(controller) {
        const next = await source.next()
        if (next.done) controller.close()
        else controller.enqueue(next.value)
      },
      async cancel() {
        await source.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
