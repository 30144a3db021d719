import { Hono } from 'hono'
import * as v from 'valibot'
import { TaskMoved as Approved, PlanChanged, PlanShown, PlanVersions } from '#contract/answers.ts'
import type { ErrorCode } from '#contract/errors.ts'
import { ApprovePlan, type Plan, type Question, UpdatePlan } from '#contract/plan.ts'
import type { Tasks } from '#tasks/tasks.ts'
import { answers, cached } from './documented.ts'
import type { Env } from './env.ts'
import { json, query, wholeNumber } from './validate.ts'

const mebibyte = 1024 * 1024
/** Room for the largest plan that is allowed. */
const planBytes = 32 * mebibyte

const PlanQuery = v.object({ version: v.optional(wholeNumber({ min: 1, max: 1_000_000 })) })

/** The reference shows a plan's questions as rows whose lists are JSON texts; `GET questions` has them as lists. */
const toRow = ({ suggestions, options, ...question }: Question) => ({
  ...question,
  suggestions: JSON.stringify(suggestions),
  options: JSON.stringify(options),
})

/** The reference's answer to a change: the plan without its questions. */
export const toChanged = (changed: Plan & { questions?: Question[] }) => {
  const { questions: _, ...plan } = changed
  return { status: plan.status, plan }
}

const edits = [
  'task.wrong-state',
  'task.busy',
  'plan.not-found',
  'plan.stale',
  'plan.invalid',
  'subtask.wrong-state',
] as const satisfies ErrorCode[]

export const planRoutes = ({ tasks }: { tasks: Tasks }) =>
  new Hono<Env>()
    .get(
      '/:id/plan',
      answers('A plan with the live state of its subtasks.', PlanShown, {
        errors: ['plan.not-found'],
      }),
      cached(),
      query(PlanQuery),
      (c) => {
        const { questions, ...plan } = tasks.plan(c.req.param('id'), c.req.valid('query').version)
        return c.json({ ...plan, ...(questions ? { questions: questions.map(toRow) } : {}) })
      },
    )
    .put(
      '/:id/plan',
      answers('Changes the plan, as a new version.', PlanChanged, { errors: edits }),
      json(UpdatePlan, { maxBytes: planBytes }),
      (c) => {
        const plan = tasks.updatePlan(c.req.param('id'), c.req.valid('json'))
        return c.json(toChanged(plan))
      },
    )
    .get('/:id/plan/versions', answers('Every version of the plan.', PlanVersions), (c) =>
      c.json({ versions: tasks.planVersions(c.req.param('id')) }),
    )
    .post(
      '/:id/approve',
      answers('Approves the newest plan, and runs it.', Approved, { errors: edits }),
      json(ApprovePlan, { optional: true, maxBytes: planBytes }),
      (c) => {
        const task = tasks.approve(c.req.param('id'), c.req.valid('json'))
        return c.json({ status: task.status, message: 'The plan is approved and runs.', task })
      },
    )
