/** One engine call after the other fails; whatever happens, nothing may be lost, doubled or left behind. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentSpec, TurnOutcome } from '#agents/agents.ts'
import { volumeNames } from '#agents/container.ts'
import { type Clock, systemClock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import { type AgentRig, createAgentRig } from '../support/agent-rig.ts'
import { createFakeEngine, type FakeEngine, type FaultKind } from '../support/fake-engine.ts'
import { createTestRepository, type TestRepository } from '../support/repository.ts'
import { stride as spread } from '../support/thorough.ts'

let repository: TestRepository
let commit: string
let bundle: Uint8Array
beforeAll(async () => {
  repository = await createTestRepository()
  commit = await repository.commit({ 'hello.txt': 'hello\n' })
  bundle = await repository.bundle(commit, { branch: 'work' })
})
afterAll(() => repository.dispose())

/** Retries pause, but not for long. */
const quickClock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms < 1000 ? ms / 20 : ms, signal),
}

type World = {
  engine: FakeEngine
  rig: AgentRig
  spec: AgentSpec
  /** Steps that are over: a caller that starts again goes on behind them, as the runner of a task does. */
  done: Map<string, unknown>
  turnIds: string[]
}

async function inWorld<T>(work: (world: World) => Promise<T>): Promise<T> {
  const engine = createFakeEngine()
  const rig = createAgentRig({ engine, image: 'fake', clock: quickClock })
  const spec = rig.newAgent({
    workspace: { kind: 'clone', commit, branch: 'work', bundle: async () => bundle },
    files: async () => [{ path: 'input/a.txt', content: new TextEncoder().encode('a') }],
  })
  try {
    return await work({ engine, rig, spec, done: new Map(), turnIds: [newId(), newId()] })
  } finally {
    await rig.dispose()
    await engine.dispose()
  }
}

const stateOf = ({ engine, rig, spec }: World, file: string): string =>
  readFileSync(
    join(engine.volumePath(volumeNames(rig.instanceId, spec.agentId).state), file),
    'utf8',
  )

async function stored({ rig, spec }: World): Promise<string> {
  const bytes = await rig.output.read(spec.agentId, 0, Number.MAX_SAFE_INTEGER)
  return Buffer.from(bytes).toString('utf8')
}

/** Asks again after a failure, and not again once it is done. */
async function step<T>({ done }: World, name: string, call: () => Promise<T>): Promise<T> {
  if (done.has(name)) return done.get(name) as T
  const result = await call().catch(call)
  done.set(name, result)
  return result
}

/** The life of an agent, with the bytes compared before they go. Returns how its first turn ended. */
async function live(world: World, { prepare }: { prepare: boolean }): Promise<TurnOutcome> {
  const { rig, spec, turnIds } = world
  const { agents } = rig
  const [one = '', two = ''] = turnIds
  const prompt = 'write made.txt'
  if (prepare) await step(world, 'prepare', () => agents.prepare(spec))
  const first = await step(world, 'first', () => agents.run(spec, { turnId: one, prompt }))
  expect(await agents.run(spec, { turnId: one, prompt })).toEqual(first)
  // An honest failure is tried again by the runner as another turn of the same agent.
  const outcome =
    first.kind === 'completed'
      ? first
      : await step(world, 'second', () => agents.run(spec, { turnId: two, prompt }))
  expect(outcome).toEqual({ kind: 'completed', text: 'did: write made.txt' })
  const { bundle: work } = await step(world, 'collect', () => agents.collect(spec.agentId))
  const received = await repository.receive(work)
  expect(await repository.git('ls-tree', '--name-only', received)).toBe('hello.txt\nmade.txt')
  await step(world, 'stop', async () => {
    await agents.stop(spec.agentId, { status: 'completed' })
    expect(await stored(world)).toBe(stateOf(world, 'out.ndjson'))
    const turns = stateOf(world, 'turns.log').trim().split('\n')
    expect(new Set(turns).size).toBe(turns.length)
  })
  await step(world, 'discard', () => agents.discard(spec.agentId))
  return first
}

async function expectNothingLeft({ engine, rig, spec }: World): Promise<void> {
  const labels = { 'klaudio.instance': rig.instanceId }
  expect(await engine.listContainers(labels)).toEqual([])
  expect(await engine.listVolumes(labels)).toEqual([])
  expect(rig.row(spec.agentId)).toMatchObject({
    status: 'completed',
    phase: null,
    holdsResources: false,
    containerId: null,
  })
}

/** Lets call 1, 2, 3, ... of the agent's life fail, until there are no more. Returns how many there were. */
async function forEveryCall(
  kind: FaultKind,
  options: { prepare: boolean; check: (first: TurnOutcome, at: number) => void },
): Promise<number> {
  for (let at = 1; ; at += spread(1, 10)) {
    const hasStruck = await inWorld(async (world) => {
      const { rig, engine } = world
      const fault = engine.failOnce(at, kind)
      const lived = live(world, options)
      const isKilled = kind === 'die-before' || kind === 'die-after'
      const first = await (isKilled ? Promise.race([lived, fault.struck]) : lived)
      const outcome = first ?? (await restarted(world, options))
      fault.heal()
      lived.catch(() => {})
      options.check(outcome, at)
      await rig.agents.reconcile()
      await expectNothingLeft(world)
      return fault.hasStruck()
    })
    if (!hasStruck) return at - 1
  }
}

/** Another server finds what the killed one left. */
async function restarted(world: World, options: { prepare: boolean }): Promise<TurnOutcome> {
  world.rig.restart()
  await world.rig.agents.reconcile()
  return await live(world, options)
}

const mustComplete = (first: TurnOutcome, at: number): void =>
  expect({ at, kind: first.kind }).toEqual({ at, kind: 'completed' })
const longMs = 240_000

describe('an agent comes to the same end', () => {
  test.each([true, false])('when nothing fails (prepared: %p)', (prepare) =>
    inWorld(async (world) => {
      expect((await live(world, { prepare })).kind).toBe('completed')
      await expectNothingLeft(world)
    }),
  )

  test.each<FaultKind>(['away', 'lost', 'cut'])(
    'when the engine is away for any one call: %s',
    async (kind) => {
      const calls = await forEveryCall(kind, { prepare: true, check: mustComplete })
      expect(calls).toBeGreaterThan(10)
    },
    longMs,
  )

  test(
    'when the engine refuses any one call, though its first turn may fail honestly',
    async () => {
      const calls = await forEveryCall('refuse', {
        prepare: false,
        check: (first) => {
          if (first.kind === 'failed') expect(first.code).toBe('container-lost')
        },
      })
      expect(calls).toBeGreaterThan(10)
    },
    longMs,
  )

  test.each<FaultKind>(['die-before', 'die-after'])(
    'when the server is killed at any one call: %s',
    async (kind) => {
      const calls = await forEveryCall(kind, { prepare: false, check: mustComplete })
      expect(calls).toBeGreaterThan(10)
    },
    longMs,
  )
})
