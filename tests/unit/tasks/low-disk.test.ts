/** New work waits while a disk is nearly full; what runs goes on, and all of it continues by itself. */
import { expect, test } from 'bun:test'
import { AppError } from '#contract/errors.ts'
import {
  createGate,
  createWorld,
  diamond,
  done,
  planThenWork,
  step,
} from '../../support/test-tasks.ts'

const sentence = 'The disk has 0.2 GB left. New work waits.'

test('low disk keeps new agents from starting, says so on the task, and recovers by itself (M)', async () => {
  await using world = createWorld({ script: planThenWork({ subtasks: [step('a')] }) })
  const { tasks } = world
  tasks.holdBack(sentence)
  const { id } = world.create({ auto_approve: true })
  await world.until('it says what it waits for', () => tasks.get(id).error === sentence)
  expect(tasks.get(id).status).toBe('planning')
  expect(world.engine.running()).toEqual([])
  tasks.holdBack(undefined)
  await world.until('it ends', () => world.status(id) === 'completed')
  expect(tasks.get(id).error ?? null).toBeNull()
})

test('an agent at work goes on while new ones wait', async () => {
  const gate = createGate()
  await using world = createWorld({
    script: planThenWork(diamond, async (turn) => {
      await gate.wait(turn.subtaskId ?? '')
      return done(turn)
    }),
  })
  const { tasks } = world
  const { id } = world.create({ auto_approve: true })
  const isRunning = (name: string) =>
    world.engine.running().some(({ subtaskId }) => subtaskId === name)
  await world.until('the first works', () => isRunning('base'))
  tasks.holdBack(sentence)
  gate.open('base')
  await world.until('the others wait and say so', () => tasks.get(id).error === sentence)
  expect(isRunning('left') || isRunning('right')).toBe(false)
  expect(tasks.plan(id).subtasks.find((each) => each.id === 'base')?.status).toBe('completed')
  for (const name of ['left', 'right', 'top']) gate.open(name)
  tasks.holdBack(undefined)
  await world.until('it ends', () => world.status(id) === 'completed')
})

test('a disk that is full for a while fails nothing: what could not be written is done later (K14)', async () => {
  let isFull = false
  let refused = 0
  await using world = createWorld({
    script: planThenWork(diamond, (turn) => {
      // From the first agent's end on, until long after.
      isFull = refused === 0
      return done(turn)
    }),
    onCommit(when) {
      if (when !== 'before' || !isFull) return
      refused += 1
      isFull = refused < 25
      throw new AppError('disk.full', 'The disk is full.')
    },
  })
  const { id } = world.create({ auto_approve: true })
  await world.until('it ends', () => world.status(id) === 'completed')
  expect(refused).toBe(25)
  expect(world.types(id)).not.toContain('task.failed')
})
