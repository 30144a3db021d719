/** How work that could not be merged was brought together, or is to be. */
import * as v from 'valibot'

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
})
export type Resolution = v.InferOutput<typeof Resolution>

/**
 * What a person makes of a conflict. `ours` keeps what the task branch has where both sides changed the same lines, `theirs` takes the
 * work of the subtask there; everything else of both is merged. `agent` gives both sides to a new agent, with instructions.
 */
export const ResolveConflict = v.variant('choice', [
  v.object({ choice: v.literal('ours') }),
  v.object({ choice: v.literal('theirs') }),
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
  agent: 'give both sides to an agent',
} as const satisfies Record<ResolveConflict['choice'], string>
