/** What a reviewer says of work, and what became of it. */
import * as v from 'valibot'

export const severities = ['blocker', 'major', 'minor'] as const

/** One thing that is not right, and whose it is. */
export const Finding = v.object({
  /** The subtask whose agent has to change it. */
  to: v.string(),
  what: v.string(),
  severity: v.picklist(severities),
  path: v.optional(v.string()),
  line: v.optional(v.number()),
})
export type Finding = v.InferOutput<typeof Finding>

/** The last verdict of a subtask whose part is to review. */
export const Verdict = v.object({
  verdict: v.picklist(['approved', 'needs_fix']),
  summary: v.string(),
  findings: v.array(Finding),
  /** The commit that was looked at. */
  commit: v.string(),
  /** Counts reviews, from 1. */
  round: v.number(),
  /** The question to a person that it ended in, for as long as that is open. */
  question_id: v.optional(v.string()),
  /** What a person decided in the end. */
  decision: v.optional(v.picklist(['accepted', 'another-round', 'failed'])),
  at: v.string(),
})
export type Verdict = v.InferOutput<typeof Verdict>

/** Answers to the question in which a review without approval ends. Any other text is another round with that remark. */
export const reviewChoices = {
  accept: 'Accept it as it is',
  again: 'Another round',
  fail: 'It has failed',
} as const

/** `src/a.ts:12 (major): ...` */
export function describeFinding({ what, severity, path, line }: Finding): string {
  const place = path === undefined ? '' : `${path}${line === undefined ? '' : `:${line}`} `
  return `${place}(${severity}): ${what}`
}
