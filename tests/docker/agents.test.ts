/** The real CLI in real containers against the scripted model. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AgentSpec, TurnOutcome } from '#agents/agents.ts'
import { outputPath } from '#agents/container.ts'
import { createDockerodeEngine } from '#docker/dockerode-engine.ts'
import type { Engine } from '#docker/engine.ts'
import { readTarFile } from '#docker/tar.ts'
import { newId } from '#lib/ids.ts'
import { packTar } from '#lib/pack-tar.ts'
import { answer, bash, fail, say } from '#model/story.ts'
import type { AgentRig } from '../support/agent-rig.ts'
import { createAgentStages } from '../support/agent-stages.ts'
import { requireEngine, testEngine } from '../support/docker.ts'
import { createEngineProxy } from '../support/engine-proxy.ts'
import type { TestRepository } from '../support/repository.ts'

const noEngine = await requireEngine()
const engine = noEngine === undefined ? testEngine() : ({} as Engine)
const longMs = 120_000

let repository: TestRepository
let firstCommit: string
const stages = createAgentStages(engine)

beforeAll(async () => {
  if (noEngine !== undefined) return
  const prepared = await stages.prepare()
  repository = prepared.repository
  firstCommit = prepared.commit
}, 300_000)
afterEach(stages.clear, longMs)
afterAll(stages.dispose)

const stage = stages.open

const worker = (rig: AgentRig, overrides: Partial<AgentSpec> = {}): AgentSpec =>
  rig.newAgent({ workspace: stages.clone(firstCommit), ...overrides })

const turn = (prompt = 'Please do the work.') => ({ turnId: newId(), prompt })

/** What the CLI printed, from its own volume, and what the store has of it. */
async function origin(rig: AgentRig, { agentId }: AgentSpec): Promise<string> {
  const { containerId } = rig.row(agentId)
  const chunks: Uint8Array[] = []
  for await (const chunk of readTarFile(await engine.getArchive(containerId ?? '', outputPath)))
    chunks.push(chunk.slice())
  return Buffer.concat(chunks).toString('utf8')
}
async function stored(rig: AgentRig, { agentId }: AgentSpec): Promise<string> {
  return Buffer.from(await rig.output.read(agentId, 0, Number.MAX_SAFE_INTEGER)).toString('utf8')
}
const countLines = (output: string, pattern: RegExp): number =>
  output.split('\n').filter((line) => pattern.test(line)).length
const resultLine = /"type":"result"/

/** Resolves once the agent's output has a line like this. */
async function printed(rig: AgentRig, { agentId }: AgentSpec, pattern: RegExp): Promise<void> {
  const seen = Promise.withResolvers<void>()
  const look = async (): Promise<void> => {
    const bytes = await rig.output.read(agentId, 0, Number.MAX_SAFE_INTEGER)
    if (pattern.test(Buffer.from(bytes).toString('utf8'))) seen.resolve()
  }
  using _subscription = rig.output.subscribe(agentId, () => void look())
  await look()
  await seen.promise
}

const completed = (text: string): TurnOutcome => ({ kind: 'completed', text })

describe.skipIf(noEngine !== undefined)('an agent', () => {
  test(
    'does a turn, hands back its work and leaves nothing behind',
    async () => {
      const { rig } = stage({
        others: [[bash('cat hello.txt input/note.txt > both.txt'), say('Both are in one.')]],
      })
      const note = new TextEncoder().encode('a note\n')
      const spec = worker(rig, { files: async () => [{ path: 'input/note.txt', content: note }] })
      const work = turn()
      const outcome = await rig.agents.run(spec, work)
      expect(outcome).toEqual(completed('Both are in one.'))
      expect(await rig.agents.run(spec, work)).toEqual(outcome)

      const { bundle } = await rig.agents.collect(spec.agentId)
      const commit = await repository.receive(bundle)
      expect(await repository.git('show', `${commit}:both.txt`)).toBe('hello\na note')
      expect(await repository.git('ls-tree', '-r', '--name-only', commit)).toBe(
        'both.txt\nhello.txt',
      )
      expect(await stored(rig, spec)).toBe(await origin(rig, spec))
      expect(countLines(await stored(rig, spec), resultLine)).toBe(1)

      await rig.agents.stop(spec.agentId, { status: 'completed' })
      const row = rig.row(spec.agentId)
      expect(row).toMatchObject({
        status: 'completed',
        phase: null,
        exitCode: 0,
        containerId: null,
        holdsResources: true,
        result: 'Both are in one.',
        baseCommit: firstCommit,
      })
      expect(row.usage.output_tokens).toBeGreaterThan(0)
      expect(row.costUsd).toBeGreaterThan(0)
      expect(rig.output.isEnded(spec.agentId)).toBe(true)
      await rig.agents.discard(spec.agentId)
      expect(rig.row(spec.agentId).holdsResources).toBe(false)
      expect(await engine.listVolumes({ 'klaudio.instance': rig.instanceId })).toEqual([])
    },
    longMs,
  )

  test(
    'reads a message while it works, and the receipt says what became of it',
    async () => {
      const { rig, model } = stage({ others: [[untilGo, say('Done.')]] })
      const spec = worker(rig)
      const working = rig.agents.run(spec, turn())
      await printed(rig, spec, /"tool_use".*while/)
      const receipt = await rig.agents.message(spec.agentId, {
        content: 'Mind the gap.',
        priority: 'next',
      })
      expect(receipt.state).toBe('queued')
      await go(rig, spec)
      expect(await working).toEqual(completed('Done.'))
      const states = inputStates(rig, receipt.id)
      expect(states).toEqual(['pending', 'queued', 'read', 'done'])
      expect(JSON.stringify(model.requests().at(-1)?.body)).toContain('Mind the gap.')

      const late = await rig.agents.message(spec.agentId, { content: 'Hello?', priority: 'next' })
      expect(late).toMatchObject({ state: 'refused', reason: expect.stringContaining('finished') })
    },
    longMs,
  )

  test(
    'lets a message be taken back until it was read',
    async () => {
      const { rig } = stage({ others: [[untilGo, say('Done.')]] })
      const spec = worker(rig)
      const working = rig.agents.run(spec, turn())
      await printed(rig, spec, /"tool_use".*while/)
      const say1 = { content: 'Never mind.', priority: 'later' as const }
      const { id } = await rig.agents.message(spec.agentId, say1)
      expect((await rig.agents.withdraw(spec.agentId, id)).state).toBe('withdrawn')
      const read = await rig.agents.message(spec.agentId, { content: 'Mind.', priority: 'next' })
      await go(rig, spec)
      await working
      expect(rig.agents.withdraw(spec.agentId, read.id)).rejects.toThrow('is done')
    },
    longMs,
  )

  test(
    'stops its turn on an interrupt, keeps its process and works on',
    async () => {
      const { rig } = stage({ others: [[untilGo, say('Never.')], [say('Second.')]] })
      const spec = worker(rig)
      const working = rig.agents.run(spec, turn())
      await printed(rig, spec, /"tool_use".*while/)
      expect(await rig.agents.interrupt(spec.agentId)).toBe(true)
      expect(await working).toEqual({ kind: 'interrupted' })
      expect(await rig.agents.interrupt(spec.agentId)).toBe(false)
      const { containerId } = rig.row(spec.agentId)
      expect(await rig.agents.run(spec, turn('And now?'))).toEqual(completed('Second.'))
      expect(rig.row(spec.agentId).containerId).toBe(containerId)
    },
    longMs,
  )

  test(
    'is stopped in the middle of a turn with its output whole, and goes on later in the same conversation',
    async () => {
      const { rig, model } = stage({ others: [[untilGo, say('Never.')], [say('Back again.')]] })
      const spec = worker(rig)
      const working = rig.agents.run(spec, turn('Remember the milk.'))
      await printed(rig, spec, /"tool_use".*while/)
      await rig.agents.stop(spec.agentId, { status: 'stopped', error: 'Stopped by you.' })
      expect(await working).toEqual({ kind: 'interrupted' })
      expect(rig.row(spec.agentId)).toMatchObject({ status: 'stopped', error: 'Stopped by you.' })
      expect(await engine.listContainers({ 'klaudio.instance': rig.instanceId })).toEqual([])
      expect(countLines(await stored(rig, spec), resultLine)).toBe(1)

      expect(await rig.agents.run(spec, turn('Go on.'))).toEqual(completed('Back again.'))
      expect(JSON.stringify(model.requests().at(-1)?.body)).toContain('Remember the milk.')
      expect(await stored(rig, spec)).toBe(await origin(rig, spec))
    },
    longMs,
  )

  test(
    'survives a server that is killed in the middle of its turn: one result, every byte once',
    async () => {
      const { rig } = stage({ others: [[untilGo, say('Survived.')]] })
      const spec = worker(rig)
      const work = turn()
      void rig.agents.run(spec, work).catch(() => {})
      await printed(rig, spec, /"tool_use".*while/)
      const { containerId } = rig.row(spec.agentId)
      rig.restart()
      expect(await rig.agents.reconcile()).toEqual({
        adopted: [spec.agentId],
        ended: [],
        removed: [],
        left: [],
      })
      const again = rig.agents.run(spec, work)
      await go(rig, spec)
      expect(await again).toEqual(completed('Survived.'))
      expect(rig.row(spec.agentId)).toMatchObject({ containerId, run: 1 })
      const output = await stored(rig, spec)
      expect(countLines(output, resultLine)).toBe(1)
      expect(output).toBe(await origin(rig, spec))
    },
    longMs,
  )

  test(
    'whose turn ended while no server ran is asked once more and answers from what it printed',
    async () => {
      const { rig, model } = stage({ others: [[untilGo, say('Alone.')]] })
      const spec = worker(rig)
      const work = turn()
      void rig.agents.run(spec, work).catch(() => {})
      await printed(rig, spec, /"tool_use".*while/)
      await rig.crash()
      await go(rig, spec)
      await until(async () => (await origin(rig, spec)).includes('"state":"idle"'))
      await engine.stopContainer(rig.row(spec.agentId).containerId ?? '', 1000)
      const asked = model.requests().length
      rig.restart()
      expect(await rig.agents.reconcile()).toMatchObject({ adopted: [], ended: [spec.agentId] })
      expect(await rig.agents.run(spec, work)).toEqual(completed('Alone.'))
      expect(model.requests().length).toBe(asked)
    },
    longMs,
  )

  test(
    'whose container is killed in the middle of a turn goes on in a new one',
    async () => {
      const { rig } = stage({ others: [[bash('echo once >> log.txt'), untilGo, say('Resumed.')]] })
      const spec = worker(rig)
      const working = rig.agents.run(spec, turn())
      await printed(rig, spec, /"tool_use".*while/)
      const { containerId } = rig.row(spec.agentId)
      // The CLI writes its transcript a moment after it prints; what is not in there yet is done again.
      const lookup = 'grep -qs tool_result /state/claude/projects/*/*.jsonl'
      await until(async () => {
        const look = await engine.exec(containerId ?? '', { cmd: ['sh', '-c', lookup] })
        return look.exitCode === 0
      })
      await engine.killContainer(containerId ?? '', 'SIGKILL')
      await rig.until(() => (rig.row(spec.agentId).containerId ?? containerId) !== containerId)
      await until(async () => await goIfRunning(rig, spec))
      expect(await working).toEqual(completed('Resumed.'))
      expect(rig.row(spec.agentId).run).toBe(2)
      const output = await stored(rig, spec)
      expect(output).toBe(await origin(rig, spec))
      expect(countLines(output, resultLine)).toBe(1)
      const { bundle } = await rig.agents.collect(spec.agentId)
      const commit = await repository.receive(bundle)
      expect(await repository.git('show', `${commit}:log.txt`)).toBe('once')
    },
    longMs,
  )

  test(
    'killed between saying what it does and doing it goes on and does it',
    async () => {
      const last = bash('while [ ! -e /tmp/go ]; do sleep 0.05; done; echo two >> log.txt')
      const { rig } = stage({
        others: [[bash('echo one >> log.txt'), [say('Now the second.'), last], say('Both done.')]],
      })
      const spec = worker(rig)
      const working = rig.agents.run(spec, turn())
      await printed(rig, spec, /"tool_use".*while/)
      const { containerId } = rig.row(spec.agentId)
      // Its transcript ends with the words: the CLI takes the turn for complete.
      const cut = [
        'cd /state/claude/projects/*/ && file=$(ls *.jsonl) && at=$(grep -n "Now the second" $file | tail -1 | cut -d: -f1)',
        '[ -n "$at" ] && tail -n +$((at + 1)) $file | grep -q tool_use',
        'head -n $at $file > /state/cut && cat /state/cut > $file',
      ].join(' && ')
      await until(async () => {
        const made = await engine.exec(containerId ?? '', { cmd: ['sh', '-c', cut] })
        return made.exitCode === 0
      })
      await engine.killContainer(containerId ?? '', 'SIGKILL')
      await rig.until(() => (rig.row(spec.agentId).containerId ?? containerId) !== containerId)
      await until(async () => await goIfRunning(rig, spec))
      expect(await working).toEqual(completed('Both done.'))
      const { bundle } = await rig.agents.collect(spec.agentId)
      const commit = await repository.receive(bundle)
      expect(await repository.git('show', `${commit}:log.txt`)).toBe('one\ntwo')
    },
    longMs,
  )

  test(
    'whose container is removed by somebody goes on in a new one on the same volumes',
    async () => {
      const { rig } = stage({ others: [[untilGo, say('Still here.')]] })
      const spec = worker(rig)
      const working = rig.agents.run(spec, turn())
      await printed(rig, spec, /"tool_use".*while/)
      const { containerId } = rig.row(spec.agentId)
      await engine.removeContainer(containerId ?? '')
      await until(async () => await goIfRunning(rig, spec))
      expect(await working).toEqual(completed('Still here.'))
      expect(await stored(rig, spec)).toBe(await origin(rig, spec))
    },
    longMs,
  )

  test(
    'does not notice that the connection to the engine breaks again and again',
    async () => {
      const proxy = createEngineProxy(join(tmpdir(), `klaudio-${newId()}.sock`))
      await proxy.open()
      const { rig } = stage(
        {
          others: [
            [untilGo, bash('for i in $(seq 200); do echo "line $i ü"; done'), say('Whole.')],
          ],
        },
        { engine: createDockerodeEngine({ host: proxy.host }) },
      )
      const spec = worker(rig)
      const working = rig.agents.run(spec, turn())
      await printed(rig, spec, /"tool_use".*while/)
      for (let times = 0; times < 3; times += 1) {
        proxy.cut()
        await proxy.open()
        const sent = rig.agents.message(spec.agentId, {
          content: `Note ${times}`,
          priority: 'next',
        })
        expect((await sent).state).toMatch(/pending|queued/)
      }
      proxy.cut()
      await go(rig, spec)
      await until(async () => (await origin(rig, spec)).includes('"state":"idle"'))
      await proxy.open()
      expect(await working).toEqual(completed('Whole.'))
      expect(rig.row(spec.agentId).run).toBe(1)
      const output = await stored(rig, spec)
      expect(output).toBe(await origin(rig, spec))
      expect(countLines(output, resultLine)).toBe(1)
      await rig.agents.stop(spec.agentId, { status: 'completed' })
      proxy.cut()
    },
    longMs,
  )

  test(
    'reads what was sent before it started together with its prompt',
    async () => {
      const { rig, model } = stage({ others: [[say('Read.')]] })
      const spec = worker(rig)
      const early = await rig.agents.message(spec.agentId, {
        content: 'Early bird.',
        priority: 'next',
      })
      expect(early.state).toBe('pending')
      await rig.agents.run(spec, turn())
      expect(inputStates(rig, early.id).at(-1)).toBe('done')
      expect(JSON.stringify(model.requests().at(-1)?.body)).toContain('Early bird.')
    },
    longMs,
  )

  test(
    'that is warm sees the newest tree, and nothing of the one before is in its context',
    async () => {
      const { rig, model } = stage({
        others: [[bash('cat hello.txt; git status -sb'), say('Seen.')]],
      })
      const spec = worker(rig)
      await rig.agents.prepare(spec)
      expect(rig.row(spec.agentId)).toMatchObject({ status: 'created', phase: 'warm' })
      const { containerId } = rig.row(spec.agentId)
      const newer = await repository.commit(
        { 'hello.txt': 'newer\n', 'CLAUDE.md': 'Be brief.\n' },
        'the newer subject',
      )
      await rig.agents.run({ ...spec, workspace: stages.clone(newer) }, turn())
      expect(rig.row(spec.agentId)).toMatchObject({ containerId, baseCommit: newer })
      const [first, last] = [model.requests()[0], model.requests().at(-1)]
      expect(JSON.stringify(last?.body)).toContain('newer')
      const context = JSON.stringify(first?.body)
      expect(context).toContain('Is a git repository: true')
      for (const stale of [firstCommit.slice(0, 7), 'hello.txt', 'newer subject'])
        expect(context).not.toContain(stale)
    },
    longMs,
  )

  test(
    'with refused credentials ends at once and says so',
    async () => {
      const { rig, model } = stage({ others: [[fail(401)]] })
      const spec = worker(rig)
      const outcome = await rig.agents.run(spec, turn())
      expect(outcome).toMatchObject({ kind: 'failed', code: 'credentials', retryable: false })
      expect(model.requests().length).toBeLessThan(4)
    },
    longMs,
  )

  test(
    'that takes too long or falls silent is interrupted and times out',
    async () => {
      const { rig } = stage({
        others: [
          [untilGo, say('Never.')],
          [untilGo, say('Never.')],
        ],
      })
      const spec = worker(rig)
      const slow = await rig.agents.run(spec, { ...turn(), timeoutMs: 3_000 })
      expect(slow).toMatchObject({ kind: 'failed', code: 'timeout' })
      const silent = await rig.agents.run(spec, { ...turn(), idleTimeoutMs: 2_000 })
      expect(silent).toMatchObject({ kind: 'failed', code: 'timeout' })
      expect(silent).toMatchObject({ reason: expect.stringContaining('printed nothing') })
    },
    longMs,
  )

  test(
    'that runs out of memory says so',
    async () => {
      // The kernel picks the CLI: that is the one whose end nobody in the container survives.
      const hog = 'node -e "const all = []; for (;;) all.push(Buffer.alloc(1e7, 1))"'
      const { rig } = stage(
        { others: [[bash(`echo 1000 > /proc/$PPID/oom_score_adj; ${hog}`), say('Never.')]] },
        { settings: { memoryBytes: 500 * 1024 ** 2 } },
      )
      const spec = worker(rig)
      const outcome = await rig.agents.run(spec, turn())
      expect(outcome).toMatchObject({ kind: 'failed', code: 'out-of-memory' })
    },
    longMs,
  )

  test(
    'that only plans reads a tree it cannot change and answers in the structure asked for',
    async () => {
      const { rig, model } = stage({
        planner: [[answer({ title: 'A plan' })]],
        others: [[answer({ title: 'A plan' })]],
      })
      const spec = rig.newAgent({
        profile: {
          kind: 'planner',
          jsonSchema: {
            type: 'object',
            properties: { title: { type: 'string' } },
            required: ['title'],
          },
        },
        workspace: {
          kind: 'read-only',
          archive: () => packTar([{ path: 'src/main.ts', content: 'export const a = 1\n' }]),
        },
        files: async () => [{ path: 'input/brief.md', content: new TextEncoder().encode('brief') }],
      })
      const outcome = await rig.agents.run(spec, turn('Plan it.'))
      expect(outcome).toMatchObject({ kind: 'completed', structured: { title: 'A plan' } })
      const look = await engine.exec(rig.row(spec.agentId).containerId ?? '', {
        cmd: ['sh', '-c', 'cat src/main.ts input/brief.md; touch x'],
      })
      expect(Buffer.from(look.stdout).toString()).toBe('export const a = 1\nbrief')
      expect(look.stderr).toContain('Read-only file system')
      expect(model.problems()).toEqual([])
    },
    longMs,
  )
})

describe.skipIf(noEngine !== undefined)('beside agents', () => {
  test(
    'a command runs in a throw-away container on a tree it may change',
    async () => {
      const { rig } = stage({})
      const run = (cmd: string[], timeoutMs = 30_000) =>
        rig.agents.runInTree({
          taskId: rig.taskId,
          archive: packTar([{ path: 'a/b.txt', content: 'content\n' }]),
          cmd,
          timeoutMs,
        })
      const script = 'cat a/b.txt; echo more >> a/b.txt; echo bad >&2; exit 3'
      expect(await run(['sh', '-c', script])).toEqual({ exitCode: 3, output: 'content\nbad\n' })
      expect((await run(['sleep', '60'], 500)).exitCode).toBe(124)
      const labels = { 'klaudio.instance': rig.instanceId }
      expect(await engine.listContainers(labels)).toEqual([])
      expect(await engine.listVolumes(labels)).toEqual([])
    },
    longMs,
  )

  test(
    'what nobody owns is removed after a start',
    async () => {
      const { rig } = stage({})
      const labels = { 'klaudio.instance': rig.instanceId, 'klaudio.agent': newId() }
      await engine.createVolume(`klaudio-stray-${rig.instanceId}`, labels)
      const spec = worker(rig)
      await rig.agents.prepare(spec)
      rig.restart()
      const found = await rig.agents.reconcile()
      expect(found).toEqual({
        adopted: [spec.agentId],
        ended: [],
        removed: [`klaudio-stray-${rig.instanceId}`],
        left: [],
      })
    },
    longMs,
  )
})

/** A tool call that lasts until `go`. */
const untilGo = bash('while [ ! -e /tmp/go ]; do sleep 0.05; done; rm /tmp/go')

async function go(rig: AgentRig, { agentId }: AgentSpec): Promise<void> {
  await engine.exec(rig.row(agentId).containerId ?? '', { cmd: ['touch', '/tmp/go'] })
}

async function goIfRunning(rig: AgentRig, { agentId }: AgentSpec): Promise<boolean> {
  const { containerId } = rig.row(agentId)
  const result = await engine
    .exec(containerId ?? 'none', { cmd: ['touch', '/tmp/go'] })
    .catch(() => undefined)
  return result?.exitCode === 0
}

function inputStates(rig: AgentRig, inputId: string): unknown[] {
  return rig
    .events()
    .filter((event) => event.type === 'agent.input' && event.data.id === inputId)
    .map((event) => event.data.state)
}

/** Asks again until it is so: for what only the engine can tell. */
async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue()));
}
