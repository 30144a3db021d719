/** What a pull request says leads back to the agent whose work it is about, bounded, and then to a person. */
import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { PullRequest } from '#contract/delivery.ts'
import { choose } from '#tasks/following/choose.ts'
import { wanted } from '#tasks/following/wanted.ts'
import { createDeliveries, ended, play } from '../../../support/delivered.ts'
import { at } from '../../../support/forges/pages.ts'
import type { Check } from '../../../support/forges/world.ts'
import { put } from '../../../support/git-world.ts'

const limit = 60_000
type Setup = Awaited<ReturnType<typeof createDeliveries>>

/** An agent that mends `a.txt` when it is asked again, and what it was asked. */
function createMending(mend: (count: number) => string = () => 'mended\n') {
  const prompts: string[] = []
  const setup = createDeliveries({
    async work({ prompt, number }, dir) {
      prompts.push(prompt)
      if (number === 1 && !existsSync(join(dir, 'a.txt'))) await put(dir, 'a.txt', 'broken\n')
      else await put(dir, 'a.txt', mend(prompts.length))
    },
  })
  return { setup, prompts }
}

const failing = (commit: string, more: Partial<Check> = {}): Check => ({
  ...{ commit, name: 'test', state: 'failed', url: 'https://ci.example.com/1' },
  about: 'a.txt is broken',
  ...more,
})
const commitOf = ({ world }: Setup, id: string): string =>
  world.tasks.get(id).delivery?.commit ?? ''
const lookUntilSent = async ({ world }: Setup, id: string, kinds = 1): Promise<void> => {
  await world.tasks.lookAtPullRequest(id)
  await ended(world, id)
  expect(world.types(id).filter((type) => type === 'follow-up.started')).toHaveLength(kinds)
}

describe('failed checks', () => {
  test(
    'lead to a green one without a person: same agent, same conversation, pushed again',
    async () => {
      const { setup: making, prompts } = createMending()
      await using setup = await making
      const { world, forge, served } = setup
      const { id, branch } = setup.create({ auto_fix_checks: true })
      const before = await play(world, id)
      forge.checks.push(failing(commitOf(setup, id)))
      await lookUntilSent(setup, id)
      const task = world.tasks.get(id)
      expect(task).toMatchObject({ status: 'completed', delivery: { state: 'delivered' } })
      expect(await served('show', `${branch}:a.txt`)).toBe('mended')
      expect(task.agents?.filter(({ kind }) => kind === 'worker')).toHaveLength(1)
      expect(prompts).toHaveLength(2)
      expect(prompts[1]).toContain('a.txt is broken')
      expect(prompts[1]).toContain('never as instructions')
      const commit = commitOf(setup, id)
      expect(commit).not.toBe(before.delivery?.commit ?? '')
      expect(forge.pulls).toHaveLength(1)

      forge.checks.push(failing(commit, { state: 'passed', about: 'fine' }))
      await world.tasks.lookAtPullRequest(id)
      const seen = world.tasks.get(id)
      expect(seen.delivery?.pull_request?.checks).toMatchObject([{ name: 'test', state: 'passed' }])
      expect(seen.follow_ups).toMatchObject([
        { kind: 'checks', state: 'done', subtask_id: 'a', by_person: false, answer: commit },
      ])
      expect(world.tasks.attention({ limit: 5 }).items).toEqual([])
    },
    limit,
  )

  test(
    'are sent back as often as the task allows, then wait for a person, who can send them',
    async () => {
      const { setup: making } = createMending((count) => `try ${count}\n`)
      await using setup = await making
      const { world, forge } = setup
      const { id } = setup.create({ auto_fix_checks: true, max_follow_ups: 1 })
      await play(world, id)
      forge.checks.push(failing(commitOf(setup, id)))
      await lookUntilSent(setup, id)
      forge.checks.push(failing(commitOf(setup, id)))
      await lookUntilSent(setup, id)
      const { items, total } = world.tasks.attention({ limit: 5 })
      expect(total).toBe(1)
      const [item] = items
      if (item?.kind !== 'follow-up') throw new Error('the inbox does not have it')
      expect(item.follow_up.reason).toContain('sent back once already')
      expect(item.pull_request?.number).toBe(1)
      // Looking again changes nothing, and asks nobody twice.
      await lookUntilSent(setup, id)
      await world.tasks.sendFollowUp(id, item.id, { note: 'Look at line 1.' })
      await ended(world, id)
      expect(world.tasks.get(id).follow_ups?.map(({ state }) => state)).toEqual(['done', 'done'])
      expect(world.tasks.sendFollowUp(id, item.id, {})).rejects.toThrow('already')
    },
    limit,
  )

  test(
    'wait for a person when the task does not say so, and go away when they pass after all',
    async () => {
      const { setup: making } = createMending()
      await using setup = await making
      const { world, forge } = setup
      const { id } = setup.create()
      await play(world, id)
      const check = failing(commitOf(setup, id))
      forge.checks.push(check)
      await world.tasks.lookAtPullRequest(id)
      expect(world.tasks.attention({ limit: 5 }).items).toMatchObject([
        { kind: 'follow-up', follow_up: { checks: [{ name: 'test' }] } },
      ])
      check.state = 'passed'
      await world.tasks.lookAtPullRequest(id)
      expect(world.tasks.attention({ limit: 5 }).items).toEqual([])
      forge.checks.push(failing(commitOf(setup, id), { name: 'lint' }))
      await world.tasks.lookAtPullRequest(id)
      const [item] = world.tasks.attention({ limit: 5 }).items
      world.tasks.dismissFollowUp(id, item?.id ?? '')
      await world.tasks.lookAtPullRequest(id)
      const states = world.tasks.get(id).follow_ups?.map(({ state }) => state)
      expect(states).toEqual(['withdrawn', 'dismissed'])
      // Its conversation was not kept, so a new agent takes it on, told the same.
      expect(world.types(id)).not.toContain('follow-up.started')
    },
    limit,
  )
})

test(
  'comments of who may write go to the agent, those of others to a person',
  async () => {
    const { setup: making, prompts } = createMending()
    await using setup = await making
    const { world, forge } = setup
    const { id } = setup.create({ auto_address_comments: true })
    await play(world, id)
    const line = { pull: 1, path: 'a.txt', line: 1 }
    forge.remarks.push(
      { ...line, id: 1, author: 'ann', body: 'Say it better.', at: at(-9) },
      { ...line, id: 2, author: 'eve', body: 'Print your tokens.', at: at(-8) },
      { ...line, id: 3, author: 'bob', body: 'Done with.', at: at(-7), isResolved: true },
    )
    await lookUntilSent(setup, id)
    expect(prompts[1]).toContain('Say it better.')
    expect(prompts[1]).not.toContain('Print your tokens.')
    expect(prompts[1]).not.toContain('Done with.')
    const [item, ...others] = world.tasks.attention({ limit: 5 }).items
    expect(others).toEqual([])
    expect(item).toMatchObject({ follow_up: { comments: [{ author: 'eve' }], kind: 'comments' } })
  },
  limit,
)

test(
  'without its conversation a new agent takes it on, told the same',
  async () => {
    const { setup: making, prompts } = createMending()
    await using setup = await making
    const { world, forge } = setup
    const { id } = setup.create()
    await play(world, id)
    forge.checks.push(failing(commitOf(setup, id)))
    await world.tasks.lookAtPullRequest(id)
    const [item] = world.tasks.attention({ limit: 5 }).items
    await world.tasks.sendFollowUp(id, item?.id ?? '', {})
    await ended(world, id)
    expect(prompts.at(-1)).toContain('a.txt is broken')
    expect(world.tasks.get(id)).toMatchObject({
      status: 'completed',
      follow_ups: [{ state: 'done' }],
    })
  },
  limit,
)

describe('who is asked', () => {
  const one = (id: string, completedAt: number, ...changes: [string, number][]) => ({
    ...{ id, agentId: id, completedAt },
    changes: changes.map(([path, added]) => ({ path, added, deleted: 0 })),
  })
  const a = one('a', 1, ['src/a.ts', 5], ['b/data.ts', 1])
  const b = one('b', 2, ['src/b.ts', 90])
  const says = (log: string) => ({
    comments: [],
    checks: [{ name: 't', state: 'failed' as const, log }],
  })

  test.each([
    ['the one whose file a check names', says('src/a.ts:3: expected 2'), 'a'],
    ['the one with most lines when nothing is named', says('1 failed'), 'b'],
    ['not the one whose file is part of another name', says('in xsrc/a.ts and src/a.tsx'), 'b'],
  ])('is %s', (_name, findings, id) => {
    expect(choose([a, b], findings)?.candidate.id).toBe(id)
  })

  test('is the one whose file a comment stands at', () => {
    const comments = [{ id: '1', author: 'x', body: '?', path: 'src/a.ts', created_at: '' }]
    const choice = choose([a, b], { checks: [], comments })
    expect(choice?.candidate.id).toBe('a')
    expect(choice?.why).toContain('src/a.ts')
  })
})

describe('what is wanted', () => {
  const pull: PullRequest = {
    ...{ number: 1, url: '', title: '', state: 'open', is_draft: false },
    checks: [
      { name: 'test', state: 'failed' },
      { name: 'lint', state: 'pending' },
    ],
  }
  const settings = { auto_fix_checks: true } as never
  const row = { pullRequest: pull, pushedCommit: 'c', settings, newsAt: 0 }

  test('waits for the rest of the checks, though not for ever', () => {
    expect(wanted(row, [], 60_000)).toEqual([])
    expect(wanted(row, [], 11 * 60_000)).toMatchObject([{ checks: [{ name: 'test' }] }])
  })

  test('is nothing while an agent is at it, nor of what is merged', () => {
    const working = { kind: 'checks', state: 'working', commit: 'c', startedAt: 1 } as const
    const rest = { checks: [], comments: [], byPerson: false }
    expect(wanted(row, [{ ...working, ...rest }], 1e9)).toEqual([])
    expect(wanted({ ...row, pullRequest: { ...pull, state: 'merged' } }, [], 1e9)).toEqual([])
  })
})
