import { Hono } from 'hono'
import { TaskMoved } from '#contract/answers.ts'
import { Deliver } from '#contract/delivery.ts'
import { Task } from '#contract/task.ts'
import type { Tasks } from '#tasks/tasks.ts'
import { answers } from './documented.ts'
import type { Env } from './env.ts'
import { moves, toAnswer } from './tasks.ts'
import { json } from './validate.ts'

export const deliveryRoutes = ({
  tasks,
}: {
  tasks: Pick<Tasks, 'deliver' | 'lookAtPullRequest'>
}) =>
  new Hono<Env>()
    .post(
      '/:id/deliver',
      answers(
        'Delivers finished work, again or for the first time, with other settings if any are given.',
        TaskMoved,
        { errors: [...moves, 'subtask.wrong-state'] },
      ),
      json(Deliver, { optional: true }),
      (c) => {
        const task = tasks.deliver(c.req.param('id'), c.req.valid('json'))
        return c.json(toAnswer(task, 'The finished work is being delivered.'))
      },
    )
    .post(
      '/:id/pull-request/look',
      answers(
        'Asks the forge now what has become of the pull request, its checks and comments. What stood in the way is in the delivery.',
        Task,
        { errors: ['task.not-found'] },
      ),
      async (c) => c.json(await tasks.lookAtPullRequest(c.req.param('id'))),
    )
