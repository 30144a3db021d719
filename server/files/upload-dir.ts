/**
 * Uploads of one task on disk: `<dir>/input/` with the files, `<dir>/incoming/` with what is still arriving. Only the
 * server writes here; even so no link is followed and nothing but a regular file is opened.
 */
import { constants } from 'node:fs'
import {
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  rmdir,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError, isNoRoom } from '#contract/errors.ts'
import { newId } from '#lib/ids.ts'
import { checkUploadPath } from './safe-path.ts'

export type StoredFile = { path: string; sizeBytes: number }

export const inputDirOf = (dir: string): string => join(dir, 'input')
const incomingDirOf = (dir: string): string => join(dir, 'incoming')

const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** What was done to the stored files, until it is decided whether it stays. */
export type Change = { keep(): Promise<void>; undo(): Promise<void> }

/** A file that has arrived whole and lies aside: to be placed under a path, or discarded. */
export type ReceivedFile = {
  sizeBytes: number
  place(path: string): Promise<Change>
  discard(): Promise<void>
}

/** Receives into a file beside the uploads; `place` then shows it under its path in one step. */
export async function receiveFile(
  dir: string,
  content: AsyncIterable<Uint8Array>,
  { maxBytes }: { maxBytes: number },
): Promise<ReceivedFile> {
  await mkdir(incomingDirOf(dir), { recursive: true, mode: 0o700 })
  const temporary = join(incomingDirOf(dir), newId())
  const discard = () => rm(temporary, { force: true })
  try {
    const sizeBytes = await writeWhole(temporary, content, maxBytes)
    return { sizeBytes, place: (path) => placeFile(dir, temporary, path), discard }
  } catch (error) {
    await discard()
    throw error
  }
}

/** Throws `file.not-found` for anything but a regular file reached without a link. */
export async function readStored(
  dir: string,
  path: string,
  { maxBytes }: { maxBytes: number },
): Promise<Uint8Array> {
  const file = await openStored(dir, path)
  try {
    const { size } = await file.stat()
    if (size > maxBytes)
      throw new AppError('file.too-large', `${path} is larger than ${maxBytes} bytes.`, {
        details: { size, limit: maxBytes },
      })
    return await file.readFile()
  } finally {
    await file.close()
  }
}

export type OpenUpload = {
  sizeBytes: number
  /** Changes whenever the file is replaced: a new file comes with every content. */
  version: string
  read(range?: { from: number; to: number }): AsyncIterable<Uint8Array>
}

/** Throws `file.not-found` as `readStored` does. */
export async function openUpload(dir: string, path: string): Promise<OpenUpload> {
  const file = await openStored(dir, path)
  const { sizeBytes, version } = await versionOf(file).finally(() => file.close())
  return {
    sizeBytes,
    version,
    read: (range = { from: 0, to: sizeBytes }) => readPieces(dir, { path, version, ...range }),
  }
}

async function versionOf(file: FileHandle): Promise<{ sizeBytes: number; version: string }> {
  const { ino, mtimeNs, size } = await file.stat({ bigint: true })
  const version = [ino, mtimeNs, size].map((part) => part.toString(36)).join('-')
  return { sizeBytes: Number(size), version }
}

const replaced = (path: string): AppError =>
  new AppError('file.changed', `${path} was replaced while it was read. Try again.`)

const pieceBytes = 256 * 1024

async function* readPieces(
  dir: string,
  { path, version, from, to }: { path: string; version: string; from: number; to: number },
): AsyncIterable<Uint8Array> {
  const file = await openStored(dir, path)
  try {
    if ((await versionOf(file)).version !== version) throw replaced(path)
    for (let at = from; at < to; ) {
      const piece = new Uint8Array(Math.min(pieceBytes, to - at))
      const { bytesRead } = await file.read(piece, 0, piece.length, at)
      if (bytesRead === 0) throw replaced(path)
      yield piece.subarray(0, bytesRead)
      at += bytesRead
    }
  } finally {
    await file.close()
  }
}

/** Every regular file, by path. Links and special files are not seen. */
export async function listStored(dir: string, prefix = ''): Promise<StoredFile[]> {
  const entries = await readdir(join(inputDirOf(dir), prefix), { withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    },
  )
  const files: StoredFile[] = []
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = prefix ? `${prefix}/${entry.name}` : entry.name
    if (entry.isDirectory()) files.push(...(await listStored(dir, path)))
    else if (entry.isFile()) {
      const found = await lstat(join(inputDirOf(dir), path))
      files.push({ path, sizeBytes: found.size })
    }
  }
  return files
}

/** Throws `file.not-found`. Folders that become empty go with the file. */
export async function removeStored(dir: string, path: string): Promise<Change> {
  const file = await openStored(dir, path)
  await file.close()
  await mkdir(incomingDirOf(dir), { recursive: true, mode: 0o700 })
  const [stored, aside] = [join(inputDirOf(dir), path), join(incomingDirOf(dir), newId())]
  await rename(stored, aside)
  return {
    undo: () => rename(aside, stored),
    async keep() {
      await rm(aside)
      await removeEmptyFolders(inputDirOf(dir), dirname(path))
    },
  }
}

async function removeEmptyFolders(root: string, folder: string): Promise<void> {
  for (let parent = folder; parent !== '.'; parent = dirname(parent)) {
    const removed = await rmdir(join(root, parent)).then(
      () => true,
      () => false,
    )
    if (!removed) return
  }
}

async function writeWhole(
  path: string,
  content: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<number> {
  const file = await open(path, 'wx', 0o600)
  try {
    let sizeBytes = 0
    for await (const chunk of content) {
      sizeBytes += chunk.length
      if (sizeBytes > maxBytes)
        throw new AppError('file.too-large', `A file may have at most ${maxBytes} bytes.`, {
          details: { limit: maxBytes },
        })
      await file.writeFile(chunk)
    }
    await file.sync()
    return sizeBytes
  } finally {
    await file.close()
  }
}

async function placeFile(dir: string, temporary: string, path: string): Promise<Change> {
  const root = inputDirOf(dir)
  await mkdir(root, { recursive: true, mode: 0o700 })
  const names = checkUploadPath(path).split('/')
  for (let depth = 1; depth < names.length; depth++)
    await makeFolder(join(root, ...names.slice(0, depth)), names.slice(0, depth).join('/'))
  const target = join(root, path)
  const present = await lstat(target).catch(() => undefined)
  if (present && !present.isFile())
    throw new AppError('file.forbidden', `${path} is a folder; give the file another name.`)
  const before = `${temporary}.before`
  const isKept = present !== undefined && (await keepBefore(target, before))
  const undo = async (): Promise<void> => {
    if (isKept) await rename(before, target)
    else if (!present) await rm(target, { force: true })
  }
  try {
    await rename(temporary, target)
    await syncFolder(dirname(target))
  } catch (error) {
    await undo()
    throw error
  }
  return { undo, keep: () => rm(before, { force: true }) }
}

/** False on a file system that gives a file only one name: then there is no way back. */
async function keepBefore(target: string, before: string): Promise<boolean> {
  try {
    await link(target, before)
    return true
  } catch (error) {
    if (isNoRoom(error)) throw error
    return false
  }
}

async function makeFolder(folder: string, shown: string): Promise<void> {
  await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
  if (!(await lstat(folder)).isDirectory())
    throw new AppError('file.forbidden', `${shown} is a file, so nothing can lie below it.`)
}

/** A rename survives a power cut once its folder is on disk. Windows has no such call. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Every part of the path is looked at by itself, and only the last may be a file. */
async function openStored(dir: string, path: string): Promise<FileHandle> {
  const names = checkUploadPath(path).split('/')
  let place = inputDirOf(dir)
  for (const [index, name] of names.entries()) {
    place = join(place, name)
    const found = await lstat(place).catch(() => undefined)
    const isRight = index === names.length - 1 ? found?.isFile() : found?.isDirectory()
    if (!isRight) throw notFound(path)
  }
  const file = await open(place, readFlags)
  if ((await file.stat()).isFile()) return file
  await file.close()
  throw notFound(path)
}

const notFound = (path: string): AppError =>
  new AppError('file.not-found', `There is no file ${path}.`)
