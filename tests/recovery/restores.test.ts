/** The server killed at every step of a restore and of a fork. Not every one, as `stride` says. */
import { expect, test } from 'bun:test'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findTask } from '#db/tasks.ts'
import { gitIn } from '../support/git.ts'
import { survive } from '../support/person.ts'
import { holders, openRestoreRig, type RestoreRig } from '../support/restore-rig.ts'
import { Crash, step } from '../support/test-tasks.ts'
import { stride } from '../support/thorough.ts'

const apart = stride(2, 10)

/** Paused at work with `second` in its files; the checkpoint has `first`. */
async function openStory() {
  let steps = 0
  let crashAt = 0
  const isNow = (): boolean => crashAt > 0 && ++steps === crashAt
  const rig = await openRestoreRig({
    plan: { subtasks: [step('one')] },
    async work({ number }, folder) {
      writeFileSync(join(folder, 'state.txt'), number === 1 ? 'first\n' : 'second\n')
      await new Promise(() => {})
    },
    onCommit(when) {
      if (isNow()) throw new Crash(`${when} a transaction`)
    },
    onCall() {
      if (isNow()) rig.world.kill()
    },
  })
  const { id } = rig.world.create({ auto_approve: true })
  const holds = async (text: string): Promise<void> => {
    await rig.until(text, () => {
      const folder = rig.trees.workspace(rig.agentOn(id, 'one')?.id ?? '')
      return readIf(join(folder, 'state.txt')) === text
    })
  }
  await holds('first\n')
  await rig.stop(id)
  const checkpoint = await rig.take(id)
  rig.world.tasks.resume(id)
  await holds('second\n')
  await rig.stop(id)
  return {
    ...{ rig, id, checkpoint },
    arm(at: number) {
      steps = 0
      crashAt = at
    },
    hasCrashed: () => crashAt > 0 && steps >= crashAt,
  }
}

const readIf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** Asks, and waits for the answer or for the death of the server. */
async function ask(rig: RestoreRig, work: () => Promise<unknown>): Promise<void> {
  let isAnswered = false
  const asked = survive(rig.world, work).finally(() => {
    isAnswered = true
  })
  await rig.until('an answer', () => isAnswered || rig.world.isDead())
  if (isAnswered) await asked
}

/** Over, or dead. */
const untilOver = (rig: RestoreRig, id: string): Promise<void> =>
  rig.until('the end', () => rig.world.isDead() || findTask(rig.world.db, id)?.intent === null)

test('a restore is done by the next server, wherever the first was killed', async () => {
  const { rig, id, checkpoint, ...story } = await openStory()
  await using _ = rig
  const { world } = rig
  for (let at = 1, isOver = false; !isOver; at += apart) {
    const before = world.tasks.agents(id).length
    story.arm(at)
    await ask(rig, () => world.tasks.restore(id, checkpoint.id, { stop: false }))
    await untilOver(rig, id)
    isOver = !story.hasCrashed()
    story.arm(0)
    if (world.isDead()) await world.restart()
    // Killed before it was stored: the person asks again.
    if (findTask(world.db, id)?.restore?.checkpoint_id !== checkpoint.id)
      await world.tasks.restore(id, checkpoint.id, { stop: false })
    const task = await rig.restored(id)

    expect({ at, restore: task.restore }).toMatchObject({ at, restore: { state: 'done' } })
    const agentId = rig.agentOn(id, 'one')?.id ?? ''
    expect(readIf(join(rig.trees.workspace(agentId), 'state.txt'))).toBe('first\n')
    expect(holders(rig, id)).toEqual([agentId])
    expect(world.tasks.agents(id).length).toBe(before + 1)
    const undo = rig.checkpoints().get(id, task.restore?.undo_id ?? '')
    expect(undo).toMatchObject({ status: 'ready', cause: 'restore' })
    await world.tasks.restore(id, undo.id, { stop: false })
    expect((await rig.restored(id)).restore?.state).toBe('done')
    const back = rig.agentOn(id, 'one')?.id ?? ''
    expect(readIf(join(rig.trees.workspace(back), 'state.txt'))).toBe('second\n')
  }
}, 120_000)

test('a fork is whole or not there, wherever the server was killed', async () => {
  const { rig, id, checkpoint, ...story } = await openStory()
  await using _ = rig
  const { world } = rig
  for (let at = 1, isOver = false; !isOver; at += apart) {
    const name = `Fork ${at}`
    const forks = () => world.tasks.list({ limit: 100 }).tasks.filter((task) => task.name === name)
    story.arm(at)
    await ask(rig, () => world.tasks.fork(id, checkpoint.id, { name }))
    for (const fork of forks()) await untilOver(rig, fork.id)
    isOver = !story.hasCrashed()
    story.arm(0)
    if (world.isDead()) await world.restart()
    await rig.until('all at rest', () =>
      forks().every((fork) => findTask(world.db, fork.id)?.intent === null),
    )
    await world.tasks.settled()

    const [fork, ...others] = forks()
    expect(others).toEqual([])
    if (!fork) continue
    expect({ at, fork }).toMatchObject({
      at,
      fork: { status: 'paused', restore: { state: 'done' } },
    })
    const agentId = rig.agentOn(fork.id, 'one')?.id ?? ''
    expect(holders(rig, fork.id)).toEqual([agentId])
    expect(readIf(join(rig.trees.workspace(agentId), 'state.txt'))).toBe('first\n')
    expect(await gitIn(rig.bare(fork.id), 'rev-parse', fork.branch)).toBe(fork.head_commit ?? '')
  }
}, 120_000)
