/** Work that cannot be merged by itself: an agent brings it together, or a person says what becomes of it. */
import { describe, expect, test } from 'bun:test'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FakeTurn } from '../../support/fake-agents.ts'
import { gitIn, makeRepository } from '../../support/git.ts'
import { createGitWorld, put } from '../../support/git-world.ts'
import { attend } from '../../support/person.ts'
import {
  createGate,
  createWorld,
  done,
  planThenWork,
  step,
  type World,
} from '../../support/test-tasks.ts'

const both = { subtasks: [step('x'), step('y')] }
const late = (world: World, id: string) =>
  world.tasks.plan(id).subtasks.find(({ resolution }) => resolution !== undefined)
const refuse = ({ call }: FakeTurn) => call('report_failed', { reason: 'They contradict.' })

describe('on a real repository', () => {
  const start = 'one\n\n-\n\ntwo\nthree\n\n-\n\nsix\n'
  const ended = (lines: string) => `ONE\n\n-\n\n${lines}\nthree\n\n-\n\nSIX`

  /** Both change the second line; each changes one more of its own. */
  async function begin(resolve: (turn: FakeTurn, dir: string) => Promise<unknown>) {
    const setup = await createGitWorld(both, async (turn, dir) => {
      if (turn.kind === 'resolver') return void (await resolve(turn, dir))
      const { subtaskId } = turn
      const own = subtaskId === 'x' ? start.replace('one', 'ONE') : start.replace('six', 'SIX')
      await put(dir, 'same.txt', own.replace('two', `two by ${subtaskId}`))
    })
    const source = join(setup.git.root, 'origin')
    await makeRepository(source, { 'same.txt': start })
    const { id, branch } = setup.world.create({ source: { kind: 'local', path: source } })
    await attend(setup.world, id)
    const git = (...args: string[]) => gitIn(setup.bare(id), ...args)
    return {
      setup,
      world: setup.world,
      id,
      branch,
      git,
      read: () => git('show', `${branch}:same.txt`),
    }
  }

  test('an agent gets both sides; what it makes of them is a merge of both', async () => {
    const begun = await begin(async (_turn, dir) => {
      const text = await readFile(join(dir, 'same.txt'), 'utf8')
      await put(dir, 'same.txt', text.replaceAll(/^(<{7}|={7}|>{7}).*\n/gm, ''))
    })
    await using _ = begun.setup
    const { world, id, branch, read, git } = begun
    expect(world.tasks.get(id)).toMatchObject({ status: 'completed' })
    const row = late(world, id)
    const other = row?.id === 'x' ? 'y' : 'x'
    expect(await read()).toBe(ended(`two by ${other}\ntwo by ${row?.id}`))
    expect(row).toMatchObject({ status: 'completed', resolution: { state: 'resolved' } })
    expect(row?.conflicts).toBeUndefined()
    const { theirs = '', ours = '' } = row?.resolution ?? {}
    const parents = await git('show', '-s', '--format=%P', branch)
    expect(parents.split(' ')).toEqual([ours, theirs])
    expect(theirs).toBe(row?.work_commit ?? '')
    expect(await git('log', '--format=%s', branch)).not.toContain('marked')
    const prompt = [...world.engine.turns.values()].find(({ kind }) => kind === 'resolver')?.prompt
    for (const part of ['same.txt', ours, theirs, `Please do ${row?.id}.`, 'CONFLICT (content)'])
      expect(prompt).toContain(part)
    await world.until('its agents are gone', () => world.engine.volumes.size === 0)
  }, 30_000)

  test('a person takes one side: only where both changed the same lines', async () => {
    const begun = await begin(refuse)
    await using _ = begun.setup
    const { world, id, read } = begun
    const row = late(world, id)
    expect(row?.resolution?.problem).toContain('They contradict.')
    world.tasks.resolveConflict(id, row?.id ?? '', { choice: 'theirs' })
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
    expect(await read()).toBe(ended(`two by ${row?.id}`))
  }, 30_000)
})

describe('an agent that brings two sides together', () => {
  /** `y` hands in last, so it is the one in conflict. */
  async function begin(resolve: (turn: FakeTurn, world: World) => unknown) {
    const gate = createGate()
    const world: World = createWorld({
      script: planThenWork(both, async (turn) => {
        if (turn.kind === 'resolver') await resolve(turn, world)
        else {
          world.engine.work.set(turn.agentId, { 'same.txt': `by ${turn.subtaskId}` })
          if (turn.subtaskId === 'y') await gate.wait('y')
        }
        return done(turn)
      }),
    })
    const { id } = world.create({ auto_approve: true })
    await world.until('y at work', () => world.engine.running().some((t) => t.subtaskId === 'y'))
    await world.until('x merged', () => world.tasks.plan(id).subtasks[0]?.status === 'completed')
    gate.open('y')
    await attend(world, id)
    return { world, id }
  }
  const merge = ({ agentId }: FakeTurn, { engine }: World) =>
    void engine.work.set(agentId, { 'same.txt': 'by both' })
  const content = (world: World, id: string) => {
    const { commits, head } = world.repositories.get(id)
    return commits.get(head)?.files['same.txt']
  }

  test('hears what is wrong with it, and then it is a person’s', async () => {
    const prompts: string[] = []
    const { world, id } = await begin(({ prompt }) => prompts.push(prompt))
    await using _ = world
    expect(prompts).toHaveLength(3)
    expect(prompts[1]).toContain('conflict markers')
    expect(late(world, id)).toMatchObject({
      ...{ status: 'failed', conflicts: ['same.txt'] },
      resolution: { state: 'open', problem: expect.stringContaining('conflict markers') },
    })
    expect(world.tasks.get(id).error).toContain('same.txt')
    const [item] = world.tasks.attention({ limit: 9 }).items
    expect(item).toMatchObject({ kind: 'conflict', subtask: { conflicts: ['same.txt'] } })
    const kept = world.tasks.agents(id).find(({ kind }) => kind === 'resolver')
    expect(kept?.status).toBe('failed')
    world.tasks.resolveConflict(id, 'y', { choice: 'ours' })
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
    expect(content(world, id)).toBe('by x')
  })

  test('can repair it', async () => {
    let time = 0
    const { world, id } = await begin((turn, at) => (++time === 2 ? merge(turn, at) : undefined))
    await using _ = world
    expect(world.status(id)).toBe('completed')
    expect(time).toBe(2)
    expect(content(world, id)).toBe('by both')
    // What was handed in stays what its agent handed in.
    expect(late(world, id)?.work_commit).not.toBe(late(world, id)?.resolution?.commit)
  })

  test('is another one, told what the person wants, when that gives it to an agent', async () => {
    const { world, id } = await begin((turn, at) =>
      turn.prompt.includes('Keep both.') ? merge(turn, at) : refuse(turn),
    )
    await using _ = world
    expect(world.status(id)).toBe('failed')
    expect(() => world.tasks.resolveConflict(id, 'x', { choice: 'ours' })).toThrow(
      'possible while it is failed',
    )
    world.tasks.resolveConflict(id, 'y', { choice: 'agent', instructions: 'Keep both.' })
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
    expect(content(world, id)).toBe('by both')
    expect(() => world.tasks.resolveConflict(id, 'y', { choice: 'ours' })).toThrow(
      'The task is completed',
    )
  })
})
