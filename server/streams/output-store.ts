import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, isFailing, isNoRoom } from '#contract/errors.ts'
import { type Log, silentLog } from '#lib/log.ts'
import { createHotTail, type HotTail } from './hot-tail.ts'
import { createOpenFiles } from './open-files.ts'
import type { Piece } from './piece.ts'
import { createSyncer } from './syncer.ts'

/**
 * What agents printed: one append-only file per agent under `dir`, addressed by byte offset. The file is the store and
 * its size is the committed offset, so bytes and offset can never disagree.
 */
export type OutputSubscription = { close(): void; [Symbol.dispose](): void }

/** `size` is the new size; `removed` means the file is gone and nothing more will come. */
export type OutputChange = { size: number; ended: boolean; removed?: true }

export type OutputStore = {
  /** Bytes stored for an agent; 0 when it never printed. */
  size(agentId: string): number
  /**
   * Appends bytes that start at absolute `offset`; bytes below the stored size are dropped, a hole throws.
   * Returns the new size. Synchronous: when it returns, the bytes survive `kill -9` of the server. They reach the disk
   * itself within `syncIntervalMs`, and before the end mark does; a power cut may cost the bytes in between, which
   * the agent's own volume still has. Throws `disk.full` when they did not fit and `disk.failing`
   * when they could not be written: the same append may be tried again.
   */
  append(agentId: string, offset: number, bytes: Uint8Array): number
  /** Bytes `from`..`to` (exclusive, capped at the size). */
  read(agentId: string, from: number, to: number): Promise<Uint8Array>
  /** The same without waiting, if memory still holds all of it; it does for what was printed while somebody subscribed. */
  readHot(agentId: string, from: number, to: number): Piece | undefined
  /** Marks that nothing more will come. An agent that is resumed and prints again takes the mark off. */
  end(agentId: string): void
  isEnded(agentId: string): boolean
  /** Called after every append and at the end, in order, in the same tick as the append. */
  subscribe(agentId: string, listener: (change: OutputChange) => void): OutputSubscription
  remove(agentId: string): Promise<void>
  close(): void
}

export type OutputStoreOptions = {
  /** Created (0700) when missing. One server process at a time may write below it. */
  dir: string
  maxOpenFiles?: number
  /**
   * Memory per agent somebody watches, and for all of them together (at most twice this, with pieces being sent); past
   * the total, reads come from the file.
   */
  tailBytes?: number
  tailTotalBytes?: number
  /** How long appended bytes may wait for their fdatasync. */
  syncIntervalMs?: number
  log?: Log
}

type Entry = {
  paths: Paths
  size: number
  ended: boolean
  listeners: Set<(change: OutputChange) => void>
  tail?: HotTail
}

export function createOutputStore(options: OutputStoreOptions): OutputStore {
  const { dir, maxOpenFiles = 128, syncIntervalMs = 1000, log = silentLog } = options
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const files = createOpenFiles({ maxOpen: maxOpenFiles })
  const syncer = createSyncer({ files, intervalMs: syncIntervalMs, log })
  const tails = createTails(options)
  const entries = new Map<string, Entry>()

  const entryOf = (agentId: string): Entry => {
    const known = entries.get(agentId)
    if (known) return known
    const entry = loadEntry(pathsOf(dir, agentId))
    entries.set(agentId, entry)
    return entry
  }
  const write = (entry: Entry, fresh: Uint8Array): void => {
    const { paths } = entry
    if (entry.ended) rmSync(paths.mark, { force: true })
    entry.ended = false
    writeOrExplain(() => files.write(paths.output, entry.size, fresh))
    syncer.touch(paths.output)
    entry.tail?.append(entry.size, fresh)
    entry.size += fresh.length
    publish(entry, { size: entry.size, ended: false })
  }

  return {
    size: (agentId) => entryOf(agentId).size,
    append(agentId, offset, bytes) {
      const entry = entryOf(agentId)
      if (offset > entry.size)
        throw new Error(`output of ${agentId}: bytes at ${offset}, but ${entry.size} are stored`)
      const fresh = bytes.subarray(entry.size - offset)
      if (fresh.length > 0) write(entry, fresh)
      return entry.size
    },
    async read(agentId, from, to) {
      const entry = entryOf(agentId)
      const end = Math.min(to, entry.size)
      if (from >= end) return new Uint8Array()
      return await files.read(entry.paths.output, from, end - from)
    },
    readHot: (agentId, from, to) => entryOf(agentId).tail?.read(from, to),
    end(agentId) {
      const entry = entryOf(agentId)
      if (entry.ended) return
      const { output, mark } = entry.paths
      syncer.flush(output)
      writeOrExplain(() => writeMark(mark, entry.size))
      entry.ended = true
      publish(entry, { size: entry.size, ended: true })
    },
    isEnded: (agentId) => entryOf(agentId).ended,
    subscribe: (agentId, listener) => subscribe(entryOf(agentId), { tails, listener }),
    async remove(agentId) {
      const entry = entryOf(agentId)
      const { output, mark } = entry.paths
      entries.delete(agentId)
      tails.drop(entry)
      syncer.forget(output)
      files.drop(output)
      publish(entry, { size: 0, ended: true, removed: true })
      await rm(mark, { force: true })
      await rm(output, { force: true })
    },
    close() {
      syncer.close()
      files.close()
    },
  }
}

function publish(entry: Entry, change: OutputChange): void {
  for (const listener of entry.listeners) listener(change)
}

function subscribe(
  entry: Entry,
  { tails, listener }: { tails: Tails; listener: (change: OutputChange) => void },
): OutputSubscription {
  // Its own function, so that one listener may subscribe twice.
  const call = (change: OutputChange): void => listener(change)
  entry.listeners.add(call)
  tails.give(entry)
  const close = (): void => {
    if (entry.listeners.delete(call) && entry.listeners.size === 0) tails.drop(entry)
  }
  return { close, [Symbol.dispose]: close }
}

type Tails = {
  /** Begins a tail unless there is one or memory is used up. */
  give(entry: Entry): void
  drop(entry: Entry): void
}

function createTails({
  tailBytes = 256 * 1024,
  tailTotalBytes = 16 * 1024 * 1024,
}: Pick<OutputStoreOptions, 'tailBytes' | 'tailTotalBytes'>): Tails {
  let given = 0
  return {
    give(entry) {
      if (entry.tail || (given + 1) * tailBytes > tailTotalBytes) return
      entry.tail = createHotTail({ start: entry.size, capacity: tailBytes })
      given += 1
    },
    drop(entry) {
      if (!entry.tail) return
      delete entry.tail
      given -= 1
    },
  }
}

type Paths = { output: string; mark: string }

/** Ids come from our own rows, but they become file names here: anything but letters, digits and dashes is refused. */
function pathsOf(dir: string, agentId: string): Paths {
  if (!/^[0-9A-Za-z][0-9A-Za-z-]{0,63}$/.test(agentId))
    throw new AppError('agent.not-found', `'${agentId.slice(0, 64)}' is not the id of an agent.`)
  return { output: join(dir, `${agentId}.ndjson`), mark: join(dir, `${agentId}.end`) }
}

function loadEntry(paths: Paths): Entry {
  const { output, mark } = paths
  const size = statSync(output, { throwIfNoEntry: false })?.size ?? 0
  return { paths, size, ended: markedSize(mark) === size, listeners: new Set() }
}

/**
 * The mark holds the size at the end. It counts only while the file still has that size: after a power cut that cost
 * bytes, or a crash between an append and taking the mark off, the output is not ended and is followed again.
 */
function markedSize(mark: string): number | undefined {
  if (!statSync(mark, { throwIfNoEntry: false })) return undefined
  const text = readFileSync(mark, 'utf8')
  return /^\d+\n$/.test(text) ? Number(text) : undefined
}

function writeMark(mark: string, size: number): void {
  writeFileSync(`${mark}.tmp`, `${size}\n`, { mode: 0o600, flush: true })
  renameSync(`${mark}.tmp`, mark)
}

function writeOrExplain(write: () => void): void {
  try {
    write()
  } catch (error) {
    if (isFailing(error))
      throw new AppError(
        'disk.failing',
        'The disk of the data directory could not be written: once it works, output is stored again.',
        { cause: error },
      )
    if (!isNoRoom(error)) throw error
    throw new AppError(
      'disk.full',
      'The disk of the data directory is full: free some space, then output is stored again.',
      { cause: error },
    )
  }
}
