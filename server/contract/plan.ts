import * as v from 'valibot'
import { Resolution } from './resolution.ts'
import { Verdict } from './verdict.ts'

/** Subtask ids name containers, branches and files, so they are kept to one safe alphabet. */
export const SubtaskId = v.pipe(
  v.string(),
  v.regex(
    /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/,
    'An id has 1 to 40 characters: a-z, 0-9 and inner dashes.',
  ),
)

export const Complexity = v.picklist(['low', 'medium', 'high'])
export type Complexity = v.InferOutput<typeof Complexity>

export const subtaskStatuses = [
  'pending',
  'queued',
  'running',
  'integrating',
  'completed',
  'failed',
  'skipped',
] as const
export const SubtaskStatus = v.picklist(subtaskStatuses)
export type SubtaskStatus = v.InferOutput<typeof SubtaskStatus>

const name = v.pipe(v.string(), v.trim(), v.nonEmpty('A subtask needs a name.'), v.maxLength(200))
const prompt = v.pipe(
  v.string(),
  v.trim(),
  v.nonEmpty('A subtask needs a prompt.'),
  v.maxLength(100_000),
)

/** What a plan says about one subtask. Its live state is in `Subtask`. */
export const SubtaskSpec = v.object({
  id: SubtaskId,
  name,
  description: v.optional(v.pipe(v.string(), v.maxLength(10_000)), ''),
  prompt,
  depends_on: v.optional(v.pipe(v.array(SubtaskId), v.maxLength(200)), []),
  files_involved: v.optional(
    v.pipe(v.array(v.pipe(v.string(), v.maxLength(1024))), v.maxLength(500)),
    [],
  ),
  complexity: v.optional(Complexity, 'medium'),
  agent_role: v.optional(
    v.pipe(
      v.string(),
      v.trim(),
      v.regex(
        /^[A-Za-z0-9][A-Za-z0-9 _-]{0,39}$/,
        'A role is 1 to 40 letters, digits, spaces or dashes.',
      ),
    ),
    'developer',
  ),
  /** Overrides the task's model for this subtask. */
  model: v.optional(
    v.pipe(v.string(), v.trim(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._:/[\]@-]{0,127}$/)),
  ),
})
export type SubtaskSpec = v.InferOutput<typeof SubtaskSpec>

/** A plan as a planner or a person hands it in. */
export const PlanDraft = v.object({
  analysis: v.optional(v.pipe(v.string(), v.maxLength(100_000)), ''),
  strategy: v.optional(v.picklist(['parallel', 'sequential']), 'parallel'),
  subtasks: v.pipe(
    v.array(SubtaskSpec),
    v.minLength(1, 'A plan needs at least one subtask.'),
    v.maxLength(200),
  ),
  estimated_agents: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(64)), 1),
  notes: v.optional(v.pipe(v.string(), v.maxLength(100_000)), ''),
})
export type PlanDraft = v.InferOutput<typeof PlanDraft>

/** A subtask with its live state, as `GET plan` returns it. */
export const Subtask = v.object({
  ...SubtaskSpec.entries,
  status: SubtaskStatus,
  agent_id: v.optional(v.string()),
  attempt: v.number(),
  max_attempts: v.number(),
  error: v.optional(v.string()),
  /** What its agent reported when it finished. */
  summary: v.optional(v.string()),
  /** Paths that stopped the merge; present only after a conflict. */
  conflicts: v.optional(v.array(v.string())),
  /** How its conflict is brought together; present after a conflict. */
  resolution: v.optional(Resolution),
  /** Of a subtask whose part is to review. */
  verdict: v.optional(Verdict),
  /** How often its work was sent back. */
  rounds: v.optional(v.number()),
  /** Commit of the agent's own work, and the commit that brought it into the task branch. */
  work_commit: v.optional(v.string()),
  merged_commit: v.optional(v.string()),
  started_at: v.optional(v.string()),
  completed_at: v.optional(v.string()),
})
export type Subtask = v.InferOutput<typeof Subtask>

/** Something that is allowed and may cost work, such as two agents at one file at the same time. */
export const PlanWarning = v.object({
  /** Ids of the subtasks it is about, in plan order. */
  subtasks: v.array(v.string()),
  /** Paths that they share. */
  files: v.array(v.string()),
  message: v.string(),
})
export type PlanWarning = v.InferOutput<typeof PlanWarning>

export const planStatuses = ['planned', 'modified', 'approved', 'superseded'] as const
export const PlanStatus = v.picklist(planStatuses)
export type PlanStatus = v.InferOutput<typeof PlanStatus>

export const Plan = v.object({
  id: v.string(),
  task_id: v.string(),
  version: v.number(),
  /** Who made this version. */
  origin: v.picklist(['planner', 'user']),
  analysis: v.string(),
  strategy: v.picklist(['parallel', 'sequential']),
  subtasks: v.array(Subtask),
  estimated_agents: v.number(),
  notes: v.string(),
  /** Absent when there is nothing to warn of. */
  warnings: v.optional(v.array(PlanWarning)),
  status: PlanStatus,
  created_at: v.string(),
})
export type Plan = v.InferOutput<typeof Plan>

export const PlanVersion = v.object({
  version: v.number(),
  origin: v.picklist(['planner', 'user']),
  status: PlanStatus,
  subtasks: v.number(),
  created_at: v.string(),
})
export type PlanVersion = v.InferOutput<typeof PlanVersion>

/** One question of a planner. `options` are exclusive choices, `suggestions` are starting points for free text. */
export const QuestionSpec = v.object({
  id: v.optional(v.pipe(v.string(), v.maxLength(64))),
  text: v.pipe(v.string(), v.trim(), v.nonEmpty(), v.maxLength(10_000)),
  context: v.optional(v.pipe(v.string(), v.maxLength(20_000))),
  suggestions: v.optional(
    v.pipe(v.array(v.pipe(v.string(), v.maxLength(2000))), v.maxLength(20)),
    [],
  ),
  options: v.optional(v.pipe(v.array(v.pipe(v.string(), v.maxLength(2000))), v.maxLength(20)), []),
})
export type QuestionSpec = v.InferOutput<typeof QuestionSpec>

export const Question = v.object({
  id: v.string(),
  task_id: v.string(),
  /** 1 for the first round of questions of a planning session. */
  round: v.number(),
  text: v.string(),
  context: v.optional(v.string()),
  suggestions: v.array(v.string()),
  options: v.array(v.string()),
  answer: v.optional(v.string()),
  status: v.picklist(['pending', 'answered', 'withdrawn']),
  asked_at: v.string(),
  answered_at: v.optional(v.string()),
})
export type Question = v.InferOutput<typeof Question>

/**
 * What a planner must return, and the schema its CLI enforces. One flat object, because a tool schema
 * must be an object at its root; `kind` says which half counts.
 */
export const PlannerOutput = v.variant('kind', [
  v.object({
    kind: v.literal('questions'),
    questions: v.pipe(v.array(QuestionSpec), v.minLength(1), v.maxLength(20)),
  }),
  v.object({ kind: v.literal('plan'), plan: PlanDraft }),
])
export type PlannerOutput = v.InferOutput<typeof PlannerOutput>

export const ApprovePlan = v.object({
  /** The version the person looked at; refused when it is no longer the newest. */
  version: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  /** The reference's form: a subtask array, or a whole plan, that replaces the plan first. */
  modified_plan: v.optional(v.unknown()),
})
export type ApprovePlan = v.InferOutput<typeof ApprovePlan>

export const UpdatePlan = v.object({
  strategy: v.optional(v.picklist(['parallel', 'sequential'])),
  subtasks: v.optional(v.array(v.unknown())),
  analysis: v.optional(v.string()),
  notes: v.optional(v.string()),
  /** The version the edit started from; refused when a newer one exists. */
  base_version: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1))),
})
export type UpdatePlan = v.InferOutput<typeof UpdatePlan>

/** What a person wants changed of work that is done. */
export const AskForChanges = v.object({
  what: v.pipe(v.string(), v.trim(), v.nonEmpty('Say what has to change.'), v.maxLength(100_000)),
})

/** A person's word in the manager's place. */
export const ApproveWork = v.object({
  summary: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(20_000)), ''),
})
