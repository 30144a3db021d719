/** What tasks are made from: teams, repositories, and what opens those. Times are epoch milliseconds. */
import { integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { CredentialKind } from '#contract/credential.ts'
import type { DeliverySettings } from '#contract/delivery.ts'
import type { KeptVariable } from '#contract/repo-environment.ts'
import type { RepoAnalysis, RepoMemoryChange } from '#contract/repo-memory.ts'
import type { RunsIn } from '#contract/runs-in.ts'
import type { TeamMode, TeamRole } from '#contract/team.ts'
import type { WebhookEffect } from '#contract/webhook.ts'

const createdAt = integer().notNull()

/** Teams to choose from. A task keeps a copy, so a row is free to change or go. */
export const teamTemplates = sqliteTable('team_templates', {
  id: text().primaryKey(),
  name: text().notNull(),
  description: text().notNull(),
  maxAgents: integer().notNull(),
  review: integer({ mode: 'boolean' }).notNull(),
  /** The configuration's when null. */
  maxFixRounds: integer(),
  serializeConflicts: integer({ mode: 'boolean' }).notNull().default(false),
  mode: text().$type<TeamMode>().notNull(),
  roles: text({ mode: 'json' }).$type<TeamRole[]>().notNull(),
  isDefault: integer({ mode: 'boolean' }).notNull().default(false),
  createdAt,
  updatedAt: integer().notNull(),
})

/** Repositories to choose from. A task keeps what it was made of, so a row is free to change or go. */
export const repoTemplates = sqliteTable('repo_templates', {
  id: text().primaryKey(),
  name: text().notNull(),
  url: text().notNull(),
  defaultBranch: text().notNull(),
  /** Only so many of the newest commits are fetched; null: the whole history. */
  depth: integer(),
  credentialId: text(),
  delivery: text({ mode: 'json' }).$type<DeliverySettings>().notNull(),
  enableMemory: integer({ mode: 'boolean' }).notNull().default(false),
  /** Variables of its agents; values of secrets are in `secrets`. */
  environment: text({ mode: 'json' }).$type<KeptVariable[]>().notNull().default([]),
  /** Run once before agents start from what they leave. */
  setupCommands: text({ mode: 'json' }).$type<string[]>().notNull().default([]),
  setupSecrets: integer({ mode: 'boolean' }).notNull().default(false),
  /** Null: the standard image. */
  runsIn: text({ mode: 'json' }).$type<RunsIn>(),
  /** In `secrets`; null: its forge may send nothing. */
  webhookSecretId: text(),
  /** Issues that carry it become tasks when the forge tells of them. */
  issueLabel: text(),
  createdAt,
  updatedAt: integer().notNull(),
})

/** What forges have sent that had an effect, by digest of the body, and the issues that became tasks. */
export const webhookMarks = sqliteTable(
  'webhook_marks',
  {
    templateId: text()
      .notNull()
      .references(() => repoTemplates.id, { onDelete: 'cascade' }),
    key: text().notNull(),
    createdAt,
  },
  (t) => [primaryKey({ columns: [t.templateId, t.key] })],
)

/** What the forge of a template sent last, and what came of it. */
export const webhookReceipts = sqliteTable('webhook_receipts', {
  templateId: text()
    .primaryKey()
    .references(() => repoTemplates.id, { onDelete: 'cascade' }),
  receivedAt: integer().notNull(),
  effect: text().$type<WebhookEffect>().notNull(),
  /** The task it became. */
  taskId: text(),
  error: text(),
})

/** What is known of repositories by commit. A cache: what is not there is found out again. */
export const repoMemories = sqliteTable(
  'repo_memories',
  {
    id: text().primaryKey(),
    /** The address or path that it is of, in one spelling. */
    scope: text().notNull(),
    branch: text().notNull(),
    commitHash: text().notNull(),
    /** Of the analyser that made it: what an older one made is made again. */
    version: integer().notNull(),
    analysis: text({ mode: 'json' }).$type<RepoAnalysis>().notNull(),
    since: text({ mode: 'json' }).$type<RepoMemoryChange>(),
    createdAt,
  },
  (t) => [uniqueIndex('repo_memories_scope_branch_commit').on(t.scope, t.branch, t.commitHash)],
)

/** What opens repositories, by name. The values are in `secrets`. */
export const credentials = sqliteTable('credentials', {
  id: text().primaryKey(),
  name: text().notNull().unique(),
  kind: text().$type<CredentialKind>().notNull(),
  /** Of a login with a password; nothing secret. */
  username: text(),
  /** What tells one from another: the end of a token, the fingerprint of a key. */
  hint: text().notNull(),
  secretId: text().notNull(),
  createdAt,
  updatedAt: integer().notNull(),
  lastUsedAt: integer(),
})
