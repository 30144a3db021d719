import { Database as Sqlite } from 'bun:sqlite'
import { type BunSQLiteDatabase, drizzle } from 'drizzle-orm/bun-sqlite'
import { AppError } from '#contract/errors.ts'
import { damaged, explainFull, isDamage } from './failures.ts'
import { refuseDamaged } from './integrity.ts'
import { listApplied, listMigrations, type Migration, refuseNewer } from './migrations.ts'
import { backUpBeforeMigration } from './snapshot.ts'

export type Db = BunSQLiteDatabase
/** What a query function takes: the database or an open transaction on it. */
export type Tx = Pick<
  Db,
  'select' | 'insert' | 'update' | 'delete' | 'get' | 'all' | 'run' | 'values'
>

/** Pages of 4 KiB in the write-ahead log at which they are moved into the database. */
const checkpointPages = 1000
/** What the log is cut to then: one large transaction must not cost its room for ever. */
const maxLogBytes = 16 * 1024 * 1024

export type OpenOptions = {
  /** When false, the schema of a database in use is left alone: another program, perhaps of another version, may be at work on it. */
  mayUpgrade?: boolean
  /** Copies that are kept of databases before they were migrated; 0 makes none. */
  keptBackups?: number
}

/**
 * Opens (and creates) the database at `path`, `:memory:` included, brings its schema up to date and checks
 * that the pragmas we rely on are really in force. Throws when the file cannot be opened or migrated, `data.refused` when it is
 * damaged or of a newer version. What was there is copied before it is migrated.
 */
export function openDb(
  path: string,
  { mayUpgrade = true, keptBackups = 3 }: OpenOptions = {},
): { db: Db; close: () => void } {
  const sqlite = new Sqlite(path, { create: true, strict: true })
  try {
    // busy_timeout first: switching to WAL takes a lock that another process may hold.
    sqlite.run('PRAGMA busy_timeout = 10000')
    sqlite.run('PRAGMA journal_mode = WAL')
    sqlite.run('PRAGMA synchronous = FULL')
    sqlite.run(`PRAGMA wal_autocheckpoint = ${checkpointPages}`)
    sqlite.run(`PRAGMA journal_size_limit = ${maxLogBytes}`)
    if (mayUpgrade) refuseDamaged(sqlite, path)
    // Off while migrating: SQLite ignores the switch inside a transaction, and a table rebuild would cascade.
    sqlite.run('PRAGMA foreign_keys = OFF')
    reuseStatements(sqlite)
    const db = drizzle(sqlite, { casing: 'snake_case' })
    migrate(sqlite, { path, mayUpgrade, keptBackups })
    sqlite.run('PRAGMA foreign_keys = ON')
    assertPragma(sqlite, 'foreign_keys', 1)
    assertPragma(sqlite, 'busy_timeout', 10000)
    return { db, close: () => sqlite.close() }
  } catch (error) {
    sqlite.close()
    if (isDamage(error)) throw damaged(path, error instanceof Error ? error.message : 'unreadable')
    throw explainFull(error)
  }
}

type MigrateOptions = Required<OpenOptions> & { path: string }

/** Each migration with its record in one transaction: a crash leaves it either done or not begun. */
function migrate(sqlite: Sqlite, { path, mayUpgrade, keptBackups }: MigrateOptions): void {
  sqlite.run(
    'CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL)',
  )
  const applied = listApplied(sqlite)
  refuseNewer(path, applied)
  const pending = listMigrations().filter(({ name }) => !applied.includes(name))
  if (pending.length === 0) return
  const last = applied.at(-1)
  if (last !== undefined && !mayUpgrade)
    throw new AppError(
      'config.invalid',
      'The database is of another version of Klaudio. Start this version once, then try again.',
    )
  if (last !== undefined)
    backUpBeforeMigration(sqlite, { path, last, kept: keptBackups, now: Date.now() })
  for (const migration of pending) apply(sqlite, migration)
  const broken = sqlite.query('PRAGMA foreign_key_check').all()
  if (broken.length > 0)
    throw new Error(`${broken.length} rows break a foreign key after migrating`)
}

function apply(sqlite: Sqlite, { name, sql }: Migration): void {
  sqlite.transaction(() => {
    for (const statement of sql.split('--> statement-breakpoint')) {
      if (statement.trim()) sqlite.run(statement)
    }
    sqlite.run('INSERT INTO migrations (name, applied_at) VALUES (?, ?)', [name, Date.now()])
  })()
}

/**
 * Compiles a statement once for as long as it is in use, not for every call. Nothing here leaves a statement half read, so the same one
 * always serves.
 */
function reuseStatements(sqlite: Sqlite): void {
  Sqlite.MAX_QUERY_CACHE_SIZE = Math.max(Sqlite.MAX_QUERY_CACHE_SIZE, 200)
  const prepare = sqlite.prepare.bind(sqlite)
  sqlite.prepare = (text, ...rest) =>
    rest.length === 0 ? sqlite.query(text) : prepare(text, ...rest)
}

function assertPragma(sqlite: Sqlite, name: string, expected: number): void {
  const row = sqlite.query<Record<string, number>, []>(`PRAGMA ${name}`).get()
  const value = row ? Object.values(row)[0] : undefined
  if (value !== expected) throw new Error(`SQLite pragma ${name} is ${value}, expected ${expected}`)
}
