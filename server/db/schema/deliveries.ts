import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type {
  DeliverySettings,
  DeliveryState,
  PullRequest,
  PullRequestCheck,
  ReviewComment,
} from '#contract/delivery.ts'
import type { FollowUpKind, FollowUpState } from '#contract/follow-up.ts'
import { tasks } from './tables.ts'

/** How a task's work is to leave Klaudio, and how far it has come. None: nothing was ever asked for. */
export const deliveries = sqliteTable(
  'deliveries',
  {
    taskId: text()
      .primaryKey()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    settings: text({ mode: 'json' }).$type<DeliverySettings>().notNull(),
    state: text().$type<DeliveryState>().notNull(),
    attempts: integer().notNull().default(0),
    /** Name of the branch at its destination. */
    branch: text().notNull(),
    /** Branch it is meant for. */
    target: text(),
    /** Head of the task branch that `commit` was made from. */
    headCommit: text(),
    /** Made to be pushed, and written down before: where the branch is this commit, it was us. */
    commit: text(),
    /** Known to have arrived. */
    pushedCommit: text(),
    /** Commits of it that its target does not have. */
    commits: integer(),
    pushedAt: integer(),
    pullRequest: text({ mode: 'json' }).$type<PullRequest>(),
    notes: text({ mode: 'json' }).$type<string[]>().notNull().default([]),
    conflicts: text({ mode: 'json' }).$type<string[]>(),
    error: text(),
    /** When its forge is asked next what has become of the pull request; null: not any more. */
    pollAt: integer(),
    polledAt: integer(),
    /** In a row. */
    pollFailures: integer().notNull().default(0),
    pollError: text(),
    /** When something of the pull request was new, which sets the pace. */
    newsAt: integer(),
    updatedAt: integer().notNull(),
  },
  (t) => [index('deliveries_poll').on(t.pollAt).where(sql`poll_at is not null`)],
)

/** What a pull request has called for: from failed checks or from comments, to an agent or to a person. */
export const followUps = sqliteTable(
  'follow_ups',
  {
    id: text().primaryKey(),
    taskId: text()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    kind: text().$type<FollowUpKind>().notNull(),
    state: text().$type<FollowUpState>().notNull(),
    /** What was pushed when it came up. */
    commit: text().notNull(),
    checks: text({ mode: 'json' }).$type<PullRequestCheck[]>().notNull().default([]),
    comments: text({ mode: 'json' }).$type<ReviewComment[]>().notNull().default([]),
    /** Why a person is wanted. */
    reason: text(),
    /** Who it went to, and how that was decided. */
    subtaskId: text(),
    agentId: text(),
    why: text(),
    /** A person's words that go with it. */
    note: text(),
    byPerson: integer({ mode: 'boolean' }).notNull().default(false),
    /** What was pushed in answer. */
    answer: text(),
    createdAt: integer().notNull(),
    startedAt: integer(),
    endedAt: integer(),
  },
  (t) => [
    index('follow_ups_task').on(t.taskId),
    index('follow_ups_waiting').on(t.createdAt, t.taskId).where(sql`state = 'waiting'`),
  ],
)
