/** What a person is awaited for, over all tasks: enough of it to answer in place. */
import * as v from 'valibot'
import { FollowUp } from './follow-up.ts'
import { Permission } from './permission.ts'
import { Plan, Question, Subtask } from './plan.ts'
import { Task } from './task.ts'

/** Where such things come from, in the order of the list: by how much they hold up. */
export const attentionSources = [
  'permission',
  'question',
  'plan',
  'subtask',
  'follow-up',
  'failed',
] as const
export type AttentionSource = (typeof attentionSources)[number]

const { id, name, status, phase, branch, plan_version } = Task.entries
/** What is said of the task beside each item of it. */
const AttentionTask = v.object({ id, name, status, phase, branch, plan_version })

const { agent_id, attempt, max_attempts, error, conflicts, resolution } = Subtask.entries
const FailedSubtask = v.object({
  ...{ id: v.string(), name: v.string(), agent_role: v.string() },
  ...{ agent_id, attempt, max_attempts, error, conflicts, resolution },
})

const common = {
  /** Stable while the item is open. */
  id: v.string(),
  task: AttentionTask,
  /** Since when somebody waits. */
  since: v.string(),
}
const failure = {
  ...common,
  subtask: FailedSubtask,
  /** Subtasks that cannot go on without it. */
  held: v.number(),
}

/** Who asks, and what it works on. */
const asker = {
  agent: v.object({ id: v.string(), role: v.string() }),
  subtask: v.optional(v.object({ id: v.string(), name: v.string() })),
}

/** A client passes over kinds it does not know. */
export const AttentionItem = v.variant('kind', [
  v.object({
    ...common,
    kind: v.literal('permission'),
    permission: Permission,
    ...asker,
    /** Subtasks that cannot go on without it. */
    held: v.number(),
  }),
  v.object({
    ...common,
    kind: v.literal('question'),
    question: Question,
    ...asker,
    /** Absent once its agent is gone. */
    agent: v.optional(asker.agent),
    /** Questions of this task that are open. */
    open: v.number(),
  }),
  v.object({
    ...common,
    kind: v.literal('plan'),
    plan: v.object({
      version: Plan.entries.version,
      strategy: Plan.entries.strategy,
      estimated_agents: Plan.entries.estimated_agents,
      /** How many. */
      subtasks: v.number(),
    }),
  }),
  v.object({ ...failure, kind: v.literal('subtask') }),
  /** A subtask whose work could not be merged: both sides changed `conflicts`. */
  v.object({ ...failure, kind: v.literal('conflict') }),
  v.object({
    ...common,
    kind: v.literal('follow-up'),
    /** What its pull request calls for. */
    follow_up: FollowUp,
    pull_request: v.optional(v.object({ number: v.number(), url: v.string(), title: v.string() })),
  }),
  v.object({
    ...common,
    kind: v.literal('failed'),
    /** Why the task failed, when no subtask of it did. */
    error: v.string(),
  }),
])
export type AttentionItem = v.InferOutput<typeof AttentionItem>
export type AttentionKind = AttentionItem['kind']

/** By how much it holds up, then by age. A task that failed more than a day ago waits for nobody. */
export const AttentionList = v.object({
  items: v.array(AttentionItem),
  /** All that are open, on every page. */
  total: v.number(),
  next_cursor: v.nullable(v.string()),
})
export type AttentionList = v.InferOutput<typeof AttentionList>
