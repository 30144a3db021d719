/** Setup commands in a real container, what they leave as an image, and a real agent that begins with it. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { insertSetup, updateSetup } from '#db/setups.ts'
import { changeTaskStatus, updateTask } from '#db/tasks.ts'
import type { Engine } from '#docker/engine.ts'
import { systemClock } from '#lib/clock.ts'
import { newId } from '#lib/ids.ts'
import { packTar } from '#lib/pack-tar.ts'
import { bash, say } from '#model/story.ts'
import { createKeptSetups } from '#setups/kept-setups.ts'
import { createRunSetup } from '#setups/run-setup.ts'
import { createSetups, type MakeOptions } from '#setups/setups.ts'
import type { AgentRig } from '../support/agent-rig.ts'
import { createAgentStages } from '../support/agent-stages.ts'
import { askEngine, ensureAgentImage, requireEngine, testEngine } from '../support/docker.ts'
import type { TestRepository } from '../support/repository.ts'

const noEngine = await requireEngine()
const engine = noEngine === undefined ? testEngine() : ({} as Engine)
const longMs = 180_000
const secret = 'tok-"quoted"-0123456789'

const files = {
  'package.json': '{}\n',
  '.gitignore': 'deps/\n',
  'setup.sh': [
    'mkdir -p deps ~/.cache',
    'echo "$GREETING $(head -c 8 /dev/urandom | od -An -tx1)" > deps/greeting',
    'echo warm > ~/.cache/warm',
    'echo changed > package.json',
    'sed s/lib/built/ vendor/lib/lib.txt > vendor/lib/out.o',
    'echo stray > not-ignored.txt',
    // In two writes.
    'printf %s "$TOKEN" | head -c 9; sleep 0.2; printf %s "$TOKEN" | tail -c +10; echo',
  ].join('\n'),
}

const stages = createAgentStages(engine)
let repository: TestRepository
let commit: string
const made: string[] = []

beforeAll(async () => {
  if (noEngine !== undefined) return
  const prepared = await stages.prepare(files)
  repository = prepared.repository
  const link = `160000,${'1'.repeat(40)},vendor/lib`
  await repository.git('update-index', '--add', '--cacheinfo', link)
  await repository.git('commit', '-q', '-m', 'a submodule')
  commit = await repository.git('rev-parse', 'HEAD')
}, 300_000)
afterAll(async () => {
  for (const tag of made) await engine.removeImage(tag)
  await stages.clear()
  stages.dispose()
}, longMs)

/** One submodule at `vendor/lib`. */
const submodules = new Bun.Archive({ 'vendor/lib/lib.txt': 'lib\n' }, { compress: 'gzip' })

function open(rig: AgentRig, commands: string[], withSecrets = true) {
  updateTask(rig.db, rig.taskId, { baseCommit: commit }, 1)
  insertSetup(rig.db, rig.taskId, { commands, withSecrets })
  const settings = {
    ...{ instanceId: rig.instanceId, network: 'bridge', memoryBytes: 1024 ** 3, cpus: 2 },
    ...{ pids: 256, tmpBytes: 64 * 1024 * 1024 },
  }
  return createSetups({
    ...{ db: rig.db, engine, instanceId: rig.instanceId, clock: systemClock },
    image: ensureAgentImage,
    workspaces: {
      bundle: (_, options) => repository.bundle(options.commit, options),
      submoduleFiles: () => submodules.bytes(),
      submoduleTree: async () => 'a tree',
      async objects() {
        const listed = await repository.git('ls-tree', '-r', commit)
        return listed.split('\n').map((line) => {
          const [about = '', path = ''] = line.split('\t')
          return { path, oid: about.split(' ')[2] ?? '' }
        })
      },
    },
    environmentOf: () => ({ values: { GREETING: 'hello', TOKEN: secret }, secrets: [secret] }),
    projectImages: { plan: never, build: never },
    run: createRunSetup({ engine, settings, clock: systemClock, timeoutMs: longMs }),
  })
}

const never = (): Promise<never> => Promise.reject(new Error('There is none.'))

function listen() {
  const heard = { output: '', steps: [] as number[] }
  const options: MakeOptions = {
    onOutput: (text) => {
      heard.output += text
    },
    onStep: (step) => void heard.steps.push(step),
  }
  return { heard, options }
}

const imagesOf = async ({ instanceId }: AgentRig): Promise<string[]> =>
  (await engine.listImages({ 'klaudio.instance': instanceId })).flatMap(({ tags }) => tags)

describe.skipIf(noEngine !== undefined)('setup commands', () => {
  test(
    'run once; a second start finds what they left, and an agent begins with it and nothing else',
    async () => {
      const cat = bash(
        'cat deps/greeting ~/.cache/warm vendor/lib/out.o package.json > got.txt; ls -A >> got.txt',
      )
      const { rig } = stages.open(
        { others: [[cat, say('Done.')]] },
        { cloneImage: (id: string) => setups.imageFor(id) },
      )
      const setups = open(rig, ['export PLACE=here', 'sh ./setup.sh && test "$PLACE" = here'])
      const { heard, options } = listen()
      const first = await setups.make(rig.taskId, options)
      made.push(...(await imagesOf(rig)))
      expect(first).toMatchObject({ kind: 'ready', fromCache: false, leftOut: ['not-ignored.txt'] })
      expect(heard.steps).toEqual([1, 2])
      expect(heard.output).toContain('$ sh ./setup.sh')
      expect(heard.output).toContain('*'.repeat(secret.length))
      expect(heard.output).not.toContain('tok-')

      const again = listen()
      expect(await setups.make(rig.taskId, again.options)).toMatchObject({ fromCache: true })
      expect(again.heard).toEqual({ output: '', steps: [] })
      expect(await engine.listContainers({ 'klaudio.instance': rig.instanceId })).toEqual([])

      const [tag = ''] = made
      const image = JSON.stringify([
        await askEngine('GET', `/images/${tag}/json`),
        await askEngine('GET', `/images/${tag}/history`),
      ])
      expect(image).toContain('klaudio.setup')
      for (const hidden of ['tok-', 'GREETING', 'TOKEN', 'setup.sh'])
        expect(image).not.toContain(hidden)

      const key = first.kind === 'ready' ? first.key : ''
      updateSetup(rig.db, rig.taskId, { state: 'ready', key })
      const spec = rig.newAgent({ workspace: stages.clone(commit) })
      const outcome = await rig.agents.run(spec, { turnId: newId(), prompt: 'Go.' })
      expect(outcome).toEqual({ kind: 'completed', text: 'Done.' })
      const { bundle } = await rig.agents.collect(spec.agentId)
      const work = await repository.receive(bundle)
      const got = await repository.git('show', `${work}:got.txt`)
      expect(got).toMatch(/^hello {1,2}([0-9a-f]{2} ){7}[0-9a-f]{2}\nwarm\nbuilt\n\{\}\n/)
      expect(got).not.toContain('not-ignored')
      expect(await repository.git('diff', '--name-only', commit, work)).toBe('got.txt')
      // A check of merged files finds what the commands left as well, and the files as they are merged.
      const checked = await rig.agents.runInTree({
        taskId: rig.taskId,
        archive: packTar([{ path: 'package.json', content: 'merged\n' }]),
        cmd: ['sh', '-c', 'cut -c-5 deps/greeting && cat ~/.cache/warm package.json'],
        timeoutMs: longMs,
      })
      expect(checked).toEqual({ exitCode: 0, output: 'hello\nwarm\nmerged\n' })

      const kept = createKeptSetups({
        ...{ db: rig.db, engine, isBusy: setups.isBusy, instanceId: rig.instanceId },
        clock: systemClock,
      })
      expect(kept.list().setups).toMatchObject([
        { tasks: 1, commands: ['export PLACE=here', expect.any(String)] },
      ])
      expect(kept.remove(kept.list().setups[0]?.id ?? '')).rejects.toThrow('not over')
      await rig.agents.discard(spec.agentId)
      const over = { taskId: rig.taskId, from: ['running'], to: 'cancelled', now: 1 } as const
      changeTaskStatus(rig.db, over)
      await kept.remove(kept.list().setups[0]?.id ?? '')
      expect(await imagesOf(rig)).toEqual([])
    },
    longMs,
  )

  test(
    'that fail, or leave a secret, leave no image; a server that was killed in the middle leaves nothing that stays',
    async () => {
      const { rig } = stages.open({})
      const failing = open(rig, ['true', 'echo "npm ERR! $TOKEN" >&2; exit 3', 'touch never'])
      const { heard, options } = listen()
      expect(await failing.make(rig.taskId, options)).toEqual({
        kind: 'failed',
        reason: '"echo "npm ERR! $TOKEN" >&2; exit 3" ended with code 3.',
      })
      expect(heard.output).toContain(`npm ERR! ${'*'.repeat(secret.length)}`)
      expect(heard.steps).toEqual([1, 2])

      const leaky = stages.open({}).rig
      const end = await open(leaky, ['mkdir deps; echo "key=$TOKEN" > deps/.npmrc']).make(
        leaky.taskId,
        {},
      )
      expect(end).toMatchObject({
        kind: 'failed',
        reason: expect.stringContaining('/workspace/deps/.npmrc'),
      })

      const { rig: killed } = stages.open({})
      const begun = Promise.withResolvers<void>()
      const lost = open(killed, ['echo begun; sleep 600'])
        .make(killed.taskId, { onStep: () => begun.resolve() })
        .catch((error: unknown) => error)
      await begun.promise
      const { removed } = await killed.agents.reconcile()
      expect(removed).toEqual([expect.stringContaining('-setup-')])
      expect(await lost).toBeInstanceOf(Error)

      for (const each of [rig, leaky, killed]) {
        expect(await imagesOf(each)).toEqual([])
        expect(await engine.listContainers({ 'klaudio.instance': each.instanceId })).toEqual([])
      }
    },
    longMs,
  )
})
