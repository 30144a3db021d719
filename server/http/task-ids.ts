import { Hono } from 'hono'
import * as v from 'valibot'
import { TasksFound } from '#contract/answers.ts'
import type { Tasks } from '#tasks/tasks.ts'
import { answers } from './documented.ts'
import type { Env } from './env.ts'
import { query } from './validate.ts'

const IdQuery = v.object({
  prefix: v.pipe(
    v.string(),
    v.regex(/^[0-9a-f][0-9a-f-]{0,35}$/, 'must be 1 to 36 hexadecimal digits and dashes.'),
  ),
})

/** Tasks by the beginning of their id, as people type it. One that several share is for the client to refuse. */
export const taskIdRoutes = ({ tasks }: { tasks: Pick<Tasks, 'withId'> }) =>
  new Hono<Env>().get(
    '/with-id',
    answers('The first few tasks whose id begins so.', TasksFound),
    query(IdQuery),
    (c) => c.json({ tasks: tasks.withId(c.req.valid('query').prefix) }),
  )
