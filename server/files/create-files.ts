import { rm } from 'node:fs/promises'
import { posix } from 'node:path'
import { AppError } from '#contract/errors.ts'
import type { FileArea } from '#contract/file.ts'
import { createKeyedQueue } from '#lib/keyed-queue.ts'
import type { EventLog } from '#streams/event-log.ts'
import type { Workspaces } from '#workspaces/workspaces.ts'
import { createBranchFiles, type FileTask } from './branch-files.ts'
import type { Files } from './files.ts'
import { isControlPath } from './safe-path.ts'
import { decodeText, encodeText, maxTextBytes } from './text.ts'
import { inputDirOf, listStored, readStored } from './upload-dir.ts'
import { createUploads } from './uploads.ts'

const maxDownloadBytes = 512 * 1024 * 1024

/**
 * `dir` is absolute and holds one directory per task. A task's uploads may have `maxTaskBytes` together, ten times the
 * limit of one file unless given. `taskOf` throws `task.not-found`.
 */
export function createFiles({
  workspaces,
  eventLog,
  dir,
  maxUploadBytes,
  maxTaskBytes = 10 * maxUploadBytes,
  taskOf,
  now = Date.now,
}: {
  workspaces: Pick<Workspaces, 'head' | 'list' | 'read' | 'write'>
  eventLog: Pick<EventLog, 'transact'>
  dir: string
  maxUploadBytes: number
  maxTaskBytes?: number
  taskOf: (taskId: string) => FileTask
  now?: () => number
}): Files {
  const edits = createKeyedQueue()
  const uploads = createUploads({ dir, eventLog, limits: { maxUploadBytes, maxTaskBytes }, now })
  const branch = createBranchFiles({ workspaces, eventLog, taskOf, now })

  const readBytes = (
    taskId: string,
    { area, path, maxBytes }: { area: FileArea; path: string; maxBytes: number },
  ): Promise<Uint8Array> =>
    area === 'input'
      ? readStored(uploads.dirOf(taskId), path, { maxBytes })
      : branch.read(taskId, { area, path, maxBytes })

  const readText = async (taskId: string, area: FileArea, path: string) => {
    taskOf(taskId)
    const bytes = await readBytes(taskId, { area, path, maxBytes: maxTextBytes })
    return { content: decodeText(path, bytes), size: bytes.length }
  }

  return {
    async upload(taskId, path, content) {
      taskOf(taskId)
      return uploads.store(taskId, { path, content, event: 'files.uploaded' })
    },
    async list(taskId) {
      const { workspace, output } = await branch.list(taskId)
      const stored = await listStored(uploads.dirOf(taskId))
      const input = stored.map(({ path, sizeBytes }) => ({ name: path, size: sizeBytes }))
      return { input, output, workspace }
    },
    async download(taskId, area, path) {
      taskOf(taskId)
      const bytes = await readBytes(taskId, { area, path, maxBytes: maxDownloadBytes })
      return { name: posix.basename(path), bytes }
    },
    async view(taskId, area, path) {
      return { name: posix.basename(path), path, ...(await readText(taskId, area, path)) }
    },
    async save(taskId, area, path, text) {
      const content = encodeText(path, text)
      refuseControl(path)
      await edits.run(taskId, async () => {
        await readText(taskId, area, path)
        if (area !== 'input') return branch.write(taskId, { area, path, content })
        await uploads.store(taskId, { path, content: once(content), event: 'file.changed' })
      })
      return { name: posix.basename(path), path, size: content.length }
    },
    async delete(taskId, area, path) {
      taskOf(taskId)
      refuseControl(path)
      await edits.run(taskId, () =>
        area === 'input'
          ? uploads.remove(taskId, path)
          : branch.write(taskId, { area, path, content: null }),
      )
    },
    async inputs(taskId) {
      const taskDir = uploads.dirOf(taskId)
      const files: { path: string; content: Uint8Array }[] = []
      for (const { path } of await listStored(taskDir))
        files.push({ path, content: await readStored(taskDir, path, { maxBytes: maxUploadBytes }) })
      return files
    },
    inputDir: (taskId) => inputDirOf(uploads.dirOf(taskId)),
    remove: (taskId) => rm(uploads.dirOf(taskId), { recursive: true, force: true }),
  }
}

function refuseControl(path: string): void {
  if (isControlPath(path))
    throw new AppError('file.forbidden', `${path} belongs to Klaudio and cannot be changed here.`)
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}
