/**
 * Whether there is room for new work: looks at the disks by itself, tells when it is others than before. Low is below the reserve, and over
 * again at a tenth more, so that it does not change with every file.
 */
import { statfs } from 'node:fs/promises'
import type { StorageState } from '#contract/storage.ts'
import type { Background } from '#lib/background.ts'
import type { Clock } from '#lib/clock.ts'

type Place = StorageState['places'][number]['place']

export type DiskWatch = {
  state(): StorageState
  /** Called with every state that differs from the last. Returns the way to stop. */
  subscribe(listener: (state: StorageState) => void): () => void
  start(): void
  /** Looks now, for when the reserve is another. */
  look(): Promise<void>
  /** The database is damaged: from here on nothing new begins, whatever room there is. */
  damaged(sentence: string): void
  close(): void
}

export type DiskWatchOptions = {
  /** Where our own files are; those that do not exist are left out. */
  paths: readonly string[]
  /** Where the engine keeps volumes and images, when that is a disk of this machine. */
  enginePath: () => Promise<string | undefined>
  readonly reserveBytes: number
  background: Background
  clock: Clock
  /** Bytes that we may still write at a path; undefined when there is no such path. */
  freeBytes?: (path: string) => Promise<number | undefined>
}

const lookMs = { ok: 15_000, low: 3_000 }
const stepBytes = 100_000_000

export function createDiskWatch(options: DiskWatchOptions): DiskWatch {
  const { paths, enginePath, background, clock, freeBytes = readFree } = options
  const listeners = new Set<(state: StorageState) => void>()
  const closing = new AbortController()
  let finding: string | undefined
  let present: StorageState = {
    state: 'unknown',
    detail: 'Not looked yet.',
    reserve_bytes: options.reserveBytes,
    places: [],
  }

  const set = (next: StorageState): void => {
    if (JSON.stringify(next) === JSON.stringify(present)) return
    present = next
    for (const listener of listeners) listener(next)
  }
  const measure = async (): Promise<Measured[]> => {
    const engine = await enginePath()
    const wanted: [Place, string][] = [
      ...paths.map((path): [Place, string] => ['data', path]),
      ...(engine === undefined ? [] : [['engine', engine] satisfies [Place, string]]),
    ]
    const found = await Promise.all(
      wanted.map(async ([place, path]) => ({ place, path, free: await freeBytes(path) })),
    )
    return found.flatMap(({ free, ...where }) => (free === undefined ? [] : [{ ...where, free }]))
  }
  const look = async (): Promise<void> => {
    const { reserveBytes } = options
    const measured = await measure()
    if (finding !== undefined) return
    set(judge(measured, { reserveBytes, wasLow: present.state === 'low' }))
  }

  return {
    look,
    state: () => present,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    start() {
      background.run('watch the disks', async () => {
        while (!closing.signal.aborted) {
          await look()
          const pause = present.state === 'low' ? lookMs.low : lookMs.ok
          await clock.sleep(pause, closing.signal).catch(() => {})
        }
      })
    },
    damaged(sentence) {
      finding = sentence
      set({ ...present, state: 'damaged', detail: sentence })
    },
    close: () => closing.abort(),
  }
}

type Measured = { place: Place; path: string; free: number }

/** The fullest disk decides; a reserve of 0 never does. */
export function judge(
  measured: readonly Measured[],
  { reserveBytes, wasLow }: { reserveBytes: number; wasLow: boolean },
): StorageState {
  const needed = wasLow ? reserveBytes * 1.1 : reserveBytes
  const [fullest] = [...measured].sort((a, b) => a.free - b.free)
  const isLow = fullest !== undefined && reserveBytes > 0 && fullest.free < needed
  return {
    state: isLow ? 'low' : 'ok',
    detail: isLow ? toSentence(fullest, reserveBytes) : 'There is room for new work.',
    reserve_bytes: reserveBytes,
    places: measured.map(({ place, path, free }) => ({
      place,
      path,
      free_bytes: Math.floor(free / stepBytes) * stepBytes,
    })),
  }
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`

function toSentence({ place, path, free }: Measured, reserveBytes: number): string {
  const disk = place === 'engine' ? `Docker's disk (${path})` : `The disk of ${path}`
  return `${disk} has ${gigabytes(free)} left, and ${gigabytes(reserveBytes)} are kept free. New work waits, running agents go on; it continues by itself once there is room.`
}

async function readFree(path: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  } catch {
    // Not there (yet), or not ours to look at: then nothing can be said about it.
    return undefined
  }
}
