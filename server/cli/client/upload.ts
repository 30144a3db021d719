/** Files of this machine, found and sent. */
import { lstat, readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { toMessage } from '#contract/errors.ts'
import type { Task } from '#contract/task.ts'
import type { Api } from './api.ts'
import { usage } from './failure.ts'
import { taskPath } from './find.ts'
import { toSafeLine } from './safe-text.ts'
import type { Terminal } from './terminal.ts'

export type Upload = {
  file: string
  /** Path inside the task, with forward slashes. */
  path: string
  size: number
}

/** A folder stands for everything in it, without its `.git`; links inside folders are left out, and said so. */
export async function findUploads(
  named: readonly string[],
  terminal: Pick<Terminal, 'cwd' | 'note'>,
): Promise<Upload[]> {
  const found: Upload[] = []
  for (const name of named) {
    const file = resolve(terminal.cwd, name)
    const { size, ...kind } = await look(name, file)
    if (kind.isFolder) await collect(found, { file, path: basename(file) }, terminal)
    else found.push({ file, path: basename(file), size })
  }
  const twice = found.find(({ path }, at) => found.findIndex((other) => other.path === path) < at)
  if (twice) throw usage(`Two of the files would be called "${twice.path}"; rename one of them.`)
  return found
}

async function look(name: string, file: string): Promise<{ isFolder: boolean; size: number }> {
  try {
    // A link that a person named is followed; what it points at is what they mean.
    const { size, isFile, isDirectory } = await Bun.file(file)
      .stat()
      .then((stats) => ({
        size: stats.size,
        isFile: stats.isFile(),
        isDirectory: stats.isDirectory(),
      }))
    if (!isFile && !isDirectory) throw new Error('it is neither a file nor a folder')
    return { isFolder: isDirectory, size }
  } catch (error) {
    throw usage(`${toSafeLine(name)} cannot be given to the task: ${toMessage(error)}`)
  }
}

async function collect(
  found: Upload[],
  folder: { file: string; path: string },
  terminal: Pick<Terminal, 'note'>,
): Promise<void> {
  const names = (await readdir(folder.file)).sort()
  for (const name of names.filter((each) => each !== '.git')) {
    const inner = { file: join(folder.file, name), path: `${folder.path}/${name}` }
    const stats = await lstat(inner.file)
    if (stats.isDirectory()) await collect(found, inner, terminal)
    else if (stats.isFile()) found.push({ ...inner, size: stats.size })
    else terminal.note(`Left out, because it is no plain file: ${toSafeLine(inner.path)}`)
  }
}

const filesPerRequest = 100
const bytesPerRequest = 32 * 1024 * 1024

/** In requests of a size that the server takes; a file that is larger goes alone. */
export async function uploadAll(
  api: Api,
  task: Pick<Task, 'id'>,
  uploads: readonly Upload[],
): Promise<void> {
  for (const batch of toBatches(uploads)) {
    const form = new FormData()
    for (const { file, path } of batch) {
      form.append('files[]', Bun.file(file), basename(path))
      form.append('paths[]', path)
    }
    await api.upload(`${taskPath(task)}/files`, form)
  }
}

export function toBatches(uploads: readonly Upload[]): Upload[][] {
  const batches: Upload[][] = []
  let bytes = 0
  for (const upload of uploads) {
    const last = batches.at(-1)
    if (last && last.length < filesPerRequest && bytes + upload.size <= bytesPerRequest) {
      last.push(upload)
      bytes += upload.size
    } else {
      batches.push([upload])
      bytes = upload.size
    }
  }
  return batches
}
