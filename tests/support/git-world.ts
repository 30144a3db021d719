/** Tasks on real repositories: real clones, bundles and merges; only the agents' minds are made up. */
import { mkdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { AgentSpec, Agents } from '#agents/agents.ts'
import { getAgent } from '#db/agents.ts'
import type { Tx } from '#db/open.ts'
import { createDelivery } from '#delivery/delivery.ts'
import { createForges } from '#forges/forges.ts'
import { copyingEmpty } from './empty-repository.ts'
import type { FakeTurn } from './fake-agents.ts'
import { bringInto, collectFrom, openWorkspaces, seedClone } from './git.ts'
import { createTestClock } from './test-clock.ts'
import { createWorld, done, planThenWork, type TestOptions } from './test-tasks.ts'

/** Gives agents of the double a real clone, seeded and collected by the scripts of the agent image. */
function withClones(agents: Agents, { root, db }: { root: string; db: () => Tx }): Agents {
  const seeded = new Map<string, string>()
  /** A clone that was worked in is left alone. */
  const begun = new Set<string>()
  const dirOf = (agentId: string): string => join(root, 'clones', agentId)
  const seed = async ({ agentId, workspace }: AgentSpec): Promise<void> => {
    if (workspace.kind === 'read-only' || seeded.get(agentId) === workspace.commit) return
    if (begun.has(agentId)) return
    const { commit, branch } = workspace
    const bundle = await workspace.bundle(seeded.get(agentId))
    const { code, stderr } = await seedClone(dirOf(agentId), { bundle, commit, branch })
    if (code !== 0) throw new Error(stderr)
    seeded.set(agentId, commit)
  }
  return {
    ...agents,
    async prepare(spec, options) {
      await seed(spec)
      await agents.prepare(spec, options)
    },
    async run(spec, turn, options) {
      await seed(spec)
      begun.add(spec.agentId)
      return await agents.run(spec, turn, options)
    },
    async bringIn(agentId, merged) {
      const { code, stdout, stderr } = await bringInto(dirOf(agentId), merged)
      if (code === 0) return await agents.bringIn(agentId, merged)
      if (code !== 10 && code !== 11) throw new Error(stderr)
      const paths = new TextDecoder().decode(stdout).split('\0').filter(Boolean)
      return { kind: 'left', reason: code === 10 ? 'changes' : 'conflict', paths }
    },
    async collect(agentId, { message = '' } = {}) {
      const base = getAgent(db(), agentId).baseCommit ?? ''
      const result = await collectFrom(dirOf(agentId), { message, base })
      if (result.code !== 0) throw new Error(result.stderr)
      return { bundle: result.stdout }
    },
  }
}

export async function createGitWorld(
  plan: object,
  work: (turn: FakeTurn, dir: string) => Promise<void>,
  {
    maxBundleBytes,
    config,
    ...options
  }: Pick<TestOptions, 'onCommit' | 'onEvent' | 'config'> & { maxBundleBytes?: number } = {},
) {
  const git = await openWorkspaces(maxBundleBytes === undefined ? {} : { maxBundleBytes })
  const forges = createForges({ clock: createTestClock() })
  const world = createWorld({
    config: { warmAgents: 3, ...config },
    script: planThenWork(plan, async (turn) => {
      await work(turn, join(git.root, 'clones', turn.agentId))
      return done(turn)
    }),
    workspaces: copyingEmpty(git.workspaces, join(git.root, 'repos')),
    delivery: createDelivery({ workspaces: git.workspaces, forges }),
    ...options,
    wrapAgents: (agents) => withClones(agents, { root: git.root, db: () => world.db }),
  })
  return {
    world,
    git,
    bare: (id: string) => join(git.root, 'repos', `${id}.git`),
    async [Symbol.asyncDispose]() {
      await world[Symbol.asyncDispose]()
      await git[Symbol.asyncDispose]()
    },
  }
}

/** Writes a file of an agent's clone. */
export async function put(dir: string, path: string, text: string): Promise<void> {
  mkdirSync(dirname(join(dir, path)), { recursive: true })
  await writeFile(join(dir, path), text)
}
