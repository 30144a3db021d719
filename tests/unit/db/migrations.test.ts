/** A database of an earlier version is brought up to date with everything in it. */
import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDb } from '#db/open.ts'
import { countTasks, listTasks } from '#db/task-list.ts'

const drizzleDir = join(import.meta.dir, '../../../drizzle')

test('tasks from before lists were paged are numbered in their order, counted and found', () => {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-migrate-'))
  const path = join(dir, 'klaudio.db')
  try {
    using old = new Database(path, { create: true })
    old.run('CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at INTEGER NOT NULL)')
    const initial = readFileSync(join(drizzleDir, '0000_initial.sql'), 'utf8')
    for (const statement of initial.split('--> statement-breakpoint')) old.run(statement)
    old.run("INSERT INTO migrations VALUES ('0000_initial', 1)")
    const insert = old.prepare(
      `INSERT INTO tasks (id, name, prompt, status, mode, model, source, limits, auto_approve, output_files, branch, created_at, updated_at)
       VALUES (?, ?, 'Paint the fence', ?, 'parallel', 'opus', '{"kind":"empty"}', '{}', 0, '[]', 'b', ?, 0)`,
    )
    insert.run('late', 'Late', 'failed', 30)
    insert.run('early', 'Early', 'running', 10)
    insert.run('middle', 'Middle', 'failed', 20)
    old.close()
    const { db, close } = openDb(path)
    const found = listTasks(db, { limit: 10, search: 'fence' })
    expect(found.rows.map(({ id }) => id)).toEqual(['late', 'middle', 'early'])
    expect(listTasks(db, { limit: 1, status: ['failed'] })).toMatchObject({ total: 2, next: 3 })
    expect(countTasks(db)).toEqual({ failed: 2, running: 1 })
    close()
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})
