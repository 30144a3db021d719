import { Hono } from 'hono'
import * as v from 'valibot'
import { TaskMoved } from '#contract/answers.ts'
import { TaskDeleted } from '#contract/ending.ts'
import { AppError, type ErrorCode } from '#contract/errors.ts'
import { Relaunch } from '#contract/relaunch.ts'
import {
  CreateFromIssue,
  CreateTask,
  Task,
  TaskList,
  TaskStatus,
  UpdateTask,
} from '#contract/task.ts'
import type { Tasks } from '#tasks/tasks.ts'
import { cursorOf } from './cursor.ts'
import { answers, cached } from './documented.ts'
import type { Env } from './env.ts'
import { commaList, cursor, flag, json, query, wholeNumber } from './validate.ts'

const mebibyte = 1024 * 1024

const ListQuery = v.object({
  limit: v.optional(wholeNumber({ min: 1, max: 200 }), '50'),
  offset: v.optional(wholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER }), '0'),
  cursor,
  /** One status, or several separated by commas. */
  status: v.optional(commaList(TaskStatus), ''),
  search: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(200)), ''),
  brief: v.optional(flag, 'false'),
})
const listCursor = cursorOf('tasks', v.pipe(v.number(), v.safeInteger(), v.minValue(0)))

const Replan = v.object({
  additional_context: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(100_000)), ''),
})

/** Refusals of every verb. */
export const moves = ['task.wrong-state', 'task.busy'] as const satisfies ErrorCode[]

/** The reference answers a verb with the new status and a sentence; the whole task comes along. */
export const toAnswer = (task: Task, message: string) => ({ status: task.status, message, task })

export const taskRoutes = ({ tasks }: { tasks: Tasks }) =>
  new Hono<Env>()
    .post(
      '/',
      answers('Makes a task, and starts it with auto_start.', Task, {
        status: 201,
        errors: ['template.not-found', 'credential.not-found', 'source.invalid'],
      }),
      json(CreateTask, { maxBytes: 2 * mebibyte }),
      (c) => c.json(tasks.create(c.req.valid('json')), 201),
    )
    .post(
      '/from-issue',
      answers(
        'Makes a task of an issue of a forge: its text is the prompt, its repository the template of the same address.',
        Task,
        {
          status: 201,
          errors: [
            ...['template.not-found', 'credential.not-found', 'credentials.missing'],
            ...['source.invalid', 'delivery.refused', 'forge.failed'],
          ] as ErrorCode[],
        },
      ),
      json(CreateFromIssue, { maxBytes: mebibyte }),
      async (c) => c.json(await tasks.createFromIssue(c.req.valid('json')), 201),
    )
    .get('/', answers('Tasks, newest first.', TaskList), cached(), query(ListQuery), (c) => {
      const { limit, offset, cursor, status, search, brief } = c.req.valid('query')
      if (cursor !== undefined && offset > 0)
        throw new AppError('request.invalid', 'Give either cursor or offset, not both.')
      const found = tasks.list({
        ...{ limit, offset, status, search, isBrief: brief },
        ...(cursor === undefined ? {} : { before: listCursor.decode(cursor) }),
      })
      const { tasks: page, total, isMore, counts, next } = found
      return c.json({
        ...{ tasks: page, total, limit, offset, counts },
        ...(isMore ? { total_is_more: true as const } : {}),
        next_cursor: next === undefined ? null : listCursor.encode(next),
      } satisfies TaskList)
    })
    .get('/:id', answers('A task with its agents.', Task), cached(), (c) =>
      c.json(tasks.get(c.req.param('id'))),
    )
    .patch(
      '/:id',
      answers('Gives a task another name, or its agents another way of asking.', Task),
      json(UpdateTask),
      (c) => c.json(tasks.change(c.req.param('id'), c.req.valid('json'))),
    )
    .delete(
      '/:id',
      answers('Deletes a task and everything of it, also while it runs.', TaskDeleted, {
        also: { 202: 'The engine is away: the rest goes by itself when it is back.' },
      }),
      async (c) => {
        const answer = await tasks.delete(c.req.param('id'))
        return c.json(answer, answer.status === 'deleting' ? 202 : 200)
      },
    )
    .route('/', verbRoutes({ tasks }))

/** What a person may do with a task as a whole. */
const verbRoutes = ({ tasks }: { tasks: Tasks }) =>
  new Hono<Env>()
    .post(
      '/:id/start',
      answers('Begins planning; a failed or cancelled task starts anew.', TaskMoved, {
        errors: moves,
      }),
      (c) => c.json(toAnswer(tasks.start(c.req.param('id')), 'Planning has started.')),
    )
    .post(
      '/:id/replan',
      answers('Plans again, with a remark; the old plan stays as a version.', TaskMoved, {
        errors: moves,
      }),
      json(Replan, { optional: true, maxBytes: mebibyte }),
      (c) =>
        c.json(
          toAnswer(
            tasks.replan(c.req.param('id'), c.req.valid('json').additional_context),
            'Planning has started again; the old plan is kept as a version.',
          ),
        ),
    )
    .post(
      '/:id/relaunch',
      answers(
        'Runs a completed, failed or cancelled task again, as a new task: with keep_context from the files and the knowledge of the old run, else from its source as it is now.',
        Task,
        { status: 201, errors: [...moves, 'git.failed'] },
      ),
      json(Relaunch, { optional: true, maxBytes: mebibyte }),
      async (c) => c.json(await tasks.relaunch(c.req.param('id'), c.req.valid('json')), 201),
    )
    .post(
      '/:id/stop',
      answers('Brings all agents to rest and keeps their work.', TaskMoved, { errors: moves }),
      (c) =>
        c.json(
          toAnswer(tasks.stop(c.req.param('id')), 'Agents are being stopped; their work is kept.'),
        ),
    )
    .post(
      '/:id/resume',
      answers('Goes on where the task was stopped.', TaskMoved, { errors: moves }),
      (c) => c.json(toAnswer(tasks.resume(c.req.param('id')), 'The task goes on where it was.')),
    )
    .post(
      '/:id/cancel',
      answers('Ends a task for good; what was integrated stays.', TaskMoved, { errors: moves }),
      (c) =>
        c.json(
          toAnswer(
            tasks.cancel(c.req.param('id')),
            'The task is cancelled; what was integrated is kept.',
          ),
        ),
    )
