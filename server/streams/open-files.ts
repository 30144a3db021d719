import { closeSync, constants, fdatasync, fdatasyncSync, openSync, read, writeSync } from 'node:fs'

/**
 * Files kept open between uses, the least recently used closed first. A descriptor in use by a read or a sync is
 * closed only after it, so a number is never reused under a running call.
 */
export type OpenFiles = {
  /** Writes all of `bytes` at `position`; creates the file (0600) when it does not exist. */
  write(path: string, position: number, bytes: Uint8Array): void
  /** Up to `length` bytes from `position`, fewer at the end of the file. The file must exist. */
  read(path: string, position: number, length: number): Promise<Uint8Array>
  /** fdatasync. */
  sync(path: string): Promise<void>
  syncNow(path: string): void
  /** Forgets the descriptor, for a file about to be removed. */
  drop(path: string): void
  close(): void
}

type Handle = { fd: number; users: number; dropped: boolean }

const createFlags = constants.O_RDWR | constants.O_CREAT
const existingFlags = constants.O_RDWR

export function createOpenFiles({ maxOpen }: { maxOpen: number }): OpenFiles {
  const handles = new Map<string, Handle>()
  let newest: string | undefined

  const discard = (path: string, handle: Handle): void => {
    handles.delete(path)
    handle.dropped = true
    if (handle.users === 0) closeSync(handle.fd)
  }
  const acquire = (path: string, flags: number): Handle => {
    const open = handles.get(path)
    if (open && path === newest) return open
    const handle = open ?? { fd: openSync(path, flags, 0o600), users: 0, dropped: false }
    // Maps iterate in insertion order: putting it back makes it the most recently used.
    if (open) handles.delete(path)
    handles.set(path, handle)
    newest = path
    const [oldest] = handles
    if (handles.size > maxOpen && oldest) discard(...oldest)
    return handle
  }
  const whileOpen = async <T>(path: string, work: (fd: number) => Promise<T>): Promise<T> => {
    const handle = acquire(path, existingFlags)
    handle.users += 1
    try {
      return await work(handle.fd)
    } finally {
      handle.users -= 1
      if (handle.dropped && handle.users === 0) closeSync(handle.fd)
    }
  }

  return {
    write(path, position, bytes) {
      const { fd } = acquire(path, createFlags)
      let written = 0
      while (written < bytes.length)
        written += writeSync(fd, bytes, written, bytes.length - written, position + written)
    },
    read: (path, position, length) =>
      whileOpen(path, (fd) => readFully(fd, position, new Uint8Array(length))),
    sync: (path) => whileOpen(path, syncData),
    syncNow: (path) => fdatasyncSync(acquire(path, existingFlags).fd),
    drop(path) {
      const handle = handles.get(path)
      if (handle) discard(path, handle)
    },
    close() {
      for (const [path, handle] of [...handles]) discard(path, handle)
    },
  }
}

async function readFully(fd: number, position: number, into: Uint8Array): Promise<Uint8Array> {
  let filled = 0
  while (filled < into.length) {
    const count = await readOnce(fd, into, filled, position + filled)
    if (count === 0) return into.subarray(0, filled)
    filled += count
  }
  return into
}

function readOnce(fd: number, into: Uint8Array, at: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, into, at, into.length - at, position, (error, count) =>
      error ? reject(error) : resolve(count),
    )
  })
}

function syncData(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fdatasync(fd, (error) => (error ? reject(error) : resolve()))
  })
}
