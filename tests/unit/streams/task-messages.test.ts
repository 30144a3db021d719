import { expect, test } from 'bun:test'
import type { TeamMessage } from '#contract/event.ts'
import { createTaskMessages } from '#streams/task-messages.ts'
import { createFakeViewer, type FakeViewer, until } from '../../support/fake-viewer.ts'
import { openTestStreams, type TestStreams } from '../../support/streams.ts'

function connect(streams: TestStreams, { greedy = true } = {}) {
  const viewer = createFakeViewer({ greedy })
  const { messages, eventLog } = streams
  const session = createTaskMessages({ wire: viewer, taskId: 't', messages, eventLog })
  return { viewer, session }
}

const contents = (viewer: FakeViewer) =>
  viewer.texts('agent_message').map((frame) => (frame.data as TeamMessage).content)
const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `${from + n}`)

test('the newest 500 messages come oldest first between the marks, then live ones, none twice (U8, U18)', async () => {
  using streams = openTestStreams()
  streams.addTask('t')
  streams.addTask('other')
  for (const n of numbers(0, 620)) streams.sendMessage('t', n)
  const { viewer, session } = connect(streams)
  streams.sendMessage('t', '620')
  streams.sendMessage('other', 'not ours')
  await until(() => contents(viewer).includes('620'), 'the live message')
  streams.sendMessage('t', '621')
  await until(() => contents(viewer).includes('621'), 'a later one')
  session.close()
  streams.sendMessage('t', '622')
  expect(contents(viewer)).toEqual(numbers(120, 622))
  const types = viewer.texts().map((frame) => frame.type)
  expect(types.indexOf('message_backfill_start')).toBe(0)
  expect(types.indexOf('message_backfill_end')).toBe(501)
  expect(viewer.texts('agent_message')[0]).toMatchObject({
    event: 'message',
    data: { task_id: 't', content: '120' },
  })
})

test('a task without messages has no backfill marks', async () => {
  using streams = openTestStreams()
  streams.addTask('t')
  const { viewer, session } = connect(streams)
  session.receive('whatever')
  streams.sendMessage('t', 'first')
  await until(() => viewer.taken.length > 0, 'the message')
  session.close()
  expect(viewer.texts().map((frame) => frame.type)).toEqual(['agent_message'])
})

test('a client that reads slowly has a small buffer and misses nothing', async () => {
  using streams = openTestStreams()
  streams.addTask('t')
  const long = 'x'.repeat(50_000)
  for (const n of numbers(0, 40)) streams.sendMessage('t', `${n} ${long}`)
  const { viewer, session } = connect(streams, { greedy: false })
  for (const n of numbers(40, 200)) streams.sendMessage('t', `${n} ${long}`)
  await until(() => viewer.bufferedAmount() > 256 * 1024, 'a full buffer')
  expect(viewer.peakBytes).toBeLessThan(256 * 1024 + 60_000)
  await until(() => {
    if (viewer.take()) session.drain()
    return contents(viewer).length >= 200
  }, 'everything arrived')
  session.close()
  expect(contents(viewer).map((content) => content.split(' ')[0])).toEqual(numbers(0, 200))
})
