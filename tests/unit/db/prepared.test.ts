/** Changes whose statements are kept: what is stored is what would be stored by a statement made for the change. */
import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { findAgent, updateAgent } from '#db/agents.ts'
import { findTask, updateTask } from '#db/tasks.ts'
import { openTestDb } from '../../support/database.ts'
import { seedAgent, seedTask } from '../../support/seed.ts'

const dir = mkdtempSync(join(tmpdir(), 'klaudio-prepared-'))
const { db, close } = openTestDb(join(dir, 'klaudio.db'))
afterAll(() => {
  close()
  rmSync(dir, { recursive: true })
})
seedTask(db, { id: 't1' })
seedAgent(db, 't1', { id: 'a1' })
seedAgent(db, 't1', { id: 'a2' })

const removed = { bytes: 5, at: 7 }

test('values of every kind are stored, and a value that is taken back is NULL in the database as well', () => {
  const stored = (): unknown =>
    db.get(
      sql`select output_removed as removed, holds_resources as holds, phase from agents where id = 'a1'`,
    )
  updateAgent(db, 'a1', { outputRemoved: removed, holdsResources: true, phase: 'warm' })
  expect(findAgent(db, 'a1')).toMatchObject({ outputRemoved: removed, holdsResources: true })
  updateAgent(db, 'a1', { outputRemoved: null, holdsResources: false, phase: null })
  expect(stored()).toEqual([null, 0, null])
  updateAgent(db, 'a1', { outputRemoved: { bytes: 6, at: 8 }, holdsResources: true, phase: null })
  expect(stored()).toEqual(['{"bytes":6,"at":8}', 1, null])
})

test('a change is of the row that is named and of no other, and leaves the columns that it does not name', () => {
  const other = findAgent(db, 'a2')
  updateAgent(db, 'a1', { turns: 3, error: 'No.' })
  expect(updateAgent(db, 'a1', { turns: 4 })).toMatchObject({
    turns: 4,
    error: 'No.',
  })
  expect(findAgent(db, 'a2')).toEqual(other)
  expect(updateAgent(db, 'nobody', { turns: 5 })).toBeUndefined()
})

test('in a transaction that fails it is taken back', () => {
  const before = findTask(db, 't1')
  const change = (): void =>
    db.transaction((tx) => {
      updateTask(tx, 't1', { error: 'No.' }, 5)
      updateTask(tx, 't1', { error: null }, 6)
      expect(findTask(tx, 't1')).toMatchObject({ error: null, updatedAt: 6 })
      throw new Error('not to be')
    })
  expect(change).toThrow('not to be')
  expect(findTask(db, 't1')).toEqual(before)
})
