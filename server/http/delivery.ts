import { Hono } from 'hono'
import { TaskMoved } from '#contract/answers.ts'
import { Deliver } from '#contract/delivery.ts'
import { FollowUpList, SendFollowUp } from '#contract/follow-up.ts'
import { Task } from '#contract/task.ts'
import type { Tasks } from '#tasks/tasks.ts'
import { answers } from './documented.ts'
import type { Env } from './env.ts'
import { moves, toAnswer } from './tasks.ts'
import { json } from './validate.ts'

export const deliveryRoutes = ({
  tasks,
}: {
  tasks: Pick<
    Tasks,
    'deliver' | 'lookAtPullRequest' | 'followUps' | 'sendFollowUp' | 'dismissFollowUp'
  >
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
    .get(
      '/:id/follow-ups',
      answers('What the pull request has called for, oldest first.', FollowUpList),
      (c) => c.json({ follow_ups: tasks.followUps(c.req.param('id')) }),
    )
    .post(
      '/:id/follow-ups/:fid/send',
      answers(
        'Sends what waits for a person to the agent whose work it is about, or to another; its answer is pushed.',
        Task,
        { errors: [...moves, 'follow-up.not-found', 'follow-up.over', 'subtask.not-found'] },
      ),
      json(SendFollowUp, { optional: true }),
      async (c) => {
        const { id, fid } = c.req.param()
        return c.json(await tasks.sendFollowUp(id, fid, c.req.valid('json')))
      },
    )
    .post(
      '/:id/follow-ups/:fid/dismiss',
      answers('Nothing is done about it.', Task, {
        errors: ['follow-up.not-found', 'follow-up.over'],
      }),
      (c) => c.json(tasks.dismissFollowUp(c.req.param('id'), c.req.param('fid'))),
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
