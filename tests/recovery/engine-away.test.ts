/** What people ask for while no engine answers: it is taken, says what it waits for, and is done when the engine is back. */
import { describe, expect, test } from 'bun:test'
import { AppError } from '#contract/errors.ts'
import { findTask } from '#db/tasks.ts'
import { createGate, createWorld, planThenWork, step } from '../support/test-tasks.ts'

const sentence = 'Docker cannot be reached.'

/** One agent at work, and an engine that can go away. */
async function startOne() {
  const engine = { isAway: false }
  const world = createWorld({
    script: planThenWork({ subtasks: [step('a')] }, () => createGate().wait('ever') as never),
    wrapAgents: (agents) => ({
      ...agents,
      async stop(agentId, end) {
        if (engine.isAway) throw new AppError('engine.unreachable', sentence)
        await agents.stop(agentId, end)
      },
      async reconcile() {
        if (engine.isAway) throw new AppError('engine.unreachable', sentence)
        return await agents.reconcile()
      },
    }),
  })
  const { id } = world.create({ auto_approve: true })
  await world.until('work', () => world.engine.running().length === 1)
  const away = (isAway: boolean): void => {
    engine.isAway = isAway
    world.tasks.engineAway(isAway ? sentence : undefined)
  }
  return { world, id, away }
}

describe('without an engine', () => {
  test('a deletion is accepted, says what it waits for, and is finished when the engine is back', async () => {
    const { world, id, away } = await startOne()
    await using _ = world
    away(true)
    expect(await world.tasks.delete(id)).toEqual({ status: 'deleting', waiting_for: sentence })
    expect(world.tasks.get(id)).toMatchObject({
      status: 'cancelled',
      phase: 'cancelling',
      error: sentence,
    })
    away(false)
    await world.until('the end', () => findTask(world.db, id) === undefined)
    expect(world.engine.volumes.size).toBe(0)
    expect(world.repositories.repositories.size).toBe(0)
  })

  test('a deletion is finished by the next server', async () => {
    const { world, id, away } = await startOne()
    await using _ = world
    away(true)
    expect(await world.tasks.delete(id)).toEqual({ status: 'deleting', waiting_for: sentence })
    await world.restart().catch(() => {})
    expect(world.tasks.get(id)).toMatchObject({ status: 'cancelled', phase: 'cancelling' })
    away(false)
    await world.tasks.recover()
    await world.until('the end', () => findTask(world.db, id) === undefined)
    expect(world.engine.volumes.size).toBe(0)
  })

  test('a stop says what it waits for, and no longer when it is done', async () => {
    const { world, id, away } = await startOne()
    await using _ = world
    away(true)
    world.tasks.stop(id)
    await world.until('it is said', () => world.tasks.get(id).error === sentence)
    expect(world.tasks.get(id)).toMatchObject({ status: 'paused', phase: 'stopping' })
    away(false)
    await world.until('rest', () => world.tasks.get(id).phase === null)
    expect(world.tasks.get(id).status).toBe('paused')
    expect(world.tasks.get(id).error).toBeUndefined()
  })
})
