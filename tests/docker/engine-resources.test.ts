/** Whose a container or volume is, and removing what is nobody's, on a real engine. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createEngineResources } from '#agents/engine-resources.ts'
import { insertAgent, updateAgent } from '#db/agents.ts'
import { openDb } from '#db/open.ts'
import type { ContainerSpec, Engine, Labels } from '#docker/engine.ts'
import { newId } from '#lib/ids.ts'
import { ensureAgentImage, requireEngine, testEngine } from '../support/docker.ts'
import { seedTask } from '../support/seed.ts'

const noEngine = await requireEngine()
const engine = noEngine === undefined ? testEngine() : ({} as Engine)
const instanceId = newId()
const instance = { 'klaudio.instance': instanceId }
const longMs = 300_000
const hour = 3_600_000
let image: string

async function removeAll(): Promise<void> {
  for (const { id } of await engine.listContainers(instance)) await engine.removeContainer(id)
  for (const { name } of await engine.listVolumes(instance)) await engine.removeVolume(name)
}

beforeAll(async () => {
  if (noEngine === undefined) image = await ensureAgentImage()
}, longMs)
afterAll(async () => {
  if (noEngine === undefined) await removeAll()
}, longMs)

const prefix = `klaudio-${instanceId.slice(0, 8)}`
const nameOf = (word: string): string => `${prefix}-${word}`

/** A container with a volume, both named after `word`; started when asked. */
async function make(
  word: string,
  labels: Labels,
  { isStarted = false } = {},
): Promise<ContainerSpec> {
  const own = { ...instance, ...labels }
  const spec: ContainerSpec = {
    name: nameOf(word),
    image,
    cmd: ['sleep', '600'],
    labels: own,
    volumes: [{ name: nameOf(`${word}-state`), path: '/state' }],
    readOnlyRoot: true,
    network: 'none',
    memoryBytes: 64 * 1024 * 1024,
    cpus: 1,
    pids: 16,
    openStdin: false,
  }
  await engine.createVolume(nameOf(`${word}-state`), own)
  const id = await engine.createContainer(spec)
  if (isStarted) await engine.startContainer(id)
  return spec
}

const ofAgent = (agentId: string, run = 1): Labels => ({
  'klaudio.agent': agentId,
  'klaudio.run': String(run),
  'klaudio.role': 'agent',
})

describe.skipIf(noEngine !== undefined)('what an installation has on the engine', () => {
  test(
    'is told apart by owner, and only what is nobody’s is removed',
    async () => {
      const { db, close } = openDb(':memory:')
      const taskId = seedTask(db, { name: 'Build it' })
      const addAgent = (id: string, holdsResources: boolean): void => {
        const about = { kind: 'worker', role: 'developer', status: 'running' } as const
        const rest = { model: 'opus', attempt: 1, sessionId: newId(), createdAt: 0 }
        insertAgent(db, { id, taskId, ...about, ...rest })
        updateAgent(db, id, { holdsResources, run: 2 })
      }
      addAgent('works', true)
      addAgent('gone', false)
      await make('works', ofAgent('works', 2), { isStarted: true })
      await make('works-before', ofAgent('works', 1))
      await make('gone', ofAgent('gone', 2))
      await make('ready', ofAgent('ready'))
      await make('unknown', ofAgent('unknown'))
      await make('helps', { 'klaudio.agent': 'works', 'klaudio.role': 'helper' })
      await make('checks', { 'klaudio.task': taskId, 'klaudio.role': 'check' })

      let now = Date.now()
      const options = { engine, db, instanceId, clock: { now: () => now } }
      const served = createEngineResources({ ...options, standsBy: (id) => id === 'ready' })
      const owners = async (): Promise<Record<string, string>> =>
        Object.fromEntries(
          (await served.list()).map(({ name, owner }) => [name.slice(prefix.length + 1), owner]),
        )
      const lasting = {
        works: 'agent',
        'works-state': 'agent',
        // The volume of the earlier run is the agent's; its container is not.
        'works-before': 'orphan',
        'works-before-state': 'agent',
        gone: 'orphan',
        'gone-state': 'orphan',
        ready: 'standby',
        'ready-state': 'standby',
        helps: 'helper',
        'helps-state': 'agent',
        checks: 'helper',
        'checks-state': 'helper',
      }
      expect(await owners()).toEqual({
        ...lasting,
        unknown: 'standby',
        'unknown-state': 'standby',
      })
      now += hour
      expect(await owners()).toEqual({ ...lasting, unknown: 'orphan', 'unknown-state': 'orphan' })

      const listed = await served.list({ measured: true })
      expect(listed.find(({ name }) => name === nameOf('works'))).toMatchObject({
        kind: 'container',
        state: 'running',
        task_name: 'Build it',
        agent_name: 'developer',
        memory_bytes: expect.any(Number),
        created_at: expect.stringMatching(/^20\d\d-/),
      })

      // Somebody outside uses a volume that is nobody's.
      const held = await engine.createContainer({
        ...(await make('outside', {})),
        name: nameOf('holder'),
        labels: {},
        volumes: [{ name: nameOf('unknown-state'), path: '/state' }],
      })
      const { removed, failed } = await served.removeOrphans()
      expect(removed.toSorted()).toEqual(
        ['gone', 'gone-state', 'unknown', 'works-before'].map(nameOf),
      )
      expect(failed).toEqual([
        { name: nameOf('unknown-state'), error: expect.stringContaining('in use') },
      ])
      await engine.removeContainer(held)
      expect((await served.removeOrphans()).removed).toEqual([nameOf('unknown-state')])
      expect(await owners()).not.toContainValue('orphan')

      const alone = await createEngineResources(options).removeOrphans()
      expect(alone.removed.toSorted()).toEqual(
        ['checks', 'checks-state', 'helps', 'outside', 'outside-state', 'ready', 'ready-state'].map(
          nameOf,
        ),
      )
      const left = [
        ...(await engine.listContainers(instance)),
        ...(await engine.listVolumes(instance)),
      ].map(({ name }) => name)
      expect(left.toSorted()).toEqual(
        ['helps-state', 'works', 'works-before-state', 'works-state'].map(nameOf),
      )
      close()
    },
    longMs,
  )
})
