import { Hono } from 'hono'
import * as v from 'valibot'
import { AppError } from '#contract/errors.ts'
import { FileArea, type UploadedFile } from '#contract/file.ts'
import { toBody } from './body.ts'
import { toAttachment } from './disposition.ts'
import type { Env } from './env.ts'
import type { Services } from './services.ts'
import { readUpload, type UploadPart } from './upload.ts'
import { json, query } from './validate.ts'

const mebibyte = 1024 * 1024
/** Room for a text of the viewer's limit in the most wasteful JSON spelling, six bytes a character. */
const viewerBodyBytes = 13 * mebibyte

const path = v.pipe(v.string(), v.nonEmpty('path is required.'), v.maxLength(4096))
const DownloadQuery = v.object({
  type: v.optional(FileArea, 'output'),
  path: v.optional(path),
})
const ViewQuery = v.object({ type: v.optional(FileArea, 'output'), path })
const Save = v.object({ content: v.string() })

type FileServices = Pick<Services, 'tasks' | 'files' | 'maxUploadBytes'>

export const fileRoutes = ({ tasks, files, maxUploadBytes }: FileServices) =>
  new Hono<Env>()
    .post('/:id/files', async (c) => {
      const task = tasks.get(c.req.param('id'))
      const parts = await readUpload(c.req.raw, maxUploadBytes)
      return c.json({ uploaded: await storeAll(files, task.id, parts) })
    })
    .get('/:id/files', async (c) => c.json(await files.list(tasks.get(c.req.param('id')).id)))
    .get('/:id/files/:filename{.+}', query(DownloadQuery), async (c) => {
      const task = tasks.get(c.req.param('id'))
      const { type, path = c.req.param('filename') } = c.req.valid('query')
      const { name, bytes } = await files.download(task.id, type, path)
      return c.body(toBody(bytes), 200, {
        'Content-Type': 'application/octet-stream',
        'Content-Disposition': toAttachment(name),
      })
    })
    .get('/:id/file-viewer', query(ViewQuery), async (c) => {
      const task = tasks.get(c.req.param('id'))
      const { type, path } = c.req.valid('query')
      return c.json(await files.view(task.id, type, path))
    })
    .put(
      '/:id/file-viewer',
      query(ViewQuery),
      json(Save, { maxBytes: viewerBodyBytes }),
      async (c) => {
        const task = tasks.get(c.req.param('id'))
        const { type, path } = c.req.valid('query')
        return c.json(await files.save(task.id, type, path, c.req.valid('json').content))
      },
    )
    .delete('/:id/file-viewer', query(ViewQuery), async (c) => {
      const task = tasks.get(c.req.param('id'))
      const { type, path } = c.req.valid('query')
      await files.delete(task.id, type, path)
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
