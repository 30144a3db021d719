/** Copies of a database, whole at one moment, while others work on it. */
import { Database } from 'bun:sqlite'
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { explainFull } from './failures.ts'

/** Writes a copy of the database at `from` to `to` (0600, new), as it was at one moment. Writers are not held up. */
export function copyDatabase(from: string, to: string): void {
  using sqlite = new Database(from, { readonly: true })
  sqlite.run('PRAGMA busy_timeout = 10000')
  vacuumInto(sqlite, to)
}

/**
 * The copy of an earlier version before it is migrated: `backups/<name>-<last migration>-<time>.db` beside the database. Only the
 * newest `kept` stay.
 */
export function backUpBeforeMigration(
  sqlite: Database,
  { path, last, kept, now }: { path: string; last: string; kept: number; now: number },
): string | undefined {
  if (path === ':memory:' || kept === 0) return undefined
  const dir = join(dirname(path), 'backups')
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const prefix = `${basename(path, '.db')}-`
  const stamp = new Date(now).toISOString().replaceAll(/[:.]/g, '-')
  const file = join(dir, `${prefix}${last}-${stamp}.db`)
  vacuumInto(sqlite, file)
  // Names end with the time, and times of one form sort as texts do.
  const copies = readdirSync(dir)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.db'))
    .sort((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1))
  for (const name of copies.slice(kept)) rmSync(join(dir, name), { force: true })
  return file
}

const timeOf = (name: string): string => name.slice(-'2026-01-01T00-00-00-000Z.db'.length)

function vacuumInto(sqlite: Database, file: string): void {
  const partial = `${file}.partial`
  rmSync(partial, { force: true })
  try {
    // Made by us, so that nobody else can read it for a moment; VACUUM INTO takes an empty file.
    closeSync(openSync(partial, 'wx', 0o600))
    sqlite.query('VACUUM INTO ?').run(partial)
    chmodSync(partial, 0o600)
    const fd = openSync(partial, 'r+')
    try {
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(partial, file)
  } catch (error) {
    rmSync(partial, { force: true })
    throw explainFull(error)
  }
}
