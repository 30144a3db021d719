/** What becomes of a pull request after it was opened, against a server that speaks a forge's API. */
import { describe, expect, test } from 'bun:test'
import type { PullRequest } from '#contract/delivery.ts'
import { ForgeError } from '#forges/forge.ts'
import { createDeliveries, everything, play } from '../../../support/delivered.ts'
import { at } from '../../../support/forges/pages.ts'
import { createWorld, done, planThenWork, step, type World } from '../../../support/test-tasks.ts'

type Look = (known: PullRequest) => Promise<PullRequest>

/** A task whose pull request is what `look` says. */
function createFollowed(look: Look): { world: World; create: () => string; looks: number[] } {
  const looks: number[] = []
  const pull: PullRequest = {
    ...{ number: 1, url: 'https://git.example.com/1', title: 'T', state: 'open', is_draft: false },
  }
  const world: World = createWorld({
    script: planThenWork({ analysis: 'x', subtasks: [step('a')] }, (turn) => done(turn)),
    delivery: {
      async run({ save }) {
        save({ kind: 'pushed', commit: 'c'.repeat(40), commits: 1, isNew: true })
        save({ kind: 'pull-request', pullRequest: pull, isNew: true, notes: [] })
        return { state: 'delivered', target: 'main' }
      },
      issue: () => Promise.reject(new Error('no forge')),
      async look({ pullRequest }) {
        looks.push(world.clock.now())
        return await look(pullRequest)
      },
    },
  })
  const delivery = { ...everything, pr_reviewers: [], pr_labels: [], pr_draft: false }
  const source = { kind: 'git', url: 'https://git.example.com/a/b' } as const
  const create = (): string =>
    world.create({ source, access_token: 'secret', delivery, auto_approve: true }).id
  return { world, create, looks }
}

const deliver = async ({ world, create }: ReturnType<typeof createFollowed>): Promise<string> => {
  const id = create()
  await world.until('the delivery', () => world.status(id) === 'completed')
  await world.tasks.settled()
  return id
}

test('checks, comments and the end of a pull request come into the task, each once', async () => {
  await using setup = await createDeliveries({ kind: 'github' })
  const { world, forge } = setup
  const { id } = setup.create()
  const { delivery } = await play(world, id)
  const commit = delivery?.commit ?? ''
  const url = 'https://ci.example.com/1'
  forge.checks.push({
    commit,
    name: 'test',
    state: 'failed',
    url,
    about: '1 failed',
    log: `oh ${forge.token}`,
  })
  forge.remarks.push({ id: 5, pull: 1, author: 'ann', body: 'Why?', path: 'a.txt', at: at(1) })
  const { delivery: seen } = await world.tasks.lookAtPullRequest(id)
  expect(seen?.pull_request).toMatchObject({
    state: 'open',
    checks: [{ name: 'test', state: 'failed', url, summary: '1 failed' }],
    comments: [{ author: 'ann', body: 'Why?', path: 'a.txt' }],
  })
  // With the end of its log, from which what opens the repository is gone.
  expect(seen?.pull_request?.checks?.[0]?.log).toMatch(/\noh \*\*\*$/)
  expect(seen?.next_look_at).toBeDefined()
  await world.tasks.lookAtPullRequest(id)
  forge.pull(1).state = 'merged'
  const { delivery: last } = await world.tasks.lookAtPullRequest(id)
  expect(last?.pull_request?.state).toBe('merged')
  expect(last?.next_look_at).toBeUndefined()
  const types = world.types(id).filter((type) => type.startsWith('pull-request.'))
  expect(types).toEqual(['pull-request.check', 'pull-request.comment', 'pull-request.state'])
  expect(JSON.stringify([last, world.events(id)])).not.toContain(forge.token)
}, 30_000)

describe('asking by itself', () => {
  test('goes on after a restart, and ends with the merge', async () => {
    let state: PullRequest['state'] = 'open'
    const setup = createFollowed(async (known) => ({ ...known, state }))
    await using world = setup.world
    const id = await deliver(setup)
    expect(setup.looks).toEqual([])
    world.tasks.follow()
    await world.until('some looks', () => setup.looks.length > 3)
    await world.restart()
    const before = setup.looks.length
    world.tasks.follow()
    await world.until('more looks', () => setup.looks.length > before + 3)
    state = 'merged'
    await world.until('the end', () => world.tasks.get(id).delivery?.next_look_at === undefined)
    expect(world.tasks.get(id).delivery?.pull_request?.state).toBe('merged')
  })

  test('a forge that does not answer is asked less and less, and said so', async () => {
    const error = new ForgeError('unreachable', 'It could not be reached.')
    const setup = createFollowed(() => Promise.reject(error))
    await using world = setup.world
    const id = await deliver(setup)
    world.tasks.follow()
    await world.until('some tries', () => setup.looks.length > 5)
    const gaps = setup.looks.slice(1, 5).map((time, index) => time - (setup.looks[index] ?? 0))
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b))
    expect(gaps.at(-1)).toBeGreaterThan(gaps[0] ?? 0)
    expect(world.tasks.get(id).delivery?.look_error).toBe('It could not be reached.')
  })

  test('nobody asks about a task that is deleted', async () => {
    const setup = createFollowed(async (known) => known)
    await using world = setup.world
    const id = await deliver(setup)
    world.tasks.follow()
    await world.until('a look', () => setup.looks.length > 0)
    await world.tasks.delete(id)
    const before = setup.looks.length
    world.tasks.follow()
    await world.tasks.close()
    expect(setup.looks.length).toBe(before)
  })
})
