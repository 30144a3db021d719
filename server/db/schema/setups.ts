/** Setup commands of tasks, and what they left on the engine. Times are epoch milliseconds. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { SetupState } from '#contract/setup.ts'
import { tasks } from './tables.ts'

/** One row per task that has any. A copy of what its template said then. */
export const taskSetups = sqliteTable('task_setups', {
  taskId: text()
    .primaryKey()
    .references(() => tasks.id, { onDelete: 'cascade' }),
  commands: text({ mode: 'json' }).$type<string[]>().notNull(),
  withSecrets: integer({ mode: 'boolean' }).notNull(),
  state: text().$type<SetupState>().notNull(),
  /** Of `kept_setups`, once it is ready. */
  key: text(),
  step: integer(),
  fromCache: integer({ mode: 'boolean' }).notNull().default(false),
  error: text(),
  /** The end of what was printed, without secrets. */
  output: text().notNull().default(''),
  leftOut: text({ mode: 'json' }).$type<string[]>().notNull().default([]),
  startedAt: integer(),
  endedAt: integer(),
})

/** Images of this installation's engine. One that is gone there is made again. */
export const keptSetups = sqliteTable('kept_setups', {
  /** Digest of all that decides what the commands leave. */
  key: text().primaryKey(),
  image: text().notNull(),
  /** That it was made on: what runs agents is in it. */
  baseImage: text().notNull(),
  repository: text().notNull(),
  commands: text({ mode: 'json' }).$type<string[]>().notNull(),
  bytes: integer().notNull(),
  leftOut: text({ mode: 'json' }).$type<string[]>().notNull().default([]),
  createdAt: integer().notNull(),
  usedAt: integer().notNull(),
})
