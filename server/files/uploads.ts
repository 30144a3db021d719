import { join, posix } from 'node:path'
import { AppError } from '#contract/errors.ts'
import type { UploadedFile } from '#contract/file.ts'
import { deleteUpload, upsertUpload } from '#db/uploads.ts'
import { createKeyedQueue } from '#lib/keyed-queue.ts'
import type { EventLog } from '#streams/event-log.ts'
import { checkUploadPath } from './safe-path.ts'
import {
  type Change,
  listStored,
  type ReceivedFile,
  receiveFile,
  removeStored,
} from './upload-dir.ts'

export type UploadLimits = {
  maxUploadBytes: number
  /** Bytes of all uploads of one task. */
  maxTaskBytes: number
}

/** A person's uploads. The disk is the truth about what there is; the row and the event tell what was done. */
export type Uploads = {
  dirOf(taskId: string): string
  /** Takes a file in beside the others, to be kept later. */
  receive(taskId: string, content: AsyncIterable<Uint8Array>): Promise<ReceivedFile>
  /** Stores or replaces a file by what was received. When it fails nothing is left of that. */
  keep(
    taskId: string,
    file: ReceivedFile,
    as: { path: string; event: UploadEvent },
  ): Promise<UploadedFile>
  /** Stores or replaces one file, atomically, with the event that says which of the two it was. */
  store(
    taskId: string,
    file: {
      path: string
      content: AsyncIterable<Uint8Array>
      event: UploadEvent
    },
  ): Promise<UploadedFile>
  remove(taskId: string, path: string): Promise<void>
}

type UploadEvent = 'files.uploaded' | 'file.changed'

const maxUploads = 10_000

export function createUploads({
  dir,
  eventLog,
  limits,
  now,
}: {
  dir: string
  eventLog: Pick<EventLog, 'transact'>
  limits: UploadLimits
  now: () => number
}): Uploads {
  const queue = createKeyedQueue()
  const dirOf = (taskId: string): string => join(dir, checkTaskId(taskId))

  const receive: Uploads['receive'] = async (taskId, content) =>
    receiveFile(dirOf(taskId), content, { maxBytes: limits.maxUploadBytes })

  const keep: Uploads['keep'] = async (taskId, file, { path, event }) => {
    const size = file.sizeBytes
    try {
      checkUploadPath(path)
      await queue.run(taskId, async () => {
        await checkRoom(dirOf(taskId), { path, size, maxTaskBytes: limits.maxTaskBytes })
        await settle(await file.place(path), () =>
          eventLog.transact((tx, record) => {
            upsertUpload(tx, { taskId, path, sizeBytes: size, createdAt: now() })
            record({ taskId, type: event, data: { area: 'input', path, size } })
          }),
        )
      })
    } catch (error) {
      await file.discard()
      throw error
    }
    return { name: posix.basename(path), size, path: `input/${path}` }
  }

  return {
    dirOf,
    receive,
    keep,
    async store(taskId, { path, content, event }) {
      checkUploadPath(path)
      return keep(taskId, await receive(taskId, content), { path, event })
    },
    async remove(taskId, path) {
      await queue.run(taskId, async () =>
        settle(await removeStored(dirOf(taskId), path), () =>
          eventLog.transact((tx, record) => {
            deleteUpload(tx, { taskId, path })
            record({ taskId, type: 'file.changed', data: { area: 'input', path, deleted: true } })
          }),
        ),
      )
    },
  }
}

/** What cannot be written down was not done. */
async function settle(change: Change, writeDown: () => void): Promise<void> {
  try {
    writeDown()
  } catch (error) {
    await change.undo()
    throw error
  }
  await change.keep()
}

async function checkRoom(
  dir: string,
  { path, size, maxTaskBytes }: { path: string; size: number; maxTaskBytes: number },
): Promise<void> {
  const others = (await listStored(dir)).filter((each) => each.path !== path)
  if (others.length >= maxUploads)
    throw new AppError('file.too-large', `A task may have at most ${maxUploads} uploads.`)
  const total = others.reduce((sum, each) => sum + each.sizeBytes, size)
  if (total > maxTaskBytes)
    throw new AppError(
      'file.too-large',
      `The uploads of a task may have at most ${maxTaskBytes} bytes together. Delete some first.`,
      { details: { size: total, limit: maxTaskBytes } },
    )
}

function checkTaskId(taskId: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/.test(taskId)) return taskId
  throw new AppError('task.not-found', 'There is no such task.')
}
