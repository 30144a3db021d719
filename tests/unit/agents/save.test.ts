/** Saving an agent whose container, task or server ends meanwhile: the save goes on, or there is nothing left to save. */
import { expect, test } from 'bun:test'
import { createHash, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentSpec } from '#agents/agents.ts'
import { volumeNames } from '#agents/container.ts'
import type { SavedTree } from '#agents/save-run.ts'
import { AppError } from '#contract/errors.ts'
import type { Engine, ExecStream } from '#docker/engine.ts'
import { createAgentRig } from '../../support/agent-rig.ts'
import { useAgentWorlds } from '../../support/agent-worlds.ts'
import { createFakeEngine, type FakeEngine } from '../../support/fake-engine.ts'

const worlds = useAgentWorlds()

/** An agent that is warm and has a file larger than what fits into a pipe. */
async function start(around: (engine: FakeEngine) => Partial<Engine> = () => ({})) {
  const engine = createFakeEngine()
  const rig = createAgentRig({
    engine: Object.assign(Object.create(engine), around(engine)),
    image: 'fake',
  })
  worlds.add({ engine, rig })
  const spec = rig.newAgent({ workspace: worlds.workspace() })
  await rig.agents.prepare(spec)
  const { workspace } = volumeNames(rig.instanceId, spec.agentId)
  writeFileSync(join(engine.volumePath(workspace), 'big'), randomBytes(2_000_000))
  return { engine, rig, spec, container: rig.row(spec.agentId).containerId ?? '' }
}

/** Reads a pack to its end and looks at its checksum, as the server's git does. */
async function readWhole({ pack }: SavedTree): Promise<number> {
  const bytes = Buffer.concat(await Array.fromAsync(pack ?? []))
  const sum = createHash('sha1').update(bytes.subarray(0, -20)).digest()
  if (!sum.equals(bytes.subarray(-20))) throw new Error('the pack ends early')
  return bytes.length
}

const left = async (engine: Engine, { agentId }: AgentSpec) => {
  const labels = { 'klaudio.agent': agentId }
  return [...(await engine.listVolumes(labels)), ...(await engine.listContainers(labels))]
}

test('a container that ends while it is saved is saved to the end through its volumes', async () => {
  const { engine, rig, spec, container } = await start()
  let takes = 0
  const size = await rig.agents.save(spec.agentId, {}, async (saved) => {
    takes += 1
    if (takes === 1) await engine.crash(container)
    return await readWhole(saved)
  })
  expect(size).toBeGreaterThan(2_000_000)
  expect(takes).toBe(2)
})

const dying: [string, (engine: FakeEngine) => Promise<ExecStream>][] = [
  [
    'refuses the program',
    () => {
      const details = { status: 409, reason: 'conflict' }
      throw new AppError('engine.failed', 'The Docker engine refused to run "perl"', { details })
    },
  ],
  ['ends it without a word', async () => silentStream(137)],
  [
    'complains in the place of its output',
    async () => silentStream(126, 'OCI runtime exec failed\n'),
  ],
]

test.each(dying)(
  'a container that is still called running and %s is saved through its volumes',
  async (_, fail) => {
    let container = ''
    const { rig, spec, ...world } = await start((engine) => ({
      execStream: (id, exec) =>
        id === container && exec.cmd[0] === 'perl' ? fail(engine) : engine.execStream(id, exec),
    }))
    container = world.container
    expect(await rig.agents.save(spec.agentId, {}, readWhole)).toBeGreaterThan(2_000_000)
    expect(rig.row(spec.agentId).containerId).toBe(container)
  },
)

test('a file that changes while it is saved is expected to, and the save is made again', async () => {
  const late: string[] = []
  const { rig, spec } = await start((engine) => ({
    async execStream(id, exec) {
      if (exec.cmd[0] !== 'perl') return await engine.execStream(id, exec)
      late.push(exec.cmd.at(-1) ?? '')
      const moved = 'save: server.log changed while it was saved\n'
      return late.length < 3
        ? { ...silentStream(1), stderr: () => moved }
        : await engine.execStream(id, exec)
    },
  }))
  expect(await rig.agents.save(spec.agentId, {}, readWhole)).toBeGreaterThan(2_000_000)
  expect(late).toEqual(['3', '60', '60'])
})

test('an agent that ends while it is saved keeps its volumes until that is done, and none of them after', async () => {
  const { engine, rig, spec } = await start()
  let discarding: Promise<void> | undefined
  const size = await rig.agents.save(spec.agentId, {}, async (saved) => {
    discarding ??= rig.agents.discard(spec.agentId)
    await rig.until(() => rig.row(spec.agentId).containerId === null)
    return await readWhole(saved)
  })
  expect(size).toBeGreaterThan(2_000_000)
  await discarding
  expect(rig.row(spec.agentId)).toMatchObject({ holdsResources: false })
  expect(await left(engine, spec)).toEqual([])
  expect(await rig.agents.save(spec.agentId, {}, readWhole)).toBeUndefined()
})

test('a save that is given up lets go of the volumes at once', async () => {
  const { engine, rig, spec } = await start()
  const abort = new AbortController()
  const saving = rig.agents.save(spec.agentId, { signal: abort.signal }, async (saved) => {
    abort.abort(new Error('the task is cancelled'))
    return await readWhole(saved)
  })
  expect(saving).rejects.toThrow('the task is cancelled')
  await rig.agents.discard(spec.agentId)
  expect(await left(engine, spec)).toEqual([])
})

test('what no container can do is told with its reason', async () => {
  const { rig, spec } = await start((engine) => ({
    execStream: (id, exec) =>
      exec.cmd[0] === 'perl' ? Promise.resolve(silentStream(1)) : engine.execStream(id, exec),
  }))
  const saving = rig.agents.save(spec.agentId, {}, readWhole)
  await expect(saving).rejects.toThrow(
    "The agent's files could not be saved: the script ended without a word.",
  )
})

function silentStream(code: number, text = ''): ExecStream {
  return {
    stdout: (async function* () {
      yield new TextEncoder().encode(text)
    })(),
    stderr: () => '',
    write: async () => {},
    end: () => {},
    exitCode: async () => code,
    close: () => {},
  }
}
