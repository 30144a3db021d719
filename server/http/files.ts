import { Hono } from 'hono'
import * as v from 'valibot'
import { AppError } from '#contract/errors.ts'
import { FileArea, type UploadedFile } from '#contract/file.ts'
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

type FileServices = Pick<Services, 'tasks' | 'files' | 'works' | 'maxUploadBytes'>

export const fileRoutes = ({ tasks, files, works, maxUploadBytes }: FileServices) =>
  new Hono<Env>()
    .post('/:id/files', async (c) => {
      const task = tasks.get(c.req.param('id'))
      const parts = await readUpload(c.req.raw, maxUploadBytes)
      return c.json({ uploaded: await storeAll(files, task.id, parts) })
    })
    .get('/:id/files', query(ListQuery), async (c) => {
      const task = tasks.get(c.req.param('id'))
      return c.json(await files.list(task.id, c.req.valid('query').agent))
    })
    .get('/:id/work', async (c) =>
      c.json({ work: await works.list(tasks.get(c.req.param('id')).id) }),
    )
    .get('/:id/files/:filename{.+}', query(DownloadQuery), async (c) => {
      const task = tasks.get(c.req.param('id'))
      const { type: area, path = c.req.param('filename'), agent: agentId } = c.req.valid('query')
      return sendFile(c.req.raw, await files.open(task.id, { area, path, agentId }))
    })
    .get('/:id/archive', query(ArchiveQuery), async (c) => {
      const task = tasks.get(c.req.param('id'))
      const { area, agent: agentId } = c.req.valid('query')
      return sendArchive(await files.pack(task.id, { area, agentId }))
    })
    .get('/:id/file-viewer', query(ViewQuery), async (c) => {
      const task = tasks.get(c.req.param('id'))
      const { type: area, path, agent: agentId } = c.req.valid('query')
      const { version, ...view } = await files.view(task.id, { area, path, agentId })
      return c.json(view, 200, { ETag: toEtag(version) })
    })
    .put(
      '/:id/file-viewer',
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
    .delete('/:id/file-viewer', query(EditQuery), async (c) => {
      const task = tasks.get(c.req.param('id'))
      const { type: area, path } = c.req.valid('query')
      await files.delete(task.id, { area, path }, { version: wantedVersion(c.req.raw) })
      return c.json({ status: 'deleted' as const })
    })

/** One after the other. When one cannot be stored, the failure says which of the others were. */
async function storeAll(
  files: Services['files'],
  taskId: string,
  parts: readonly UploadPart[],
): Promise<UploadedFile[]> {
  const uploaded: UploadedFile[] = []
  for (const part of parts) {
    try {
      uploaded.push(await files.upload(taskId, part.path, part.content()))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const details = { ...error.details, failed: part.path, stored: uploaded }
      throw new AppError(error.code, error.message, { cause: error, details })
    }
  }
  return uploaded
}
