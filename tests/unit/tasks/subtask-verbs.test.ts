/** What a person does with the subtasks and agents of a plan that runs. Names end with the failure of the reference they rule out. */
import { describe, expect, test } from 'bun:test'
import type { Script } from '../../support/fake-agents.ts'
import { attend } from '../../support/person.ts'
import { promptsOf, statusesOf, subtaskOf } from '../../support/plan-rows.ts'
import {
  createGate,
  createWorld,
  diamond,
  done,
  failed,
  planThenWork,
  step,
} from '../../support/test-tasks.ts'

describe('what a person does with subtasks', () => {
  const once = (name: string): Script => {
    let isBroken = true
    return planThenWork(diamond, (turn) => {
      if (turn.subtaskId !== name || !isBroken) return done(turn)
      isBroken = false
      return failed('Broken.', { code: 'max-turns', retryable: false })
    })
  }

  test('a retry runs the failed subtask and everything behind it, and nothing else (L4)', async () => {
    await using world = createWorld({ script: once('left') })
    const { id } = world.create()
    await attend(world, id)
    world.tasks.retrySubtask(id, 'left')
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
    expect(promptsOf(world, 'right')).toHaveLength(1)
    expect(promptsOf(world, 'top')).toHaveLength(1)
    expect(promptsOf(world, 'left')[1]).toContain('Broken.')
    expect(subtaskOf(world, id, 'left')).toMatchObject({ attempt: 2 })
  })

  test('an edit with the retry is a new version of the plan', async () => {
    await using world = createWorld({ script: once('left') })
    const { id } = world.create()
    await attend(world, id)
    world.tasks.retrySubtask(id, 'left', { prompt: 'Do it differently.', model: 'haiku' })
    await attend(world, id)
    expect(promptsOf(world, 'left')[1]).toContain('Do it differently.')
    expect(world.tasks.agent(id, subtaskOf(world, id, 'left').agent_id ?? '').model).toBe('haiku')
    expect(world.tasks.plan(id)).toMatchObject({ version: 2, origin: 'user', status: 'approved' })
    expect(world.tasks.plan(id, 1).subtasks[1]?.prompt).toBe('Please do left.')
  })

  test('skipping the failed one lets its dependents go on without it, and the task completes', async () => {
    await using world = createWorld({ script: once('left') })
    const { id } = world.create()
    await attend(world, id)
    world.tasks.skipSubtask(id, 'left')
    await attend(world, id)
    expect(world.tasks.get(id)).toMatchObject({
      status: 'completed',
      progress: { completed: 3, skipped: 1 },
    })
    expect(world.tasks.get(id).error).toBeUndefined()
    expect(promptsOf(world, 'top')[0]).toContain('go on without: left (Do left)')
    expect(world.events(id).find(({ type }) => type === 'task.completed')?.data).toMatchObject({
      skipped: ['left'],
    })
  })

  test('pending subtasks can be edited while others run; what has started stays as it is (L18)', async () => {
    const gate = createGate()
    await using world = createWorld({
      script: planThenWork(diamond, async (turn) => {
        await gate.wait('go')
        return done(turn)
      }),
    })
    const { id } = world.create({ auto_approve: true })
    await world.until('work', () => statusesOf(world, id).base === 'running')
    const [base, left] = world.tasks.plan(id).subtasks
    const changed = [{ ...base, prompt: 'Something else.' }, left]
    expect(() => world.tasks.updatePlan(id, { subtasks: changed })).toThrow(
      'Subtask "base" is running and stays as it is.',
    )
    world.tasks.updatePlan(id, {
      subtasks: [base, { ...left, prompt: 'New words.' }, step('extra', ['left'])],
    })
    gate.open('go')
    await attend(world, id)
    expect(statusesOf(world, id)).toEqual({
      base: 'completed',
      left: 'completed',
      extra: 'completed',
    })
    expect(promptsOf(world, 'left')[0]).toContain('New words.')
    expect(promptsOf(world, 'base')).toHaveLength(1)
  })

  test('a stopped agent fails its subtask by name of the person, without another attempt', async () => {
    const gate = createGate()
    await using world = createWorld({
      script: planThenWork(diamond, async (turn) => {
        if (turn.subtaskId === 'left' && turn.attempt === 1) await gate.wait('never')
        return done(turn)
      }),
    })
    const { id } = world.create({ auto_approve: true })
    await world.until('work', () => statusesOf(world, id).left === 'running')
    const agentId = subtaskOf(world, id, 'left').agent_id ?? ''
    expect(await world.tasks.stopAgent(id, agentId)).toMatchObject({ status: 'stopped' })
    await attend(world, id)
    expect(subtaskOf(world, id, 'left')).toMatchObject({
      status: 'failed',
      error: 'Stopped by you.',
    })
    expect(statusesOf(world, id)).toMatchObject({ right: 'completed', top: 'skipped' })
    world.tasks.retrySubtask(id, 'left')
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
  })

  test('a retry that comes while the others are still being stopped waits until they rest', async () => {
    const gate = createGate()
    let isRefused = true
    const order: string[] = []
    await using world = createWorld({
      script: planThenWork({ subtasks: [step('x'), step('y')] }, async (turn) => {
        order.push(`turn of ${turn.subtaskId}`)
        if (turn.subtaskId === 'y' && turn.number === 1) await gate.wait('never')
        return turn.subtaskId === 'x' && isRefused
          ? failed('No.', { code: 'credentials', retryable: false })
          : done(turn)
      }),
      wrapAgents: (agents) => ({
        ...agents,
        async stop(agentId, end) {
          if (end.status === 'stopped') await gate.wait('stop')
          await agents.stop(agentId, end)
          order.push(`${end.status}`)
        },
      }),
    })
    const { id } = world.create({ auto_approve: true })
    await world.until('the end', () => world.status(id) === 'failed')
    isRefused = false
    world.tasks.retrySubtask(id, 'x')
    await world.until('x again', () => statusesOf(world, id).x === 'completed')
    expect(statusesOf(world, id).y).toBe('queued')
    gate.open('stop')
    await attend(world, id)
    expect(world.status(id)).toBe('completed')
    expect(order.lastIndexOf('turn of y')).toBeGreaterThan(order.indexOf('stopped'))
    const worker = world.tasks.agent(id, subtaskOf(world, id, 'y').agent_id ?? '')
    expect(worker).toMatchObject({ status: 'completed', attempt: 1 })
  })
})
