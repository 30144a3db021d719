import { Readable } from 'node:stream'
import { AppError } from '#contract/errors.ts'
import type { Client } from './client.ts'
import { openConnection } from './connection.ts'
import type { Engine } from './engine.ts'
import { isRefusal } from './failures.ts'

/** Bytes in and out of one container: its main process and its files. */
export function attachmentCalls(
  client: Client,
): Pick<Engine, 'attach' | 'putArchive' | 'getArchive'> {
  const exists = async (id: string): Promise<boolean> => {
    try {
      const what = `inspect container ${id}`
      await client.json({ what, method: 'GET', path: `/containers/${id}/json` })
      return true
    } catch (error) {
      if (isRefusal(error, 'not-found')) return false
      throw error
    }
  }

  return {
    async attach(id) {
      const stream = await client.hijack({
        what: `attach to container ${id}`,
        method: 'POST',
        path: `/containers/${id}/attach`,
        query: { stream: true, stdin: true, stdout: true },
      })
      const { stdout, write, close } = openConnection(stream, client.label, () => {})
      return { stdout, write, close }
    },

    async putArchive(id, path, tar) {
      await client.json({
        what: `put files into ${path} of container ${id}`,
        method: 'PUT',
        path: `/containers/${id}/archive`,
        query: { path },
        file: tar instanceof Uint8Array ? Buffer.from(tar) : Readable.from(tar),
      })
    },
    async getArchive(id, path) {
      try {
        return await client.stream({
          what: `read ${path} of container ${id}`,
          method: 'GET',
          path: `/containers/${id}/archive`,
          query: { path },
        })
      } catch (error) {
        if (!isRefusal(error, 'not-found') || !(await exists(id))) throw error
        throw new AppError('file.not-found', `There is no ${path} in container ${id}`, {
          cause: error,
        })
      }
    },
  }
}
