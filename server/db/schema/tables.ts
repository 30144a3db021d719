import { sql } from 'drizzle-orm'
import {
  index,
  integer,
  primaryKey,
  real,
  sqliteTable,
  text,
  uniqueIndex,
} from 'drizzle-orm/sqlite-core'
import type {
  AgentKind,
  AgentPhase,
  AgentRestart,
  AgentStatus,
  InputState,
  MessagePriority,
  Usage,
} from '#contract/agent.ts'
import type { EventType } from '#contract/event.ts'
import type { PermissionMode, PermissionScope, PermissionStatus } from '#contract/permission.ts'
import type { PlanDraft, PlanStatus, SubtaskSpec, SubtaskStatus } from '#contract/plan.ts'
import type { PreviousRun } from '#contract/relaunch.ts'
import type { KeptVariable } from '#contract/repo-environment.ts'
import type { Resolution } from '#contract/resolution.ts'
import type { ForkOrigin, RestoredFrom, RestoreRecord } from '#contract/restore.ts'
import type { ResultCheck } from '#contract/result-check.ts'
import type { RunMode, TaskLimits, TaskPhase, TaskSource, TaskStatus } from '#contract/task.ts'
import type { TeamSnapshot } from '#contract/team.ts'
import type { AgentReport } from '#contract/team-tools.ts'
import type { Verdict } from '#contract/verdict.ts'

/** Times are epoch milliseconds. JSON columns are written by us alone and typed by the contract. */
const createdAt = integer().notNull()

export const tasks = sqliteTable(
  'tasks',
  {
    id: text().primaryKey(),
    /** Order of creation: what lists are sorted and paged by, and the row of `tasks_search`. Later tasks have higher ones. */
    number: integer().notNull().default(0),
    name: text().notNull(),
    prompt: text().notNull(),
    status: text().$type<TaskStatus>().notNull(),
    phase: text().$type<TaskPhase>(),
    error: text(),
    mode: text().$type<RunMode>().notNull(),
    model: text().notNull(),
    source: text({ mode: 'json' }).$type<TaskSource>().notNull(),
    limits: text({ mode: 'json' }).$type<TaskLimits>().notNull(),
    autoApprove: integer({ mode: 'boolean' }).notNull(),
    outputFiles: text({ mode: 'json' }).$type<string[]>().notNull(),
    permissionMode: text().$type<PermissionMode>().notNull().default('bypassPermissions'),
    /** What a person allowed for the whole task, as rules of the CLI. */
    permissionRules: text({ mode: 'json' }).$type<string[]>().notNull().default([]),
    teamTemplate: text(),
    /** The team as it was when the task was made. */
    team: text({ mode: 'json' }).$type<TeamSnapshot>(),
    /** The credential that opens the source and takes the delivery, when one of the vault is used. */
    credentialId: text(),
    /** The repository template it was made of; it may be gone by now. */
    repoTemplate: text(),
    /** Of that, too: whether agents are told what is known of it, and their variables, with secrets of the task's own. */
    enableMemory: integer({ mode: 'boolean' }).notNull().default(false),
    environment: text({ mode: 'json' }).$type<KeptVariable[]>().notNull().default([]),
    hasState: integer({ mode: 'boolean' }).notNull().default(false),
    /** Id of the sealed access token in `secrets`, for a private source. */
    secretId: text(),
    branch: text().notNull(),
    baseCommit: text(),
    headCommit: text(),
    /** Version of the plan in force. */
    planVersion: integer(),
    /** Counts planning sessions: a replan starts a new one. Question rounds count inside it. */
    planningSession: integer().notNull().default(0),
    /** The person's remark of a replan, given to the next planning session. */
    remark: text(),
    /** What a person asked for and the runner has yet to carry out. Survives a crash between the two. */
    intent: text().$type<'stop' | 'resume' | 'replan' | 'restore' | 'cancel' | 'delete'>(),
    /** When `intent` was asked for. Agents that ended since then have been brought to rest by it. */
    intentAt: integer(),
    /** Who wanted the pause: what the server paused when it ended goes on by itself at the next start. */
    pausedBy: text().$type<'person' | 'shutdown'>(),
    /** The task this one is another run of; it may be gone by now. */
    relaunchedFrom: text(),
    /** What that run did, for planner and agents: as it was then, so that nothing depends on the old task any more. */
    previousRun: text({ mode: 'json' }).$type<PreviousRun>(),
    /** What `restore` as an intent is about; stays as the answer to how it went. */
    restore: text({ mode: 'json' }).$type<RestoreRecord>(),
    forkedFrom: text({ mode: 'json' }).$type<ForkOrigin>(),
    lastSeq: integer().notNull().default(0),
    createdAt,
    updatedAt: integer().notNull(),
    startedAt: integer(),
    pausedAt: integer(),
    /** A person has frozen its agents, and those that come are frozen too. */
    frozenAt: integer(),
    /** Of its result; empty: none, null: what its files name. */
    testCommand: text(),
    /** What the tests said of what is merged. */
    resultCheck: text({ mode: 'json' }).$type<ResultCheck>(),
    /** The manager of a collaborative run approved its work. */
    approvedAt: integer(),
    completedAt: integer(),
  },
  (t) => [
    index('tasks_status_number').on(t.status, t.number),
    // With the name, so that a text too short for the full-text index is looked for in here.
    index('tasks_number').on(t.number, t.name),
    // What waits for a person (`db/attention.ts`).
    index('tasks_planned').on(t.updatedAt, t.id).where(sql`status = 'planned'`),
    index('tasks_failed').on(t.updatedAt, t.id).where(sql`status = 'failed'`),
  ],
)

/** Tasks in each status, kept by triggers: counting a hundred thousand rows for every list would be slow. */
export const taskCounts = sqliteTable('task_counts', {
  status: text().$type<TaskStatus>().primaryKey(),
  count: integer().notNull(),
})

/** Immutable definitions, one row per version. Live subtask state is in `subtasks`. */
export const plans = sqliteTable(
  'plans',
  {
    id: text().primaryKey(),
    taskId: text()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    version: integer().notNull(),
    origin: text().$type<'planner' | 'user'>().notNull(),
    draft: text({ mode: 'json' }).$type<PlanDraft>().notNull(),
    status: text().$type<PlanStatus>().notNull(),
    createdAt,
  },
  (t) => [uniqueIndex('plans_task_version').on(t.taskId, t.version)],
)

/** Live state of the subtasks of the plan in force. */
export const subtasks = sqliteTable(
  'subtasks',
  {
    taskId: text()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    id: text().notNull(),
    /** Place in the plan, for a stable order. */
    position: integer().notNull(),
    spec: text({ mode: 'json' }).$type<SubtaskSpec>().notNull(),
    status: text().$type<SubtaskStatus>().notNull(),
    /** Attempts started so far. */
    attempt: integer().notNull().default(0),
    /** Attempts allowed; a person's retry adds to it. */
    maxAttempts: integer().notNull(),
    agentId: text(),
    error: text(),
    /** How often the work was sent back; of a reviewer, how often it sent work back. */
    rounds: integer().notNull().default(0),
    /** The end of the subtask that the manager was last told of. */
    signal: text(),
    /** A person took its worker out of the team: nobody is sent to work on it again. */
    takenOut: text().$type<'keep' | 'drop'>(),
    /** Told to the next attempt: why the last one did not count. */
    feedback: text(),
    summary: text(),
    conflicts: text({ mode: 'json' }).$type<string[]>(),
    /** The last word of a reviewer. */
    verdict: text({ mode: 'json' }).$type<Verdict>(),
    /** What is made of a conflict. */
    resolution: text({ mode: 'json' }).$type<Resolution>(),
    workCommit: text(),
    mergedCommit: text(),
    startedAt: integer(),
    completedAt: integer(),
  },
  (t) => [
    primaryKey({ columns: [t.taskId, t.id] }),
    index('subtasks_failed').on(t.taskId).where(sql`status = 'failed'`),
  ],
)

export const agents = sqliteTable(
  'agents',
  {
    id: text().primaryKey(),
    taskId: text()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    subtaskId: text(),
    kind: text().$type<AgentKind>().notNull(),
    role: text().notNull(),
    status: text().$type<AgentStatus>().notNull(),
    phase: text().$type<AgentPhase>(),
    model: text().notNull(),
    attempt: integer().notNull(),
    /** Counts containers of this agent: a resumed agent gets a new one on the same volumes. */
    run: integer().notNull().default(0),
    containerId: text(),
    /** Ours, chosen before the first start, so that a crash can never lose it. */
    sessionId: text().notNull(),
    /** Commit its workspace started from. */
    baseCommit: text(),
    exitCode: integer(),
    error: text(),
    result: text(),
    /** What it reported of its work with a team tool; the last report counts. */
    report: text({ mode: 'json' }).$type<AgentReport>(),
    activity: text(),
    turns: integer().notNull().default(0),
    toolCalls: integer().notNull().default(0),
    costUsd: real().notNull().default(0),
    usage: text({ mode: 'json' }).$type<Usage>().notNull(),
    /** Output bytes whose lines have been acted upon; always at a line end. The stored size is the file's own. */
    parsedOffset: integer().notNull().default(0),
    /** Volumes and container still exist. */
    holdsResources: integer({ mode: 'boolean' }).notNull().default(false),
    /** Its volumes are laid from a checkpoint: it must never begin without them. */
    restoredFrom: text({ mode: 'json' }).$type<RestoredFrom>(),
    /** What retention took of its output, in all: epoch milliseconds, bytes, and the days when its age was the reason. */
    outputRemoved: text({ mode: 'json' }).$type<{ at: number; bytes: number; days?: number }>(),
    /** The task was taken back to before it, or a restore it was made for failed: nobody wants what it holds. */
    isReplaced: integer({ mode: 'boolean' }).notNull().default(false),
    /** A person has frozen it: its container is paused, or waits to be started. */
    frozenAt: integer(),
    /** Milliseconds it was frozen before that. */
    frozenMs: integer().notNull().default(0),
    /** The model its running CLI was started with or told; null when that is not known. */
    toldModel: text(),
    /** What a person restarted it with, last. */
    restart: text({ mode: 'json' }).$type<AgentRestart>(),
    createdAt,
    startedAt: integer(),
    completedAt: integer(),
  },
  (t) => [
    index('agents_task_created').on(t.taskId, t.createdAt, t.id),
    index('agents_status_created').on(t.status, t.createdAt, t.id),
    index('agents_created').on(t.createdAt, t.id),
  ],
)

/** Everything ever sent to an agent, stored before it is sent: what was not acknowledged is sent again, and the CLI drops a repeated id. */
export const agentInputs = sqliteTable(
  'agent_inputs',
  {
    /** The CLI's message uuid; it drops a repeated one by itself. */
    id: text().primaryKey(),
    agentId: text()
      .notNull()
      .references(() => agents.id, { onDelete: 'cascade' }),
    /** `turn`: a prompt of ours whose result we wait for; `message`: from a person or another agent. */
    kind: text().$type<'turn' | 'message'>().notNull(),
    content: text().notNull(),
    priority: text().$type<MessagePriority>().notNull(),
    state: text().$type<InputState>().notNull(),
    reason: text(),
    /** For a turn: how it ended, as JSON of `TurnResult` in `agents/claude/session.ts`. */
    result: text({ mode: 'json' }).$type<unknown>(),
    /** For a turn: how often a new container took it up. */
    resumes: integer().notNull().default(0),
    createdAt,
    doneAt: integer(),
  },
  (t) => [index('agent_inputs_agent').on(t.agentId, t.kind, t.state)],
)

/** What agents asked to be allowed. The CLI asks in its output and takes one answer, which it repeats there. */
export const permissions = sqliteTable(
  'permissions',
  {
    id: text().primaryKey(),
    taskId: text()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    agentId: text().notNull(),
    subtaskId: text(),
    /** The CLI's own name of its request, unique in one agent. */
    requestId: text().notNull(),
    tool: text().notNull(),
    input: text({ mode: 'json' }).$type<Record<string, unknown>>().notNull(),
    description: text(),
    reason: text(),
    blockedPath: text(),
    rules: text({ mode: 'json' }).$type<string[]>().notNull(),
    status: text().$type<PermissionStatus>().notNull(),
    scope: text().$type<PermissionScope>(),
    changedInput: text({ mode: 'json' }).$type<Record<string, unknown>>(),
    message: text(),
    /** The CLI has repeated the answer, or what it asked for is done. */
    isDelivered: integer({ mode: 'boolean' }).notNull().default(false),
    note: text(),
    askedAt: integer().notNull(),
    answeredAt: integer(),
  },
  (t) => [
    uniqueIndex('permissions_agent_request').on(t.agentId, t.requestId),
    index('permissions_task_asked').on(t.taskId, t.askedAt, t.id),
    index('permissions_open').on(t.askedAt, t.taskId).where(sql`status = 'pending'`),
    index('permissions_answered').on(t.answeredAt, t.id).where(sql`status <> 'pending'`),
  ],
)

export const questions = sqliteTable(
  'questions',
  {
    id: text().primaryKey(),
    taskId: text()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    agentId: text().notNull(),
    planningSession: integer().notNull(),
    round: integer().notNull(),
    position: integer().notNull(),
    text: text().notNull(),
    context: text(),
    suggestions: text({ mode: 'json' }).$type<string[]>().notNull(),
    options: text({ mode: 'json' }).$type<string[]>().notNull(),
    answer: text(),
    status: text().$type<'pending' | 'answered' | 'withdrawn'>().notNull(),
    askedAt: integer().notNull(),
    answeredAt: integer(),
  },
  (t) => [
    index('questions_task').on(t.taskId),
    index('questions_answered').on(t.answeredAt, t.id).where(sql`status <> 'pending'`),
    index('questions_pending').on(t.askedAt, t.taskId, t.position).where(sql`status = 'pending'`),
  ],
)

export const events = sqliteTable(
  'events',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    taskId: text()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    seq: integer().notNull(),
    type: text().$type<EventType>().notNull(),
    agentId: text(),
    subtaskId: text(),
    data: text({ mode: 'json' }).$type<Record<string, unknown>>().notNull(),
    createdAt,
  },
  (t) => [
    uniqueIndex('events_task_seq').on(t.taskId, t.seq),
    index('events_task_type').on(t.taskId, t.type, t.seq),
    // The id, which these lists are sorted by, is part of every index.
    index('events_type').on(t.type),
    index('events_agent').on(t.agentId, t.seq).where(sql`agent_id is not null`),
  ],
)

export const messages = sqliteTable(
  'messages',
  {
    id: integer().primaryKey({ autoIncrement: true }),
    taskId: text()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    fromAgentId: text(),
    fromSubtaskId: text(),
    toAgentId: text(),
    toSubtaskId: text(),
    msgType: text().$type<'message' | 'context' | 'system' | 'directive' | 'summary'>().notNull(),
    content: text().notNull(),
    /** Chosen by who sent it through the API: sent again under the same one it is the same message. */
    sentAs: text(),
    /** When an agent at work reads it; `next` when null. */
    priority: text().$type<MessagePriority>(),
    createdAt,
  },
  (t) => [
    index('messages_task').on(t.taskId, t.id),
    index('messages_type').on(t.taskId, t.msgType, t.id),
    uniqueIndex('messages_sent_as').on(t.taskId, t.sentAs).where(sql`sent_as is not null`),
  ],
)

export const uploads = sqliteTable(
  'uploads',
  {
    taskId: text()
      .notNull()
      .references(() => tasks.id, { onDelete: 'cascade' }),
    /** Path inside `input/`. */
    path: text().notNull(),
    sizeBytes: integer().notNull(),
    createdAt,
  },
  (t) => [primaryKey({ columns: [t.taskId, t.path] })],
)
