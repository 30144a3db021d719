import * as v from 'valibot'
import type { Client } from './client.ts'
import type { Engine, Labels } from './engine.ts'
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
const Networks = v.array(
  v.object({
    Id: v.string(),
    Name: v.string(),
    Created: v.string(),
    IPAM: v.object({
      Config: v.nullish(v.array(v.object({ Gateway: v.optional(v.string()) }))),
    }),
  }),
)
type Network = v.InferOutput<typeof Networks>[number]
const Created = v.object({ Id: v.string() })

type Calls = Pick<Engine, 'createVolume' | 'listVolumes' | 'removeVolume' | 'ensureNetwork'>

/** Volumes and networks. */
export function storageCalls(client: Client): Calls {
  /** Oldest first: the engine lets two be made under one name when they are asked for at the same moment. */
  const findNetworks = async (name: string): Promise<Network[]> => {
    const answer = await client.json({
      what: `look up network ${name}`,
      method: 'GET',
      path: '/networks',
      query: { filters: JSON.stringify({ name: [name] }) },
    })
    // The engine's filter also finds names that only contain this one.
    const found = v.parse(Networks, answer).filter((network) => network.Name === name)
    return found.sort((a, b) => (a.Created + a.Id < b.Created + b.Id ? -1 : 1))
  }

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
    async ensureNetwork(name, labels) {
      const [found] = await findNetworks(name)
      if (found) return gatewayOf(found)
      const ownId = await createNetwork(client, name, labels)
      const [first] = await findNetworks(name)
      // Everybody who lost that race sees the same oldest one, and takes its own away again.
      if (first && ownId && first.Id !== ownId) await removeNetwork(client, ownId)
      return first ? gatewayOf(first) : {}
    },
  }
}

function gatewayOf({ IPAM }: Network): { gateway?: string } {
  const gateway = IPAM.Config?.find((config) => config.Gateway)?.Gateway
  return gateway ? { gateway } : {}
}

/** Undefined when somebody else made it in the meantime. */
async function createNetwork(
  client: Client,
  name: string,
  labels: Labels,
): Promise<string | undefined> {
  try {
    const created = await client.json({
      what: `create network ${name}`,
      method: 'POST',
      path: '/networks/create',
      body: { Name: name, Labels: labels, Driver: 'bridge', CheckDuplicate: true },
    })
    return v.parse(Created, created).Id
  } catch (error) {
    if (isRefusal(error, 'conflict')) return undefined
    throw error
  }
}

async function removeNetwork(client: Client, id: string): Promise<void> {
  const what = `remove network ${id}`
  await client.json({ what, method: 'DELETE', path: `/networks/${id}` })
}
