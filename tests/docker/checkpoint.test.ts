/** Saving a real agent at work, and the real CLI going on from what was saved, in volumes it has never seen. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { updateAgent } from '#db/agents.ts'
import { openDb } from '#db/open.ts'
import type { Engine } from '#docker/engine.ts'
import { createGit } from '#git/process.ts'
import { newId } from '#lib/ids.ts'
import { bash, say } from '#model/story.ts'
import type { AgentRig } from '../support/agent-rig.ts'
import { createAgentStages } from '../support/agent-stages.ts'
import { requireEngine, testEngine } from '../support/docker.ts'
import type { TestRepository } from '../support/repository.ts'

const noEngine = await requireEngine()
const engine = noEngine === undefined ? testEngine() : ({} as Engine)
const longMs = 180_000
const credential = 'sk-ant-test-of-checkpoints'

let repository: TestRepository
let base: string
const stages = createAgentStages(engine)
const dir = mkdtempSync(join(tmpdir(), 'klaudio-checkpoint-'))

beforeAll(async () => {
  if (noEngine !== undefined) return
  const files = { 'hello.txt': 'hello\n', 'gone.txt': 'gone\n' }
  const prepared = await stages.prepare(files)
  repository = prepared.repository
  base = prepared.commit
}, 300_000)
afterEach(stages.clear, longMs)
afterAll(() => {
  stages.dispose()
  rmSync(dir, { recursive: true, force: true })
})

const makeFiles = [
  'git -c user.name=a -c user.email=a@example.org rm -q gone.txt',
  'git -c user.name=a -c user.email=a@example.org commit -qm "without gone"',
  'mkdir -p empty/deep build && echo x > build/out && printf "build/\\n" > .gitignore',
  'ln -s nowhere dangling && printf "#!/bin/sh\\n" > run && chmod 750 run',
  'touch "$(printf \'odd\\377name\')" && chmod 700 empty',
  'env > env.txt',
].join(' && ')

describe.skipIf(noEngine !== undefined)('a saved agent', () => {
  test(
    'goes on with its files and its conversation in fresh volumes, and carries no login',
    async () => {
      const { rig, model } = stages.open(
        {
          others: [
            [bash(makeFiles), bash('env'), say('The word is marzipan.')],
            [bash(listing), say('All done.')],
          ],
        },
        { credentials: async () => ({ ANTHROPIC_API_KEY: credential }) },
      )
      const first = rig.newAgent({ workspace: stages.clone(base) })
      const outcome = await rig.agents.run(first, { turnId: newId(), prompt: 'Please begin.' })
      expect(outcome).toMatchObject({ kind: 'completed', text: 'The word is marzipan.' })

      const saved = await saveInto(rig, first.agentId)
      expect(saved).toMatchObject({ leftOut: 1 })
      // The container runs on, and asking again finds nothing new.
      expect(rig.row(first.agentId).containerId).not.toBeNull()
      const again = await rig.agents.save(
        first.agentId,
        { since: saved.commit },
        async (same) => same,
      )
      expect(again?.commit).toBe(saved.commit)
      expect(again?.pack).toBeUndefined()

      const second = rig.newAgent({ sessionId: first.sessionId, workspace: stages.clone(base) })
      prepare(rig, second.agentId)
      const head = await repository.git('rev-parse', `${saved.commit}^`)
      await rig.agents.restore(second.agentId, {
        ...{ commit: saved.commit, head, branch: 'work' },
        packs: { clone: () => packOf(head), saved: () => packOf(saved.commit, head) },
      })
      const last = await rig.agents.run(second, { turnId: newId(), prompt: 'Please go on.' })

      expect(last).toMatchObject({ kind: 'completed', text: 'All done.' })
      const bodies = JSON.stringify(model.requests().at(-1))
      expect(bodies).toContain('The word is marzipan.')
      expect(bodies).toContain('Please go on.')
      const seen = bodies.slice(bodies.lastIndexOf('listing:'))
      for (const line of [
        'd 700 empty',
        'd 755 empty/deep',
        'f 750 run',
        'l 777 dangling',
        'f 644 build/out',
        'without gone',
      ])
        expect(seen).toContain(line)
      expect(seen).not.toContain('env.txt')
      expect(seen).not.toContain('gone.txt')
      const objects = await repository.git('cat-file', '--batch-all-objects', '--batch')
      expect(objects).toContain('marzipan')
      expect(objects).not.toContain(credential)
    },
    longMs,
  )

  test(
    'is saved to the end although its container is killed and the agent discarded meanwhile',
    async () => {
      const script = [bash('head -c 3000000 /dev/urandom > big'), say('Done.')]
      const { rig } = stages.open({ others: [script] })
      const agent = rig.newAgent({ workspace: stages.clone(base) })
      await rig.agents.run(agent, { turnId: newId(), prompt: 'Please begin.' })
      const container = rig.row(agent.agentId).containerId ?? ''
      let discarding: Promise<void> | undefined
      const saved = await rig.agents.save(agent.agentId, {}, async ({ commit, pack }) => {
        if (!discarding) await engine.killContainer(container, 'SIGKILL')
        discarding ??= rig.agents.discard(agent.agentId)
        if (!pack) throw new Error('the first save has no pack')
        await git().run(['index-pack', '--stdin', '--fix-thin'], { dir: gitDir(), input: pack })
        return commit
      })
      await discarding
      expect(await repository.git('cat-file', '-s', `${saved}:files/big`)).toBe('3000000')
      const labels = { 'klaudio.agent': agent.agentId }
      expect(await engine.listVolumes(labels)).toEqual([])
      expect(await engine.listContainers(labels)).toEqual([])
    },
    longMs,
  )
})

const listing =
  'echo listing: && find . -name .git -prune -o -printf "%y %m %P\\n" | sort && git log --format=%s -1'

/** Takes a save of an agent into the test's repository. */
async function saveInto(rig: AgentRig, agentId: string) {
  const saved = await rig.agents.save(agentId, {}, async ({ commit, leftOut, pack }) => {
    if (!pack) throw new Error('the first save has no pack')
    await git().run(['index-pack', '--stdin', '--fix-thin'], { dir: gitDir(), input: pack })
    await repository.git('update-ref', 'refs/saved', commit)
    return { commit, leftOut }
  })
  if (!saved) throw new Error('nothing was saved')
  return saved
}

const git = () => createGit({ environment: process.env })
const gitDir = (): string => join(repository.dir, '.git')

function packOf(commit: string, without?: string): AsyncIterable<Uint8Array> {
  const revisions = `${commit}\n${without === undefined ? '' : `^${without}\n`}`
  const input = new TextEncoder().encode(revisions)
  return git().stream(['pack-objects', '--stdout', '--revs', '-q'], { dir: gitDir(), input })
}

/** As the row of an agent is that is about to be restored. */
function prepare(rig: AgentRig, agentId: string): void {
  const { db, close } = openDb(rig.dbPath)
  const set = { holdsResources: true, phase: 'preparing', baseCommit: base, startedAt: 1 } as const
  updateAgent(db, agentId, set)
  close()
}
