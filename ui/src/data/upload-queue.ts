/**
 * Files on their way to a task: small ones travel together, large ones alone, one request at a time. What is taken out or
 * cancelled while it travels stops its request; the others of that request travel again.
 */
import { createStore, produce } from 'solid-js/store'
import type { PickedFile, SendOptions } from '../lib/picked-files.ts'
import { formatBytes } from '../lib/text.ts'
import { type ApiError, toApiError } from './api.ts'

export type UploadItem = PickedFile & {
  state: 'waiting' | 'sending' | 'done' | 'failed' | 'cancelled'
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
  /** Not sent, but still listed: `retry` sends it after all. */
  cancel(path: string): void
  cancelAll(): void
  /** What failed or was cancelled waits again. */
  retry(path: string): void
  clear(): void
  /** Forgets what has ended, well or not. */
  clearEnded(): void
  /** Sends what waits, also what is added meanwhile. Resolves when nothing waits any more, or it was stopped. */
  send(taskId: string): Promise<void>
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
  let travelling: readonly PickedFile[] = []
  let loop = Promise.resolve()
  let isSending = false
  let isStopped = false

  const change = (
    isMeant: (item: UploadItem) => boolean,
    to: Pick<UploadItem, 'state'> & Partial<UploadItem>,
  ): void => setItems(isMeant, to)
  const wait = (isMeant: (item: UploadItem) => boolean): void =>
    change(isMeant, { state: 'waiting', progress: 0 })
  const abortFor = (path: string): void => {
    if (travelling.some((each) => each.path === path)) call?.abort()
  }

  const sendBatch = async (taskId: string, batch: readonly PickedFile[]): Promise<void> => {
    const sizes = batch.map(({ file }) => file.size)
    /** Of this request, and neither taken out, cancelled nor replaced by another file since. */
    const isOnItsWay = (item: UploadItem): boolean =>
      item.state === 'sending' &&
      batch.some(({ path, file }) => path === item.path && file === item.file)
    call = new AbortController()
    travelling = batch
    change(({ path }) => batch.some((each) => each.path === path), {
      state: 'sending',
      progress: 0,
    })
    try {
      await send(taskId, batch, {
        signal: call.signal,
        onProgress: (loaded) => {
          for (const [index, progress] of shareProgress(sizes, loaded).entries())
            setItems((item) => isOnItsWay(item) && item.path === batch[index]?.path, { progress })
        },
      })
      change(isOnItsWay, { state: 'done', progress: 1 })
    } catch (cause) {
      const error = toApiError(cause)
      if (error.code === 'stopped') wait(isOnItsWay)
      else fail(isOnItsWay, error)
    } finally {
      travelling = []
    }
  }

  /** The server names the file it could not take, and what it had stored before. */
  const fail = (isOnItsWay: (item: UploadItem) => boolean, error: ApiError): void => {
    const { failed, stored } = error.details
    const isKept = ({ path }: UploadItem): boolean =>
      Array.isArray(stored) && stored.some((each) => each?.path === `input/${path}`)
    const isCulprit = ({ path }: UploadItem): boolean =>
      typeof failed !== 'string' || path === failed
    change((item) => isOnItsWay(item) && isKept(item), { state: 'done', progress: 1 })
    change((item) => isOnItsWay(item) && isCulprit(item), {
      state: 'failed',
      progress: 0,
      error: error.message,
    })
    wait(isOnItsWay)
  }

  const sendAll = async (taskId: string): Promise<void> => {
    isSending = true
    for (;;) {
      const batch = nextBatch(items.filter(({ state }) => state === 'waiting'))
      if (batch.length === 0 || isStopped) break
      await sendBatch(
        taskId,
        batch.map(({ path, file }) => ({ path, file })),
      )
    }
    isSending = false
  }
  const start = (taskId: string): Promise<void> => {
    isStopped = false
    if (!isSending) loop = sendAll(taskId)
    return loop
  }

  return {
    items,
    add(files) {
      for (const { path } of files) abortFor(path)
      setItems(
        produce((known) => {
          for (const picked of files) {
            const at = known.findIndex(({ path }) => path === picked.path)
            const item: UploadItem = { ...picked, state: 'waiting', progress: 0 }
            if (at < 0) known.push(item)
            else known[at] = item
          }
        }),
      )
    },
    remove(path) {
      abortFor(path)
      setItems((known) => known.filter((item) => item.path !== path))
    },
    cancel(path) {
      change((item) => item.path === path && !isEnded(item), { state: 'cancelled', progress: 0 })
      abortFor(path)
    },
    cancelAll() {
      change((item) => !isEnded(item), { state: 'cancelled', progress: 0 })
      call?.abort()
    },
    retry: (path) => wait((item) => item.path === path && isEnded(item) && item.state !== 'done'),
    clear() {
      call?.abort()
      setItems([])
    },
    clearEnded: () => setItems((known) => known.filter((item) => !isEnded(item))),
    send: start,
    async run(taskId) {
      wait(({ state }) => state === 'failed')
      await start(taskId)
      return !isStopped && items.every(({ state }) => state === 'done')
    },
    stop() {
      isStopped = true
      call?.abort()
    },
    restart: () => wait(() => true),
  }
}

const isEnded = ({ state }: UploadItem): boolean => state !== 'waiting' && state !== 'sending'

/** "Uploading 3 of 12 files, 14 of 30 MB". Empty when nothing travels. */
export function describeUpload(items: readonly UploadItem[]): string {
  if (!items.some(({ state }) => state === 'sending')) return ''
  const done = items.filter(({ state }) => state === 'done').length
  const total = items.reduce((sum, { file }) => sum + file.size, 0)
  const sent = items.reduce((sum, { file, progress }) => sum + file.size * progress, 0)
  const position = Math.min(items.length, done + 1)
  return `Uploading ${position} of ${items.length}, ${formatBytes(sent)} of ${formatBytes(total)}`
}
