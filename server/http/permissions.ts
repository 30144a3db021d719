import { Hono } from 'hono'
import * as v from 'valibot'
import { PermissionList } from '#contract/answers.ts'
import { AnswerPermission, Permission } from '#contract/permission.ts'
import type { Tasks } from '#tasks/tasks.ts'
import { answers, cached } from './documented.ts'
import type { Env } from './env.ts'
import { json, query, wholeNumber } from './validate.ts'

const mebibyte = 1024 * 1024

const ListQuery = v.object({
  /** `pending`: what nobody has answered, oldest first; `all`: whatever was asked, newest first. */
  scope: v.optional(v.picklist(['pending', 'all']), 'pending'),
  /** Of `all`. */
  limit: v.optional(wholeNumber({ min: 1, max: 500 }), '100'),
})

type PermissionServices = { tasks: Pick<Tasks, 'permissions' | 'answerPermission'> }

/** What agents of one task ask to be allowed, below `/api/tasks`. */
export const permissionRoutes = ({ tasks }: PermissionServices) =>
  new Hono<Env>()
    .get(
      '/:id/permissions',
      answers('What agents of a task ask to be allowed.', PermissionList),
      cached(),
      query(ListQuery),
      (c) => {
        const filter = { taskId: c.req.param('id'), ...c.req.valid('query') }
        return c.json({ permissions: tasks.permissions(filter) })
      },
    )
    .get(
      '/:id/agents/:aid/permissions',
      answers('What one agent asks to be allowed.', PermissionList),
      cached(),
      query(ListQuery),
      (c) => {
        const of = { taskId: c.req.param('id'), agentId: c.req.param('aid') }
        return c.json({ permissions: tasks.permissions({ ...of, ...c.req.valid('query') }) })
      },
    )
    .post(
      '/:id/permissions/:pid/answer',
      answers(
        'Allows what an agent asked for, once or for the whole task, or denies it with a reason. The first answer counts.',
        Permission,
        { errors: ['permission.not-found', 'permission.answered', 'permission.withdrawn'] },
      ),
      json(AnswerPermission, { maxBytes: 2 * mebibyte }),
      (c) =>
        c.json(tasks.answerPermission(c.req.param('id'), c.req.param('pid'), c.req.valid('json'))),
    )

/** Of every task. */
export const allPermissionRoutes = ({ tasks }: PermissionServices) =>
  new Hono<Env>().get(
    '/',
    answers(
      'What agents of all tasks ask to be allowed and nobody has answered, oldest first.',
      PermissionList,
    ),
    cached(),
    (c) => c.json({ permissions: tasks.permissions({ scope: 'pending' }) }),
  )
