/** What the installation itself keeps. Times are epoch milliseconds. */
import { sql } from 'drizzle-orm'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

/** Values sealed with the instance key (`auth/vault.ts`); nothing reads them back to a client. */
export const secrets = sqliteTable('secrets', {
  id: text().primaryKey(),
  sealed: text().notNull(),
  createdAt: integer().notNull(),
})

/** One row per fact about this installation, such as its instance id. */
export const settings = sqliteTable('settings', {
  key: text().primaryKey(),
  value: text().notNull(),
  updatedAt: integer().notNull().default(sql`0`),
})
