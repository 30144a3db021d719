/** Uploads of a task, kept while the page is open, also when another tab of the task is shown. */
import { createSignal } from 'solid-js'
import type { PickedFile } from '../lib/picked-files.ts'
import {
  createUploadQueue,
  type Sending,
  type Upload,
  type UploadQueue,
} from '../lib/upload-queue.ts'
import { uploadFiles } from './upload.ts'
import { invalidateWork } from './work.ts'

export type Uploads = Omit<UploadQueue<File>, 'add'> & {
  /** Reactive. */
  list: () => readonly Upload[]
  add(files: readonly PickedFile[]): void
}

const byTask = new Map<string, Uploads>()

export function uploadsOf(taskId: string): Uploads {
  const known = byTask.get(taskId)
  if (known) return known
  const [list, setList] = createSignal<readonly Upload[]>([])
  const queue = createUploadQueue<File>({
    send: (path, file, onSent) => sendFile(taskId, { path, file }, onSent),
    onChange: setList,
  })
  const uploads: Uploads = {
    ...queue,
    list,
    add: (files) => queue.add(files.map(({ path, file }) => ({ path, file, size: file.size }))),
  }
  byTask.set(taskId, uploads)
  return uploads
}

function sendFile(taskId: string, picked: PickedFile, onSent: (bytes: number) => void): Sending {
  const stop = new AbortController()
  const done = uploadFiles(taskId, [picked], {
    onProgress: (bytes) => onSent(Math.min(bytes, picked.file.size)),
    signal: stop.signal,
  }).then(() => invalidateWork(taskId))
  return { done, cancel: () => stop.abort() }
}
