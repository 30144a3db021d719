/** What a page says of a task that is, was, or could not be taken back to a checkpoint. */
import { expect, test } from 'bun:test'
import type { Task } from '#contract/task.ts'
import { describeRestore } from '../../ui/src/lib/restore-words.ts'
import { formatClock } from '../../ui/src/lib/time.ts'

const at = '2026-01-01T12:04:00.000Z'
const then = formatClock(Date.parse(at), { seconds: true })
const restore = { checkpoint_id: 'c1', taken_at: at, asked_at: at, state: 'done' } as const

const say = (task: Pick<Task, 'status' | 'restore' | 'error'>): string => describeRestore(task)

test('says where it was taken back to, and that resume goes on only where there is something to resume', () => {
  const back = { ...restore, kind: 'restore' } as const
  expect(say({ status: 'paused', restore: back })).toBe(
    `Taken back to ${then}. Resume goes on from there.`,
  )
  expect(say({ status: 'completed', restore: back })).toBe(`Taken back to ${then}.`)
  expect(say({ status: 'running', restore: { ...back, kind: 'fork' } })).toBe(
    `Made from a checkpoint of ${then}.`,
  )
  expect(say({ status: 'running' })).toBe('')
})

test('says what it waits for, and why it could not be done', () => {
  const waiting = { ...restore, kind: 'restore', state: 'under-way' } as const
  expect(say({ status: 'paused', restore: waiting, error: 'There is no engine.' })).toBe(
    `Being taken back to ${then}. There is no engine.`,
  )
  const failed = { ...waiting, state: 'failed', error: 'The disk is full.' } as const
  expect(say({ status: 'paused', restore: failed })).toBe(
    `It could not be taken back to ${then}: The disk is full.`,
  )
})
