/**
 * The data directory belongs to one server at a time, and to versions that know its form. The lock is one of SQLite on a file of its own, which the system
 * takes away with the process however it ends.
 */
import { Database } from 'bun:sqlite'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { AppError } from '#contract/errors.ts'
import { sqliteCode } from './failures.ts'

/** Counts changes of what lies where; the schema of the database has its own record. */
const format = 1

export type DataLock = {
  /** Takes the directory, made when missing; harmless to call again. Throws `data.refused`. */
  take(
    dir: string,
    options?: { /** Is about to change what is there. */ isRestore?: boolean },
  ): void
  /** Throws `data.refused` when the directory is of a newer version; writes nothing. */
  checkFormat(dir: string): void
  release(): void
}

/** One per process and directory. */
export function createDataLock(): DataLock {
  let held: { dir: string; release: () => void } | undefined
  return {
    checkFormat: (dir) => void isKnown(dir),
    take(dir, { isRestore = false } = {}) {
      if (held?.dir === dir) return
      held?.release()
      held = undefined
      mkdirSync(dir, { recursive: true, mode: 0o700 })
      const release = lock(dir)
      try {
        if (!isRestore) {
          refuseUnfinishedRestore(dir)
          keepFormat(dir)
        }
      } catch (error) {
        release()
        throw error
      }
      held = { dir, release }
    },
    release() {
      held?.release()
      held = undefined
    },
  }
}

/**
 * Throws `data.refused` when the database is missing or empty and the directory has the work of an installation: a new one in its
 * place would know of none of it. Writes nothing.
 */
export function refuseLostDatabase(path: string, dir: string): void {
  if (sizeOf(path) > 0 || sizeOf(`${path}-wal`) > 0) return
  const found = [
    countOf(join(dir, 'repos'), '.git', 'repositories of tasks'),
    countOf(join(dir, 'output'), '.ndjson', 'outputs of agents'),
  ].filter((each) => each !== undefined)
  if (found.length === 0) return
  const what = existsSync(path) ? 'is empty' : 'is missing'
  throw new AppError(
    'data.refused',
    `The database ${path} ${what}, but ${dir} holds ${found.join(' and ')}. Nothing was changed. Restore a backup with "klaudio restore FILE --force", or put the database back where it was. To begin anew, move ${dir} away or name another directory with --data-dir.`,
    { details: { reason: 'database-lost', path } },
  )
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

function countOf(dir: string, ending: string, what: string): string | undefined {
  if (!existsSync(dir)) return undefined
  const { length } = readdirSync(dir).filter((name) => name.endsWith(ending))
  return length === 0 ? undefined : `${length} ${what}`
}

/** While it exists a restore has not put everything in its place. */
export const restoreMarker = (dir: string): string => join(dir, 'restore-unfinished')

/** Throws `data.refused` when another process has it. */
function lock(dir: string): () => void {
  const sqlite = new Database(join(dir, 'lock'), { create: true })
  try {
    sqlite.run('PRAGMA busy_timeout = 0')
    sqlite.run('PRAGMA journal_mode = MEMORY')
    sqlite.run('BEGIN EXCLUSIVE')
  } catch (error) {
    sqlite.close()
    if (sqliteCode(error) !== 'SQLITE_BUSY') throw error
    throw new AppError(
      'data.refused',
      `Another Klaudio is at work on ${dir}. Stop it first, or choose another directory with --data-dir.`,
      { details: { reason: 'in-use', path: dir } },
    )
  }
  return () => sqlite.close()
}

function refuseUnfinishedRestore(dir: string): void {
  if (!existsSync(restoreMarker(dir))) return
  throw new AppError(
    'data.refused',
    `A restore into ${dir} was cut off. Run "klaudio restore" with the same file again: it finishes what it began.`,
    { details: { reason: 'restore-unfinished', path: dir } },
  )
}

function keepFormat(dir: string): void {
  if (isKnown(dir)) return
  const file = join(dir, 'format')
  writeFileSync(`${file}.new`, `${format}\n`, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}

/** False when it does not say. Throws `data.refused`. */
function isKnown(dir: string): boolean {
  const file = join(dir, 'format')
  if (!existsSync(file)) return false
  const text = readFileSync(file, 'utf8').trim()
  if (/^\d+$/.test(text) && Number(text) <= format) return true
  throw new AppError(
    'data.refused',
    `${dir} was written by a newer version of Klaudio (its form is ${text.slice(0, 20)}, this version knows ${format}). Start that version, or restore a backup of this one.`,
    { details: { reason: 'newer', path: dir } },
  )
}
