/** A data directory on a real file system that is full for a while: what was acknowledged stays, what is refused is told, work goes on. */
import { expect, test } from 'bun:test'
import { expectIntact, type Fire, runUnderFire } from '../support/crash-run.ts'
import { crashStory } from '../support/crash-story.ts'
import { requireEngine } from '../support/docker.ts'
import type { Product } from '../support/product.ts'
import { eventually, startWorld, type World } from '../support/product-world.ts'
import { findNoSmallDisk, mountSmallDisk, type SmallDisk } from '../support/small-disk.ts'

const noEngine = await requireEngine()
const why = noEngine ?? findNoSmallDisk()
if (why !== undefined) console.log(`full-disk.test.ts is skipped: ${why}`)

type Answer = { status: number; code?: string; error?: string; id?: string }

async function ask(
  product: Product,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await product.call(method, path, body)
  // The contract is checked by the API suite.
  return { ...((await response.json()) as Omit<Answer, 'status'>), status: response.status }
}

const longPrompt = 'A long prompt. '.repeat(4_000)

/** Creates tasks until one is refused. Returns what was acknowledged. */
async function createUntilRefused({ product }: World): Promise<string[]> {
  const acknowledged: string[] = []
  for (;;) {
    const answer = await ask(product, 'POST', '/api/tasks', {
      name: `Number ${acknowledged.length}`,
      prompt: longPrompt,
    })
    if (answer.status !== 201) {
      expect(answer).toMatchObject({ status: 503, code: 'disk.full' })
      expect(answer.error).toContain('full')
      return acknowledged
    }
    acknowledged.push(answer.id ?? '')
  }
}

async function upload({ product }: World, id: string): Promise<Response> {
  const form = new FormData()
  form.append('files[]', new File(['x'.repeat(50_000)], 'notes.txt'))
  return await fetch(`${product.url}/api/tasks/${id}/files`, { method: 'POST', body: form })
}

test.skipIf(why !== undefined)(
  'a full disk refuses what it cannot keep, loses nothing that was acknowledged, and work goes on by itself once there is room (K14)',
  async () => {
    let disk: SmallDisk | undefined
    let acknowledged: string[] = []
    await using world = await startWorld({
      stories: [crashStory('full', { shows: true })],
      env: { KLAUDIO_MIN_FREE: '0' },
      prepare(dataDir) {
        disk = mountSmallDisk(dataDir, 32)
        return disk[Symbol.dispose]
      },
    })
    const fill: Fire = async (_world, { id }) => {
      const asking = world.model.hold({ task: 'full', agent: 'two', step: 1 })
      await asking.reached
      disk?.fill()
      acknowledged = await createUntilRefused(world)
      const refused = await upload(world, id)
      expect(refused.status).toBe(503)
      expect(await refused.json()).toMatchObject({ code: 'disk.full' })
      expect(
        await ask(world.product, 'PUT', '/api/config', { docker: { max_agents: 4 } }),
      ).toMatchObject({ status: 503, code: 'disk.full' })
      asking.open()
      await eventually(async () =>
        (await world.product.log()).includes('output waits for the disk'),
      )
      disk?.empty()
    }
    await expectIntact(world, 'full', await runUnderFire(world, 'full', fill), {
      agentsDied: false,
    })
    await world.product.kill()
    await world.restart()
    for (const task of acknowledged)
      expect((await world.product.task(task)).prompt).toBe(longPrompt)
    const { total } = await world.product.get<{ total: number }>('/api/tasks')
    expect(total).toBe(acknowledged.length + 1)
    const config = await world.product.get<{ docker: { max_agents: number } }>('/api/config')
    expect(config.docker.max_agents).toBe(5)
  },
  300_000,
)
