import { rm } from 'node:fs/promises'
import { posix } from 'node:path'
import { AppError } from '#contract/errors.ts'
import { createKeyedQueue } from '#lib/keyed-queue.ts'
import type { EventLog } from '#streams/event-log.ts'
import type { Workspaces } from '#workspaces/workspaces.ts'
import { type BranchFiles, createBranchFiles, type FileTask } from './branch-files.ts'
import type { FilePlace, Files, OpenedFile } from './files.ts'
import { packUploads } from './pack-uploads.ts'
import { isControlPath } from './safe-path.ts'
import { decodeText, encodeText, maxTextBytes, readWhole } from './text.ts'
import { inputDirOf, listStored, openUpload, readStored } from './upload-dir.ts'
import { createUploads, type Uploads } from './uploads.ts'
import type { Works } from './works.ts'

/**
 * `dir` is absolute and holds one directory per task. A task's uploads may have `maxTaskBytes` together, ten times the
 * limit of one file unless given. `taskOf` throws `task.not-found`.
 */
export function createFiles({
  workspaces,
  works,
  eventLog,
  dir,
  maxUploadBytes,
  maxTaskBytes = 10 * maxUploadBytes,
  taskOf,
  now = Date.now,
}: {
  workspaces: Pick<Workspaces, 'head' | 'list' | 'open' | 'pack' | 'write'>
  works: Pick<Works, 'range'>
  eventLog: Pick<EventLog, 'transact'>
  dir: string
  maxUploadBytes: number
  maxTaskBytes?: number
  taskOf: (taskId: string) => FileTask
  now?: () => number
}): Files {
  const edits = createKeyedQueue()
  const uploads = createUploads({ dir, eventLog, limits: { maxUploadBytes, maxTaskBytes }, now })
  const branch = createBranchFiles({ workspaces, works, eventLog, taskOf, now })

  const { open, readText, checkVersion } = createReader({ branch, uploads, taskOf })

  return {
    ...createUploading({ uploads, taskOf }),
    async list(taskId, agentId) {
      const { workspace, output } = await branch.list(taskId, agentId)
      const stored = await listStored(uploads.dirOf(taskId))
      const input = stored.map(({ path, sizeBytes }) => ({ name: path, size: sizeBytes }))
      return { input, output, workspace }
    },
    open,
    async view(taskId, place) {
      const { path } = place
      return { name: posix.basename(path), path, ...(await readText(taskId, place)) }
    },
    async save(taskId, { area, path }, { content: text, version }) {
      const content = encodeText(path, text)
      refuseControl(path)
      await edits.run(taskId, async () => {
        await readText(taskId, { area, path })
        if (area !== 'input') return branch.write(taskId, { area, path, content, oid: version })
        await checkVersion(taskId, { area, path }, version)
        await uploads.store(taskId, { path, content: once(content), event: 'file.changed' })
      })
      const saved = await open(taskId, { area, path })
      return { name: posix.basename(path), path, size: content.length, version: saved.version }
    },
    async delete(taskId, { area, path }, { version } = {}) {
      taskOf(taskId)
      refuseControl(path)
      await edits.run(taskId, async () => {
        if (area !== 'input')
          return branch.write(taskId, { area, path, content: null, oid: version })
        await checkVersion(taskId, { area, path }, version)
        await uploads.remove(taskId, path)
      })
    },
    async pack(taskId, { area, agentId }) {
      taskOf(taskId)
      const prefix = `${area}-${taskId.slice(0, 8)}`
      const chunks =
        area === 'input'
          ? await packUploads(uploads.dirOf(taskId), prefix)
          : await branch.pack(taskId, { area, agentId, prefix })
      return { name: `${prefix}.tar.gz`, chunks }
    },
    async inputs(taskId) {
      const taskDir = uploads.dirOf(taskId)
      const files: { path: string; content: Uint8Array }[] = []
      for (const { path } of await listStored(taskDir))
        files.push({ path, content: await readStored(taskDir, path, { maxBytes: maxUploadBytes }) })
      return files
    },
    async copyInputs(fromTaskId, toTaskId) {
      const from = uploads.dirOf(fromTaskId)
      for (const { path } of await listStored(from)) {
        const content = (await openUpload(from, path)).read()
        await uploads.store(toTaskId, { path, content, event: 'files.uploaded' })
      }
    },
    inputDir: (taskId) => inputDirOf(uploads.dirOf(taskId)),
    remove: (taskId) => rm(uploads.dirOf(taskId), { recursive: true, force: true }),
  }
}

function createUploading({
  uploads,
  taskOf,
}: {
  uploads: Uploads
  taskOf: (taskId: string) => FileTask
}): Pick<Files, 'receive' | 'keep' | 'upload'> {
  return {
    async receive(taskId, content) {
      taskOf(taskId)
      return uploads.receive(taskId, content)
    },
    async keep(taskId, file, path) {
      taskOf(taskId)
      return uploads.keep(taskId, file, { path, event: 'files.uploaded' })
    },
    async upload(taskId, path, content) {
      taskOf(taskId)
      return uploads.store(taskId, { path, content, event: 'files.uploaded' })
    },
  }
}

/** Reading, whichever of the two places a file lies in. */
function createReader({
  branch,
  uploads,
  taskOf,
}: {
  branch: BranchFiles
  uploads: Uploads
  taskOf: (taskId: string) => FileTask
}) {
  const open = async (taskId: string, { area, path, agentId }: FilePlace): Promise<OpenedFile> => {
    taskOf(taskId)
    const name = posix.basename(path)
    if (area === 'input') return { name, ...(await openUpload(uploads.dirOf(taskId), path)) }
    const { oid, ...file } = await branch.open(taskId, { area, path, agentId })
    return { name, version: oid, ...file }
  }

  const readText = async (taskId: string, place: FilePlace) => {
    const file = await open(taskId, place)
    const content = decodeText(place.path, await readWhole(file, place.path, maxTextBytes))
    return { content, size: file.sizeBytes, version: file.version }
  }

  const checkVersion = async (taskId: string, place: FilePlace, version: string | undefined) => {
    if (version !== undefined && (await open(taskId, place)).version !== version)
      throw new AppError('file.changed', `${place.path} was changed meanwhile. Nothing was saved.`)
  }

  return { open, readText, checkVersion }
}

function refuseControl(path: string): void {
  if (isControlPath(path))
    throw new AppError('file.forbidden', `${path} belongs to Klaudio and cannot be changed here.`)
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}
