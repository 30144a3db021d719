/** A real file system of a few megabytes that can be filled to its last page and emptied again. Linux, and the right to mount. */
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Disposing it unmounts it and removes the directory. */
export type SmallDisk = {
  dir: string
  /** Leaves room for so many pages of 4 KiB, at most. */
  fill(pages?: number): void
  empty(): void
  [Symbol.dispose](): void
}

const pageBytes = 4096

/** Why there can be no small disk here; undefined when there can. */
export function findNoSmallDisk(): string | undefined {
  if (process.platform !== 'linux') return 'a small file system needs Linux'
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-mount-'))
  try {
    mountSmallDisk(dir, 1)[Symbol.dispose]()
    return undefined
  } catch (error) {
    rmSync(dir, { recursive: true })
    return `a file system cannot be mounted here: ${error instanceof Error ? error.message : error}`
  }
}

export function mountSmallDisk(dir: string, megabytes: number): SmallDisk {
  mkdirSync(dir, { recursive: true })
  must('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'klaudio-test', dir)
  const ballast = join(dir, 'ballast')
  const empty = (): void => rmSync(ballast, { force: true })
  return {
    dir,
    empty,
    fill(pages = 0) {
      const spare = join(dir, 'spare')
      write(spare, pages * pageBytes)
      write(ballast, Number.POSITIVE_INFINITY)
      rmSync(spare)
    },
    [Symbol.dispose]() {
      must('umount', '--lazy', dir)
      rmSync(dir, { recursive: true })
    },
  }
}

/** As many of the bytes as fit. */
function write(path: string, bytes: number): void {
  const fd = openSync(path, 'a', 0o600)
  let left = bytes
  for (const size of [256 * pageBytes, pageBytes])
    while (left >= size && fits(fd, size)) left -= size
  closeSync(fd)
}

/** False when not all of it did. */
function fits(fd: number, size: number): boolean {
  try {
    return writeSync(fd, new Uint8Array(size)) === size
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}

function must(...cmd: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(cmd, { stderr: 'pipe' })
  if (exitCode !== 0) throw new Error(stderr.toString().trim() || `${cmd[0]} failed`)
}
