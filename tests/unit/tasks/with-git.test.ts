/** A run on real repositories: real clones, bundles and merges; only the agents' minds are made up. */
import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { gitIn, makeRepository } from '../../support/git.ts'
import { createGitWorld, put } from '../../support/git-world.ts'
import { attend } from '../../support/person.ts'
import { diamond, step } from '../../support/test-tasks.ts'

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
      if (turn.kind === 'resolver') await turn.call('report_failed', { reason: 'They differ.' })
      else await put(dir, 'same.txt', `by ${turn.subtaskId}\n`)
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
