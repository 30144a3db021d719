/** Finished work on its way to real repositories behind the APIs of forges. */
import { describe, expect, test } from 'bun:test'
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { forgeKinds } from '#contract/delivery.ts'
import { findDelivery } from '#db/deliveries.ts'
import { createDeliveries, ended, play, waitFor } from '../../support/delivered.ts'
import { makeRepository } from '../../support/git.ts'
import { put } from '../../support/git-world.ts'
import { isQuick } from '../../support/thorough.ts'

const tryAgain = 30_000

/** All of them in a thorough run. They keep one contract, which `tests/unit/forges` asks of each, and everything below plays `gitea`. */
const played = isQuick ? (['github'] as const) : forgeKinds

describe('from a task to a pull request', () => {
  test.each(played.map((kind) => [kind] as const))(
    'on %s: one commit on a branch of its own, with reviewers, and the token nowhere',
    async (kind) => {
      await using setup = await createDeliveries({ kind })
      const { forge, world, served } = setup
      const { id, branch } = setup.create({ pr_reviewers: ['ann'], pr_labels: ['bot'] })
      expect(branch).toBe(`klaudio/${id.slice(0, 8)}`)
      const task = await play(world, id)
      expect(task.error).toBeUndefined()
      expect(task).toMatchObject({ status: 'completed', phase: null })
      expect(task.delivery).toMatchObject({
        state: 'delivered',
        branch,
        target: 'main',
        commits: 1,
        commit: forge.tip(branch) ?? '',
        attempts: 1,
      })
      expect(task.pr_url).toBe(task.delivery?.pull_request?.url ?? '')
      expect(world.tasks.list({ limit: 5 }).tasks[0]?.pr_url).toBe(task.pr_url ?? '')
      expect(forge.pulls).toHaveLength(1)
      expect(forge.pull(1)).toMatchObject({ head: branch, base: 'main', reviewers: ['ann'] })
      expect(forge.pull(1).title).toBe('Add two files')
      expect(forge.pull(1).body).toContain('Two files are wanted.')
      const files = await served('ls-tree', '-r', '--name-only', branch)
      expect(files.split('\n')).toEqual(['README.md', 'a.txt', 'b.txt'])
      const message = await served('log', '-1', '--format=%B', branch)
      expect(message).toContain(`Klaudio-Task: ${id}`)
      expect((await served('for-each-ref', '--format=%(refname)')).split('\n')).toEqual([
        `refs/heads/${branch}`,
        'refs/heads/main',
      ])
      expectNowhere(forge.token, [setup.git.root])
      expect(JSON.stringify([task, world.events(id)])).not.toContain(forge.token)
    },
    tryAgain,
  )

  test('tells every part of it in the log of the task', async () => {
    await using setup = await createDeliveries()
    const { world } = setup
    const { id } = setup.create()
    await play(world, id)
    const types = world.types(id).filter((type) => type.startsWith('delivery.'))
    expect(types).toEqual([
      'delivery.started',
      'delivery.pushed',
      'delivery.pull-request',
      'delivery.completed',
    ])
    const phases = world.events(id).map(({ data }) => data.phase)
    expect(phases).toContain('delivering')
  })

  test("keeps the agents' own commits when no other is wanted", async () => {
    await using setup = await createDeliveries()
    const { world, served } = setup
    const { id, branch } = setup.create({ auto_commit: false, auto_pr: false })
    const task = await play(world, id)
    expect(task.status).toBe('completed')
    expect(await served('rev-parse', branch)).toBe(task.head_commit ?? '')
    expect(setup.forge.pulls).toEqual([])
  })

  test('to a repository of this machine, over no network', async () => {
    await using setup = await createDeliveries()
    const { world, git } = setup
    const path = join(git.root, 'mine')
    await makeRepository(path, { 'README.md': 'mine\n' })
    const delivery = { ...setup.create().delivery?.settings, auto_pr: false } as never
    const { id, branch } = world.create({ source: { kind: 'local', path }, delivery })
    const task = await play(world, id)
    expect(task.error).toBeUndefined()
    const { stdout } = Bun.spawnSync(['git', '-C', path, 'show', `${branch}:b.txt`])
    expect(stdout.toString()).toBe('by b\n')
  })
})

describe('what may stand in the way', () => {
  test('nothing changed: it ends well and says so', async () => {
    await using setup = await createDeliveries({ work: async () => {} })
    const task = await play(setup.world, setup.create().id)
    expect(task).toMatchObject({ status: 'completed', delivery: { state: 'unchanged' } })
    expect(setup.forge.pulls).toEqual([])
    expect(await setup.served('branch', '--list')).toBe('* main')
  })

  test('delivered before: nothing is pushed and there is still one pull request', async () => {
    await using setup = await createDeliveries()
    const { world, forge } = setup
    const { id, branch } = setup.create()
    await play(world, id)
    const tip = forge.tip(branch)
    world.tasks.deliver(id, {})
    const task = await ended(world, id)
    expect(task).toMatchObject({ status: 'completed', delivery: { attempts: 2 } })
    expect(forge.tip(branch)).toBe(tip ?? '')
    expect(forge.pulls).toHaveLength(1)
  })

  test('the target moved on: its newest state is in the branch', async () => {
    const late = Promise.withResolvers<void>()
    await using setup = await createDeliveries({
      work: async (_turn, dir) => {
        await late.promise
        await put(dir, 'a.txt', 'x\n')
      },
    })
    const { world, forge, served } = setup
    const { id, branch } = setup.create()
    const playing = play(world, id)
    await waitFor('an agent at work', () => world.types(id).includes('subtask.started'))
    const moved = setup.commit('main', { 'other.txt': 'other\n' })
    late.resolve()
    const task = await playing
    expect(task.delivery).toMatchObject({ state: 'delivered', commits: 1 })
    expect(await served('rev-parse', `${branch}^`)).toBe(moved)
    expect(await served('ls-tree', '-r', '--name-only', branch)).toContain('other.txt')

    // And again, with the branch there: nothing that others may have seen is rewritten.
    const before = forge.tip(branch) ?? ''
    setup.commit('main', { 'third.txt': 'third\n' })
    world.tasks.deliver(id, {})
    await ended(world, id)
    await served('merge-base', '--is-ancestor', before, branch)
    expect(await served('ls-tree', '-r', '--name-only', branch)).toContain('third.txt')
  }, 30_000)

  test('both changed the same lines: it is delivered, and the files are named', async () => {
    const late = Promise.withResolvers<void>()
    await using setup = await createDeliveries({
      work: async (_turn, dir) => {
        await late.promise
        await put(dir, 'README.md', 'by an agent\n')
      },
    })
    const { world, served } = setup
    const { id, branch } = setup.create()
    const playing = play(world, id)
    await waitFor('an agent at work', () => world.types(id).includes('subtask.started'))
    setup.commit('main', { 'README.md': 'by a person\n' })
    late.resolve()
    const task = await playing
    expect(task).toMatchObject({
      status: 'completed',
      delivery: { state: 'delivered', conflicts: ['README.md'] },
    })
    expect(await served('show', `${branch}:README.md`)).toBe('by an agent')
    expect(setup.forge.pulls).toHaveLength(1)
  }, 30_000)

  test("the branch is somebody else's: nothing is touched, another name helps", async () => {
    await using setup = await createDeliveries()
    const { world, forge } = setup
    const theirs = setup.commit('feature', { 'theirs.txt': 'x\n' })
    const { id } = setup.create({ work_branch: 'feature' })
    const task = await play(world, id)
    expect(task.status).toBe('failed')
    expect(task.error).toContain('All work is done and kept')
    expect(task.error).toContain('Choose another name')
    expect(forge.tip('feature')).toBe(theirs)
    world.tasks.deliver(id, { work_branch: 'feature-2' })
    expect(await ended(world, id)).toMatchObject({ status: 'completed' })
    expect(forge.pull(1).head).toBe('feature-2')
  })

  test('somebody added to the branch: their commits stay, and new work comes on top', async () => {
    await using setup = await createDeliveries()
    const { world, served } = setup
    const { id, branch } = setup.create()
    await play(world, id)
    const theirs = setup.commit(branch, { 'theirs.txt': 'x\n' })
    world.tasks.deliver(id, {})
    expect(await ended(world, id)).toMatchObject({ status: 'completed' })
    expect(await served('rev-parse', branch)).toBe(theirs)

    await setup.git.workspaces.write({
      ...{ taskId: id, branch: world.tasks.get(id).branch, path: 'a.txt', message: 'By hand' },
      content: new TextEncoder().encode('by hand\n'),
    })
    world.tasks.deliver(id, {})
    expect((await ended(world, id)).error).toBeUndefined()
    expect(await served('rev-parse', `${branch}^`)).toBe(theirs)
    expect(await served('show', `${branch}:a.txt`)).toBe('by hand')
    expect(await served('show', `${branch}:theirs.txt`)).toBe('x')
    expect(setup.forge.pulls).toHaveLength(1)
  }, 30_000)

  test('somebody changed the branch in the same lines: theirs stays, and the file is named', async () => {
    await using setup = await createDeliveries()
    const { world, forge } = setup
    const { id, branch } = setup.create()
    await play(world, id)
    const theirs = setup.commit(branch, { 'a.txt': 'theirs\n' })
    await setup.git.workspaces.write({
      ...{ taskId: id, branch: world.tasks.get(id).branch, path: 'a.txt', message: 'By hand' },
      content: new TextEncoder().encode('by hand\n'),
    })
    world.tasks.deliver(id, {})
    const task = await ended(world, id)
    expect(task).toMatchObject({ status: 'failed', delivery: { conflicts: ['a.txt'] } })
    expect(forge.tip(branch)).toBe(theirs)
  })

  test('its pull request was merged: there is nothing more to deliver, and that is seen', async () => {
    await using setup = await createDeliveries()
    const { world, forge, served } = setup
    const { id, branch } = setup.create()
    await play(world, id)
    await served('update-ref', 'refs/heads/main', forge.tip(branch) ?? '')
    await served('update-ref', '-d', `refs/heads/${branch}`)
    forge.pull(1).state = 'merged'
    world.tasks.deliver(id, {})
    const task = await ended(world, id)
    expect(task).toMatchObject({
      status: 'completed',
      delivery: { state: 'unchanged', pull_request: { state: 'merged' } },
    })
    expect(forge.tip(branch)).toBeUndefined()
  })

  test('a token that may not write fails the delivery alone, and another one delivers', async () => {
    await using setup = await createDeliveries()
    const { world, forge } = setup
    forge.mayWrite = false
    const { id, branch } = setup.create()
    const task = await play(world, id)
    expect(task.status).toBe('failed')
    expect(task.error).toMatch(/All work is done.*refused the access token/)
    expect(task.progress).toMatchObject({ total: 1, completed: 1 })
    expect(task.delivery).toMatchObject({ state: 'failed' })
    expect(world.types(id)).toContain('delivery.failed')
    forge.mayWrite = true
    world.tasks.deliver(id, { access_token: forge.token })
    expect(await ended(world, id)).toMatchObject({ status: 'completed' })
    expect(forge.tip(branch)).toBeDefined()
  })

  test('a branch that the server protects is refused in its own words', async () => {
    await using setup = await createDeliveries()
    mkdirSync(join(setup.forge.dir, 'hooks'), { recursive: true })
    const hook = join(setup.forge.dir, 'hooks', 'pre-receive')
    writeFileSync(hook, '#!/bin/sh\necho "no branches called klaudio here"\nexit 1\n')
    chmodSync(hook, 0o755)
    const task = await play(setup.world, setup.create().id)
    expect(task.status).toBe('failed')
    expect(task.error).toContain('pre-receive hook declined')
    expect(task.error).toContain('no branches called klaudio here')
    expect(setup.forge.pulls).toEqual([])
  })

  test('the branch it is for is never pushed to, and one that is not there is named', async () => {
    await using setup = await createDeliveries()
    const { world, forge } = setup
    setup.commit('next', { 'n.txt': 'x\n' })
    const main = forge.tip('main')
    const { id } = setup.create({ pr_target: 'gone' })
    const task = await play(world, id)
    expect(task.error).toContain('no branch "gone"')
    expect(() => world.tasks.deliver(id, { pr_target: 'next', work_branch: 'next' })).toThrow(
      'same branch',
    )
    await served(setup, 'symbolic-ref', 'HEAD', 'refs/heads/next')
    world.tasks.deliver(id, { pr_target: 'main', work_branch: 'next' })
    expect((await ended(world, id)).error).toContain('never pushes to "next"')
    expect(forge.tip('main')).toBe(main ?? '')
  })

  test('people and labels the forge does not know are said, and undo nothing', async () => {
    await using setup = await createDeliveries()
    const { id } = setup.create({ pr_reviewers: ['nobody', 'bob'], pr_labels: ['bot', 'odd'] })
    const task = await play(setup.world, id)
    expect(task.status).toBe('completed')
    expect(task.delivery?.notes.join(' ')).toMatch(/nobody.*odd/)
    expect(setup.forge.pull(1)).toMatchObject({ reviewers: ['bob'], labels: ['bot'] })
  })

  test('work that is not done cannot be delivered', async () => {
    await using setup = await createDeliveries()
    const { id } = setup.create()
    await waitFor('a plan', () => setup.world.status(id) === 'planned')
    expect(() => setup.world.tasks.deliver(id, {})).toThrow('planned')
  })
})

test('killed at any transaction of a delivery: one push, one pull request', async () => {
  let left = Number.POSITIVE_INFINITY
  await using setup = await createDeliveries({
    onCommit() {
      if (--left < 0) {
        left = Number.POSITIVE_INFINITY
        throw new Error('the server was killed')
      }
    },
  })
  const { world, forge } = setup
  const { id } = setup.create({ auto_pr: false })
  await play(world, id)
  for (let kill = 1; ; kill += isQuick ? 4 : 1) {
    const branch = `killed/at-${kill}`
    // The verb itself is one transaction: two calls of `onCommit`.
    world.tasks.deliver(id, { auto_pr: true, work_branch: branch })
    left = kill
    await waitFor('the end', () => world.isDead() || world.status(id) === 'completed')
    const wasKilled = world.isDead()
    left = Number.POSITIVE_INFINITY
    if (wasKilled) await world.restart()
    const task = await ended(world, id)
    expect(task.status).toBe('completed')
    expect(task.delivery).toMatchObject({ state: 'delivered', commit: forge.tip(branch) ?? '' })
    expect(forge.pulls.filter(({ head }) => head === branch)).toHaveLength(1)
    expect(findDelivery(world.db, id)?.pullRequest?.number).toBe(
      forge.pulls.find(({ head }) => head === branch)?.number ?? 0,
    )
    if (!wasKilled) {
      expect(kill).toBeGreaterThan(6)
      break
    }
  }
}, 60_000)

const served = (setup: { served: (...args: string[]) => Promise<string> }, ...args: string[]) =>
  setup.served(...args)

/** No file below any of the directories has the text, plain or as a login. */
function expectNowhere(secret: string, roots: string[]): void {
  const forms = [secret, Buffer.from(`oauth2:${secret}`).toString('base64')]
  for (const root of roots)
    for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      const content = readFileSync(path, 'latin1')
      for (const form of forms) expect(content.includes(form) ? path : '').toBe('')
    }
}
