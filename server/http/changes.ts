import { Hono } from 'hono'
import * as v from 'valibot'
import { ChangeList } from '#contract/answers.ts'
import { AppError } from '#contract/errors.ts'
import type { WorkScope } from '#contract/file.ts'
import { isControlPath } from '#files/safe-path.ts'
import type { CommitRange, Works } from '#files/works.ts'
import { answers, cached } from './documented.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'
import { query, wholeNumber } from './validate.ts'

export const maxDiffBytes = 2 * 1024 * 1024

/** Full commit ids only: anything else could be an option or an expression to git. */
export const Commit = v.pipe(
  v.string(),
  v.regex(/^([0-9a-f]{40}|[0-9a-f]{64})$/, 'must be a full commit id.'),
)
const id = v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(64)))
export const filePath = v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(4096)))
export const Range = v.object({
  from: v.optional(Commit),
  to: v.optional(Commit),
  agent: id,
  subtask: id,
})
const mostContext = 1_000_000

/** A schema of its own each time, as `spelled` wants it. */
export const contextLines = () =>
  v.optional(
    v.union([
      v.pipe(
        v.literal('all'),
        v.transform(() => mostContext),
      ),
      wholeNumber({ min: 0, max: mostContext }),
    ]),
    '3',
  )

const DiffQuery = v.object({
  ...Range.entries,
  path: filePath,
  /** Where `path` was before, for a rename. */
  old_path: filePath,
  /** Unchanged lines round every change, or `all`. */
  context: contextLines(),
})

/**
 * What a task changed: by default from where it started to where its branch is now; with `agent` what that agent handed
 * in, with `subtask` what that subtask brought into the branch.
 */
export const changeRoutes = ({
  tasks,
  works,
  workspaces,
}: Pick<Services, 'tasks' | 'works' | 'workspaces'>) =>
  new Hono<Env>()
    .get(
      '/:id/changes',
      answers('Files that a task, an agent or a subtask changed.', ChangeList),
      cached(),
      query(Range),
      async (c) => {
        const task = tasks.get(c.req.param('id'))
        const asked = c.req.valid('query')
        const range = await toRange(works, task.id, asked)
        if (!range) return c.json({ from: null, to: null, files: [] })
        const files = await workspaces.changes(task.id, range.from, range.to)
        const shown = asked.agent ? files.filter((file) => !isControlPath(file.path)) : files
        return c.json({ ...range, files: shown })
      },
    )
    .get(
      '/:id/diff',
      answers(
        'The changes as a unified diff.',
        { media: 'text/plain' },
        { errors: ['file.not-found', 'file.too-large'] },
      ),
      cached(),
      query(DiffQuery),
      async (c) => {
        const task = tasks.get(c.req.param('id'))
        const { path, old_path: oldPath, context, ...asked } = c.req.valid('query')
        const range = await toRange(works, task.id, asked)
        if (!range) throw new AppError('file.not-found', 'There is no work to compare here yet.')
        const options = {
          maxBytes: maxDiffBytes,
          contextLines: context,
          ...(path ? { path } : {}),
          ...(path && oldPath ? { oldPath } : {}),
        }
        const text = await workspaces.diff(task.id, range.from, range.to, options)
        // Named here: Bun adds the type of a plain text too late for the headers we set on every answer.
        return c.text(text, 200, { 'Content-Type': 'text/plain; charset=utf-8' })
      },
    )

type Asked = v.InferOutput<typeof Range>

/** Undefined when there is nothing yet. Throws what `Works.range` throws. */
export async function toRange(
  works: Works,
  taskId: string,
  { from, to, agent, subtask }: Asked,
): Promise<CommitRange | undefined> {
  if (agent && subtask)
    throw new AppError('request.invalid', 'Ask for an agent or for a subtask, not for both.')
  const scope: WorkScope = agent
    ? { kind: 'agent', id: agent }
    : subtask
      ? { kind: 'subtask', id: subtask }
      : { kind: 'all' }
  const known = await works.range(taskId, scope)
  return known ? { from: from ?? known.from, to: to ?? known.to } : undefined
}
