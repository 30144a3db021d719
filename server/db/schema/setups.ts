/** Images and setup commands of tasks, and what they left on the engine. Times are epoch milliseconds. */
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { OwnImage } from '#contract/runs-in.ts'
import type { SetupState } from '#contract/setup.ts'
import { tasks } from './tables.ts'

/** One row per task that has any. A copy of what its template said then. */
export const taskSetups = sqliteTable('task_setups', {
  taskId: text()
    .primaryKey()
    .references(() => tasks.id, { onDelete: 'cascade' }),
  commands: text({ mode: 'json' }).$type<string[]>().notNull(),
  withSecrets: integer({ mode: 'boolean' }).notNull(),
  /** What its agents run in; null: the standard image. */
  runsIn: text({ mode: 'json' }).$type<OwnImage>(),
  /** The task says so itself, whatever its template says. */
  hasOwnRunsIn: integer({ mode: 'boolean' }).notNull().default(false),
  /** Of `kept_setups`, once the image of `runsIn` is there. */
  imageKey: text(),
  /** That a devcontainer.json has; they go before the others. */
  foundCommands: text({ mode: 'json' }).$type<string[]>().notNull().default([]),
  /** What of it is not obeyed. */
  notes: text({ mode: 'json' }).$type<string[]>().notNull().default([]),
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
  /** The agent image: what runs agents is in it. */
  baseImage: text().notNull(),
  repository: text().notNull(),
  commands: text({ mode: 'json' }).$type<string[]>().notNull(),
  /** An image that agents run in, and what it was made from. */
  from: text(),
  bytes: integer().notNull(),
  leftOut: text({ mode: 'json' }).$type<string[]>().notNull().default([]),
  createdAt: integer().notNull(),
  usedAt: integer().notNull(),
})
