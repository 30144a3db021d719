/** How work that could not be merged was brought together, or is to be. */
import * as v from 'valibot'

/** What a command of the repository said of a result, run in a container of its own that no agent has touched. */
export const WorkCheck = v.object({
  command: v.string(),
  /**
   * `failed`: and it passes on what was merged before. `failed_before`: as it does on what was merged before, so it says nothing. `not_run`: it
   * cannot be run there, or took too long.
   */
  outcome: v.picklist(['passed', 'failed', 'failed_before', 'not_run']),
  exit_code: v.number(),
  /** The end of what it printed. */
  output: v.string(),
})
export type WorkCheck = v.InferOutput<typeof WorkCheck>

/** What a careful person would ask about a result, and what its agent says to it. */
export const ResolutionRemark = v.object({
  path: v.string(),
  /** `outside`: it was not in conflict and was changed all the same. Else the side that was taken where both changed the same lines. */
  kind: v.picklist(['outside', 'ours', 'theirs']),
  why: v.string(),
})
export type ResolutionRemark = v.InferOutput<typeof ResolutionRemark>

export const Resolution = v.object({
  /** `resolving`: an agent has both sides. `open`: it waits for a person. `resolved`: it was merged. */
  state: v.picklist(['resolving', 'open', 'resolved']),
  /** Paths that both sides changed. */
  paths: v.array(v.string()),
  /** Who brings or brought them together. */
  by: v.picklist(['agent', 'ours', 'theirs']),
  /** The agent that has or had both sides. */
  agent_id: v.optional(v.string()),
  /** Agents tried so far. */
  attempts: v.number(),
  /** Head of the task branch, and the work that could not be merged into it. */
  ours: v.string(),
  theirs: v.string(),
  /** The commit with both sides, marked where they differ, from which the agent begins. */
  marked: v.optional(v.string()),
  /** The merge of both that an agent made. */
  commit: v.optional(v.string()),
  /** What git said of the conflict. */
  notes: v.optional(v.string()),
  /** What a person wants of the agent. */
  instructions: v.optional(v.string()),
  /** Why the last attempt did not count. */
  problem: v.optional(v.string()),
  /** The merge that did not count, without a mark in it: a person may take it as it is. */
  made: v.optional(v.string()),
  remarks: v.optional(v.array(ResolutionRemark)),
  /** Absent when no command is known that would say anything of the result. */
  check: v.optional(WorkCheck),
})
export type Resolution = v.InferOutput<typeof Resolution>

/**
 * What a person makes of a conflict. `ours` keeps what the task branch has where both sides changed the same lines, `theirs` takes the
 * work of the subtask there; everything else of both is merged. `made` takes what the last agent made as it is, where the resolution has
 * one. `agent` gives both sides to a new agent, with instructions.
 */
export const ResolveConflict = v.variant('choice', [
  v.object({ choice: v.literal('ours') }),
  v.object({ choice: v.literal('theirs') }),
  v.object({ choice: v.literal('made') }),
  v.object({
    choice: v.literal('agent'),
    instructions: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(20_000)), ''),
  }),
])
export type ResolveConflict = v.InferOutput<typeof ResolveConflict>

/** The choices in words. */
export const conflictChoices = {
  ours: 'keep what is merged',
  theirs: 'take the work of this subtask',
  made: 'take what the agent made',
  agent: 'give both sides to an agent',
} as const satisfies Record<ResolveConflict['choice'], string>
