/** One agent, wanted for two things at once or not wanted any more, and what its task says meanwhile. */
import { describe, expect, test } from 'bun:test'
import { attend } from '../../support/person.ts'
import { promptsOf } from '../../support/plan-rows.ts'
import {
  createGate,
  createWorld,
  done,
  failed,
  planThenWork,
  step,
  type World,
} from '../../support/test-tasks.ts'

const plan = { subtasks: [step('bad'), step('next', ['bad'])] }
const agentOf = (world: World, taskId: string, subtaskId: string): string =>
  world.tasks.agents(taskId).find((agent) => agent.subtask_id === subtaskId)?.id ?? ''

/** The failed task goes on without `bad` while the spare for `next` is still being made, or being put away. */
async function skipDuring(call: 'prepare' | 'stop') {
  const gate = createGate()
  /** What was done with the agent of `next`. */
  const asked: string[] = []
  const reach = async (name: typeof call, agentId: string, how: string): Promise<void> => {
    if (agentId !== agentOf(world, id, 'next')) return
    asked.push(how)
    if (name === call) await gate.wait(call)
  }
  const world = createWorld({
    script: planThenWork(plan, async (turn) => {
      if (turn.subtaskId !== 'bad') return done(turn)
      await gate.wait('bad')
      return failed('Broken.', { code: 'budget', retryable: false })
    }),
    config: { warmAgents: 1 },
    wrapAgents: (agents) => ({
      ...agents,
      async prepare(spec, options) {
        await reach('prepare', spec.agentId, 'prepare')
        await agents.prepare(spec, options)
      },
      async stop(agentId, options) {
        await reach('stop', agentId, options.status)
        await agents.stop(agentId, options)
      },
    }),
  })
  const { id } = world.create({ auto_approve: true })
  await world.until('the spare', () => asked.includes('prepare'))
  gate.open('bad')
  await world.until('the failure', () => world.status(id) === 'failed')
  if (call === 'stop') await world.until('its end', () => asked.includes('stopped'))
  world.tasks.skipSubtask(id, 'bad')
  for (let tick = 0; tick < 100; tick++) await new Promise((resolve) => setImmediate(resolve))
  const early = promptsOf(world, 'next').length
  gate.open(call)
  await attend(world, id)
  return { world, id, asked, early }
}

describe('an agent that was being put away', () => {
  test('is not stopped any more when it was wanted again before that began', async () => {
    const { world, id, asked } = await skipDuring('prepare')
    await using _ = world
    expect(world.status(id)).toBe('completed')
    expect(promptsOf(world, 'next')).toHaveLength(1)
    expect(asked.at(-1)).toBe('completed')
    expect(asked).not.toContain('stopped')
  })

  test('begins its work only when that is over', async () => {
    const { world, id, early } = await skipDuring('stop')
    await using _ = world
    expect(early).toBe(0)
    expect(world.status(id)).toBe('completed')
    expect(promptsOf(world, 'next')).toHaveLength(1)
    expect(promptsOf(world, 'next')[0]).toContain('Please do next.')
  })
})

describe('a turn that ended before its prompt was read', () => {
  test.each([
    ['an interruption', { kind: 'interrupted', unread: true }],
    ['a technical failure', failed('Gone.', { code: 'container-lost', unread: true })],
  ] as const)('is asked again in the same words after %s', async (_name, outcome) => {
    await using world = createWorld({
      script: planThenWork({ subtasks: [step('a')] }, (turn) =>
        turn.number === 1 ? outcome : done(turn),
      ),
    })
    const { id } = world.create({ auto_approve: true })
    await attend(world, id)
    const [first, second, ...more] = promptsOf(world, 'a')
    expect(first).toContain('Please do a.')
    expect(second).toBe(first ?? '')
    expect(more).toEqual([])
  })
})

describe('an engine that is away', () => {
  test('is what a task at work says it waits for, until it answers again', async () => {
    const gate = createGate()
    await using world = createWorld({
      script: planThenWork({ subtasks: [step('a')] }, async (turn) => {
        await gate.wait('a')
        return done(turn)
      }),
    })
    const { id } = world.create({ auto_approve: true })
    await world.until('work', () => world.tasks.get(id).progress.running === 1)
    world.tasks.engineAway('No engine answers.')
    await world.until('the sentence', () => world.tasks.get(id).error !== undefined)
    expect(world.tasks.get(id)).toMatchObject({ phase: 'waiting', error: 'No engine answers.' })
    world.tasks.engineAway(undefined)
    await world.until('work', () => world.tasks.get(id).phase === 'working')
    expect(world.tasks.get(id).error).toBeUndefined()
    gate.open('a')
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
  })

  test('does not trouble a task that waits for a person', async () => {
    await using world = createWorld({ script: planThenWork({ subtasks: [step('a')] }) })
    const { id } = world.create()
    await world.until('the plan', () => world.status(id) === 'planned')
    await world.tasks.settled()
    world.tasks.engineAway('No engine answers.')
    expect(world.tasks.get(id)).toMatchObject({ phase: 'awaiting_approval' })
    expect(world.tasks.get(id).error).toBeUndefined()
  })
})
