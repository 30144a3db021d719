/** A run on real repositories: real clones, bundles and merges; only the agents' minds are made up. */
import { describe, expect, test } from 'bun:test'
import { mkdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { AgentSpec, Agents } from '#agents/agents.ts'
import { getAgent } from '#db/agents.ts'
import type { Tx } from '#db/open.ts'
import type { FakeTurn } from '../../support/fake-agents.ts'
import { collectFrom, gitIn, makeRepository, openWorkspaces, seedClone } from '../../support/git.ts'
import { attend } from '../../support/person.ts'
import { createWorld, diamond, done, planThenWork, step } from '../../support/test-tasks.ts'

/** Gives agents of the double a real clone, seeded and collected by the scripts of the agent image. */
function withClones(agents: Agents, { root, db }: { root: string; db: () => Tx }): Agents {
  const seeded = new Map<string, string>()
  const dirOf = (agentId: string): string => join(root, 'clones', agentId)
  const seed = async ({ agentId, workspace }: AgentSpec): Promise<void> => {
    if (workspace.kind === 'read-only' || seeded.get(agentId) === workspace.commit) return
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
      return await agents.run(spec, turn, options)
    },
    async collect(agentId, { message = '' } = {}) {
      const base = getAgent(db(), agentId).baseCommit ?? ''
      const result = await collectFrom(dirOf(agentId), { message, base })
      if (result.code !== 0) throw new Error(result.stderr)
      return { bundle: result.stdout }
    },
  }
}

async function createGitWorld(plan: object, work: (turn: FakeTurn, dir: string) => Promise<void>) {
  const git = await openWorkspaces()
  const world = createWorld({
    config: { warmAgents: 3 },
    script: planThenWork(plan, async (turn) => {
      await work(turn, join(git.root, 'clones', turn.agentId))
      return done(turn)
    }),
    workspaces: git.workspaces,
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

async function put(dir: string, path: string, text: string): Promise<void> {
  mkdirSync(dirname(join(dir, path)), { recursive: true })
  await writeFile(join(dir, path), text)
}

describe('a run on a real repository', () => {
  test('a dependent starts from the merged work of both its dependencies, and the branch has all of it', async () => {
    const seen: Record<string, string> = {}
    await using setup = await createGitWorld(diamond, async (turn, dir) => {
      seen[turn.subtaskId ?? ''] = await gitIn(dir, 'ls-files')
      await put(dir, `src/${turn.subtaskId}.ts`, `export const by = '${turn.subtaskId}'\n`)
      // One of them commits by itself, which is as good.
      if (turn.subtaskId === 'left') {
        await gitIn(dir, 'add', '-A')
        await gitIn(dir, 'commit', '-q', '-m', 'my own commit')
      }
    })
    const { world, git } = setup
    const source = join(git.root, 'origin')
    await makeRepository(source, { 'README.md': 'hello\n', 'CLAUDE.md': 'Use tabs.\n' })
    const { id } = world.create({ source: { kind: 'local', path: source } })
    await attend(world, id)
    expect(world.tasks.get(id).error).toBeUndefined()
    expect(world.status(id)).toBe('completed')
    expect(seen.top?.split('\n')).toEqual([
      'CLAUDE.md',
      'README.md',
      'src/base.ts',
      'src/left.ts',
      'src/right.ts',
    ])
    const { branch, head_commit } = world.tasks.get(id)
    const files = await gitIn(setup.bare(id), 'ls-tree', '-r', '--name-only', branch)
    expect(files.split('\n')).toEqual([
      'CLAUDE.md',
      'README.md',
      'src/base.ts',
      'src/left.ts',
      'src/right.ts',
      'src/top.ts',
    ])
    expect(await gitIn(setup.bare(id), 'rev-parse', branch)).toBe(head_commit ?? '')
    const log = await gitIn(setup.bare(id), 'log', '--format=%B', branch)
    for (const name of ['base', 'right', 'top']) expect(log).toContain(`Klaudio-Subtask: ${name}`)
    const prompts = [...world.engine.turns.values()].map(({ prompt }) => prompt)
    expect(prompts.every((prompt) => prompt.includes('Use tabs.'))).toBe(true)
  }, 30_000)

  test('of two that change the same line one is merged, the other stops with the path named', async () => {
    const both = { subtasks: [step('x'), step('y')] }
    await using setup = await createGitWorld(both, async (turn, dir) => {
      await put(dir, 'same.txt', `by ${turn.subtaskId}\n`)
    })
    const { world } = setup
    const { id } = world.create()
    await attend(world, id)
    expect(world.status(id)).toBe('failed')
    const rows = world.tasks.plan(id).subtasks
    const stopped = rows.find(({ status }) => status === 'failed')
    expect(rows.map(({ status }) => status).sort()).toEqual(['completed', 'failed'])
    expect(stopped?.conflicts).toEqual(['same.txt'])
    const kept = `refs/klaudio/agents/${stopped?.agent_id}:same.txt`
    expect(await gitIn(setup.bare(id), 'show', kept)).toBe(`by ${stopped?.id}`)
    world.tasks.retrySubtask(id, stopped?.id ?? '')
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
  }, 30_000)

  test('an agent that changes nothing completes with nothing to merge', async () => {
    await using setup = await createGitWorld({ subtasks: [step('look')] }, async () => {})
    const { world } = setup
    const { id } = world.create()
    await attend(world, id)
    const { base_commit, head_commit, status } = world.tasks.get(id)
    expect({ status, head_commit }).toEqual({ status: 'completed', head_commit: base_commit })
  }, 30_000)
})
