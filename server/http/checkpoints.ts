import { Hono } from 'hono'
import { Deleted } from '#contract/answers.ts'
import { Checkpoint, CheckpointList, TakeCheckpoint } from '#contract/checkpoint.ts'
import { answers, cached } from './documented.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'
import { json } from './validate.ts'

export const checkpointRoutes = ({ checkpoints }: Pick<Services, 'checkpoints'>) =>
  new Hono<Env>()
    .get(
      '/:id/checkpoints',
      answers(
        'Moments the task can be taken back to, newest first, with those that are being taken or could not be.',
        CheckpointList,
      ),
      cached(),
      (c) => c.json({ checkpoints: checkpoints.list(c.req.param('id')) }),
    )
    .post(
      '/:id/checkpoints',
      answers(
        'Takes one now. It is answered before it is there: its status becomes ready or failed. One under way is answered instead.',
        Checkpoint,
        { status: 202, errors: ['task.wrong-state'] },
      ),
      json(TakeCheckpoint),
      (c) => {
        const { label } = c.req.valid('json')
        const options = label === undefined ? {} : { label }
        return c.json(checkpoints.take(c.req.param('id'), options), 202)
      },
    )
    .get(
      '/:id/checkpoints/:checkpoint',
      answers('One checkpoint.', Checkpoint, {
        errors: ['checkpoint.not-found', 'checkpoint.removed'],
      }),
      cached(),
      (c) => c.json(checkpoints.get(c.req.param('id'), c.req.param('checkpoint'))),
    )
    .delete(
      '/:id/checkpoints/:checkpoint',
      answers('Removes a checkpoint, and what only it needed.', Deleted, {
        errors: ['checkpoint.not-found', 'checkpoint.removed', 'task.busy', 'git.failed'],
      }),
      async (c) => {
        await checkpoints.remove(c.req.param('id'), c.req.param('checkpoint'))
        return c.json({ status: 'deleted' as const })
      },
    )
