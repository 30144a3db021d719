/** A server that is killed before or after any transaction of a run whose repository is set up first. What was made on the engine lives on. */
import { expect, test } from 'bun:test'
import { insertSetup } from '#db/setups.ts'
import { type CrashPoint, createCrashPoint } from '../support/crash-point.ts'
import { attend, survive } from '../support/person.ts'
import { createWorld } from '../support/test-tasks.ts'
import { stride } from '../support/thorough.ts'

async function play(point?: CrashPoint) {
  const crash = createCrashPoint(point)
  let isMade = false
  let runs = 0
  await using world = createWorld({
    onCommit: crash.onCommit,
    setups: {
      async make(_, { onStep, onOutput }) {
        if (isMade) return { kind: 'ready', key: 'k', fromCache: true, leftOut: [] }
        runs += 1
        onStep?.(1)
        onOutput?.('made\n')
        await Promise.resolve()
        isMade = true
        return { kind: 'ready', key: 'k', fromCache: false, leftOut: [] }
      },
    },
  })
  let id = ''
  await survive(world, () => {
    id = world.create({ auto_start: false }).id
    insertSetup(world.db, id, { commands: ['make'], withSecrets: false })
    world.tasks.start(id)
  })
  if (world.isDead()) await world.restart()
  const [task] = world.tasks.list({ limit: 1, offset: 0 }).tasks
  if (!task) return undefined
  if (task.status === 'created') world.tasks.start(task.id)
  await attend(world, task.id)
  expect(crash.wasMet()).toBe(point !== undefined)
  const { setup } = world.tasks.setup(task.id)
  return { commits: crash.commits(), runs, setup, status: world.status(task.id) }
}

test('a server killed at any transaction of a setup sets up once more at most, and the task is done', async () => {
  const whole = await play()
  expect(whole).toMatchObject({ status: 'completed', runs: 1, setup: { state: 'ready' } })
  const commits = whole?.commits ?? 0
  expect(commits).toBeGreaterThan(8)
  for (let number = 1; number <= commits; number += stride(1, 12))
    for (const when of ['before', 'after'] as const) {
      const played = await play({ number, when })
      if (!played) continue
      expect({ number, when, status: played.status }).toEqual({ number, when, status: 'completed' })
      expect(played.runs).toBeLessThanOrEqual(2)
      if (played.setup) expect(played.setup.state).toBe('ready')
    }
}, 120_000)
