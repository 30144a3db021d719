import { Hono } from 'hono'
import * as v from 'valibot'
import { Deleted } from '#contract/answers.ts'
import { AppError, type ErrorCode } from '#contract/errors.ts'
import {
  AddComment,
  ChangeComment,
  CommentList,
  CommentsSent,
  Discard,
  DiscardChanges,
  DiscardList,
  ReviewComment,
  SendComments,
} from '#contract/review.ts'
import { Range, toRange } from './changes.ts'
import { answers, cached } from './documented.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'
import { json, query } from './validate.ts'

const mebibyte = 1024 * 1024

const commentErrors = [
  'comment.not-found',
  'comment.wrong-state',
  'subtask.not-found',
] as const satisfies ErrorCode[]

const discardErrors = [
  ...(['file.not-found', 'file.changed', 'file.forbidden', 'file.not-text'] as const),
  ...(['task.wrong-state', 'task.busy', 'disk.full'] as const),
] satisfies ErrorCode[]

/** Of the reading of an agent's files. */
const lookErrors = [
  ...(['agent.not-found', 'agent.not-running', 'file.forbidden', 'file.too-large'] as const),
  ...(['task.busy', 'disk.full', 'engine.unreachable', 'engine.failed'] as const),
] satisfies ErrorCode[]

const Where = v.object({
  ...Range.entries,
  /** An agent whose files are meant as they are in its container; `to` is that of its changes, which are read now when absent. */
  live: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(64))),
})

type CommentServices = Pick<Services, 'tasks' | 'works' | 'looks'>
type Reading = Pick<CommentServices, 'works' | 'looks'>

async function toPlace(
  { works, looks }: Reading,
  taskId: string,
  { live, ...asked }: v.InferOutput<typeof Where>,
) {
  if (live === undefined) return { ...(await toRange(works, taskId, asked)), agent: asked.agent }
  if (asked.agent || asked.subtask)
    throw new AppError('request.invalid', 'Ask for live, for an agent or for a subtask.')
  // What is named was read before, so nothing is read again.
  const to = asked.to ?? (await looks.changes(taskId, live)).to
  return { from: asked.from, to, live }
}

async function withCommit(
  { looks }: Pick<Reading, 'looks'>,
  taskId: string,
  input: AddComment,
): Promise<AddComment> {
  if (input.live === undefined || input.commit !== undefined) return input
  const { from, to } = await looks.changes(taskId, input.live)
  return { ...input, commit: input.side === 'new' ? to : from }
}

/** What a person says to lines of the work. */
export const commentRoutes = ({ tasks, ...services }: CommentServices) =>
  new Hono<Env>()
    .get(
      '/:id/comments',
      answers(
        'Comments on lines of the work, with where these lines stand in what the task, an agent or a subtask changed.',
        CommentList,
        { errors: ['file.not-found', ...lookErrors] },
      ),
      cached(),
      query(Where),
      async (c) => {
        const { id } = tasks.get(c.req.param('id'))
        return c.json(await tasks.comments(id, await toPlace(services, id, c.req.valid('query'))))
      },
    )
    .post(
      '/:id/comments',
      answers('Comments on a line. It is a draft until it is sent.', ReviewComment, {
        status: 201,
        errors: [
          ...commentErrors,
          ...(['file.not-found', 'file.not-text', 'file.too-large'] as const),
          ...lookErrors,
        ],
      }),
      json(AddComment),
      async (c) => {
        const id = c.req.param('id')
        const input = c.req.valid('json')
        return c.json(await tasks.addComment(id, await withCommit(services, id, input)), 201)
      },
    )
    .post(
      '/:id/comments/send',
      answers(
        'Sends drafts: one message to each agent that wrote lines with a comment. Who is done with its work goes on with it.',
        CommentsSent,
        { errors: [...commentErrors, 'subtask.wrong-state', 'task.wrong-state', 'task.busy'] },
      ),
      json(SendComments, { optional: true }),
      (c) => c.json(tasks.sendComments(c.req.param('id'), c.req.valid('json'))),
    )
    .patch(
      '/:id/comments/:comment',
      answers('Changes a draft; resolves or opens one that was sent.', ReviewComment, {
        errors: commentErrors,
      }),
      json(ChangeComment),
      (c) => {
        const { id, comment } = c.req.param()
        return c.json(tasks.changeComment(id, comment, c.req.valid('json')))
      },
    )
    .delete(
      '/:id/comments/:comment',
      answers('Deletes a comment. What was sent of it stays said.', Deleted, {
        errors: commentErrors,
      }),
      async (c) => {
        const { id, comment } = c.req.param()
        await tasks.removeComment(id, comment)
        return c.json({ status: 'deleted' as const })
      },
    )

/** What a person takes out of the work. */
export const discardRoutes = ({ tasks }: Pick<Services, 'tasks'>) =>
  new Hono<Env>()
    .get(
      '/:id/discards',
      answers('Changes that were taken out of the work, newest first.', DiscardList),
      cached(),
      (c) => c.json(tasks.discards(c.req.param('id'))),
    )
    .post(
      '/:id/discards',
      answers(
        'Takes changes out of the work by a commit on the task branch; what is delivered is without them.',
        Discard,
        { status: 201, errors: discardErrors },
      ),
      json(DiscardChanges, { maxBytes: 8 * mebibyte }),
      async (c) => c.json(await tasks.discard(c.req.param('id'), c.req.valid('json')), 201),
    )
    .delete(
      '/:id/discards/:commit',
      answers('Brings back what was discarded.', Discard, { errors: discardErrors }),
      async (c) => {
        const { id, commit } = c.req.param()
        return c.json(await tasks.undoDiscard(id, commit))
      },
    )
