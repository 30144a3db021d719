import { expect, test } from 'bun:test'
import { describeEvent } from '../../ui/src/lib/event-words.ts'
import { describeRecovered } from '../../ui/src/lib/recovered.ts'

const data = { status: 'running', adopted: ['a', 'b'], finished: [], resumed: ['c'], waiting: [] }

test('the timeline says what a restart found of the agents', () => {
  const event = {
    ...{ id: 1, task_id: 't', seq: 1, created_at: '2026-01-01T09:00:00.000Z' },
    type: 'task.recovered' as const,
    data,
  }
  expect(describeEvent(event, new Map())).toBe(
    'Klaudio restarted and took the task up again: 2 agents still at work, 1 agent resumed',
  )
})

test('a restart that concerned no agent adds nothing, also one told by an older server', () => {
  expect(describeRecovered({ status: 'planned', adopted: [], ended: [], removed: [] })).toBe('')
  expect(describeRecovered({})).toBe('')
})
