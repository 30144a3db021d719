/** Work that cannot be merged by itself: an agent brings it together, or a person says what becomes of it. */
import { describe, expect, test } from 'bun:test'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FakeTurn } from '../../support/fake-agents.ts'
import { gitIn, makeRepository } from '../../support/git.ts'
import { createGitWorld, put } from '../../support/git-world.ts'
import { attend } from '../../support/person.ts'
import {
  createGate,
  createWorld,
  done,
  emptyAnalysis,
  planThenWork,
  step,
  type TestOptions,
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
    const repairs: string[] = []
    let marked = ''
    const begun = await begin(async ({ number, prompt }, dir) => {
      if (number === 1) marked = await readFile(join(dir, 'same.txt'), 'utf8')
      // First only one side is left, and something else is changed.
      const taken =
        number === 1
          ? marked.replace(/^={7}\n[\s\S]*?^>{7}.*\n/m, '').replace(/^<{7}.*\n/m, '')
          : marked
      if (number === 1) await put(dir, 'more.txt', 'more\n')
      else await rm(join(dir, 'more.txt'))
      if (number > 1) repairs.push(prompt)
      await put(dir, 'same.txt', taken.replaceAll(/^(<{7}|={7}|>{7}).*\n/gm, ''))
    })
    await using _ = begun.setup
    const { world, id, branch, read, git } = begun
    expect(repairs).toEqual([
      expect.stringMatching(
        /same\.txt has only our lines where both sides changed them\.\nmore\.txt was not in conflict/,
      ),
    ])
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
  async function begin(
    resolve: (turn: FakeTurn, world: World) => unknown,
    options: TestOptions = {},
  ) {
    const gate = createGate()
    const world: World = createWorld({
      ...options,
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

  describe('is asked what a careful person would ask', () => {
    const sided = ({ agentId }: FakeTurn, { engine }: World) =>
      void engine.work.set(agentId, { 'same.txt': 'by x', 'other.txt': 'more' })

    test('and says why only one side is left, and why it changed more', async () => {
      const prompts: string[] = []
      const { world, id } = await begin(async (turn, at) => {
        prompts.push(turn.prompt)
        sided(turn, at)
        const summary =
          prompts.length === 1
            ? 'I merged same.txt.'
            : 'Merged.\n- `same.txt`: x contains y\n- other.txt: both need it'
        await turn.call('report_done', { summary })
      })
      await using _ = world
      expect(world.status(id)).toBe('completed')
      expect(prompts).toHaveLength(2)
      expect(prompts[1]).toContain('same.txt has only our lines')
      expect(prompts[1]).toContain('other.txt was not in conflict')
      expect(late(world, id)?.resolution?.remarks).toEqual([
        { path: 'same.txt', kind: 'ours', why: 'x contains y' },
        { path: 'other.txt', kind: 'outside', why: 'both need it' },
      ])
    })

    test('and when it never says, a person may take what it made', async () => {
      const { world, id } = await begin(sided)
      await using _ = world
      expect(world.status(id)).toBe('failed')
      expect(late(world, id)?.resolution).toMatchObject({
        state: 'open',
        problem: expect.stringContaining('other.txt was not in conflict'),
      })
      world.tasks.resolveConflict(id, 'y', { choice: 'made' })
      await attend(world, id)
      expect(world.status(id)).toBe('completed')
      expect(content(world, id)).toBe('by x')
    })

    test('which there must be', async () => {
      const { world, id } = await begin(refuse)
      await using _ = world
      expect(() => world.tasks.resolveConflict(id, 'y', { choice: 'made' })).toThrow(
        'No agent has made anything',
      )
      expect(late(world, id)?.status).toBe('failed')
    })
  })

  describe('has its result tested as the repository says', () => {
    const check = { kind: 'test', command: 'make test', from: 'Makefile' } as const
    /** A test that says what `judge` says of the content of the file. */
    function tested(judge: (text: string) => number): TestOptions & { runs: string[] } {
      const runs: string[] = []
      return {
        runs,
        memories: { examine: async () => ({ ...emptyAnalysis, commands: [check] }) },
        wrapAgents: (agents) => ({
          ...agents,
          async runInTree({ archive, cmd }) {
            expect(cmd.slice(-2)).toEqual(['', 'make test'])
            const files = JSON.parse(Buffer.concat(await Array.fromAsync(archive)).toString())
            runs.push(files['same.txt'])
            return { exitCode: judge(files['same.txt']), output: `saw ${files['same.txt']}\n` }
          },
        }),
      }
    }
    const broken = ({ agentId }: FakeTurn, { engine }: World) =>
      void engine.work.set(agentId, { 'same.txt': 'BROKEN' })

    test('and hears what failed', async () => {
      const options = tested((text) => (text === 'BROKEN' ? 1 : 0))
      const prompts: string[] = []
      const { world, id } = await begin((turn, at) => {
        prompts.push(turn.prompt)
        return prompts.length === 1 ? broken(turn, at) : merge(turn, at)
      }, options)
      await using _ = world
      expect(world.status(id)).toBe('completed')
      // Then what is merged in the end.
      expect(options.runs).toEqual(['BROKEN', 'by x', 'by both', 'by both'])
      expect(prompts[1]).toContain('`make test` fails on it with exit code 1')
      expect(prompts[1]).toContain('saw BROKEN')
      expect(late(world, id)?.resolution?.check).toEqual({
        ...{ command: 'make test', outcome: 'passed', exit_code: 0, output: 'saw by both' },
      })
    })

    test('and a person sees what it printed when it never passes', async () => {
      const { world, id } = await begin(
        broken,
        tested((text) => (text === 'BROKEN' ? 1 : 0)),
      )
      await using _ = world
      expect(late(world, id)).toMatchObject({
        status: 'failed',
        resolution: {
          state: 'open',
          check: { outcome: 'failed', exit_code: 1, output: 'saw BROKEN' },
        },
      })
      expect(world.tasks.get(id).error).toContain('`make test` fails on it')
      expect(content(world, id)).toBe('by x')
      world.tasks.resolveConflict(id, 'y', { choice: 'made' })
      await attend(world, id)
      expect(content(world, id)).toBe('BROKEN')
    })

    test.each([
      ['fails before it as well', 2, 'failed_before'],
      ['cannot be run there', 127, 'not_run'],
    ] as const)('but what %s stops nothing, and is told', async (_name, code, outcome) => {
      const { world, id } = await begin(
        merge,
        tested(() => code),
      )
      await using _ = world
      expect(world.status(id)).toBe('completed')
      expect(late(world, id)?.resolution?.check?.outcome).toBe(outcome)
    })
  })
})
