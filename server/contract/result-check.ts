/** What the tests of a repository say of the merged work of a run, before it counts as done. */
import * as v from 'valibot'
import { WorkCheck } from './resolution.ts'

/** Of a run's result, whichever of its commits was looked at last. */
export const ResultCheck = v.object({
  /**
   * `running`: until it has ended, also across restarts of the server. `none`: nothing names a command that would test it. The others as in
   * the check of a resolved conflict: `failed` passes on what the task began with, `failed_before` does not, `not_run` cannot be run.
   */
  state: v.picklist(['running', 'none', ...WorkCheck.entries.outcome.options]),
  commit: v.string(),
  command: v.optional(v.string()),
  exit_code: v.optional(v.number()),
  /** The end of what it printed. */
  output: v.optional(v.string()),
  /** How often work was sent back for it. */
  rounds: v.number(),
  /** The subtask whose work it most likely is, and why. */
  blamed: v.optional(v.object({ subtask_id: v.string(), why: v.string() })),
  /** Who was told: a subtask, or the manager. */
  sent_to: v.optional(v.string()),
  /** The question to a person that it ended in, for as long as that is open. */
  question_id: v.optional(v.string()),
  /** What a person decided about this commit. */
  decision: v.optional(v.picklist(['accepted', 'sent-back', 'stopped'])),
  started_at: v.string(),
  ended_at: v.optional(v.string()),
})
export type ResultCheck = v.InferOutput<typeof ResultCheck>

/** Answers to the question in which failing tests end. Any other text sends the work back with it. */
export const resultChoices = {
  accept: 'Take it as it is',
  again: 'Send it back',
  stop: 'Stop here',
} as const

/** `npm test`; empty: nothing is tested; absent: what the files of the result name. */
export const TestCommand = v.pipe(v.string(), v.trim(), v.maxLength(2000))
