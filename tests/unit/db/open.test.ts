/** What stands between a damaged, foreign or changing database and the work that trusts it. */
import { Database } from 'bun:sqlite'
import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { AppError } from '#contract/errors.ts'
import { quickCheck, watchIntegrity } from '#db/integrity.ts'
import { openDb } from '#db/open.ts'
import { getOrSetSetting } from '#db/settings.ts'
import { copyDatabase } from '#db/snapshot.ts'

let dir = ''
let path = ''
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'klaudio-open-'))
  path = join(dir, 'klaudio.db')
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

function refusal(work: () => unknown): AppError {
  try {
    work()
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('it was not refused')
}

/** A database with enough in it that damage hits something. */
function fill(): void {
  const { db, close } = openDb(path)
  for (let index = 0; index < 500; index++)
    getOrSetSetting(db, `key-${index}`, () => 'x'.repeat(400))
  close()
}

/** Overwrites pages in the middle of the file. */
function damage(): Buffer {
  const bytes = readFileSync(path)
  bytes.fill(0xa5, 4096 * 8, bytes.length - 4096)
  writeFileSync(path, bytes)
  return bytes
}

function queryOne(sqlite: Database, sql: string): unknown {
  return Object.values(sqlite.query<Record<string, unknown>, []>(sql).get() ?? {})[0]
}

describe('a database', () => {
  test('is opened so that foreign keys hold, commits survive a power cut and a busy moment is waited out (K1)', () => {
    const { db, close } = openDb(path)
    const pragma = (name: string) => Object.values(db.get(`PRAGMA ${name}`) as object)[0]
    expect(pragma('foreign_keys')).toBe(1)
    expect(pragma('journal_mode')).toBe('wal')
    expect(pragma('synchronous')).toBe(2)
    expect(pragma('busy_timeout')).toBe(10_000)
    expect(pragma('wal_autocheckpoint')).toBe(1000)
    close()
  })

  test('does not keep the room its log once needed', () => {
    const { db, close } = openDb(path)
    const big = 'y'.repeat(40 * 1024 * 1024)
    getOrSetSetting(db, 'big', () => big)
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(big.length)
    // The next commits find everything moved into the database and begin the log anew.
    for (let index = 0; index < 3; index++) getOrSetSetting(db, `next-${index}`, () => 'small')
    expect(statSync(`${path}-wal`).size).toBeLessThanOrEqual(16 * 1024 * 1024)
    close()
  })

  test.each([
    ['whose pages are overwritten', damage],
    ['that is no database at all', () => writeFileSync(path, 'not a database'.repeat(1000))],
    ['that was cut short', () => truncateSync(path, 4096 * 9)],
  ])('%s is refused with what to do, and left as it is', (_name, harm) => {
    fill()
    harm()
    const before = readFileSync(path)
    const error = refusal(() => openDb(path))
    expect(error.code).toBe('data.refused')
    expect(error.details).toMatchObject({ reason: 'damaged' })
    expect(error.message).toContain('klaudio restore')
    expect(readFileSync(path).equals(before)).toBe(true)
  })

  test('of a newer version is refused by name, and left as it is', () => {
    openDb(path).close()
    {
      using sqlite = new Database(path)
      sqlite.run("INSERT INTO migrations VALUES ('9999_from_tomorrow', 1)")
    }
    const error = refusal(() => openDb(path))
    expect(error.details).toMatchObject({ reason: 'newer' })
    expect(error.message).toContain('9999_from_tomorrow')
  })
})

describe('a large database is checked by another process while it is used', () => {
  const watch = () =>
    watchIntegrity(path, { bunPath: process.execPath, signal: new AbortController().signal })

  test('which finds nothing in a whole one', async () => {
    const { db, close } = openDb(path)
    getOrSetSetting(db, 'one', () => 'not yet in the file itself')
    expect(await watch()).toBeUndefined()
    close()
  })

  test('and what it finds keeps the next start from using it', async () => {
    fill()
    const whole = readFileSync(path)
    damage()
    expect(await watch()).toMatch(/\w/)
    // Whole again or not: what was found is not forgotten by itself.
    writeFileSync(path, whole)
    expect(refusal(() => openDb(path)).details).toMatchObject({ reason: 'damaged' })
  })
})

describe('before a migration', () => {
  /** As the first version left it. */
  function makeOld(): void {
    const initial = readFileSync(join(import.meta.dir, '../../../drizzle/0000_initial.sql'), 'utf8')
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
    using old = new Database(path, { create: true })
    old.run('CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL)')
    for (const statement of initial.split('--> statement-breakpoint')) old.run(statement)
    old.run("INSERT INTO migrations VALUES ('0000_initial', 1)")
    old.run("INSERT INTO settings (key, value) VALUES ('said', 'before')")
  }
  const copies = () => {
    const backups = join(dir, 'backups')
    return existsSync(backups) ? readdirSync(backups).sort() : []
  }

  test('the database is copied as it was, and only the newest copies are kept', () => {
    for (let round = 0; round < 4; round++) {
      makeOld()
      openDb(path, { keptBackups: 2 }).close()
    }
    expect(copies()).toHaveLength(2)
    const [copy = ''] = copies()
    expect(copy).toStartWith('klaudio-0000_initial-')
    expect(statSync(join(dir, 'backups', copy)).mode & 0o777).toBe(0o600)
    using sqlite = new Database(join(dir, 'backups', copy), { readonly: true })
    expect(queryOne(sqlite, 'SELECT count(*) FROM migrations')).toBe(1)
    expect(queryOne(sqlite, "SELECT value FROM settings WHERE key = 'said'")).toBe('before')
  })

  test('nothing is copied when there is nothing to migrate, or nobody wants it', () => {
    openDb(path).close()
    openDb(path).close()
    makeOld()
    openDb(path, { keptBackups: 0 }).close()
    expect(copies()).toEqual([])
  })
})

test('a copy of a database in use is whole, as it was at one moment, and its owner’s alone', () => {
  const { db, close } = openDb(path)
  getOrSetSetting(db, 'one', () => 'still in the log')
  const copy = join(dir, 'copy.db')
  copyDatabase(path, copy)
  getOrSetSetting(db, 'two', () => 'later')
  using sqlite = new Database(copy, { readonly: true })
  expect(quickCheck(sqlite)).toBeUndefined()
  expect(queryOne(sqlite, "SELECT value FROM settings WHERE key = 'one'")).toBe('still in the log')
  expect(queryOne(sqlite, "SELECT count(*) FROM settings WHERE key = 'two'")).toBe(0)
  expect(statSync(copy).mode & 0o777).toBe(0o600)
  expect(existsSync(`${copy}.partial`)).toBe(false)
  expect(readdirSync(dir).filter((name) => name.includes('partial'))).toEqual([])
  close()
})

describe('a statement that is used again', () => {
  const setting = sql`insert into settings (key, value) values (${'one'}, ${'a value'})`

  test('works after it failed, inside a transaction and out of it', () => {
    const { db, close } = openDb(path)
    db.run(setting)
    expect(() => db.run(setting)).toThrow()
    expect(() => db.transaction((tx) => tx.run(setting))).toThrow()
    db.run(sql`delete from settings`)
    db.transaction((tx) => tx.run(setting))
    expect(db.all(sql`select value from settings`)).toEqual([{ value: 'a value' }])
    close()
  })

  test('sees the columns that another program has added meanwhile', () => {
    const { db, close } = openDb(path)
    const everything = sql`select * from settings`
    db.run(setting)
    expect(db.all(everything)).toMatchObject([{ key: 'one', value: 'a value' }])
    using other = new Database(path)
    other.run("alter table settings add column extra text default 'new'")
    expect(db.all(everything)).toMatchObject([{ key: 'one', value: 'a value', extra: 'new' }])
    close()
  })
})
