import { expect, test } from 'bun:test'
import { createEventSource } from '#streams/event-source.ts'
import { openTestStreams } from '../../support/streams.ts'

test('an event that was read from the log before its listeners heard of it comes once', () => {
  using streams = openTestStreams()
  const taskId = streams.addTask('t')
  const seen: number[] = []
  const calls = { page: () => {} }
  // Called between the commit of both events and the moment the source hears of the first.
  streams.eventLog.subscribe(() => calls.page())
  const source = createEventSource({
    eventLog: streams.eventLog,
    taskId,
    after: 0,
    pump: { wake: () => {}, isCongested: () => false },
    onEvent: (event) => seen.push(event.seq),
  })
  calls.page = () => void source.step()
  streams.eventLog.transact((_tx, record) => {
    record({ taskId, type: 'task.created' })
    record({ taskId, type: 'task.started' })
  })
  source.close()
  streams.record({ taskId, type: 'task.completed' })
  expect(seen).toEqual([1, 2])
})
