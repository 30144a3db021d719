/**
 * Files on their way to a task: small ones travel together, large ones alone, one request at a time. What is taken out
 * while it travels stops its request; the others of that request travel again.
 */
import { createStore, produce } from 'solid-js/store'
import { type ApiError, toApiError } from '../../data/api.ts'
import type { PickedFile, SendOptions } from '../../lib/picked-files.ts'
import { formatBytes } from '../../lib/text.ts'

export type UploadItem = PickedFile & {
  state: 'waiting' | 'sending' | 'done' | 'failed'
  /** 0 to 1, of its own bytes. */
  progress: number
  error?: string
}

export type UploadQueue = {
  /** Reactive. */
  readonly items: readonly UploadItem[]
  /** A path that is there already is replaced. */
  add(files: readonly PickedFile[]): void
  remove(path: string): void
  clear(): void
  /** Sends what is not there yet. False when something failed or it was stopped; run it again to go on. */
  run(taskId: string): Promise<boolean>
  stop(): void
  /** Everything must travel again, to another task. */
  restart(): void
}

type Send = (taskId: string, files: readonly PickedFile[], options: SendOptions) => Promise<void>

/** Files up to this size share a request. */
const smallBytes = 1024 * 1024
const batchBytes = 4 * 1024 * 1024
const batchFiles = 100

/** The next files to send together. */
export function nextBatch<T extends { file: { size: number } }>(waiting: readonly T[]): T[] {
  const [first] = waiting
  if (!first || first.file.size > smallBytes) return first ? [first] : []
  const batch: T[] = []
  let total = 0
  for (const item of waiting) {
    if (item.file.size > smallBytes) continue
    if (batch.length === batchFiles || total + item.file.size > batchBytes) break
    batch.push(item)
    total += item.file.size
  }
  return batch
}

/** What of `loaded` bytes of a request belongs to each of its files, 0 to 1. They are sent in order. */
export function shareProgress(sizes: readonly number[], loaded: number): number[] {
  let rest = loaded
  return sizes.map((size) => {
    const mine = Math.max(0, Math.min(size, rest))
    rest -= size
    return size === 0 ? (rest >= 0 ? 1 : 0) : mine / size
  })
}

/** Why a file is not taken at all, or undefined. */
export function overLimit(size: number, maxBytes: number | undefined): string | undefined {
  if (maxBytes === undefined || size <= maxBytes) return undefined
  return `${formatBytes(size)} is over the limit of ${formatBytes(maxBytes)} for one upload.`
}

export function createUploadQueue(send: Send): UploadQueue {
  const [items, setItems] = createStore<UploadItem[]>([])
  let call: AbortController | undefined
  let travelling: readonly string[] = []
  let isStopped = false

  const change = (paths: readonly string[], to: Partial<UploadItem>): void =>
    setItems(({ path }) => paths.includes(path), to)
  const remove = (path: string): void => {
    if (travelling.includes(path)) call?.abort()
    setItems((known) => known.filter((item) => item.path !== path))
  }

  const sendBatch = async (taskId: string, batch: readonly UploadItem[]): Promise<void> => {
    const paths = batch.map(({ path }) => path)
    const sizes = batch.map(({ file }) => file.size)
    call = new AbortController()
    travelling = paths
    change(paths, { state: 'sending', progress: 0 })
    try {
      await send(taskId, batch, {
        signal: call.signal,
        onProgress: (loaded) => {
          for (const [index, progress] of shareProgress(sizes, loaded).entries())
            change([paths[index] ?? ''], { progress })
        },
      })
      change(paths, { state: 'done', progress: 1 })
    } catch (cause) {
      const error = toApiError(cause)
      if (error.code === 'stopped') change(paths, { state: 'waiting', progress: 0 })
      else fail(paths, error)
    } finally {
      travelling = []
    }
  }

  /** The server names the file it could not take, and what it had stored before. */
  const fail = (paths: readonly string[], error: ApiError): void => {
    const { failed, stored } = error.details
    const isKept = (path: string): boolean =>
      Array.isArray(stored) && stored.some((each) => each?.path === `input/${path}`)
    const culprits = paths.filter((path) => (typeof failed === 'string' ? path === failed : true))
    change(paths.filter(isKept), { state: 'done', progress: 1 })
    change(
      paths.filter((path) => !isKept(path) && !culprits.includes(path)),
      { state: 'waiting', progress: 0 },
    )
    change(culprits, { state: 'failed', progress: 0, error: error.message })
  }

  return {
    items,
    add: (files) =>
      setItems(
        produce((known) => {
          for (const picked of files) {
            const at = known.findIndex(({ path }) => path === picked.path)
            const item: UploadItem = { ...picked, state: 'waiting', progress: 0 }
            if (at < 0) known.push(item)
            else known[at] = item
          }
        }),
      ),
    remove,
    clear() {
      call?.abort()
      setItems([])
    },
    async run(taskId) {
      isStopped = false
      for (const { path, state } of items)
        if (state === 'failed') change([path], { state: 'waiting' })
      for (;;) {
        const batch = nextBatch(items.filter(({ state }) => state === 'waiting'))
        if (batch.length === 0 || isStopped) break
        await sendBatch(taskId, batch)
      }
      return !isStopped && items.every(({ state }) => state === 'done')
    },
    stop() {
      isStopped = true
      call?.abort()
    },
    restart: () => setItems(() => true, { state: 'waiting', progress: 0 }),
  }
}

/** "Uploading 3 of 12 files, 14 of 30 MB". Empty when nothing travels. */
export function describeUpload(items: readonly UploadItem[]): string {
  if (!items.some(({ state }) => state === 'sending')) return ''
  const done = items.filter(({ state }) => state === 'done').length
  const total = items.reduce((sum, { file }) => sum + file.size, 0)
  const sent = items.reduce((sum, { file, progress }) => sum + file.size * progress, 0)
  const position = Math.min(items.length, done + 1)
  return `Uploading ${position} of ${items.length}, ${formatBytes(sent)} of ${formatBytes(total)}`
}
