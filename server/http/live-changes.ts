import { Hono } from 'hono'
import * as v from 'valibot'
import { LiveChanges } from '#contract/file.ts'
import { Commit, contextLines, filePath, maxDiffBytes } from './changes.ts'
import { answers } from './documented.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'
import { query } from './validate.ts'

const DiffQuery = v.object({
  /** `to` of the changes that were read before. */
  to: Commit,
  path: filePath,
  /** Where `path` was before, for a rename. */
  old_path: filePath,
  /** Unchanged lines round every change, or `all`. */
  context: contextLines(),
})

/** What an agent has changed before it hands in: its files are read, without disturbing it, when this is asked for. */
export const liveChangeRoutes = ({ looks }: Pick<Services, 'looks'>) =>
  new Hono<Env>()
    .get(
      '/:id/agents/:aid/changes',
      answers(
        'Files that an agent has changed so far, committed or not, read from its container now.',
        LiveChanges,
        {
          errors: [
            ...(['agent.not-running', 'file.not-found', 'file.forbidden'] as const),
            ...(['file.too-large', 'task.busy', 'disk.full'] as const),
            ...(['engine.unreachable', 'engine.failed'] as const),
          ],
        },
      ),
      async (c) => c.json(await looks.changes(c.req.param('id'), c.req.param('aid'))),
    )
    .get(
      '/:id/agents/:aid/diff',
      answers(
        'Changes that were read from an agent, as a unified diff.',
        { media: 'text/plain' },
        { errors: ['file.not-found'] },
      ),
      query(DiffQuery),
      async (c) => {
        const { to, path, old_path: oldPath, context } = c.req.valid('query')
        const text = await looks.diff(c.req.param('id'), c.req.param('aid'), {
          to,
          maxBytes: maxDiffBytes,
          contextLines: context,
          ...(path ? { path } : {}),
          ...(path && oldPath ? { oldPath } : {}),
        })
        // Named here: Bun adds the type of a plain text too late for the headers we set on every answer.
        return c.text(text, 200, { 'Content-Type': 'text/plain; charset=utf-8' })
      },
    )
