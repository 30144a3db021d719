/** What a pull request calls for after it was opened: checks that failed, and comments of people. */
import * as v from 'valibot'
import { PullRequestCheck, ReviewComment } from './delivery.ts'

export const FollowUpKind = v.picklist(['checks', 'comments'])
export type FollowUpKind = v.InferOutput<typeof FollowUpKind>

/**
 * `waiting`: for a person. `working`: an agent is at it, or its answer is on its way out. `done`: the answer was pushed.
 * `withdrawn`: it went away by itself, such as a check that was run again.
 */
export const FollowUpState = v.picklist(['waiting', 'working', 'done', 'dismissed', 'withdrawn'])
export type FollowUpState = v.InferOutput<typeof FollowUpState>

export const FollowUp = v.object({
  id: v.string(),
  task_id: v.string(),
  kind: FollowUpKind,
  state: FollowUpState,
  /** What was pushed when it came up. */
  commit: v.string(),
  checks: v.array(PullRequestCheck),
  comments: v.array(ReviewComment),
  /** Why a person is wanted. */
  reason: v.optional(v.string()),
  /** Who it went to. */
  subtask_id: v.optional(v.string()),
  agent_id: v.optional(v.string()),
  /** How that was decided. */
  why: v.optional(v.string()),
  by_person: v.boolean(),
  /** What was pushed in answer. */
  answer: v.optional(v.string()),
  created_at: v.string(),
  started_at: v.optional(v.string()),
  ended_at: v.optional(v.string()),
})
export type FollowUp = v.InferOutput<typeof FollowUp>

export const FollowUpList = v.object({ follow_ups: v.array(FollowUp) })

export const SendFollowUp = v.object({
  /** Whose agent is to see to it; absent: the one whose work it is about. */
  subtask_id: v.optional(v.pipe(v.string(), v.maxLength(64))),
  /** Words that go with it. */
  note: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(10_000))),
})
export type SendFollowUp = v.InferOutput<typeof SendFollowUp>
