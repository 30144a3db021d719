import { Hono } from 'hono'
import * as v from 'valibot'
import { TaskMoved as Approved, PlanChanged } from '#contract/answers.ts'
import type { ErrorCode } from '#contract/errors.ts'
import { Model } from '#contract/model.ts'
import { ApproveWork, AskForChanges } from '#contract/plan.ts'
import { ResolveConflict } from '#contract/resolution.ts'
import type { Tasks } from '#tasks/tasks.ts'
import { answers } from './documented.ts'
import type { Env } from './env.ts'
import { toChanged } from './plans.ts'
import { json } from './validate.ts'

const mebibyte = 1024 * 1024

const RetrySubtask = v.object({
  prompt: v.optional(
    v.pipe(v.string(), v.trim(), v.nonEmpty('A subtask needs a prompt.'), v.maxLength(100_000)),
  ),
  model: v.optional(Model),
})

const subtaskMoves = [
  'task.wrong-state',
  'task.busy',
  'subtask.wrong-state',
  'plan.not-found',
] as const satisfies ErrorCode[]

/** What a person says of one subtask, and of all of them in the manager's place. */
export const subtaskRoutes = ({ tasks }: { tasks: Tasks }) =>
  new Hono<Env>()
    .post(
      '/:id/subtasks/:sid/retry',
      answers('Tries a failed subtask again.', PlanChanged, { errors: subtaskMoves }),
      json(RetrySubtask, { optional: true, maxBytes: mebibyte }),
      (c) => {
        const { prompt, model } = c.req.valid('json')
        const edit = { ...(prompt ? { prompt } : {}), ...(model ? { model } : {}) }
        const plan = tasks.retrySubtask(c.req.param('id'), c.req.param('sid'), edit)
        return c.json(toChanged(plan))
      },
    )
    .post(
      '/:id/subtasks/:sid/changes',
      answers(
        'Sends work that is done back to the agent that did it, with what has to change. A task that has ended runs again.',
        PlanChanged,
        { errors: subtaskMoves },
      ),
      json(AskForChanges, { maxBytes: mebibyte }),
      (c) => {
        const { id, sid } = c.req.param()
        return c.json(toChanged(tasks.askForChanges(id, sid, c.req.valid('json').what)))
      },
    )
    .post(
      '/:id/approve-work',
      answers(
        'Approves all of the work in the manager’s place: the task is then completed.',
        Approved,
        { errors: subtaskMoves },
      ),
      json(ApproveWork, { optional: true, maxBytes: mebibyte }),
      (c) => {
        const task = tasks.approveWork(c.req.param('id'), c.req.valid('json').summary)
        return c.json({ status: task.status, message: 'The work is approved.', task })
      },
    )
    .post(
      '/:id/subtasks/:sid/resolve',
      answers(
        'Decides a conflict: `ours` keeps what is merged where both changed the same lines, `theirs` takes the work of the subtask there, `agent` gives both sides to an agent.',
        PlanChanged,
        { errors: subtaskMoves },
      ),
      json(ResolveConflict, { maxBytes: mebibyte }),
      (c) => {
        const { id, sid } = c.req.param()
        return c.json(toChanged(tasks.resolveConflict(id, sid, c.req.valid('json'))))
      },
    )
    .post(
      '/:id/subtasks/:sid/skip',
      answers('Goes on without a subtask.', PlanChanged, { errors: subtaskMoves }),
      (c) => {
        const plan = tasks.skipSubtask(c.req.param('id'), c.req.param('sid'))
        return c.json(toChanged(plan))
      },
    )
