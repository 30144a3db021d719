import * as v from 'valibot'
import { Agent } from './agent.ts'
import { Delivery, DeliverySettings } from './delivery.ts'
import { Halt } from './ending.ts'
import { FollowUp } from './follow-up.ts'
import { HistoryDepth } from './history-depth.ts'
import { Model } from './model.ts'
import { PermissionMode } from './permission.ts'
import { RepoOverrides } from './repo-template.ts'
import { ForkOrigin, TaskRestore } from './restore.ts'
import { ResultCheck, TestCommand } from './result-check.ts'
import { RunsIn } from './runs-in.ts'
import { TaskSetup } from './setup.ts'
import { SourceProgress } from './source-progress.ts'
import { TeamSnapshot } from './team.ts'

/** The reference's words plus `cancelled`; finer detail is in `phase`. */
export const taskStatuses = [
  'created',
  'planning',
  'planned',
  'approved',
  'running',
  'paused',
  'completed',
  'failed',
  'cancelled',
] as const
export const TaskStatus = v.picklist(taskStatuses)
export type TaskStatus = v.InferOutput<typeof TaskStatus>

/** What exactly a task is doing inside its status. Null where the status says it all. */
export const taskPhases = [
  'preparing_source',
  /** The repository's setup commands run before agents can start. */
  'setting_up',
  'queued',
  'exploring',
  'awaiting_answers',
  'awaiting_approval',
  'working',
  /** Nobody but a reviewer works. */
  'reviewing',
  'integrating',
  /** All work is merged; its tests run, or what they said waits for a person. */
  'testing',
  /** All work is done; it is being pushed, and a pull request opened. */
  'delivering',
  /** It cannot go on at the moment, for example at a usage limit; `error` says why and until when. */
  'waiting',
  'stopping',
  /** It is being taken back to a checkpoint, or made from one. */
  'restoring',
  'cancelling',
] as const
export const TaskPhase = v.picklist(taskPhases)
export type TaskPhase = v.InferOutput<typeof TaskPhase>

/** How ready subtasks are run: one at a time in dependency order, or everything that is ready. */
export const RunMode = v.picklist(['sequential', 'parallel'])
export type RunMode = v.InferOutput<typeof RunMode>

/**
 * Where a task's repository starts. `files`: the uploaded files are the first commit.
 * With any other kind uploads are placed in `input/` and never committed.
 */
export const TaskSource = v.variant('kind', [
  v.strictObject({ kind: v.literal('empty') }),
  v.strictObject({ kind: v.literal('files') }),
  v.strictObject({
    kind: v.literal('git'),
    url: v.pipe(v.string(), v.trim(), v.nonEmpty('Give the repository URL.'), v.maxLength(2000)),
    /** Branch, tag or commit; the remote's default branch when absent. */
    ref: v.optional(v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(255))),
    /** Only so many of the newest commits; the whole history when absent. */
    depth: v.optional(HistoryDepth),
  }),
  v.strictObject({
    kind: v.literal('local'),
    /** Absolute path of a repository on the server's machine. */
    path: v.pipe(v.string(), v.trim(), v.nonEmpty('Give the repository path.'), v.maxLength(4096)),
    ref: v.optional(v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(255))),
    depth: v.optional(HistoryDepth),
  }),
])
export type TaskSource = v.InferOutput<typeof TaskSource>

/** Limits of one task; every one falls back to the configuration. */
export const TaskLimits = v.object({
  /** Agents of this task that may work at the same time. */
  max_agents: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64))),
  /** Wall-clock minutes one agent may work on one subtask. */
  subtask_timeout_minutes: v.optional(v.pipe(v.number(), v.minValue(0.05), v.maxValue(1440))),
  /** Attempts per subtask, the first included. */
  max_attempts: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10))),
  /** US dollars one agent may cost; the CLI stops at it. */
  max_cost_usd: v.optional(v.pipe(v.number(), v.minValue(0.01), v.maxValue(10_000))),
  /** Model turns one agent may take. */
  max_turns: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(10_000))),
})
export type TaskLimits = v.InferOutput<typeof TaskLimits>

const TaskName = v.pipe(v.string(), v.trim(), v.nonEmpty('name is required.'), v.maxLength(200))

export const CreateTask = v.object({
  name: TaskName,
  prompt: v.pipe(v.string(), v.trim(), v.nonEmpty('prompt is required.'), v.maxLength(200_000)),
  auto_start: v.optional(v.boolean(), false),
  mode: v.optional(RunMode),
  model: v.optional(Model),
  source: v.optional(TaskSource, { kind: 'empty' }),
  /** Token for a private `git` source. Stored encrypted, never returned. */
  access_token: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(4096))),
  limits: v.optional(TaskLimits, {}),
  /** How its agents ask before they use a tool; the configuration's when absent. */
  permission_mode: v.optional(PermissionMode),
  /** Run the plan as soon as it is ready, without waiting for a person. */
  auto_approve: v.optional(v.boolean(), false),
  output_files: v.optional(
    v.pipe(v.array(v.pipe(v.string(), v.maxLength(1024))), v.maxLength(200)),
    [],
  ),
  /** Tests the merged work before it counts as done; empty: nothing does; absent: what the files of the repository name. */
  test_command: v.optional(TestCommand),
  /** What happens to the finished work; nothing leaves Klaudio when absent. */
  delivery: v.optional(DeliverySettings),
  repo_template_id: v.optional(v.nullable(v.string())),
  /** What this task wants otherwise than the template; `delivery` as a whole takes its place. */
  repo_overrides: v.nullish(RepoOverrides),
  /** A credential of the vault in place of `access_token`. */
  credential_id: v.nullish(v.string()),
  /** What its agents run in; what the repository template says when absent. */
  runs_in: v.nullish(RunsIn),
  /** Id of a team template; the task keeps the team as it is now. */
  team_template: v.optional(v.nullable(v.string())),
})
export type CreateTask = v.InferOutput<typeof CreateTask>

/**
 * A task that somebody asks for on a forge: its text is the issue's, its repository the template's of the same address, unless another
 * template, or a source with what opens it, is given.
 */
export const CreateFromIssue = v.object({
  ...CreateTask.entries,
  /** The issue's title when absent. */
  name: v.optional(TaskName),
  /** What a person adds to the issue. */
  prompt: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(100_000)), ''),
  issue_url: v.pipe(
    v.string(),
    v.trim(),
    v.maxLength(2000),
    v.check(
      (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
      'Give the address of the issue as it stands in the browser.',
    ),
  ),
})
export type CreateFromIssue = v.InferOutput<typeof CreateFromIssue>

/** What can be changed of a task that exists. */
export const UpdateTask = v.pipe(
  v.object({
    name: v.optional(CreateTask.entries.name),
    /** Its agents at work hear it at once, and those that come later begin with it. */
    permission_mode: v.optional(PermissionMode),
  }),
  v.check(
    ({ name, permission_mode }) => name !== undefined || permission_mode !== undefined,
    'Say what to change: name or permission_mode.',
  ),
)
export type UpdateTask = v.InferOutput<typeof UpdateTask>

/** Progress of the approved plan, counted by subtask status. */
export const TaskProgress = v.object({
  total: v.number(),
  completed: v.number(),
  running: v.number(),
  failed: v.number(),
  skipped: v.number(),
})
export type TaskProgress = v.InferOutput<typeof TaskProgress>

export const Task = v.object({
  id: v.string(),
  name: v.string(),
  prompt: v.string(),
  status: TaskStatus,
  phase: v.nullable(TaskPhase),
  /** Why the task failed or does not move, as one sentence. Absent when there is nothing to say. */
  error: v.optional(v.string()),
  has_state: v.boolean(),
  /** The repository template it was made of; it may be gone by now. */
  repo_template_id: v.optional(v.string()),
  /** The credential that opens its source; absent without one, or after it was removed. */
  credential_id: v.optional(v.string()),
  team_template: v.optional(v.string()),
  /** The team as it was when the task was made; not in lists. */
  team: v.optional(TeamSnapshot),
  /** Its name, in lists as well. */
  team_name: v.optional(v.string()),
  mode: RunMode,
  model: v.string(),
  source: TaskSource,
  limits: TaskLimits,
  auto_approve: v.boolean(),
  permission_mode: PermissionMode,
  /** A person has frozen its agents; those that come are frozen too. */
  frozen_since: v.optional(v.string()),
  /** What its agents may do without asking, because a person allowed it for the whole task. */
  permission_rules: v.array(v.string()),
  /** Agents' questions for permission that nobody has answered; absent when there are none. */
  pending_permissions: v.optional(v.number()),
  /** Questions of agents at work that nobody has answered; absent when there are none. */
  pending_questions: v.optional(v.number()),
  /** The task this one is another run of; it may be deleted by now. */
  relaunched_from: v.optional(v.string()),
  /** Of such a one: it goes on from that run's files, and knows what was done. */
  keeps_context: v.optional(v.boolean()),
  /** The checkpoint this task was made from. */
  forked_from: v.optional(ForkOrigin),
  /** The last time it was taken back to a checkpoint, or its making from one. */
  restore: v.optional(TaskRestore),
  /** The branch of the task's own repository that holds integrated work. */
  branch: v.string(),
  /** While its repository is fetched; not in lists. */
  source_progress: v.optional(SourceProgress),
  base_commit: v.nullable(v.string()),
  head_commit: v.nullable(v.string()),
  /** Version of the plan in force; null before the first plan. */
  plan_version: v.nullable(v.number()),
  progress: TaskProgress,
  cost_usd: v.number(),
  /** Address of its pull request. */
  pr_url: v.optional(v.string()),
  /** When its repository has setup commands; not in lists. */
  setup: v.optional(TaskSetup),
  /** When something was to be delivered; not in lists. */
  delivery: v.optional(Delivery),
  /** As it was given; absent when the files of the repository name it. */
  test_command: v.optional(v.string()),
  /** What the tests said of the merged work; not in lists. */
  result_check: v.optional(ResultCheck),
  /** What the pull request has called for, oldest first; of one task only. */
  follow_ups: v.optional(v.array(FollowUp)),
  /** While agents are brought to rest and while the task is paused; not in lists. */
  halt: v.optional(Halt),
  agents: v.optional(v.array(Agent)),
  created_at: v.string(),
  updated_at: v.string(),
  started_at: v.optional(v.string()),
  completed_at: v.optional(v.string()),
})
export type Task = v.InferOutput<typeof Task>

/**
 * Newest first. Go on with `cursor=<next_cursor>` until it is null: a page then neither repeats nor misses a task, whatever is made or
 * deleted meanwhile. `limit` and `offset` work too.
 */
export const TaskList = v.object({
  tasks: v.array(Task),
  /** All that match the filter. A search stops counting at a thousand; `total_is_more` then says that there are more. */
  total: v.number(),
  total_is_more: v.optional(v.literal(true)),
  limit: v.number(),
  offset: v.number(),
  next_cursor: v.optional(v.nullable(v.string())),
  /** Tasks of the whole installation by status; a status without any is left out. */
  counts: v.optional(v.record(v.string(), v.number())),
})
export type TaskList = v.InferOutput<typeof TaskList>
