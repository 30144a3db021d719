/** What is in a checkpoint: to be read, compared and downloaded. */
import { Hono } from 'hono'
import * as v from 'valibot'
import {
  CheckpointContents,
  KeptAgainst,
  KeptChanges,
  KeptFiles,
  KeptPart,
} from '#contract/checkpoint-contents.ts'
import type { ErrorCode } from '#contract/errors.ts'
import { toBody } from './body.ts'
import { contextLines, filePath, maxDiffBytes } from './changes.ts'
import { cursorOf } from './cursor.ts'
import { answers, cached } from './documented.ts'
import type { Env } from './env.ts'
import { sendArchive, sendFile } from './send-file.ts'
import type { Services } from './services.ts'
import { cursor, query, wholeNumber } from './validate.ts'

const path = v.pipe(v.string(), v.nonEmpty('path is required.'), v.maxLength(4096))
const of = v.optional(KeptPart, 'branch')
const against = v.optional(KeptAgainst, 'branch')
const offset = wholeNumber({ min: 0, max: Number.MAX_SAFE_INTEGER })

const OfQuery = v.object({ of })
const FileQuery = v.object({ of, path })
const ListQuery = v.object({
  of,
  /** Only files whose path holds this, in any case. */
  q: v.optional(v.pipe(v.string(), v.maxLength(200)), ''),
  limit: v.optional(wholeNumber({ min: 1, max: 20_000 }), '1000'),
  cursor,
})
const ChangesQuery = v.object({ of, against })
const DiffQuery = v.object({
  ...ChangesQuery.entries,
  path: filePath,
  /** Where `path` was before, for a rename. */
  old_path: filePath,
  /** Unchanged lines round every change, or `all`. */
  context: contextLines(),
})
const ConversationQuery = v.object({
  /** One of the agent's sessions in the save; its own conversation without it. */
  session: v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(1024))),
  from: v.optional(offset, '0'),
  to: v.optional(offset),
})

const listCursor = cursorOf('kept-files', v.strictObject({ after: v.string() }))

const errors = [
  'checkpoint.not-found',
  'checkpoint.not-ready',
  'checkpoint.removed',
  'agent.not-found',
  'file.not-found',
  'git.failed',
] as const satisfies ErrorCode[]

type ViewServices = Pick<Services, 'checkpointViews'>

/** Below `/api/tasks`. */
export const checkpointViewRoutes = ({ checkpointViews: views }: ViewServices) =>
  new Hono<Env>()
    .get(
      '/:id/checkpoints/:checkpoint/contents',
      answers(
        'What is in a checkpoint: the branch, agents with their files and conversations, the plan and its state.',
        CheckpointContents,
        { errors },
      ),
      cached(),
      async (c) =>
        c.json(await views.contents({ taskId: c.req.param('id'), id: c.req.param('checkpoint') })),
    )
    .route('/', fileViewRoutes(views))
    .route('/', changeViewRoutes(views))
    .get(
      '/:id/checkpoints/:checkpoint/agents/:aid/conversation',
      answers(
        'Whole lines of an agent’s conversation as it was, as the CLI writes it; at most 2 MiB at a time.',
        { media: 'application/octet-stream' },
        {
          errors,
          headers: {
            'X-Klaudio-From': 'Offset of the first byte.',
            'X-Klaudio-Size': 'Bytes of the whole conversation.',
            'X-Klaudio-Ended': 'Always true: nothing more will come.',
          },
        },
      ),
      query(ConversationQuery),
      async (c) => {
        const agentId = c.req.param('aid')
        const place = { taskId: c.req.param('id'), id: c.req.param('checkpoint'), agentId }
        const { from, size, bytes } = await views.conversation(place, c.req.valid('query'))
        return c.body(toBody(bytes), 200, {
          'Content-Type': 'application/octet-stream',
          'X-Klaudio-From': String(from),
          'X-Klaudio-Size': String(size),
          'X-Klaudio-Ended': 'true',
        })
      },
    )

const fileViewRoutes = (views: ViewServices['checkpointViews']) =>
  new Hono<Env>()
    .get(
      '/:id/checkpoints/:checkpoint/files',
      answers('Files in a checkpoint, in pages.', KeptFiles, { errors }),
      cached(),
      query(ListQuery),
      async (c) => {
        const { of: part, q, limit, cursor } = c.req.valid('query')
        const after = cursor === undefined ? undefined : listCursor.decode(cursor).after
        const place = { taskId: c.req.param('id'), id: c.req.param('checkpoint'), part }
        const { files, next } = await views.files(place, { query: q, after, limit })
        return c.json({
          files,
          next_cursor: next === undefined ? null : listCursor.encode({ after: next }),
        } satisfies KeptFiles)
      },
    )
    .get(
      '/:id/checkpoints/:checkpoint/file',
      answers(
        'Downloads one file of a checkpoint, or the part that Range asks for. Of a link, the path it holds.',
        { media: 'application/octet-stream' },
        {
          errors: [...errors, 'file.forbidden'],
          also: {
            206: 'The part that was asked for.',
            304: 'What the client has, by its ETag, is up to date.',
            416: 'The file has no such part.',
          },
        },
      ),
      query(FileQuery),
      async (c) => {
        const { of: part, path } = c.req.valid('query')
        const place = { taskId: c.req.param('id'), id: c.req.param('checkpoint'), part }
        return sendFile(c.req.raw, await views.open(place, path))
      },
    )
    .get(
      '/:id/checkpoints/:checkpoint/archive',
      answers(
        'Downloads all files of a part of a checkpoint as one archive.',
        { media: 'application/gzip' },
        { errors },
      ),
      query(OfQuery),
      async (c) => {
        const { of: part } = c.req.valid('query')
        const place = { taskId: c.req.param('id'), id: c.req.param('checkpoint'), part }
        return sendArchive(await views.pack(place))
      },
    )

const changeViewRoutes = (views: ViewServices['checkpointViews']) =>
  new Hono<Env>()
    .get(
      '/:id/checkpoints/:checkpoint/changes',
      answers(
        'Files that differ between a checkpoint and what it is compared with, from the earlier to the later.',
        KeptChanges,
        { errors },
      ),
      cached(),
      query(ChangesQuery),
      async (c) => {
        const { of: part, against } = c.req.valid('query')
        const place = { taskId: c.req.param('id'), id: c.req.param('checkpoint'), part }
        return c.json(await views.changes(place, against))
      },
    )
    .get(
      '/:id/checkpoints/:checkpoint/diff',
      answers('The same changes as a unified diff.', { media: 'text/plain' }, { errors }),
      cached(),
      query(DiffQuery),
      async (c) => {
        const { of: part, against, path, old_path: oldPath, context } = c.req.valid('query')
        const place = { taskId: c.req.param('id'), id: c.req.param('checkpoint'), part }
        const text = await views.diff(place, against, {
          maxBytes: maxDiffBytes,
          contextLines: context,
          ...(path ? { path } : {}),
          ...(path && oldPath ? { oldPath } : {}),
        })
        // Named here: Bun adds the type of a plain text too late for the headers we set on every answer.
        return c.text(text, 200, { 'Content-Type': 'text/plain; charset=utf-8' })
      },
    )
