/** What a planner hands back: the JSON schema its CLI enforces, and our own reading of what came. */
import { toJsonSchema } from '@valibot/to-json-schema'
import * as v from 'valibot'
import { type PlanDraft, PlannerOutput, QuestionSpec } from '#contract/plan.ts'
import { validatePlan } from '#contract/plan-validation.ts'
import type { TeamSnapshot } from '#contract/team.ts'

export type PlannerAnswer =
  | { kind: 'questions'; questions: QuestionSpec[] }
  | { kind: 'plan'; plan: PlanDraft }
  | { kind: 'invalid'; problems: string[] }

/** One flat object, because a tool's schema must be an object at its root: `kind` says which half counts. */
export function plannerJsonSchema(): unknown {
  const [questions, plan] = PlannerOutput.options
  const flat = v.object({
    kind: v.picklist([questions.entries.kind.literal, plan.entries.kind.literal]),
    // An empty list beside a plan is harmless; models like to fill in every key.
    questions: v.optional(v.array(QuestionSpec)),
    plan: v.optional(plan.entries.plan),
  })
  const { $schema, ...schema } = toJsonSchema(flat, { typeMode: 'input', errorMode: 'ignore' })
  return schema
}

const Kind = v.object({ kind: v.picklist(['questions', 'plan']) })

/** `structured` is undefined when the planner only talked. A plan must fit the team as well. */
export function parsePlannerAnswer(
  structured: unknown,
  team: TeamSnapshot | null = null,
): PlannerAnswer {
  if (structured === undefined)
    return invalid('You answered in words only. Hand in the result as structured output.')
  const kind = v.safeParse(Kind, structured)
  if (!kind.success) return invalid('`kind` must be "questions" or "plan".')
  if (kind.output.kind === 'questions') return parseQuestions(structured)
  const { plan } = v.parse(v.object({ plan: v.optional(v.unknown()) }), structured)
  if (plan === undefined) return invalid('`kind` is "plan", but `plan` is missing.')
  const check = validatePlan(plan, team)
  if (check.ok) return { kind: 'plan', plan: check.plan }
  return { kind: 'invalid', problems: check.problems.map(({ message }) => message) }
}

function parseQuestions(structured: unknown): PlannerAnswer {
  const parsed = v.safeParse(PlannerOutput.options[0], structured)
  if (parsed.success) return { kind: 'questions', questions: parsed.output.questions }
  const problems = parsed.issues.map(
    (issue) => `${v.getDotPath(issue) ?? 'questions'}: ${issue.message}`,
  )
  return { kind: 'invalid', problems }
}

const invalid = (problem: string): PlannerAnswer => ({ kind: 'invalid', problems: [problem] })
