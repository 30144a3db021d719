import { sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { messages, tasks } from './tables.ts'

/** What agents asked of the server with a team tool. The CLI asks in its output and takes one answer, which it repeats there. */
export const toolCalls = sqliteTable(
  'tool_calls',
  {
    id: text().primaryKey(),
    taskId: text()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    agentId: text().notNull(),
    /** Container of the agent in which it was asked. */
    run: integer().notNull(),
    /** The CLI's own name of its request, unique in one agent. */
    requestId: text().notNull(),
    /** The CLI's id of the tool use: a call under a known one is the same call. */
    toolUseId: text().notNull(),
    /** Id of the JSON-RPC request inside. */
    rpcId: text({ mode: 'json' }).$type<string | number>().notNull(),
    tool: text().notNull(),
    input: text({ mode: 'json' }).$type<unknown>().notNull(),
    /** `withdrawn`: nothing waits for the answer any more. */
    status: text().$type<'open' | 'answered' | 'withdrawn'>().notNull(),
    answer: text(),
    isError: integer({ mode: 'boolean' }).notNull().default(false),
    /** The CLI has repeated the answer. */
    isDelivered: integer({ mode: 'boolean' }).notNull().default(false),
    /** The call of the container before that this one repeats, and whose answer it got. */
    repeatOf: text(),
    askedAt: integer().notNull(),
    answeredAt: integer(),
  },
  (t) => [
    uniqueIndex('tool_calls_agent_request').on(t.agentId, t.requestId),
    index('tool_calls_agent_use').on(t.agentId, t.toolUseId),
    index('tool_calls_open').on(t.taskId).where(sql`status = 'open'`),
    index('tool_calls_task').on(t.taskId),
    index('tool_calls_unheard').on(t.agentId).where(sql`is_delivered = 0`),
    index('tool_calls_agent_run').on(t.agentId, t.run),
    index('tool_calls_repeat').on(t.repeatOf).where(sql`repeat_of is not null`),
  ],
)

/** Whom a message is for, and how far it has come: one row for each part of the team that it was addressed to. */
export const messageDeliveries = sqliteTable(
  'message_deliveries',
  {
    messageId: integer()
      .notNull()
      .references(() => messages.id, { onDelete: 'cascade' }),
    taskId: text()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    /** Id of a subtask, or `manager`: agents come and go, what is for them stays. */
    recipient: text().notNull(),
    /** It was handed out as the answer to this tool call. */
    callId: text(),
    /** It was said to the agent under this id of `agent_inputs`. */
    inputId: text(),
    readAt: integer(),
  },
  (t) => [
    primaryKey({ columns: [t.messageId, t.recipient] }),
    index('message_deliveries_unread')
      .on(t.taskId, t.recipient, t.messageId)
      .where(sql`read_at is null`),
    index('message_deliveries_task').on(t.taskId),
    index('message_deliveries_call').on(t.callId).where(sql`call_id is not null`),
    index('message_deliveries_input').on(t.inputId).where(sql`input_id is not null`),
  ],
)
