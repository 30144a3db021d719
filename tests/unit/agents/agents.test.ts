/** Agents on an engine of local processes: what is hard to bring about, or too slow, with a real one. */
import { describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentSpec } from '#agents/agents.ts'
import { volumeNames } from '#agents/container.ts'
import { AppError } from '#contract/errors.ts'
import type { Engine } from '#docker/engine.ts'
import { type Clock, systemClock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import { type AgentRig, type AgentRigOptions, createAgentRig } from '../../support/agent-rig.ts'
import { useAgentWorlds } from '../../support/agent-worlds.ts'
import { createFakeEngine, type FakeEngine } from '../../support/fake-engine.ts'

const worlds = useAgentWorlds()

const quickClock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms < 1000 ? ms / 20 : ms, signal),
}

type Start = Partial<AgentRigOptions> & { around?: (engine: FakeEngine) => Engine }

function start({ around, ...options }: Start = {}) {
  const engine = createFakeEngine()
  const rig = createAgentRig({
    engine: around?.(engine) ?? engine,
    image: 'fake',
    clock: quickClock,
    ...options,
  })
  worlds.add({ engine, rig })
  const spec = rig.newAgent({
    workspace: worlds.workspace(),
  })
  const hasPhase = (phase: string) => rig.until(() => rig.row(spec.agentId).phase === phase)
  return { engine, rig, spec, hasPhase }
}

const turn = (prompt: string) => ({ turnId: newId(), prompt })
const containerOf = (rig: AgentRig, { agentId }: AgentSpec): string =>
  rig.row(agentId).containerId ?? 'none'
const nothing = async ({ engine, rig }: { engine: Engine; rig: AgentRig }): Promise<void> => {
  const labels = { 'klaudio.instance': rig.instanceId }
  expect(await engine.listContainers(labels)).toEqual([])
  expect(await engine.listVolumes(labels)).toEqual([])
}

describe('variables of the repository', () => {
  const environmentOf = () => ({
    values: { DATABASE_URL: 'postgres://secret-of-the-database', ANTHROPIC_BASE_URL: 'evil' },
    secrets: ['postgres://secret-of-the-database'],
  })

  test('reach the CLI of a worker, in a new container as well; a secret can be seen from outside nowhere, and is stored nowhere when it is printed', async () => {
    const seen: string[] = []
    const { engine, rig, spec } = start({
      environmentOf,
      around: (inner) =>
        new Proxy(inner, {
          get(target, name) {
            const value: unknown = Reflect.get(target, name)
            if (typeof value !== 'function') return value
            return (...given: unknown[]) => {
              if (name === 'createContainer') seen.push(JSON.stringify(given))
              return value.apply(target, given)
            }
          },
        }),
    })
    const text = `it is ${'*'.repeat('postgres://secret-of-the-database'.length)}`
    expect(await rig.agents.run(spec, turn('env DATABASE_URL'))).toMatchObject({ text })
    expect(await rig.agents.run(spec, turn('env ANTHROPIC_BASE_URL'))).toMatchObject({
      text: 'it is http://127.0.0.1:9',
    })
    await engine.crash(containerOf(rig, spec))
    expect(await rig.agents.run(spec, turn('env DATABASE_URL'))).toMatchObject({ text })
    expect(seen.length).toBeGreaterThan(1)
    expect(seen.join()).not.toContain('secret-of-the-database')
    const data = join(rig.dbPath, '..')
    const stored = readdirSync(data, { recursive: true, encoding: 'utf8' })
      .map((name) => join(data, name))
      .filter((path) => statSync(path).isFile())
    expect(stored.length).toBeGreaterThan(1)
    for (const path of stored) expect(readFileSync(path).includes('secret-of-the')).toBe(false)
  })

  test('that do not open any more fail the turn with what to do', async () => {
    const { rig, spec } = start({
      environmentOf() {
        throw new AppError('credentials.missing', 'A secret does not open any more.')
      },
    })
    expect(await rig.agents.run(spec, turn('env A'))).toMatchObject({
      ...{ kind: 'failed', code: 'credentials', reason: 'A secret does not open any more.' },
    })
  })
})

describe('a turn', () => {
  test('of a CLI that ends by itself fails with its exit code and last words', async () => {
    const { rig, spec } = start()
    const outcome = await rig.agents.run(spec, turn('exit 7'))
    expect(outcome).toMatchObject({ kind: 'failed', code: 'cli-exited' })
    expect(outcome).toMatchObject({ reason: expect.stringContaining('exit code 7') })
    expect(await rig.agents.run(spec, turn('and now'))).toMatchObject({ kind: 'completed' })
  })

  test('whose container dies every time is given up, honestly', async () => {
    const { engine, rig, spec } = start()
    const working = rig.agents.run(spec, turn('hang'))
    const kill = async (run: number): Promise<void> => {
      await rig.until(() => countStarts(engine, rig, spec) === run)
      await engine.crash(containerOf(rig, spec))
    }
    for (const run of [1, 2, 3, 4]) await kill(run)
    expect(await working).toMatchObject({ kind: 'failed', code: 'container-lost' })
  })

  test('counts the containers a turn has lost over the starts of the server', async () => {
    const { engine, rig, spec } = start()
    const work = turn('hang')
    let working = rig.agents.run(spec, work)
    for (const run of [1, 2, 3, 4]) {
      await rig.until(() => countStarts(engine, rig, spec) === run)
      working.catch(() => {})
      rig.restart()
      expect(await rig.agents.reconcile()).toMatchObject({ adopted: [spec.agentId] })
      working = rig.agents.run(spec, work)
      await engine.crash(containerOf(rig, spec))
    }
    expect(await working).toMatchObject({ kind: 'failed', code: 'container-lost' })
  })

  test('that prints more than one may is stopped with all of it kept, and told what to do', async () => {
    const { rig, spec, hasPhase } = start()
    const work = { ...turn('hang'), maxOutputBytes: 200 }
    const working = rig.agents.run(spec, work)
    const outcome = await working
    expect(outcome).toMatchObject({ kind: 'failed', code: 'output-limit', retryable: false })
    expect(outcome).toMatchObject({ reason: expect.stringContaining('agents.max_output') })
    const printed = await rig.output.read(spec.agentId, 0, Number.MAX_SAFE_INTEGER)
    expect(printed.length).toBeGreaterThan(200)
    expect(new TextDecoder().decode(printed)).toContain('"type":"result"')
    // With a higher limit the same agent goes on.
    await hasPhase('idle')
    const more = await rig.agents.run(spec, { ...turn('write a.txt'), maxOutputBytes: 1_000_000 })
    expect(more).toMatchObject({ kind: 'completed' })
  })

  test('that its CLI takes for complete and whose result was lost is asked about, and told nothing that may be wrong', async () => {
    const { engine, rig, spec } = start()
    const working = turn('hang')
    void rig.agents.run(spec, working).catch(() => {})
    const { state } = volumeNames(rig.instanceId, spec.agentId)
    await rig.until(() => rig.row(spec.agentId).phase === 'working')
    rig.restart()
    await engine.crash(containerOf(rig, spec))
    // The CLI had written its answer down, and was killed before it printed it.
    const transcript = join(
      engine.volumePath(state),
      'claude/projects/-workspace',
      `${spec.sessionId}.jsonl`,
    )
    const answered = { type: 'answered', uuid: working.turnId, text: '' }
    const before = await Bun.file(transcript).text()
    writeFileSync(transcript, `${before}${JSON.stringify(answered)}\n`)
    const outcome = await rig.agents.run(spec, working)
    expect(outcome).toMatchObject({
      kind: 'completed',
      text: expect.stringMatching(/container was replaced.*If anything is left of your work/),
    })
  })

  test('whose CLI was killed before it said that it had begun is asked about once, not for ever', async () => {
    const { rig, spec } = start()
    const outcome = await rig.agents.run(spec, turn('vanish'))
    expect(outcome).toMatchObject({
      kind: 'completed',
      text: expect.stringMatching(/container was replaced/),
    })
    const printed = await rig.output.read(spec.agentId, 0, Number.MAX_SAFE_INTEGER)
    expect(new TextDecoder().decode(printed).split('"type":"result"')).toHaveLength(2)
  })

  test('goes on as long as the engine stays away, and is not ended when that is too long', async () => {
    let isAway = false
    const around = (engine: FakeEngine): Engine =>
      new Proxy(engine, {
        get: (target, name: keyof Engine) => {
          if (isAway && typeof target[name] === 'function')
            return () => Promise.reject(new AppError('engine.unreachable', 'The engine is away.'))
          return target[name]
        },
      })
    const { engine, rig, spec, hasPhase } = start({ around, retryBudgetMs: 200 })
    const work = turn('hang')
    const working = rig.agents.run(spec, work)
    await hasPhase('working')
    isAway = true
    await engine.crash(containerOf(rig, spec))
    expect(working).rejects.toMatchObject({ code: 'engine.unreachable' })
    await working.catch(() => {})
    isAway = false
    const again = rig.agents.run(spec, work)
    await rig.until(() => rig.row(spec.agentId).run === 2)
    await rig.agents.stop(spec.agentId, { status: 'stopped' })
    expect(await again).toMatchObject({ kind: 'interrupted' })
  })

  test('is refused when the volumes with its earlier work are gone, rather than begun on nothing', async () => {
    const { engine, rig, spec } = start()
    await rig.agents.run(spec, turn('write a.txt'))
    await rig.agents.stop(spec.agentId, { status: 'stopped' })
    for (const name of Object.values(volumeNames(rig.instanceId, spec.agentId)))
      await engine.removeVolume(name)
    const outcome = await rig.agents.run(spec, turn('write b.txt'))
    expect(outcome).toMatchObject({ kind: 'failed', code: 'container-lost', retryable: false })
    expect(outcome).toMatchObject({ reason: 'The volumes with the work of the agent are gone.' })
  })

  test('fails with the reason when there are no credentials', async () => {
    const missing = new AppError('credentials.missing', 'Run "claude setup-token" first.')
    const { rig, spec, engine } = start({ credentials: () => Promise.reject(missing) })
    expect(await rig.agents.run(spec, turn('anything'))).toEqual({
      kind: 'failed',
      code: 'credentials',
      reason: 'Run "claude setup-token" first.',
      retryable: false,
      unread: true,
    })
    await rig.agents.discard(spec.agentId)
    await nothing({ engine, rig })
  })

  test('keeps credentials out of what the engine tells about a container', async () => {
    const specs: unknown[] = []
    const around = (engine: FakeEngine): Engine =>
      new Proxy(engine, {
        get: (target, name: keyof Engine) => {
          if (name !== 'createContainer') return target[name]
          return (spec: Parameters<Engine['createContainer']>[0]) => {
            specs.push(spec)
            return target.createContainer(spec)
          }
        },
      })
    const { rig, spec } = start({ around, credentials: async () => ({ SECRET_TOKEN: 'abc123' }) })
    await rig.agents.run(spec, turn('anything'))
    expect(specs.length).toBe(1)
    expect(JSON.stringify(specs)).not.toContain('abc123')
  })
})

describe('a message', () => {
  test('that comes before the prompt was read is delivered all the same', async () => {
    const { rig, spec } = start()
    await rig.agents.prepare(spec)
    const early = rig.agents.message(spec.agentId, { content: 'first', priority: 'next' })
    const working = rig.agents.run(spec, turn('hello'))
    const soon = rig.agents.message(spec.agentId, { content: 'second', priority: 'next' })
    const receipts = await Promise.all([early, soon])
    expect(await working).toMatchObject({ kind: 'completed' })
    for (const { id } of receipts) await rig.until(() => inputState(rig, id) === 'done')
  })

  test('sent again under its id is the same message, told once', async () => {
    const { rig, spec } = start()
    const input = { id: newId(), content: 'again', priority: 'next' } as const
    const first = await rig.agents.message(spec.agentId, input)
    expect(first.id).toBe(input.id)
    const other = { ...input, content: 'something else' }
    expect(await rig.agents.message(spec.agentId, other)).toEqual(first)
    const told = rig.events(spec.agentId).filter(({ type }) => type === 'agent.input')
    expect(told).toHaveLength(1)
    const { agentId } = rig.newAgent()
    await expect(rig.agents.message(agentId, input)).rejects.toMatchObject({
      code: 'message.refused',
    })
  })

  test('that no CLI was given yet is taken back without asking one', async () => {
    const { rig, spec } = start()
    await rig.agents.prepare(spec)
    const { id } = await rig.agents.message(spec.agentId, { content: 'no', priority: 'next' })
    expect((await rig.agents.withdraw(spec.agentId, id)).state).toBe('withdrawn')
    await rig.agents.run(spec, turn('hello'))
    expect(inputState(rig, id)).toBe('withdrawn')
    expect(rig.agents.withdraw(spec.agentId, newId())).rejects.toThrow('no such message')
  })
})

describe('the clock', () => {
  test('of a turn starts with it, however long its agent was warm', async () => {
    let now = Date.now()
    const clock: Clock = { ...quickClock, now: () => now }
    const { rig, spec } = start({ clock })
    await rig.agents.prepare(spec)
    now += 3_600_000
    const outcome = await rig.agents.run(spec, { ...turn('hello'), idleTimeoutMs: 60_000 })
    expect(outcome).toMatchObject({ kind: 'completed' })
  })

  test('ends a silent turn, and the agent can go on with another', async () => {
    const { rig, spec } = start()
    const silent = await rig.agents.run(spec, { ...turn('hang'), idleTimeoutMs: 1_200 })
    expect(silent).toMatchObject({ kind: 'failed', code: 'timeout' })
    expect(await rig.agents.run(spec, turn('hello'))).toMatchObject({ kind: 'completed' })
    expect(rig.row(spec.agentId).run).toBe(1)
  })
})

describe('the output', () => {
  test('of every agent that runs at the same time is seen while it runs, and kept apart (U1)', async () => {
    const { rig, spec } = start()
    const specs = [
      spec,
      ...Array.from({ length: 3 }, () =>
        rig.newAgent(spec.workspace.kind === 'clone' ? { workspace: spec.workspace } : {}),
      ),
    ]
    const seen = new Map<string, number>()
    for (const { agentId } of specs)
      rig.output.subscribe(agentId, ({ size }) => void seen.set(agentId, size))
    const working = specs.map((each) => rig.agents.run(each, turn('hang')))
    await rig.until(() => specs.every(({ agentId }) => rig.row(agentId).phase === 'working'))
    const printed = await Promise.all(
      specs.map(async ({ agentId }) => {
        const bytes = await rig.output.read(agentId, 0, rig.output.size(agentId))
        return new TextDecoder().decode(bytes)
      }),
    )
    for (const [index, { agentId, sessionId }] of specs.entries()) {
      expect(seen.get(agentId)).toBeGreaterThan(0)
      expect(rig.row(agentId).status).toBe('running')
      for (const [other, text] of printed.entries())
        expect(text.includes(sessionId)).toBe(other === index)
    }
    for (const { agentId } of specs) await rig.agents.interrupt(agentId)
    await Promise.all(working)
  })

  test('has nothing of what an engine complains in place of a program', async () => {
    const complaint = new TextEncoder().encode('OCI runtime exec failed: cannot exec\r\n')
    let times = 0
    const around = (engine: FakeEngine): Engine =>
      new Proxy(engine, {
        get: (target, name: keyof Engine) => {
          if (name !== 'execStream') return target[name]
          return async (...args: Parameters<Engine['execStream']>) => {
            const stream = await target.execStream(...args)
            times += 1
            if (times > 2) return stream
            stream.close()
            return { ...stream, stdout: oneChunk(complaint) }
          }
        },
      })
    const { rig, spec } = start({ around })
    expect(await rig.agents.run(spec, turn('hello'))).toMatchObject({ kind: 'completed' })
    const output = Buffer.from(await rig.output.read(spec.agentId, 0, 1e6)).toString('utf8')
    expect(output).not.toContain('OCI')
    for (const line of output.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
    expect(times).toBeGreaterThan(2)
  })
})

describe('an end', () => {
  test('that comes while the agent starts leaves nothing behind', async () => {
    const { engine, rig, spec, hasPhase } = start()
    const working = rig.agents.run(spec, turn('hello'))
    await hasPhase('preparing')
    await rig.agents.stop(spec.agentId, { status: 'stopped', error: 'Stopped by you.' })
    expect(await working).toEqual({ kind: 'interrupted', unread: true })
    expect(rig.row(spec.agentId)).toMatchObject({ status: 'stopped', containerId: null })
    // If the container was up by the time the stop got through, its volumes stay as with every other stop.
    await rig.agents.discard(spec.agentId)
    expect(rig.row(spec.agentId)).toMatchObject({ status: 'stopped', holdsResources: false })
    await nothing({ engine, rig })
  })

  test('comes also to a CLI that is frozen: it hears no interrupt, and is killed after a grace with its work kept (L12)', async () => {
    const { engine, rig, spec, hasPhase } = start()
    const working = rig.agents.run(spec, turn('freeze'))
    await hasPhase('working')
    await rig.agents.stop(spec.agentId, { status: 'stopped' })
    expect(await working).toEqual({ kind: 'interrupted' })
    expect(rig.row(spec.agentId)).toMatchObject({
      status: 'stopped',
      containerId: null,
      holdsResources: true,
    })
    const labels = { 'klaudio.instance': rig.instanceId }
    expect(await engine.listContainers(labels)).toEqual([])
    expect(await engine.listVolumes(labels)).toHaveLength(2)
  }, 60_000)

  test('leaves no volume behind when the agent is being saved at the same moment', async () => {
    const { engine, rig, spec } = start()
    for (let ticks = 0; ticks < 12; ticks++) {
      const agent = rig.newAgent({ workspace: spec.workspace })
      await rig.agents.prepare(agent)
      await rig.agents.stop(agent.agentId, { status: 'completed' })
      const discarding = rig.agents.discard(agent.agentId)
      for (let tick = 0; tick < ticks; tick++) await new Promise((resolve) => setImmediate(resolve))
      // There is nothing to save any more, or not for long.
      await rig.agents.save(agent.agentId, {}, async () => {}).catch(() => {})
      await discarding
      const labels = { 'klaudio.agent': agent.agentId }
      const left = [...(await engine.listVolumes(labels)), ...(await engine.listContainers(labels))]
      expect({ ticks, left }).toEqual({ ticks, left: [] })
    }
  })

  test('refuses the messages nobody read', async () => {
    const { rig, spec } = start()
    const early = await rig.agents.message(spec.agentId, { content: 'Hello.', priority: 'next' })
    expect(early.state).toBe('pending')
    await rig.agents.stop(spec.agentId, { status: 'stopped' })
    const states = rig.events(spec.agentId).filter((event) => event.type === 'agent.input')
    expect(states.at(-1)?.data).toMatchObject({ id: early.id, state: 'refused' })
    const late = await rig.agents.message(spec.agentId, { content: 'Hello?', priority: 'next' })
    expect(late).toMatchObject({ state: 'refused', reason: expect.stringContaining('stopped') })
  })

  test('may be asked for twice', async () => {
    const { engine, rig, spec } = start()
    await rig.agents.run(spec, turn('hello'))
    await Promise.all([
      rig.agents.stop(spec.agentId, { status: 'completed' }),
      rig.agents.discard(spec.agentId),
      rig.agents.discard(spec.agentId),
    ])
    expect(rig.row(spec.agentId)).toMatchObject({ status: 'completed', holdsResources: false })
    await nothing({ engine, rig })
  })

  test('of an agent that never was is a sentence, not a crash', async () => {
    const { rig } = start()
    expect(rig.agents.stop(newId(), { status: 'stopped' })).rejects.toThrow('There is no agent')
    expect(await rig.agents.interrupt(newId())).toBe(false)
  })
})

describe('after a start', () => {
  test('an agent whose volumes were being made is made again', async () => {
    const { engine, rig, spec } = start()
    const fault = engine.failOnce(4, 'die-after')
    void rig.agents.prepare(spec).catch(() => {})
    await fault.struck
    rig.restart()
    expect(await rig.agents.reconcile()).toMatchObject({ adopted: [], ended: [] })
    expect(await rig.agents.run(spec, turn('write a.txt'))).toMatchObject({ kind: 'completed' })
  })

  test('what an ended container had printed is stored', async () => {
    const { engine, rig, spec, hasPhase } = start()
    void rig.agents.run(spec, turn('hang')).catch(() => {})
    await hasPhase('working')
    await rig.crash()
    const file = join(
      engine.volumePath(volumeNames(rig.instanceId, spec.agentId).state),
      'out.ndjson',
    )
    const before = await Bun.file(file).text()
    writeFileSync(file, `${before}{"type":"unheard"}\n{"type":"to`)
    await engine.crash(containerOf(rig, spec))
    await engine.waitContainer(containerOf(rig, spec))
    rig.restart()
    expect(await rig.agents.reconcile()).toMatchObject({ ended: [spec.agentId] })
    const output = Buffer.from(await rig.output.read(spec.agentId, 0, 1e6)).toString('utf8')
    expect(output).toBe(await Bun.file(file).text())
    expect(output).toEndWith('{"type":"to')
  })

  test('what the engine refuses for one agent keeps nobody else waiting', async () => {
    const { engine, rig, spec } = start()
    await rig.agents.prepare(spec)
    const other = rig.newAgent({ workspace: spec.workspace })
    await rig.agents.prepare(other)
    rig.restart()
    // The list of containers comes first, then each agent is looked at.
    engine.failOnce(2, 'refuse')
    const { adopted, left } = await rig.agents.reconcile()
    expect([...adopted, ...left.map(({ what }) => what.replace('agent ', ''))].sort()).toEqual(
      [spec.agentId, other.agentId].sort(),
    )
    expect(left).toHaveLength(1)
    expect(await rig.agents.run(spec, turn('write a.txt'))).toMatchObject({ kind: 'completed' })
    expect(await rig.agents.run(other, turn('write b.txt'))).toMatchObject({ kind: 'completed' })
  })

  test('an agent that somebody already asked for again is not disturbed by the comparison', async () => {
    const { engine, rig, spec } = start()
    await rig.agents.prepare(spec)
    rig.restart()
    // It waits for the engine while the comparison comes along.
    engine.failOnce(2, 'away')
    const [outcome] = await Promise.all([
      rig.agents.run(spec, turn('write a.txt')),
      rig.agents.reconcile(),
    ])
    expect(outcome).toMatchObject({ kind: 'completed' })
  })

  test('helpers and containers of earlier runs are removed', async () => {
    const { engine, rig, spec } = start()
    await rig.agents.prepare(spec)
    const labels = {
      'klaudio.instance': rig.instanceId,
      'klaudio.agent': spec.agentId,
      'klaudio.role': 'helper',
    }
    const { workspace } = volumeNames(rig.instanceId, spec.agentId)
    await engine.createContainer({
      name: 'left-over',
      image: 'fake',
      cmd: ['true'],
      labels,
      volumes: [{ name: workspace, path: '/workspace' }],
      readOnlyRoot: true,
      network: 'none',
      memoryBytes: 1,
      cpus: 1,
      pids: 1,
      openStdin: false,
    })
    rig.restart()
    expect(await rig.agents.reconcile()).toEqual({
      adopted: [spec.agentId],
      ended: [],
      removed: ['left-over'],
      left: [],
    })
  })
})

/** How often the CLI began to work on a turn. */
function countStarts(engine: FakeEngine, rig: AgentRig, { agentId }: AgentSpec): number {
  const log = join(engine.volumePath(volumeNames(rig.instanceId, agentId).state), 'turns.log')
  return existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0
}

/** The last state of a message that was told to the world. */
function inputState(rig: AgentRig, inputId: string): unknown {
  const told = rig.events().filter((event) => event.type === 'agent.input')
  return told.findLast((event) => event.data.id === inputId)?.data.state
}

async function* oneChunk(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
  yield chunk
}
