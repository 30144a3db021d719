/** What an agent has made so far, read from its container while the real CLI works in it. */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { AgentSpec } from '#agents/agents.ts'
import type { Engine } from '#docker/engine.ts'
import { newId } from '#lib/ids.ts'
import { createScriptedModel } from '#model/server.ts'
import { storyOf } from '#model/stories/story-of.ts'
import { bash, say } from '#model/story.ts'
import { createAgentRig } from '../support/agent-rig.ts'
import { ensureAgentImage, requireEngine, testEngine } from '../support/docker.ts'
import { gitIn, makeRepository, openWorkspaces } from '../support/git.ts'

const noEngine = await requireEngine()
const engine = noEngine === undefined ? testEngine() : ({} as Engine)
const longMs = 300_000
let image: string

beforeAll(async () => {
  if (noEngine === undefined) image = await ensureAgentImage()
}, longMs)

/** Everything of the rig's instance on the engine. */
async function leftovers(instanceId: string): Promise<string[]> {
  const labels = { 'klaudio.instance': instanceId }
  const containers = await engine.listContainers(labels)
  const volumes = await engine.listVolumes(labels)
  return [...containers, ...volumes].map(({ name }) => name)
}

const disposals: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const dispose of disposals) await dispose()
}, longMs)

describe.skipIf(noEngine !== undefined)('a look at an agent', () => {
  test(
    'shows its edits while it works, after it has ended, and nothing once its files are gone',
    async () => {
      await using area = await openWorkspaces()
      const lib = await makeRepository(join(area.root, 'lib'), { 'lib.txt': 'of the submodule\n' })
      const path = join(area.root, 'app')
      const pointer = ['update-index', '--add', '--cacheinfo', `160000,${lib},vendor/lib`]
      await makeRepository(path, {
        '.gitmodules': '[submodule "lib"]\n\tpath = vendor/lib\n\turl = ../lib\n',
      })
      await gitIn(path, ...pointer)
      await gitIn(path, 'commit', '-q', '-m', 'a submodule')
      const source = { kind: 'local' as const, path }
      const task = await area.task(source)
      await area.workspaces.fetchSubmodules({ taskId: task.id, source, commit: task.base })
      const begun =
        'echo mine >> vendor/lib/lib.txt && printf "one\\n" > new.txt && git add new.txt && printf "two\\n" >> new.txt'
      // A pipe and a link out of the tree, as a hostile agent may leave; then it works until it is told to stop.
      const work = `${begun} && mkfifo pipe && ln -s /etc/shadow link && touch /state/ready; until [ -e /state/go ]; do sleep 0.05; done`
      const model = createScriptedModel({
        host: '0.0.0.0',
        stories: [storyOf({ others: [[bash(work), say('Done.')]] })],
      })
      const baseUrl = `http://host.docker.internal:${model.port}`
      const rig = createAgentRig({ engine, image, baseUrl })
      disposals.push(async () => {
        await rig.dispose()
        const labels = { 'klaudio.instance': rig.instanceId }
        for (const { id } of await engine.listContainers(labels)) await engine.removeContainer(id)
        for (const { name } of await engine.listVolumes(labels)) await engine.removeVolume(name)
        await model.close()
      })
      const workspace: AgentSpec['workspace'] = {
        kind: 'clone',
        commit: task.base,
        branch: 'work',
        bundle: (since) =>
          area.workspaces.bundle(task.id, {
            commit: task.base,
            branch: 'work',
            ...(since !== undefined && { since }),
          }),
        submodules: () => area.workspaces.submoduleFiles(task.id, task.base),
      }
      const spec = rig.newAgent({ workspace })
      const { agentId } = spec
      const outcome = rig.agents.run(spec, { turnId: newId(), prompt: 'Work.' })
      const inContainer = async (script: string) => {
        const cmd = ['sh', '-c', script]
        return engine.exec(rig.row(agentId).containerId ?? '', { cmd })
      }
      await rig.until(() => rig.row(agentId).phase === 'working')
      while ((await inContainer('[ -e /state/ready ]')).exitCode !== 0) await Bun.sleep(20)

      const live = await rig.agents.look(agentId)
      expect(live).toMatchObject({ isLive: true, leftOut: 0, baseCommit: task.base })
      const take = (bundle: Uint8Array) =>
        area.workspaces.takeLook({ taskId: task.id, agentId, baseCommit: task.base, bundle })
      const seen = await take(live.bundle)
      expect(seen.changes.map(({ status, path }) => `${status} ${path}`)).toEqual([
        'A link',
        'A new.txt',
      ])
      const diff = await area.workspaces.diffLook({ taskId: task.id, agentId, to: seen.to })
      expect(diff).toContain('+two')
      const left = await inContainer('ls -d /state/look-* ; git status --porcelain')
      expect(Buffer.from(left.stdout).toString().trim().split('\n').toSorted()).toEqual([
        '?? link',
        'AM new.txt',
      ])

      // Its submodule has files, which are nobody's change.
      const inside = await inContainer('cat vendor/lib/lib.txt')
      expect(Buffer.from(inside.stdout).toString()).toBe('of the submodule\nmine\n')

      await inContainer('touch /state/go')
      expect(await outcome).toEqual({ kind: 'completed', text: 'Done.' })
      // What others merge meanwhile comes in, beside what it has not committed, also into a clone nobody works in.
      const merge = async (path: string) => {
        const since = await area.workspaces.head(task.id, task.branch)
        const other = await task.clone(path)
        await Bun.write(join(other.dir, path), 'merged\n')
        await task.deliver(other, newId())
        const commit = await area.workspaces.head(task.id, task.branch)
        const bundle = await area.workspaces.bundle(task.id, { commit, since, branch: 'work' })
        return { commit, bundle }
      }
      const first = await merge('first.txt')
      for (const _ of ['once', 'and again'])
        expect(await rig.agents.bringIn(agentId, first)).toEqual({ kind: 'done' })
      expect((await inContainer('cat first.txt && git log -1 --format=%H')).exitCode).toBe(0)
      expect(rig.row(agentId).baseCommit).toBe(first.commit)
      await rig.agents.stop(agentId, { status: 'stopped' })
      expect(await rig.agents.bringIn(agentId, await merge('new.txt'))).toMatchObject({
        ...{ kind: 'left', reason: 'changes' },
      })
      const ended = await rig.agents.look(agentId)
      expect(ended.isLive).toBe(false)
      expect(ended.baseCommit).toBe(first.commit)
      const { bundle, baseCommit } = ended
      const last = await area.workspaces.takeLook({ taskId: task.id, agentId, baseCommit, bundle })
      expect(last.changes.map(({ path }) => path)).toEqual(['link', 'new.txt'])

      await rig.agents.discard(agentId)
      await expect(rig.agents.look(agentId)).rejects.toMatchObject({ code: 'agent.not-running' })
      expect(await leftovers(rig.instanceId)).toEqual([])
    },
    longMs,
  )
})
