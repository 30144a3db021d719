/** Kills the server before and after transactions while an agent brings two sides together, and is told once that it has not yet. */
import { expect, test } from 'bun:test'
import { type CrashPoint, createCrashPoint } from '../support/crash-point.ts'
import { attend, createTask } from '../support/person.ts'
import { createWorld, done, planThenWork, step, type World } from '../support/test-tasks.ts'
import { stride } from '../support/thorough.ts'

// The second works on what was there before the first was merged.
const plan = { strategy: 'parallel', subtasks: [step('x'), step('y')] }
async function play(point?: CrashPoint): Promise<{ commits: number; facts: unknown }> {
  const crash = createCrashPoint(point)
  const atWork = Promise.withResolvers<void>()
  const begun = new Set<string>()
  await using world: World = createWorld({
    script: planThenWork(plan, async (turn) => {
      if (turn.kind === 'resolver') {
        const files = turn.number === 1 ? {} : { 'same.txt': 'by both' }
        world.engine.work.set(turn.agentId, files)
        return done(turn)
      }
      world.engine.work.set(turn.agentId, { 'same.txt': `by ${turn.subtaskId}` })
      begun.add(turn.subtaskId ?? '')
      if (begun.size === 2) atWork.resolve()
      await atWork.promise
      return done(turn)
    }),
    onCommit: crash.onCommit,
  })
  const id = await createTask(world, () => world.create({ auto_approve: true }).id)
  await attend(world, id)
  expect(crash.wasMet()).toBe(point !== undefined)
  return { commits: crash.commits(), facts: facts(world, id) }
}

function facts(world: World, id: string): unknown {
  const { commits, head } = world.repositories.get(id)
  const turns = [...world.engine.turns.values()].filter(({ kind }) => kind === 'resolver')
  return {
    status: world.status(id),
    content: commits.get(head)?.files['same.txt'],
    resolver: turns.map(({ attempt, number }) => [attempt, number]),
    subtasks: world.tasks.plan(id).subtasks.map(({ status, attempt }) => [status, attempt]),
    states: world.tasks.plan(id).subtasks.flatMap(({ resolution }) => resolution?.state ?? []),
  }
}

test('a conflict ends the same wherever the server dies', async () => {
  const { commits, facts: expected } = await play()
  expect(expected).toEqual({
    status: 'completed',
    content: 'by both',
    resolver: [
      [1, 1],
      [1, 2],
    ],
    subtasks: [
      ['completed', 1],
      ['completed', 1],
    ],
    states: ['resolved'],
  })
  for (let number = 1; number <= commits; number += stride(1, 6))
    for (const when of ['before', 'after'] as const) {
      const { facts: found } = await play({ number, when })
      expect({ number, when, found }).toEqual({ number, when, found: expected })
    }
}, 300_000)
