import { Hono } from 'hono'
import * as v from 'valibot'
import { Deleted, FileSaved, FilesUploaded, WorkList } from '#contract/answers.ts'
import { AppError, type ErrorCode } from '#contract/errors.ts'
import { FileArea, FileList, FileView, type UploadedFile } from '#contract/file.ts'
import { answers, cached } from './documented.ts'
import type { Env } from './env.ts'
import { sendArchive, sendFile, toEtag, wantedVersion } from './send-file.ts'
import type { Services } from './services.ts'
import { readUpload, type UploadPart } from './upload.ts'
import { json, query } from './validate.ts'

const mebibyte = 1024 * 1024
/** Room for a text of the viewer's limit in the most wasteful JSON spelling, six bytes a character. */
const viewerBodyBytes = 13 * mebibyte

const path = v.pipe(v.string(), v.nonEmpty('path is required.'), v.maxLength(4096))
/** Whose version: what this agent handed in, in place of the task branch. */
const agent = v.optional(v.pipe(v.string(), v.nonEmpty(), v.maxLength(64)))
const ListQuery = v.object({ agent })
const DownloadQuery = v.object({
  type: v.optional(FileArea, 'output'),
  path: v.optional(path),
  agent,
})
const ViewQuery = v.object({ type: v.optional(FileArea, 'output'), path, agent })
const EditQuery = v.object({ type: v.optional(FileArea, 'output'), path })
const ArchiveQuery = v.object({ area: v.optional(FileArea, 'workspace'), agent })
const Save = v.object({ content: v.string() })

const bytes = { media: 'application/octet-stream' }
const fileErrors = [
  'file.not-found',
  'file.forbidden',
  'agent.not-found',
] as const satisfies ErrorCode[]
const changes = [
  ...fileErrors,
  'file.too-large',
  'file.not-text',
  'file.changed',
  'task.wrong-state',
  'task.busy',
  'disk.full',
] as const satisfies ErrorCode[]
const downloads = {
  206: 'The part that was asked for.',
  304: 'What the client has, by its ETag, is up to date.',
  416: 'The file has no such part.',
}
const uploadBody = {
  media: 'multipart/form-data',
  schema: {
    type: 'object',
    properties: {
      'files[]': { type: 'array', items: { type: 'string', format: 'binary' } },
      paths: {
        type: 'array',
        items: { type: 'string' },
        description: 'A path for each file, in place of its name.',
      },
    },
    required: ['files[]'],
  },
}

type FileServices = Pick<Services, 'tasks' | 'files' | 'works' | 'maxUploadBytes'>

export const fileRoutes = ({ tasks, files, works, maxUploadBytes }: FileServices) =>
  new Hono<Env>()
    .post(
      '/:id/files',
      answers('Uploads files; all of them are checked before the first is stored.', FilesUploaded, {
        body: uploadBody,
        errors: ['file.forbidden', 'task.wrong-state', 'task.busy'],
      }),
      async (c) => {
        const task = tasks.get(c.req.param('id'))
        const parts = await readUpload(c.req.raw, {
          maxBytes: maxUploadBytes,
          receive: (content) => files.receive(task.id, content),
        })
        return c.json({ uploaded: await storeAll(files, task.id, parts) })
      },
    )
    .get(
      '/:id/files',
      answers('Files of a task by area.', FileList, { errors: fileErrors }),
      cached(),
      query(ListQuery),
      async (c) => {
        const task = tasks.get(c.req.param('id'))
        return c.json(await files.list(task.id, c.req.valid('query').agent))
      },
    )
    .get(
      '/:id/work',
      answers('Whose work there is: of the task, of agents, of subtasks.', WorkList),
      async (c) => c.json({ work: await works.list(tasks.get(c.req.param('id')).id) }),
    )
    .get(
      '/:id/files/:filename{.+}',
      answers('Downloads a file, or the part that Range asks for.', bytes, {
        errors: fileErrors,
        also: downloads,
      }),
      query(DownloadQuery),
      async (c) => {
        const task = tasks.get(c.req.param('id'))
        const { type: area, path = c.req.param('filename'), agent: agentId } = c.req.valid('query')
        return sendFile(c.req.raw, await files.open(task.id, { area, path, agentId }))
      },
    )
    .get(
      '/:id/archive',
      answers(
        'Downloads an area as one archive.',
        { media: 'application/gzip' },
        { errors: fileErrors },
      ),
      query(ArchiveQuery),
      async (c) => {
        const task = tasks.get(c.req.param('id'))
        const { area, agent: agentId } = c.req.valid('query')
        return sendArchive(await files.pack(task.id, { area, agentId }))
      },
    )
    .route('/', viewerRoutes({ tasks, files }))

/** One text file to read, change and delete. */
const viewerRoutes = ({ tasks, files }: Pick<Services, 'tasks' | 'files'>) =>
  new Hono<Env>()
    .get(
      '/:id/file-viewer',
      answers('A text file with its content.', FileView, {
        errors: [...fileErrors, 'file.too-large', 'file.not-text'],
        headers: { ETag: 'The version, for If-Match.' },
      }),
      query(ViewQuery),
      async (c) => {
        const task = tasks.get(c.req.param('id'))
        const { type: area, path, agent: agentId } = c.req.valid('query')
        const { version, ...view } = await files.view(task.id, { area, path, agentId })
        return c.json(view, 200, { ETag: toEtag(version) })
      },
    )
    .put(
      '/:id/file-viewer',
      answers('Saves a text file; with If-Match only over the version that was read.', FileSaved, {
        errors: changes,
        headers: { ETag: 'The new version.' },
      }),
      query(EditQuery),
      json(Save, { maxBytes: viewerBodyBytes }),
      async (c) => {
        const task = tasks.get(c.req.param('id'))
        const { type: area, path } = c.req.valid('query')
        const text = { content: c.req.valid('json').content, version: wantedVersion(c.req.raw) }
        const { version, ...saved } = await files.save(task.id, { area, path }, text)
        return c.json(saved, 200, { ETag: toEtag(version) })
      },
    )
    .delete(
      '/:id/file-viewer',
      answers('Deletes a file.', Deleted, { errors: changes }),
      query(EditQuery),
      async (c) => {
        const task = tasks.get(c.req.param('id'))
        const { type: area, path } = c.req.valid('query')
        await files.delete(task.id, { area, path }, { version: wantedVersion(c.req.raw) })
        return c.json({ status: 'deleted' as const })
      },
    )

/** One after the other. When one cannot be stored, the failure says which of the others were. */
async function storeAll(
  files: Services['files'],
  taskId: string,
  parts: readonly UploadPart[],
): Promise<UploadedFile[]> {
  const uploaded: UploadedFile[] = []
  try {
    for (const part of parts) {
      try {
        uploaded.push(await files.keep(taskId, part.file, part.path))
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        const details = { ...error.details, failed: part.path, stored: uploaded }
        throw new AppError(error.code, error.message, { cause: error, details })
      }
    }
  } finally {
    for (const { file } of parts.slice(uploaded.length)) await file.discard()
  }
  return uploaded
}
