import * as v from 'valibot'
import { createKeyedQueue } from '#lib/keyed-queue.ts'
import type { Client } from './client.ts'
import type { Engine, Labels } from './engine.ts'
import { isRefusal } from './failures.ts'

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
/** `Containers` are the running ones, by id. */
const Used = v.object({ Containers: v.nullish(v.record(v.string(), v.unknown())) })

/**
 * Engines before 25 let two networks be made under one name when they are asked for at the same moment, and start no
 * container on either. One is made at a time in this process; what another process made meanwhile is sorted out by
 * the next look.
 */
const making = createKeyedQueue()

export function networkCalls(client: Client): Pick<Engine, 'ensureNetwork'> {
  const find = async (name: string): Promise<Network[]> => {
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
    async ensureNetwork(name, labels) {
      const [only, ...others] = await find(name)
      if (only && others.length === 0) return gatewayOf(only)
      return await making.run(`${client.label} ${name}`, async () => {
        let found = await find(name)
        if (found.length === 0) {
          await createNetwork(client, name, labels)
          found = await find(name)
        }
        const kept = found.length > 1 ? await keepOne(client, found) : found[0]
        return kept ? gatewayOf(kept) : {}
      })
    },
  }
}

/** The one that is in use, or the oldest: everybody who looks at them keeps the same one. */
async function keepOne(client: Client, found: readonly Network[]): Promise<Network | undefined> {
  const uses = await Promise.all(found.map((network) => isInUse(client, network.Id)))
  const kept = found[Math.max(0, uses.indexOf(true))]
  for (const network of found) if (network !== kept) await removeNetwork(client, network.Id)
  return kept
}

async function isInUse(client: Client, id: string): Promise<boolean> {
  try {
    const what = `look at network ${id}`
    const answer = await client.json({ what, method: 'GET', path: `/networks/${id}` })
    return Object.keys(v.parse(Used, answer).Containers ?? {}).length > 0
  } catch (error) {
    if (isRefusal(error, 'not-found')) return false
    throw error
  }
}

function gatewayOf({ IPAM }: Network): { gateway?: string } {
  const gateway = IPAM.Config?.find((config) => config.Gateway)?.Gateway
  return gateway ? { gateway } : {}
}

/** Nothing to do when somebody else made it in the meantime. */
async function createNetwork(client: Client, name: string, labels: Labels): Promise<void> {
  try {
    await client.json({
      what: `create network ${name}`,
      method: 'POST',
      path: '/networks/create',
      body: { Name: name, Labels: labels, Driver: 'bridge', CheckDuplicate: true },
    })
  } catch (error) {
    if (!isRefusal(error, 'conflict')) throw error
  }
}

async function removeNetwork(client: Client, id: string): Promise<void> {
  try {
    const what = `remove network ${id}`
    await client.json({ what, method: 'DELETE', path: `/networks/${id}` })
  } catch (error) {
    if (!isRefusal(error, 'not-found')) throw error
  }
}
