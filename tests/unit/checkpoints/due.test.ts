import { expect, test } from 'bun:test'
import { dueCause } from '#checkpoints/due.ts'

type Input = Parameters<typeof dueCause>[0]

const minute = 60_000
const begin = 1_000 * minute
const config = { auto: true, intervalMs: 5 * minute }
const task = {
  ...{ status: 'running' as const, intent: null, pausedAt: null, startedAt: begin },
  baseCommit: 'c0',
}
const at = (minutes: number): number => begin + minutes * minute
const running = { status: 'running' as const, startedAt: begin, completedAt: null }
const completed = (minutes: number) => ({
  ...{ status: 'completed' as const, startedAt: begin, completedAt: at(minutes) },
})
const due = (input: Partial<Input>) =>
  dueCause({ task, subtasks: [running], newest: undefined, now: at(1), config, ...input })

test('after a stop, once', () => {
  const paused = { ...task, status: 'paused' as const, pausedAt: at(3) }
  expect(due({ task: paused, now: at(4) })).toBe('stop')
  expect(due({ task: paused, now: at(4), newest: { createdAt: at(2) } })).toBe('stop')
  expect(due({ task: paused, now: at(99), newest: { createdAt: at(3.1) } })).toBeUndefined()
})

test('after a completed subtask, also the last one, and not after one that failed', () => {
  expect(due({ subtasks: [completed(2), running], now: at(3) })).toBe('subtask')
  const over = { ...task, status: 'completed' as const }
  expect(due({ task: over, subtasks: [completed(2)], now: at(3) })).toBe('subtask')
  const newest = { createdAt: at(2.5) }
  expect(due({ task: over, subtasks: [completed(2)], now: at(3), newest })).toBeUndefined()
  const failed = { ...completed(2), status: 'failed' as const }
  expect(due({ subtasks: [failed], now: at(3) })).toBeUndefined()
})

test('while agents work, every interval', () => {
  expect(due({ now: at(4.9) })).toBeUndefined()
  expect(due({ now: at(5) })).toBe('interval')
  expect(due({ now: at(9), newest: { createdAt: at(5) } })).toBeUndefined()
  expect(due({ now: at(10), newest: { createdAt: at(5) } })).toBe('interval')
  expect(due({ now: at(10), config: { ...config, auto: false } })).toBeUndefined()
  const waiting = { ...running, status: 'queued' as const }
  expect(due({ now: at(10), subtasks: [waiting] })).toBeUndefined()
})

test('not while it is being taken away, and not before it has files', () => {
  const now = at(10)
  expect(due({ now, task: { ...task, intent: 'delete' } })).toBeUndefined()
  expect(due({ now, task: { ...task, baseCommit: null } })).toBeUndefined()
})
