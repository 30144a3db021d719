import { Database as Sqlite } from 'bun:sqlite'
import { type BunSQLiteDatabase, drizzle } from 'drizzle-orm/bun-sqlite'
import { AppError } from '#contract/errors.ts'
import { listMigrations } from './migrations.ts'
import * as schema from './schema/tables.ts'

export type Db = BunSQLiteDatabase<typeof schema>
/** What a query function takes: the database or an open transaction on it. */
export type Tx = Pick<
  Db,
  'select' | 'insert' | 'update' | 'delete' | 'get' | 'all' | 'run' | 'values'
>

/**
 * Opens (and creates) the database at `path`, `:memory:` included, brings its schema up to date and checks
 * that the pragmas we rely on are really in force. Throws when the file cannot be opened or migrated. With `mayUpgrade`
 * false the schema of a database in use is left alone: another program, perhaps of another version, may be at work on it.
 */
export function openDb(
  path: string,
  { mayUpgrade = true }: { mayUpgrade?: boolean } = {},
): { db: Db; close: () => void } {
  const sqlite = new Sqlite(path, { create: true, strict: true })
  try {
    // busy_timeout first: switching to WAL takes a lock that another process may hold.
    sqlite.run('PRAGMA busy_timeout = 10000')
    sqlite.run('PRAGMA journal_mode = WAL')
    sqlite.run('PRAGMA synchronous = FULL')
    // Off while migrating: SQLite ignores the switch inside a transaction, and a table rebuild would cascade.
    sqlite.run('PRAGMA foreign_keys = OFF')
    const db = drizzle(sqlite, { schema, casing: 'snake_case' })
    migrate(sqlite, mayUpgrade)
    sqlite.run('PRAGMA foreign_keys = ON')
    assertPragma(sqlite, 'foreign_keys', 1)
    assertPragma(sqlite, 'busy_timeout', 10000)
    return { db, close: () => sqlite.close() }
  } catch (error) {
    sqlite.close()
    throw error
  }
}

/** Each migration with its record in one transaction: a crash leaves it either done or not begun. */
function migrate(sqlite: Sqlite, mayUpgrade: boolean): void {
  sqlite.run(
    'CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL)',
  )
  const applied = new Set(
    sqlite
      .query<{ name: string }, []>('SELECT name FROM migrations')
      .all()
      .map((row) => row.name),
  )
  const pending = listMigrations().filter((migration) => !applied.has(migration.name))
  if (pending.length > 0 && applied.size > 0 && !mayUpgrade)
    throw new AppError(
      'config.invalid',
      'The database is of another version of Klaudio. Start this version once, then try again.',
    )
  for (const migration of pending) {
    sqlite.transaction(() => {
      for (const statement of migration.sql.split('--> statement-breakpoint')) {
        if (statement.trim()) sqlite.run(statement)
      }
      sqlite.run('INSERT INTO migrations (name, applied_at) VALUES (?, ?)', [
        migration.name,
        Date.now(),
      ])
    })()
  }
  if (pending.length === 0) return
  const broken = sqlite.query('PRAGMA foreign_key_check').all()
  if (broken.length > 0)
    throw new Error(`${broken.length} rows break a foreign key after migrating`)
}

function assertPragma(sqlite: Sqlite, name: string, expected: number): void {
  const row = sqlite.query<Record<string, number>, []>(`PRAGMA ${name}`).get()
  const value = row ? Object.values(row)[0] : undefined
  if (value !== expected) throw new Error(`SQLite pragma ${name} is ${value}, expected ${expected}`)
}
