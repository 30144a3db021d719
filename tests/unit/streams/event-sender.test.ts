import { expect, test } from 'bun:test'
import type { EventType, TaskEvent } from '#contract/event.ts'
import { createEventSender } from '#streams/event-sender.ts'

const event = (id: number, type: EventType): TaskEvent => ({
  ...{ id, task_id: 't', seq: id, data: {}, created_at: '2026-01-01T12:00:00.000Z' },
  type,
})

/** Frames as the ids they carry; timers run when the test lets them. */
function setUp(gatherMs: number | undefined) {
  const frames: number[][] = []
  const timers = new Set<() => void>()
  const sender = createEventSender({
    gatherMs,
    wire: {
      send(text) {
        const frame = JSON.parse(String(text)) as { event?: TaskEvent; events?: TaskEvent[] }
        frames.push((frame.events ?? [frame.event]).map((each) => each?.id ?? Number.NaN))
      },
    },
    after(_ms, work) {
      timers.add(work)
      return () => timers.delete(work)
    },
  })
  const runTimers = (): void => {
    for (const work of [...timers]) {
      timers.delete(work)
      work()
    }
  }
  return { frames, timers, sender, runTimers }
}

test('a client that does not gather gets every event at once, alone', () => {
  const { frames, sender } = setUp(undefined)
  sender.add(event(1, 'agent.activity'))
  sender.add(event(2, 'task.status'))
  expect(frames).toEqual([[1], [2]])
})

test('what agents say again and again waits for company and leaves in one frame', () => {
  const { frames, sender, runTimers } = setUp(500)
  for (const id of [1, 2, 3]) sender.add(event(id, id === 2 ? 'agent.usage' : 'agent.activity'))
  expect(frames).toEqual([])
  runTimers()
  expect(frames).toEqual([[1, 2, 3]])
})

test('a change of state waits for nothing, and takes along what waits, in order', async () => {
  const { frames, timers, sender } = setUp(500)
  sender.add(event(1, 'agent.activity'))
  sender.add(event(2, 'subtask.failed'))
  sender.add(event(3, 'task.failed'))
  sender.add(event(4, 'agent.usage'))
  await Promise.resolve()
  expect(frames).toEqual([[1, 2, 3, 4]])
  expect(timers.size).toBe(0)
})

test('what waits is bounded', () => {
  const { frames, sender } = setUp(500)
  for (let id = 1; id <= 500; id++) sender.add(event(id, 'agent.activity'))
  expect(frames.map((ids) => ids.length)).toEqual([500])
})

test('nothing is sent to a client that has gone', async () => {
  const { frames, timers, sender } = setUp(500)
  sender.add(event(1, 'agent.activity'))
  sender.add(event(2, 'task.status'))
  sender.close()
  await Promise.resolve()
  expect({ frames, timers: timers.size }).toEqual({ frames: [], timers: 0 })
})
