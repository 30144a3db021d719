/** Going back to a checkpoint, and going on from one in a task of its own. */
import { Hono } from 'hono'
import { TaskMoved } from '#contract/answers.ts'
import type { ErrorCode } from '#contract/errors.ts'
import { RestoreCheckpoint } from '#contract/restore.ts'
import { ForkCheckpoint, RestorePreview } from '#contract/restore-preview.ts'
import { Task } from '#contract/task.ts'
import { answers } from './documented.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'
import { json } from './validate.ts'

const mebibyte = 1024 * 1024

/** Refusals of everything that reads a checkpoint. */
const notThere = [
  'checkpoint.not-found',
  'checkpoint.removed',
  'checkpoint.not-ready',
  'git.failed',
] as const satisfies ErrorCode[]

export const restoreRoutes = ({ tasks }: Pick<Services, 'tasks'>) =>
  new Hono<Env>()
    .get(
      '/:id/checkpoints/:checkpoint/restore',
      answers('What going back to the checkpoint would change. Changes nothing.', RestorePreview, {
        errors: notThere,
      }),
      async (c) => c.json(await tasks.previewRestore(c.req.param('id'), c.req.param('checkpoint'))),
    )
    .post(
      '/:id/checkpoints/:checkpoint/restore',
      answers(
        'Takes the task back to the checkpoint: branch, plan, subtasks, and files and conversations of agents. What is there now is kept as a checkpoint first; the id of that is restore.undo_id of the task, and restore.state says how it went.',
        TaskMoved,
        { status: 202, errors: [...notThere, 'task.wrong-state', 'task.busy'] },
      ),
      json(RestoreCheckpoint, { optional: true }),
      async (c) => {
        const { id, checkpoint } = c.req.param()
        const task = await tasks.restore(id, checkpoint, c.req.valid('json'))
        const message = 'The task is being taken back; what is there now is kept first.'
        return c.json({ status: task.status, message, task }, 202)
      },
    )
    .post(
      '/:id/checkpoints/:checkpoint/fork',
      answers(
        'Makes a new task from the checkpoint, with a repository, a plan and agents of its own; this one stays as it is. The new one is paused; while its agents get their files, which waits for the engine, its phase is restoring.',
        Task,
        { status: 201, errors: [...notThere, 'task.busy'] },
      ),
      json(ForkCheckpoint, { optional: true, maxBytes: mebibyte }),
      async (c) => {
        const { id, checkpoint } = c.req.param()
        return c.json(await tasks.fork(id, checkpoint, c.req.valid('json')), 201)
      },
    )
