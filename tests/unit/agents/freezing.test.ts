/** Agents that a person has frozen, on an engine of local processes: what waits, what goes on, and what the next server finds. */
import { afterEach, describe, expect, test } from 'bun:test'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { volumeNames } from '#agents/container.ts'
import { markThawed } from '#agents/freezer.ts'
import { getAgent, updateAgent } from '#db/agents.ts'
import { newId } from '#lib/ids.ts'
import { type AgentRig, createAgentRig } from '../../support/agent-rig.ts'
import { createFakeEngine, type FakeEngine } from '../../support/fake-engine.ts'
import { createSkippingClock } from '../../support/test-clock.ts'

const worlds: { engine: FakeEngine; rig: AgentRig }[] = []
afterEach(async () => {
  for (const { engine, rig } of worlds.splice(0)) {
    await rig.dispose()
    await engine.dispose()
  }
})

async function start(prompt = 'hang') {
  const engine = createFakeEngine()
  const { clock, skip } = createSkippingClock()
  const rig = createAgentRig({ engine, image: 'fake', clock })
  worlds.push({ engine, rig })
  const spec = rig.newAgent({
    workspace: { kind: 'read-only', archive: () => noTree() },
  })
  const { agentId } = spec
  const limits = { timeoutMs: 3_600_000, idleTimeoutMs: 1_200_000 }
  const turn = { turnId: newId(), prompt, ...limits }
  const run = () => rig.agents.run(spec, turn)
  const running = run()
  running.catch(() => {})
  const phase = (): unknown => rig.row(agentId).phase
  const status = async () => {
    const { containerId } = rig.row(agentId)
    return containerId === null ? 'none' : (await engine.inspectContainer(containerId))?.status
  }
  const freeze = async () => {
    updateAgent(rig.db, agentId, { frozenAt: clock.now() })
    await rig.agents.settle(agentId)
  }
  const unfreeze = async () => {
    markThawed({ tx: rig.db, record: () => {}, now: clock.now() } as never, agentId)
    await rig.agents.settle(agentId)
  }
  const atWork = () => rig.until(() => phase() === 'working' && hasBegun())
  const hasBegun = (): boolean => log('turns.log').length > 0
  const log = (name: string): string[] => {
    const path = join(engine.volumePath(volumeNames(rig.instanceId, agentId).state), name)
    return existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : []
  }
  return {
    engine,
    rig,
    spec,
    agentId,
    turn,
    run,
    running,
    status,
    freeze,
    unfreeze,
    atWork,
    log,
    skip,
  }
}

async function* noTree(): AsyncIterable<Uint8Array> {
  // An end of archive: nothing in it.
  yield new Uint8Array(1024)
}

describe('a frozen agent', () => {
  test('does nothing, takes messages, and goes on where it was; time does not count against it', async () => {
    const { rig, agentId, status, freeze, unfreeze, atWork, running, skip } = await start()
    await atWork()
    await freeze()
    expect(await status()).toBe('paused')
    // Longer than it may work, and longer than it may be silent.
    skip(4_000_000)
    const told = await rig.agents.message(agentId, { content: 'look', priority: 'next' })
    expect(told.state).toBe('pending')
    expect(rig.row(agentId)).toMatchObject({ status: 'running', phase: 'working' })
    await unfreeze()
    expect(await status()).toBe('running')
    expect(rig.row(agentId).frozenMs).toBeGreaterThanOrEqual(4_000_000)
    expect(await rig.agents.interrupt(agentId)).toBe(true)
    expect((await running).kind).toBe('interrupted')
  })

  test('is found frozen by the next server, which takes it over when it is let go', async () => {
    const { rig, agentId, run, status, freeze, unfreeze, atWork, log } = await start()
    await atWork()
    await freeze()
    rig.restart()
    expect(await rig.agents.reconcile()).toMatchObject({ adopted: [agentId], left: [] })
    const again = run()
    expect(await status()).toBe('paused')
    await unfreeze()
    await rig.until(() => rig.row(agentId).phase === 'working')
    while (!(await rig.agents.interrupt(agentId))) await Bun.sleep(2)
    expect((await again).kind).toBe('interrupted')
    // The same process, asked once.
    expect(log('turns.log')).toHaveLength(1)
  })

  test('can be stopped, and removed, like any other', async () => {
    const { engine, rig, agentId, freeze, atWork, running } = await start()
    await atWork()
    await freeze()
    await rig.agents.stop(agentId, { status: 'stopped' })
    expect((await running).kind).toBe('interrupted')
    expect(rig.row(agentId)).toMatchObject({ status: 'stopped', frozenAt: null, containerId: null })
    await rig.agents.discard(agentId)
    expect(await engine.listContainers({})).toEqual([])
  })

  test('can be stopped and removed when another server froze it', async () => {
    const { engine, rig, agentId, freeze, atWork } = await start()
    await atWork()
    await freeze()
    rig.restart()
    await rig.agents.reconcile()
    await rig.agents.discard(agentId)
    expect(rig.row(agentId)).toMatchObject({ status: 'stopped', frozenAt: null })
    expect(await engine.listContainers({})).toEqual([])
  })

  test('is not started before it is let go', async () => {
    const { rig, spec, unfreeze, agentId, atWork, run, freeze } = await start('say hello')
    await rig.until(() => rig.row(agentId).phase === 'idle')
    void atWork
    await freeze()
    const other = { ...spec }
    const next = rig.agents.run(other, { turnId: newId(), prompt: 'say it again' })
    await Bun.sleep(0)
    expect(getAgent(rig.db, agentId).phase).not.toBe('working')
    await unfreeze()
    expect((await next).kind).toBe('completed')
    expect((await run()).kind).toBe('completed')
  })
})

describe('a running agent', () => {
  test('hears of another model at once, and its next process begins with it', async () => {
    const { rig, agentId, atWork, log, running } = await start()
    await atWork()
    updateAgent(rig.db, agentId, { model: 'haiku' })
    rig.agents.tellModel(agentId)
    await rig.until(() => rig.row(agentId).toldModel === 'haiku')
    expect(log('models.log')).toEqual(['haiku'])
    rig.agents.tellModel(agentId)
    await rig.agents.interrupt(agentId)
    await running
    expect(log('models.log')).toEqual(['haiku'])
  })

  test('whose process is ended gets a new one for the next turn, in the same files', async () => {
    const { rig, spec, agentId, turn, atWork, running, log } = await start()
    await atWork()
    const before = rig.row(agentId).containerId
    await rig.agents.restart(agentId, turn.turnId)
    expect((await running).kind).toBe('interrupted')
    const next = await rig.agents.run(spec, { turnId: newId(), prompt: 'say hello' })
    expect(next.kind).toBe('completed')
    expect(rig.row(agentId).containerId).not.toBe(before)
    expect(log('turns.log')).toHaveLength(2)
  })

  test('whose turn was cut off before its process is gone begins the next turn in the new one', async () => {
    const { rig, spec, agentId, turn, atWork, running } = await start()
    await atWork()
    const restarted = rig.agents.restart(agentId, turn.turnId)
    expect((await running).kind).toBe('interrupted')
    const next = await rig.agents.run(spec, { turnId: newId(), prompt: 'say hello' })
    expect(next.kind).toBe('completed')
    await restarted
  })
})
