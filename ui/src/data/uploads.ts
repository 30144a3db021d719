/** Uploads of a task, kept while the page is open, also when another tab of the task is shown. */
import type { PickedFile } from '../lib/picked-files.ts'
import { uploadFiles } from './upload.ts'
import { createUploadQueue, type UploadQueue } from './upload-queue.ts'
import { invalidateWork } from './work.ts'

/** Sends by itself what is added or tried again. */
export type Uploads = Pick<
  UploadQueue,
  'items' | 'cancel' | 'cancelAll' | 'retry' | 'clearEnded'
> & {
  add(files: readonly PickedFile[]): void
}

const byTask = new Map<string, Uploads>()

export function uploadsOf(taskId: string): Uploads {
  const known = byTask.get(taskId)
  if (known) return known
  const queue = createUploadQueue(async (id, files, options) => {
    // Also after a failure: the files before the refused one are stored.
    await uploadFiles(id, files, options).finally(() => invalidateWork(id))
  })
  const uploads: Uploads = {
    ...queue,
    add(files) {
      queue.add(files)
      void queue.send(taskId)
    },
    retry(path) {
      queue.retry(path)
      void queue.send(taskId)
    },
  }
  byTask.set(taskId, uploads)
  return uploads
}
