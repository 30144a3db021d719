import { sql } from 'drizzle-orm'
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { WebhookDeliveryState, WebhookKind, WebhookType } from '#contract/outgoing-webhook.ts'

/** Where this installation tells of what happens: one row, or none. */
export const webhooks = sqliteTable('webhooks', {
  id: text().primaryKey(),
  url: text().notNull(),
  /** Of the vault. */
  secretId: text().notNull(),
  kinds: text({ mode: 'json' }).$type<WebhookKind[]>().notNull(),
  updatedAt: integer().notNull(),
})

/** What is told, in the very bytes that are signed: written together with what it tells of. */
export const webhookDeliveries = sqliteTable(
  'webhook_deliveries',
  {
    /** `webhook-id` of every attempt. */
    id: text().primaryKey(),
    type: text().$type<WebhookType>().notNull(),
    taskId: text(),
    body: text().notNull(),
    state: text().$type<WebhookDeliveryState>().notNull(),
    attempts: integer().notNull().default(0),
    /** Not before then, while it waits. */
    nextAt: integer().notNull(),
    /** What was answered last, if anything was. */
    status: integer(),
    error: text(),
    createdAt: integer().notNull(),
    endedAt: integer(),
  },
  (t) => [
    index('webhook_deliveries_due').on(t.nextAt).where(sql`state = 'waiting'`),
    index('webhook_deliveries_created').on(t.createdAt, t.id),
  ],
)
