/**
 * Kills the server before and after the transaction in which a person asks for changes, and the one in which a person approves all of the
 * work in the manager's place. The person sees what is there and says it again if it is not: the end is the same, and nothing is heard twice.
 */
import { expect, test } from 'bun:test'
import { type CrashPoint, createCrashPoint } from '../support/crash-point.ts'
import { attend, createTask, survive } from '../support/person.ts'
import { giveTeam, team } from '../support/team.ts'
import { createWorld, done, planned, step, type World } from '../support/test-tasks.ts'

const wishes = { changes: 'Louder, please.', approval: 'Good enough for me.' }

async function play(point?: CrashPoint) {
  const crash = createCrashPoint(point)
  await using world = createWorld({
    onCommit: crash.onCommit,
    async script(turn) {
      const { kind, number, call } = turn
      if (kind === 'planner') return planned({ subtasks: [step('a'), step('b')] })
      // A manager that begins the work and then never says anything of it.
      if (kind === 'manager' && number === 1)
        for (const worker of ['a', 'b']) await call('write_directive', { worker, text: 'Go.' })
      return done(turn)
    },
  })
  const team_template = giveTeam(world.db, team({ mode: 'collaborative', roles: [] }))
  const id = await createTask(world, () => world.create({ team_template, auto_approve: true }).id)
  await attend(world, id)
  const unapproved = world.status(id)
  const said = (text: string) =>
    world.tasks.messages(id, { limit: 100 }).filter(({ content }) => content.includes(text)).length
  /** Which transaction it is. */
  const say = async (text: string, work: () => unknown): Promise<number> => {
    const number = crash.commits() + 1
    await survive(world, work)
    if (world.isDead()) await world.restart()
    if (said(text) === 0) work()
    await attend(world, id)
    return number
  }
  const points = [
    await say(wishes.changes, () => world.tasks.askForChanges(id, 'a', wishes.changes)),
    await say(wishes.approval, () => world.tasks.approveWork(id, wishes.approval)),
  ]
  expect(crash.wasMet()).toBe(point !== undefined)
  return { points, facts: { unapproved, ...facts(world, id, said) } }
}

function facts(world: World, id: string, said: (text: string) => number) {
  const turns = [...world.engine.turns.values()]
  return {
    status: world.status(id),
    subtasks: world.tasks.plan(id).subtasks.map((row) => [row.id, row.status, row.rounds]),
    asked: turns.filter(({ prompt }) => prompt.includes(wishes.changes)).length,
    said: [said(wishes.changes), said(wishes.approval)],
  }
}

test('what a person says in a manager’s place counts once, wherever the server dies', async () => {
  const { points, facts: expected } = await play()
  expect(expected).toEqual({
    ...{ unapproved: 'failed', status: 'completed', asked: 1, said: [1, 1] },
    subtasks: [
      ['a', 'completed', 1],
      ['b', 'completed', undefined],
    ],
  })
  for (const number of points)
    for (const when of ['before', 'after'] as const) {
      const { facts: found } = await play({ number, when })
      expect({ number, when, found }).toEqual({ number, when, found: expected })
    }
}, 120_000)
