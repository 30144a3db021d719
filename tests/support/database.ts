/** A database of the newest schema for a test: a copy of one that was migrated once, since migrating takes most of the time of opening one. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDb } from '#db/open.ts'

let migrated: Uint8Array | undefined

/** Opens what is at `path`, or a fresh database there. */
export function openTestDb(path: string): ReturnType<typeof openDb> {
  migrated ??= migrateOne()
  if (!existsSync(path)) writeFileSync(path, migrated)
  return openDb(path)
}

function migrateOne(): Uint8Array {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-database-'))
  const path = join(dir, 'klaudio.db')
  openDb(path).close()
  const bytes = readFileSync(path)
  rmSync(dir, { recursive: true })
  return bytes
}
