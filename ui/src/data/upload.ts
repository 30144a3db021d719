/** Sending files with progress and a way to stop, which `fetch` cannot do. */
import * as v from 'valibot'
import type { PickedFile, SendOptions } from '../lib/picked-files.ts'
import { ApiError } from './api.ts'

const Failure = v.object({
  error: v.string(),
  code: v.optional(v.string(), 'internal'),
  details: v.optional(v.record(v.string(), v.unknown()), {}),
})

/** One request with all the files. Nothing of it is stored when it is stopped. Rejects with an `ApiError`. */
export function uploadFiles(
  taskId: string,
  files: readonly PickedFile[],
  { onProgress, signal }: SendOptions,
): Promise<void> {
  const form = new FormData()
  for (const { path, file } of files) {
    form.append('files[]', file)
    form.append('paths', path)
  }
  const request = new XMLHttpRequest()
  return new Promise((resolve, reject) => {
    const stop = (): void => request.abort()
    const end = (error?: ApiError): void => {
      signal.removeEventListener('abort', stop)
      if (error) reject(error)
      else resolve()
    }
    if (signal.aborted) return end(stopped())
    signal.addEventListener('abort', stop)
    request.upload.onprogress = ({ loaded }) => onProgress(loaded)
    request.onabort = () => end(stopped())
    request.onerror = () =>
      end(
        new ApiError('The connection broke off. Nothing of this file was kept; try again.', {
          code: 'unreachable',
          status: 0,
        }),
      )
    request.onload = () => end(request.status < 300 ? undefined : toError(request))
    request.open('POST', `/api/tasks/${encodeURIComponent(taskId)}/files`)
    request.send(form)
  })
}

const stopped = (): ApiError =>
  new ApiError('The upload was stopped.', { code: 'stopped', status: 0 })

function toError({ status, responseText }: XMLHttpRequest): ApiError {
  const known = v.safeParse(v.pipe(v.string(), v.parseJson(), Failure), responseText)
  if (!known.success)
    return new ApiError(`Klaudio answered with status ${status}.`, { code: 'internal', status })
  const { error, code, details } = known.output
  return new ApiError(error, { code, status, details })
}
