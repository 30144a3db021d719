import { Hono } from 'hono'
import * as v from 'valibot'
import { AppError } from '#contract/errors.ts'
import { InstallationUsage, TaskUsage } from '#contract/usage.ts'
import { answers, cached } from './documented.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'
import { query } from './validate.ts'

const hourMs = 3_600_000
/** Longer ago is history, and no usage of now. */
const mostMs = 7 * 24 * hourMs

const Since = v.object({
  since: v.optional(v.pipe(v.string(), v.isoTimestamp('since must be a time, as in ISO 8601.'))),
})

export const taskUsageRoutes = ({ tasks, usage }: Pick<Services, 'tasks' | 'usage'>) =>
  new Hono<Env>().get(
    '/:id/usage',
    answers(
      'What the task has cost: tokens, turns, tool calls and time of each agent and model, and over time.',
      TaskUsage,
    ),
    cached(),
    (c) => c.json(usage.ofTask(tasks.get(c.req.param('id')).id)),
  )

export const usageRoutes = ({ usage, now }: Pick<Services, 'usage' | 'now'>) =>
  new Hono<Env>().get(
    '/',
    answers(
      'Cost of each hour since a time, 24 hours ago when none is given, and how much of the Claude account is used.',
      InstallationUsage,
    ),
    cached(),
    query(Since),
    (c) => {
      const { since } = c.req.valid('query')
      const from = since === undefined ? now() - 24 * hourMs : Date.parse(since)
      if (from > now() || now() - from > mostMs)
        throw new AppError('request.invalid', 'since must be a time of the last seven days.')
      return c.json(usage.ofInstallation(from))
    },
  )
