import { Hono } from 'hono'
import * as v from 'valibot'
import { AppError } from '#contract/errors.ts'
import type { Task } from '#contract/task.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'
import { query } from './validate.ts'

const maxDiffBytes = 2 * 1024 * 1024

/** Full commit ids only: anything else could be an option or an expression to git. */
const Commit = v.pipe(
  v.string(),
  v.regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'must be a full commit id.'),
)
const Range = v.object({ from: v.optional(Commit), to: v.optional(Commit) })
const DiffQuery = v.object({
  ...Range.entries,
  path: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(4096))),
})

/** What a task changed: by default from where it started to where its branch is now. */
export const changeRoutes = ({ tasks, workspaces }: Pick<Services, 'tasks' | 'workspaces'>) =>
  new Hono<Env>()
    .get('/:id/changes', query(Range), async (c) => {
      const task = tasks.get(c.req.param('id'))
      const range = toRange(task, c.req.valid('query'))
      if (!range) return c.json({ from: null, to: null, files: [] })
      const files = await workspaces.changes(task.id, range.from, range.to)
      return c.json({ ...range, files })
    })
    .get('/:id/diff', query(DiffQuery), async (c) => {
      const task = tasks.get(c.req.param('id'))
      const { path, ...asked } = c.req.valid('query')
      const range = toRange(task, asked)
      if (!range)
        throw new AppError('file.not-found', 'This task has no repository yet; start it first.')
      const options = { maxBytes: maxDiffBytes, ...(path ? { path } : {}) }
      const text = await workspaces.diff(task.id, range.from, range.to, options)
      // Named here: Bun adds the type of a plain text too late for the headers we set on every answer.
      return c.text(text, 200, { 'Content-Type': 'text/plain; charset=utf-8' })
    })

type Asked = { from?: string | undefined; to?: string | undefined }

function toRange(task: Task, asked: Asked): { from: string; to: string } | undefined {
  const from = asked.from ?? task.base_commit
  const to = asked.to ?? task.head_commit ?? task.base_commit
  return from && to ? { from, to } : undefined
}
