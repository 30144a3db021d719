import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { CheckpointCause, CheckpointStatus, CheckpointSummary } from '#contract/checkpoint.ts'
import { tasks } from './tables.ts'

/** What a task was like at one moment. The row is written first; contents and manifest are objects of the task's repository. */
export const checkpoints = sqliteTable(
  'checkpoints',
  {
    id: text().primaryKey(),
    taskId: text()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    cause: text().$type<CheckpointCause>().notNull(),
    status: text().$type<CheckpointStatus>().notNull(),
    label: text(),
    error: text(),
    /** The commit that reaches everything of it. Its id is a hash over all of that. */
    commit: text(),
    summary: text({ mode: 'json' }).$type<CheckpointSummary>(),
    /** What it added to the repository. */
    sizeBytes: integer().notNull().default(0),
    createdAt: integer().notNull(),
    completedAt: integer(),
  },
  (t) => [index('checkpoints_task_created').on(t.taskId, t.createdAt, t.id)],
)
