import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { CommentState, DiffSide } from '#contract/review.ts'
import { tasks } from './tables.ts'

/** What people say to lines of the work. */
export const reviewComments = sqliteTable(
  'review_comments',
  {
    id: text().primaryKey(),
    taskId: text()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    path: text().notNull(),
    side: text().$type<DiffSide>().notNull(),
    /** First and last line, as `commit` has them. */
    line: integer().notNull(),
    endLine: integer().notNull(),
    commit: text().notNull(),
    /** Object of the file's content in `commit`: where it is the same, so are its lines. */
    oid: text().notNull(),
    quote: text().notNull(),
    body: text().notNull(),
    state: text().$type<CommentState>().notNull(),
    author: text().notNull(),
    subtaskId: text(),
    messageId: integer(),
    createdAt: integer().notNull(),
    updatedAt: integer().notNull(),
    sentAt: integer(),
    /** Whose work was looked at, when that was not the task branch. */
    agentId: text(),
    /** What that agent had handed in when its files were looked at in its container. */
    handedIn: text(),
  },
  (t) => [index('review_comments_task').on(t.taskId, t.createdAt, t.id)],
)

/** Commits that took changes out of the work, as a person wanted it. */
export const discards = sqliteTable(
  'discards',
  {
    taskId: text()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    commit: text().notNull(),
    files: text({ mode: 'json' }).$type<{ path: string; hunks?: number }[]>().notNull(),
    createdAt: integer().notNull(),
    undoneAt: integer(),
  },
  (t) => [primaryKey({ columns: [t.taskId, t.commit] })],
)
