import { Hono } from 'hono'
import { Deleted } from '#contract/answers.ts'
import { DecideSetup, KeptSetupList, TaskSetupOutput } from '#contract/setup.ts'
import { Task } from '#contract/task.ts'
import type { KeptSetups } from '#setups/kept-setups.ts'
import type { Tasks } from '#tasks/tasks.ts'
import { answers } from './documented.ts'
import type { Env } from './env.ts'
import { moves } from './tasks.ts'
import { json } from './validate.ts'

export const keptSetupRoutes = ({
  keptSetups,
}: {
  keptSetups: Pick<KeptSetups, 'list' | 'remove'>
}) =>
  new Hono<Env>()
    .get(
      '/',
      answers(
        'What setup commands of repositories left, kept for tasks to come; last used first.',
        KeptSetupList,
      ),
      (c) => c.json(keptSetups.list()),
    )
    .delete(
      '/:id',
      answers('Removes one: the next task of its repository runs the commands again.', Deleted, {
        errors: ['setup.not-found', 'setup.in-use', 'engine.unreachable'],
      }),
      async (c) => {
        await keptSetups.remove(c.req.param('id'))
        return c.json({ status: 'deleted' as const })
      },
    )

export const taskSetupRoutes = ({ tasks }: { tasks: Pick<Tasks, 'setup' | 'decideSetup'> }) =>
  new Hono<Env>()
    .get(
      '/:id/setup',
      answers(
        'The setup commands of its repository with what they printed, without secrets. Null when there are none.',
        TaskSetupOutput,
      ),
      (c) => c.json(tasks.setup(c.req.param('id'))),
    )
    .post(
      '/:id/setup',
      answers(
        'Tries a setup that failed again, with the commands of its repository template as they are by now, or lets agents start without. A task that failed for it goes on.',
        Task,
        { errors: [...moves, 'setup.wrong-state'] },
      ),
      json(DecideSetup),
      (c) => c.json(tasks.decideSetup(c.req.param('id'), c.req.valid('json'))),
    )
