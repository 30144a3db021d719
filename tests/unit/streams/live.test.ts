import { afterEach, expect, test } from 'bun:test'
import * as v from 'valibot'
import { LiveFrame } from '#contract/socket.ts'
import { until } from '../../support/fake-viewer.ts'
import { connectLive, drainAll, type LiveClient } from '../../support/live.ts'
import { openTestStreams, type TestStreams } from '../../support/streams.ts'

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

function open(options: Parameters<typeof openTestStreams>[0] = {}): TestStreams {
  const streams = openTestStreams(options)
  cleanups.push(() => streams[Symbol.dispose]())
  return streams
}

function connect(...args: Parameters<typeof connectLive>): LiveClient {
  const client = connectLive(...args)
  cleanups.push(() => client.session.close())
  return client
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => `line ${from + n}\n`).join('')

test('a client is greeted and told the state of the system, and every change of it', async () => {
  const streams = open()
  let notify = () => {}
  let state = 'reachable'
  const system = {
    current: () => ({ engine: state }),
    subscribe(listener: () => void) {
      notify = listener
      return () => {}
    },
  }
  const { viewer } = connect(streams, { system })
  await until(() => viewer.texts('system').length === 1, 'the first state')
  state = 'unreachable'
  notify()
  await until(() => viewer.texts('system').length === 2, 'the second state')
  expect(viewer.texts().map((frame) => frame.type)).toEqual(['hello', 'system', 'system'])
  expect(viewer.texts('hello')[0]).toMatchObject({ instance: 'test', version: '1.2.3' })
  expect(viewer.texts('system')[1]).toEqual({ type: 'system', system: { engine: 'unreachable' } })
  for (const frame of viewer.texts()) expect(v.is(LiveFrame, frame)).toBe(true)
})

test('a viewer who joins late gets every byte from its offset, then live ones, then the end', async () => {
  const streams = open()
  const agent = streams.addAgent(streams.addTask('t'), 'a')
  streams.print(agent, lines(0, 50))
  const connected = connect(streams)
  const { viewer, ask } = connected
  ask({ type: 'output', agent, from: 7, channel: 3 })
  streams.print(agent, lines(50, 60))
  await until(() => viewer.channel(3).bytes.length > 0, 'the stored part')
  streams.print(agent, lines(60, 70))
  streams.outputs.end(agent)
  await until(() => viewer.texts('output_end').length === 1, 'the end')
  expect(viewer.texts('output_start')).toEqual([
    { type: 'output_start', channel: 3, agent, from: 7, size: lines(0, 50).length },
  ])
  expect(viewer.channel(3).from).toBe(7)
  expect(text(viewer.channel(3).bytes)).toBe(lines(0, 70).slice(7))
  expect(viewer.texts('output_end')[0]).toEqual({
    type: 'output_end',
    channel: 3,
    size: lines(0, 70).length,
  })
})

test('an agent that ended before the viewer came is replayed to its last byte (U5)', async () => {
  const streams = open()
  const agent = streams.addAgent(streams.addTask('t'), 'a')
  streams.print(agent, 'last words, no newline')
  streams.outputs.end(agent)
  const { viewer, ask } = connect(streams)
  ask({ type: 'output', agent, channel: 1 })
  await until(() => viewer.texts('output_end').length === 1, 'the end')
  expect(text(viewer.channel(1).bytes)).toBe('last words, no newline')
})

test('a client that has more than the server is told where the server really is', async () => {
  const streams = open()
  const agent = streams.addAgent(streams.addTask('t'), 'a')
  streams.print(agent, '0123456789')
  const { viewer, ask } = connect(streams)
  ask({ type: 'output', agent, from: 500, channel: 1 })
  expect(viewer.texts('output_start')[0]).toMatchObject({ from: 10, size: 10 })
  streams.print(agent, 'abc')
  await until(() => viewer.channel(1).bytes.length === 3, 'the new bytes')
  expect(viewer.channel(1).from).toBe(10)
})

test('small pieces that come close together leave in one frame', async () => {
  const streams = open()
  const agent = streams.addAgent(streams.addTask('t'), 'a')
  const timers: (() => void)[] = []
  const after = (_ms: number, work: () => void) => {
    timers.push(work)
    return () => timers.splice(timers.indexOf(work), 1)
  }
  const { viewer, ask } = connect(streams, { pump: { after, now: () => 0 } })
  await until(() => viewer.texts('system').length === 1, 'the greeting')
  ask({ type: 'output', agent, channel: 1 })
  await Promise.resolve()
  for (let n = 0; n < 100; n++) {
    streams.print(agent, `${n}\n`)
    await Promise.resolve()
  }
  expect(viewer.channel(1).frames).toBe(0)
  expect(timers).toHaveLength(1)
  timers[0]?.()
  await Promise.resolve()
  expect(viewer.channel(1).frames).toBe(1)
  expect(text(viewer.channel(1).bytes).split('\n')).toHaveLength(101)
})

test('a frame never carries more than 64 KiB and a full one does not wait for company', async () => {
  const streams = open()
  const agent = streams.addAgent(streams.addTask('t'), 'a')
  const { viewer, ask } = connect(streams, { pump: { after: () => () => {}, now: () => 0 } })
  await until(() => viewer.texts('system').length === 1, 'the greeting')
  ask({ type: 'output', agent, channel: 1 })
  await Promise.resolve()
  const big = new Uint8Array(1_000_000).map((_, n) => n % 251)
  streams.print(agent, big)
  await until(() => viewer.channel(1).bytes.length >= 1_000_000 - 65_536, 'the full frames')
  for (const frame of viewer.taken)
    if (frame instanceof Uint8Array) expect(frame.length).toBeLessThanOrEqual(65_536 + 12)
  expect(viewer.channel(1).bytes).toEqual(
    Buffer.from(big.subarray(0, viewer.channel(1).bytes.length)),
  )
})

test('a viewer that takes nothing costs a bounded buffer, and gets every byte once it goes on', async () => {
  const streams = open()
  const agent = streams.addAgent(streams.addTask('t'), 'a')
  const slow = connect(streams, { greedy: false })
  const fast = connect(streams)
  slow.ask({ type: 'output', agent, channel: 1 })
  fast.ask({ type: 'output', agent, channel: 1 })
  const truth = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, n) => (n * 7) % 256))
  for (let at = 0; at < truth.length; at += 50_000)
    streams.print(agent, truth.subarray(at, at + 50_000))
  await until(() => fast.viewer.channel(1).bytes.length === truth.length, 'the fast viewer is done')
  expect(slow.viewer.peakBytes).toBeLessThan(256 * 1024 + 64 * 1024 + 1000)
  await drainAll(slow, () => slow.viewer.channel(1).bytes.length === truth.length)
  expect(truth.equals(slow.viewer.channel(1).bytes)).toBe(true)
  expect(slow.viewer.texts('gap')).toEqual([])
})

test('a live viewer too far behind is told the gap, goes on at the live end, and can ask for what it missed', async () => {
  const streams = open()
  const agent = streams.addAgent(streams.addTask('t'), 'a')
  const slow = connect(streams, { greedy: false, maxLagBytes: 1_000_000 })
  const truth = Buffer.from(Uint8Array.from({ length: 2_000_000 }, (_, n) => (n * 11) % 256))
  streams.print(agent, truth.subarray(0, 1000))
  slow.ask({ type: 'output', agent, channel: 1 })
  await drainAll(slow, () => slow.viewer.channel(1).bytes.length === 1000)
  for (let at = 1000; at < truth.length; at += 100_000) {
    streams.print(agent, truth.subarray(at, Math.min(at + 100_000, truth.length)))
    await Promise.resolve()
  }
  await drainAll(slow, () => slow.viewer.texts('gap').length === 1)
  const gap = slow.viewer.texts('gap')[0] as unknown as { from: number; to: number }
  expect(gap.to).toBe(truth.length)
  streams.print(agent, 'after the gap')
  slow.ask({ type: 'output', agent, from: gap.from, channel: 2 })
  const wanted = truth.length - gap.from + 'after the gap'.length
  await drainAll(slow, () => slow.viewer.channel(2).bytes.length === wanted)
  const before = slow.viewer.taken.slice(
    0,
    slow.viewer.taken.findIndex((f) => 'type' in f && f.type === 'gap'),
  )
  expect(before.length).toBeGreaterThan(0)
  expect(slow.viewer.channel(2).bytes.subarray(0, truth.length - gap.from)).toEqual(
    truth.subarray(gap.from),
  )
})

test('history is never cut short, however far behind the viewer starts', async () => {
  const streams = open()
  const agent = streams.addAgent(streams.addTask('t'), 'a')
  streams.print(agent, new Uint8Array(500_000))
  const slow = connect(streams, { greedy: false, maxLagBytes: 1000 })
  slow.ask({ type: 'output', agent, channel: 1 })
  await drainAll(slow, () => slow.viewer.channel(1).bytes.length === 500_000)
  expect(slow.viewer.texts('gap')).toEqual([])
})

test('a deleted output ends its channel with a reason', async () => {
  const streams = open()
  const agent = streams.addAgent(streams.addTask('t'), 'a')
  streams.print(agent, 'x')
  const { viewer, ask } = connect(streams)
  ask({ type: 'output', agent, channel: 9 })
  await streams.outputs.remove(agent)
  expect(viewer.texts('error')[0]).toMatchObject({ code: 'agent.not-found', channel: 9 })
})

test('asking again on a channel replaces what it carried, stopping silences it', async () => {
  const streams = open()
  const task = streams.addTask('t')
  const [a, b] = [streams.addAgent(task, 'a'), streams.addAgent(task, 'b')]
  const { viewer, ask } = connect(streams)
  ask({ type: 'output', agent: a, channel: 1 })
  ask({ type: 'output', agent: b, channel: 1 })
  streams.print(a, 'not this')
  streams.print(b, 'this')
  await until(() => viewer.channel(1).bytes.length >= 4, 'the bytes of b')
  ask({ type: 'output_stop', channel: 1 })
  streams.print(b, ' nor that')
  ask({ type: 'output', agent: b, channel: 2 })
  await until(() => viewer.channel(2).bytes.length === 13, 'a later channel')
  expect(text(viewer.channel(1).bytes)).toBe('this')
})

test('a channel that is stopped while the disk is read brings nothing more', async () => {
  const streams = open({ tailTotalBytes: 0 })
  const agent = streams.addAgent(streams.addTask('t'), 'a')
  streams.print(agent, 'x'.repeat(1000))
  const disk = Promise.withResolvers<void>()
  let isReading = false
  const outputs = {
    ...streams.outputs,
    async read(...range: Parameters<typeof streams.outputs.read>) {
      isReading = true
      await disk.promise
      return await streams.outputs.read(...range)
    },
  }
  const { viewer, ask } = connect(streams, { outputs })
  ask({ type: 'output', agent, channel: 1 })
  await until(() => isReading, 'the disk is read')
  ask({ type: 'output_stop', channel: 1 })
  ask({ type: 'output', agent, channel: 2 })
  disk.resolve()
  await until(() => viewer.channel(2).bytes.length === 1000, 'another channel')
  expect(viewer.channel(1).bytes).toHaveLength(0)
})

test('stored events come page by page, then live ones: none lost, none twice (U6, U8, U9)', async () => {
  const streams = open()
  const task = streams.addTask('t')
  const other = streams.addTask('other')
  for (let n = 0; n < 250; n++)
    streams.record({ taskId: task, type: 'agent.activity', data: { n } })
  streams.record({ taskId: other, type: 'task.created' })
  const { viewer, ask } = connect(streams)
  ask({ type: 'events', task, after: 20 })
  ask({ type: 'events' })
  streams.record({ taskId: task, type: 'plan.generated' })
  await until(() => viewer.texts('events_live').length === 2, 'both streams are live')
  streams.record({ taskId: task, type: 'task.completed' })
  streams.record({ taskId: other, type: 'task.failed' })
  const events = viewer
    .texts('event')
    .map((frame) => frame.event as { id: number; task_id: string })
  const ids = events.map((event) => event.id)
  const counted = (id: number) => ids.filter((other) => other === id).length
  const all = [...streams.events(task), ...streams.events(other)]
  for (const event of all)
    expect(counted(event.id)).toBe(event.task_id === task && event.seq > 20 ? 2 : 1)
  expect(viewer.texts('events_live').map((frame) => frame.last)).toEqual(
    expect.arrayContaining([251, 252]),
  )
})

test('a client that gathers gets every event once and in order, many in a frame', async () => {
  const streams = open()
  const task = streams.addTask('t')
  const record = (count: number): void => {
    for (let n = 0; n < count; n++) streams.record({ taskId: task, type: 'agent.activity' })
  }
  record(250)
  const { viewer, ask } = connect(streams)
  ask({ type: 'events', task, gather_ms: 10_000 })
  await until(() => viewer.texts('events_live').length === 1, 'live')
  record(30)
  streams.record({ taskId: task, type: 'task.completed' })
  const frames = () => viewer.texts('events').map((frame) => frame.events as { seq: number }[])
  const seqs = () => frames().flatMap((events) => events.map(({ seq }) => seq))
  await until(() => seqs().length >= 281, 'all events')
  expect(seqs()).toEqual(Array.from({ length: 281 }, (_, n) => n + 1))
  expect(frames().length).toBeLessThanOrEqual(3)
  expect(viewer.texts('event')).toEqual([])
})

test('a client that does not take its live events gets them from the log once it does', async () => {
  const streams = open()
  const task = streams.addTask('t')
  const slow = connect(streams, { greedy: false, pump: { highWaterBytes: 2000 } })
  slow.ask({ type: 'events', task })
  await drainAll(slow, () => slow.viewer.texts('events_live').length === 1)
  for (let n = 0; n < 1000; n++) streams.record({ taskId: task, type: 'agent.activity' })
  expect(slow.viewer.peakBytes).toBeLessThan(4000)
  await drainAll(slow, () => slow.viewer.texts('event').length >= 1000)
  const seqs = slow.viewer.texts('event').map((frame) => (frame.event as { seq: number }).seq)
  expect(seqs).toEqual(Array.from({ length: 1000 }, (_, n) => n + 1))
  expect(slow.viewer.texts('events_live')).toHaveLength(1)
})

test.each([
  ['not JSON', '{"type":'],
  ['null', 'null'],
  ['an unknown type', '{"type":"shutdown"}'],
  ['no channel', '{"type":"output","agent":"a"}'],
  ['a negative offset', '{"type":"output","agent":"a","channel":1,"from":-1}'],
  ['a fraction', '{"type":"output","agent":"a","channel":1.5}'],
  ['an offset beyond exact numbers', '{"type":"output","agent":"a","channel":1,"from":1e300}'],
  ['a wrong agent type', '{"type":"output","agent":{},"channel":1}'],
  ['an agent that is not there', '{"type":"output","agent":"../../etc/passwd","channel":1}'],
  ['a huge message', JSON.stringify({ type: 'events', task: 'x'.repeat(70_000) })],
])(
  'a message with %s is answered with an error and the session goes on',
  async (_what, message) => {
    const streams = open()
    const agent = streams.addAgent(streams.addTask('t'), 'a')
    const { viewer, session, ask } = connect(streams)
    session.receive(message)
    session.receive(new Uint8Array([1, 2, 3]))
    const errors = viewer.texts('error')
    expect(errors).toHaveLength(2)
    for (const error of errors) expect(v.is(LiveFrame, error)).toBe(true)
    streams.print(agent, 'still here')
    ask({ type: 'output', agent, channel: 1 })
    await until(() => viewer.channel(1).bytes.length === 10, 'output after the error')
  },
)

test('one connection cannot open channels or event streams without limit', () => {
  const streams = open()
  const agent = streams.addAgent(streams.addTask('t'), 'a')
  const { viewer, ask } = connect(streams, {
    limits: { messageBytes: 1000, channels: 3, eventStreams: 2 },
  })
  for (let channel = 0; channel < 5; channel++) ask({ type: 'output', agent, channel })
  for (let n = 0; n < 4; n++) ask({ type: 'events', task: `task-${n}` })
  expect(viewer.texts('output_start')).toHaveLength(3)
  expect(viewer.texts('error')).toHaveLength(4)
  ask({ type: 'output_stop', channel: 0 })
  ask({ type: 'output', agent, channel: 77 })
  expect(viewer.texts('output_start')).toHaveLength(4)
})

test('a closed session sends nothing more and leaves no listener behind', async () => {
  const streams = open()
  const task = streams.addTask('t')
  const agent = streams.addAgent(task, 'a')
  const { viewer, session, ask } = connect(streams)
  ask({ type: 'events' })
  ask({ type: 'output', agent, channel: 1 })
  await until(() => viewer.texts('events_live').length === 1, 'live')
  const before = viewer.taken.length
  session.close()
  session.close()
  streams.print(agent, 'x'.repeat(100_000))
  streams.record({ taskId: task, type: 'task.completed' })
  session.drain()
  await Promise.resolve()
  expect(viewer.taken).toHaveLength(before)
  expect(streams.outputs.readHot(agent, 0, 1)).toBeUndefined()
})
