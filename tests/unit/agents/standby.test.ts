/** Containers that stand by for agents to come, on an engine of local processes. */
import { describe, expect, test } from 'bun:test'
import { AppError } from '#contract/errors.ts'
import type { Engine } from '#docker/engine.ts'
import { systemClock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import { createAgentRig } from '../../support/agent-rig.ts'
import { useAgentWorlds } from '../../support/agent-worlds.ts'
import { createFakeEngine, type FakeEngine } from '../../support/fake-engine.ts'

const worlds = useAgentWorlds()

/** What stands by is made when a test says so, never by itself. */
const stillClock = {
  ...systemClock,
  sleep: (ms: number, signal?: AbortSignal) =>
    systemClock.sleep(ms === 3_000 ? 3_600_000 : ms, signal),
}

function start(options: { count?: number; around?: (engine: FakeEngine) => Engine } = {}) {
  const engine = createFakeEngine()
  let image = 'fake'
  const rig = createAgentRig({
    engine: options.around?.(engine) ?? engine,
    image: () => image,
    clock: stillClock,
    settings: { standbyContainers: options.count ?? 1 },
  })
  worlds.add({ engine, rig })
  const labels = { 'klaudio.instance': rig.instanceId }
  return {
    engine,
    rig,
    useImage: (name: string) => {
      image = name
    },
    containers: () => engine.listContainers(labels),
    volumes: () => engine.listVolumes(labels),
  }
}

const turn = (prompt = 'hello') => ({ turnId: newId(), prompt })

describe('containers that stand by', () => {
  test('are as many as the setting says, one kind for planners and one for workers', async () => {
    const { rig, containers, volumes } = start({ count: 2 })
    await rig.agents.standBy()
    expect(await containers()).toHaveLength(4)
    expect(await volumes()).toHaveLength(8)
    await rig.agents.standBy()
    expect(await containers()).toHaveLength(4)
  })

  test('become the container of an agent that is added under their id', async () => {
    const { rig, containers } = start()
    await rig.agents.standBy()
    const agentId = rig.agents.reserve('clone')
    const before = (await containers()).find(({ labels }) => labels['klaudio.agent'] === agentId)
    const spec = rig.newAgent({ agentId, workspace: worlds.workspace() })
    expect(await rig.agents.run(spec, turn())).toMatchObject({ kind: 'completed' })
    expect(rig.row(agentId).containerId).toBe(before?.id ?? 'none')
    expect(rig.row(agentId).run).toBe(1)
    await rig.agents.discard(agentId)
    expect((await containers()).map(({ labels }) => labels['klaudio.agent'])).not.toContain(agentId)
  })

  test('are handed out once, and an agent without one gets a container of its own', async () => {
    const { rig } = start()
    await rig.agents.standBy()
    const ids = [rig.agents.reserve('clone'), rig.agents.reserve('clone')]
    expect(new Set(ids).size).toBe(2)
    const outcomes = await Promise.all(
      ids.map((agentId) =>
        rig.agents.run(rig.newAgent({ agentId, workspace: worlds.workspace() }), turn()),
      ),
    )
    expect(outcomes.map(({ kind }) => kind)).toEqual(['completed', 'completed'])
  })

  test('are handed out again when the agent they were for was never added', async () => {
    const { rig, containers } = start()
    await rig.agents.standBy()
    const agentId = rig.agents.reserve('clone')
    await rig.agents.standBy()
    expect(rig.agents.reserve('clone')).toBe(agentId)
    expect(await containers()).toHaveLength(2)
  })

  test('of an image that is not used any more are removed, and the agent starts all the same', async () => {
    const { rig, useImage, containers } = start()
    await rig.agents.standBy()
    const agentId = rig.agents.reserve('clone')
    const [before] = (await containers()).filter((one) => one.labels['klaudio.agent'] === agentId)
    useImage('newer')
    const spec = rig.newAgent({ agentId, workspace: worlds.workspace() })
    expect(await rig.agents.run(spec, turn())).toMatchObject({ kind: 'completed' })
    expect(rig.row(agentId).containerId).not.toBe(before?.id ?? 'none')
  })

  test('that ended meanwhile do not keep their agent from starting', async () => {
    const { engine, rig, containers } = start()
    await rig.agents.standBy()
    for (const { id } of await containers()) await engine.crash(id)
    const agentId = rig.agents.reserve('clone')
    const spec = rig.newAgent({ agentId, workspace: worlds.workspace() })
    expect(await rig.agents.run(spec, turn())).toMatchObject({ kind: 'completed' })
  })

  test('go with their agent when it is given up before it starts', async () => {
    const { rig, containers } = start()
    await rig.agents.standBy()
    const agentId = rig.agents.reserve('clone')
    rig.newAgent({ agentId, workspace: worlds.workspace() })
    await rig.agents.discard(agentId)
    expect((await containers()).map(({ labels }) => labels['klaudio.agent'])).not.toContain(agentId)
  })

  test('are removed when the server ends', async () => {
    const { rig, containers, volumes } = start()
    await rig.agents.standBy()
    await rig.crash()
    expect(await containers()).toEqual([])
    expect(await volumes()).toEqual([])
  })

  test('of a server that was killed are removed by the next one', async () => {
    const killed = start()
    await killed.rig.agents.standBy()
    const [left] = await killed.containers()
    killed.rig.abandon()
    const { removed } = await killed.rig.agents.reconcile()
    expect(removed).toContain(left?.name ?? 'none')
    expect(await killed.containers()).toEqual([])
    expect(await killed.volumes()).toEqual([])
  })

  test('are tried again later when the engine refuses them, and leave nothing half made', async () => {
    let refuses = true
    const around = (engine: FakeEngine): Engine =>
      new Proxy(engine, {
        get: (target, name: keyof Engine) =>
          name === 'startContainer' && refuses
            ? () => Promise.reject(new AppError('engine.failed', 'No.'))
            : target[name],
      })
    const { rig, containers, volumes } = start({ around })
    await rig.agents.standBy()
    expect(await containers()).toEqual([])
    expect(await volumes()).toEqual([])
    refuses = false
    await rig.agents.standBy()
    expect(await containers()).toHaveLength(2)
  })
})
