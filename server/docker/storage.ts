import * as v from 'valibot'
import type { Client } from './client.ts'
import type { Engine } from './engine.ts'
import { isRefusal } from './failures.ts'
import { labelFilter } from './labels.ts'

const Volumes = v.object({
  Volumes: v.nullish(
    v.array(
      v.object({
        Name: v.string(),
        CreatedAt: v.optional(v.string()),
        Labels: v.nullish(v.record(v.string(), v.string())),
      }),
    ),
  ),
})
type Calls = Pick<Engine, 'createVolume' | 'listVolumes' | 'removeVolume'>

export function storageCalls(client: Client): Calls {
  return {
    async createVolume(name, labels) {
      await client.json({
        what: `create volume ${name}`,
        method: 'POST',
        path: '/volumes/create',
        body: { Name: name, Labels: labels },
      })
    },
    async listVolumes(labels) {
      const answer = await client.json({
        what: 'list volumes',
        method: 'GET',
        path: '/volumes',
        query: { filters: labelFilter(labels) },
      })
      return (v.parse(Volumes, answer).Volumes ?? []).map((volume) => {
        const createdAt = Date.parse(volume.CreatedAt ?? '')
        return {
          name: volume.Name,
          labels: volume.Labels ?? {},
          ...(createdAt > 0 && { createdAt }),
        }
      })
    },
    async removeVolume(name) {
      try {
        await client.json({
          what: `remove volume ${name}`,
          method: 'DELETE',
          path: `/volumes/${name}`,
        })
      } catch (error) {
        if (!isRefusal(error, 'not-found')) throw error
      }
    },
  }
}
