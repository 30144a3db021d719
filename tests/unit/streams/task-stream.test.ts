import { afterEach, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { AgentInput, SendToAgent } from '#contract/agent.ts'
import { AppError } from '#contract/errors.ts'
import type { NewEvent } from '#db/events.ts'
import { createTaskStream, type TaskStreamOptions } from '#streams/task-stream.ts'
import { createFakeViewer, until } from '../../support/fake-viewer.ts'
import { drainAll } from '../../support/live.ts'
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

const receipt = (input: SendToAgent): AgentInput => ({
  ...input,
  id: 'input-1',
  state: 'queued',
  created_at: '2026-01-01T00:00:00.000Z',
})

function connect(
  streams: TestStreams,
  { greedy = true, ...options }: Partial<TaskStreamOptions> & { taskId: string; greedy?: boolean },
) {
  const viewer = createFakeViewer({ greedy })
  const session = createTaskStream({
    wire: viewer,
    agentsOf: streams.agentsOf,
    outputs: streams.outputs,
    eventLog: streams.eventLog,
    deliver: async (input) => receipt(input),
    ...options,
  })
  cleanups.push(() => session.close())
  return { viewer, session, ask: (message: unknown) => session.receive(JSON.stringify(message)) }
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)
/** Frames in short: the type of a text frame, `#bytes` for a binary one. */
const outline = (frames: unknown[]) =>
  frames.map((frame) =>
    frame instanceof Uint8Array ? `#${frame.length}` : (frame as { type: string }).type,
  )

test('stored output comes between the backfill marks, live output after them, all of it binary (U2)', async () => {
  const streams = open()
  const taskId = streams.addTask('t')
  const agentId = streams.addAgent(taskId, 'a')
  streams.print(agentId, '{"type":"system"}\n')
  const { viewer } = connect(streams, { taskId, agentId })
  streams.print(agentId, '{"type":"assistant"}\n')
  await until(() => viewer.binary().length === 39, 'the first lines')
  streams.print(agentId, '{"half":')
  await until(() => viewer.binary().length === 47, 'half a line')
  expect(outline(viewer.taken)).toEqual(['backfill_start', '#18', 'backfill_end', '#21', '#8'])
  expect(text(viewer.binary())).toBe('{"type":"system"}\n{"type":"assistant"}\n{"half":')
})

test('nothing stored means no backfill marks', async () => {
  const streams = open()
  const taskId = streams.addTask('t')
  const agentId = streams.addAgent(taskId, 'a')
  const one = connect(streams, { taskId, agentId })
  const all = connect(streams, { taskId })
  streams.print(agentId, 'first\n')
  await until(() => all.viewer.binary().length + one.viewer.binary().length === 12, 'live output')
  expect(outline(one.viewer.taken)).toEqual(['#6'])
  expect(outline(all.viewer.taken)).toEqual(['#6'])
})

test('a backfill larger than a frame is cut into frames, never sent as one (U8)', async () => {
  const streams = open()
  const taskId = streams.addTask('t')
  const agentId = streams.addAgent(taskId, 'a')
  streams.print(agentId, new Uint8Array(200_000).fill(65))
  const { viewer } = connect(streams, { taskId, agentId })
  await until(() => viewer.texts('backfill_end').length === 1, 'the end of the backfill')
  expect(outline(viewer.taken)).toEqual([
    'backfill_start',
    '#65536',
    '#65536',
    '#65536',
    '#3392',
    'backfill_end',
  ])
})

test('without an agent the backfill is each agent in turn, oldest first, whole lines only (U8)', async () => {
  const streams = open()
  const taskId = streams.addTask('t')
  const [a, b] = [streams.addAgent(taskId, 'a'), streams.addAgent(taskId, 'b')]
  streams.addAgent(streams.addTask('other'), 'x')
  streams.print('x', 'of another task\n')
  streams.print(a, 'a1\n')
  streams.print(b, 'b1\nb2 is not finis')
  streams.print(a, 'a2\n')
  const { viewer } = connect(streams, { taskId })
  await until(() => viewer.texts('backfill_end').length === 1, 'the backfill')
  expect(text(viewer.binary())).toBe('a1\na2\nb1\n')
  streams.print(a, 'a3\n')
  streams.print(b, 'hed\n')
  await until(() => viewer.binary().length === 31, 'the live lines')
  expect(text(viewer.binary())).toBe('a1\na2\nb1\na3\nb2 is not finished\n')
})

test('whole lines are sent although a line longer than a frame is being written after them', async () => {
  const streams = open()
  const taskId = streams.addTask('t')
  const [a, b] = [streams.addAgent(taskId, 'a'), streams.addAgent(taskId, 'b')]
  const unfinished = 'x'.repeat(200_000)
  streams.print(a, `a1\n${unfinished}`)
  const { viewer } = connect(streams, { taskId })
  await until(() => viewer.texts('backfill_end').length === 1, 'the backfill')
  expect(text(viewer.binary())).toBe('a1\n')
  streams.print(b, `b1\n${unfinished}`)
  await until(() => viewer.binary().length === 6, 'the line of b')
  streams.print(a, '\n')
  await until(() => viewer.binary().length === 200_007, 'the long line of a')
  expect(text(viewer.binary())).toBe(`a1\nb1\n${unfinished}\n`)
})

test('an agent that joins later is part of the stream of its task', async () => {
  const streams = open()
  const taskId = streams.addTask('t')
  const { viewer } = connect(streams, { taskId })
  streams.addAgent(taskId, 'late')
  streams.print('late', 'hello\n')
  await until(() => viewer.binary().length === 6, 'its output')
  expect(viewer.texts('agent.created')).toHaveLength(1)
})

test('an agent that ends in the middle of a line has the line ended for it', async () => {
  const streams = open()
  const taskId = streams.addTask('t')
  const [a, b] = [streams.addAgent(taskId, 'a'), streams.addAgent(taskId, 'b')]
  const { viewer } = connect(streams, { taskId })
  streams.print(a, 'killed while wri')
  streams.outputs.end(a)
  await until(() => viewer.binary().length === 17, 'the torn line')
  streams.print(b, 'b goes on\n')
  await until(() => viewer.binary().length === 27, 'the next line')
  expect(text(viewer.binary())).toBe('killed while wri\nb goes on\n')
})

test('lifecycle events are pushed as they happen, those of other tasks are not (U9)', () => {
  const streams = open()
  const taskId = streams.addTask('t')
  streams.record({ taskId, type: 'task.created' })
  const { viewer } = connect(streams, { taskId })
  streams.record({ taskId: streams.addTask('other'), type: 'task.created' })
  streams.record({ taskId, type: 'plan.generated', data: { version: 1 } })
  expect(viewer.texts()).toHaveLength(1)
  expect(viewer.texts()[0]).toMatchObject({
    type: 'plan.generated',
    event: 'plan.generated',
    data: { version: 1, task_id: 't', seq: 2 },
  })
})

test('a client that is slow from the first event on misses none of them (U9)', async () => {
  const streams = open()
  const taskId = streams.addTask('t')
  streams.addAgent(taskId, 'a')
  streams.print('a', 'x'.repeat(5000))
  const { viewer, session } = connect(streams, {
    taskId,
    agentId: 'a',
    greedy: false,
    pump: { highWaterBytes: 1000 },
  })
  await until(() => viewer.bufferedAmount() > 1000, 'a full buffer')
  for (let n = 0; n < 200; n++) streams.record({ taskId, type: 'agent.activity', data: { n } })
  await drainAll({ viewer, session }, () => viewer.texts('agent.activity').length >= 200)
  const numbers = viewer.texts('agent.activity').map((frame) => (frame.data as { n: number }).n)
  expect(numbers).toEqual(Array.from({ length: 200 }, (_, n) => n))
})

test.each<[string, Omit<NewEvent, 'taskId'>, Record<string, unknown> | undefined]>([
  [
    'a usage limit that is reached',
    {
      type: 'agent.rate-limit',
      data: { status: 'rejected', window: 'five_hour', resets_at: '2100-01-01T00:00:00.000Z' },
    },
    {
      is_limited: true,
      message: 'The five hour limit is reached.',
      reset_at: '2100-01-01T00:00:00.000Z',
    },
  ],
  [
    'a usage limit that is far away',
    { type: 'agent.rate-limit', data: { status: 'allowed' } },
    { is_limited: false },
  ],
  [
    'a retry because of too many requests',
    { type: 'agent.retrying', data: { attempt: 2, delay_ms: 1500, status: 429 } },
    { is_limited: true, attempt: 2, retry_in_seconds: 2, reset_at: '0001-01-01T00:00:00Z' },
  ],
  [
    'a retry for another reason',
    { type: 'agent.retrying', data: { attempt: 1, delay_ms: 500, status: 500 } },
    undefined,
  ],
])('%s is told as the reference told its rate limits', (_what, event, state) => {
  const streams = open()
  const taskId = streams.addTask('t')
  const { viewer } = connect(streams, { taskId })
  streams.record({ taskId, agentId: 'a', ...event })
  expect(viewer.texts(event.type)).toHaveLength(1)
  const [limit] = viewer.texts('rate_limit')
  if (!state) return expect(limit).toBeUndefined()
  expect(limit?.data).toMatchObject({ agent_id: 'a', task_id: 't', max_retries: 0, ...state })
})

test('a message to an agent is delivered and its receipt comes back', async () => {
  const streams = open()
  const taskId = streams.addTask('t')
  streams.addAgent(taskId, 'a')
  const { viewer, ask } = connect(streams, { taskId })
  ask({ type: 'message', agent_id: 'a', content: ' Use tabs. ' })
  await until(() => viewer.texts('message_receipt').length === 1, 'the receipt')
  expect(viewer.texts('message_receipt')[0]?.data).toMatchObject({
    agent_id: 'a',
    content: 'Use tabs.',
    priority: 'next',
    state: 'queued',
  })
})

test('a message that cannot be delivered is answered with the reason, never with a receipt', async () => {
  const streams = open()
  const taskId = streams.addTask('t')
  streams.addAgent(taskId, 'a')
  streams.addAgent(streams.addTask('other'), 'foreign')
  const reasons = [new AppError('agent.not-running', 'It has ended.'), new Error('secret detail')]
  const { viewer, session, ask } = connect(streams, {
    taskId,
    deliver: () => Promise.reject(reasons.shift()),
  })
  ask({ type: 'message', agent_id: 'a', content: 'one' })
  ask({ type: 'message', agent_id: 'a', content: 'two' })
  ask({ type: 'message', agent_id: 'foreign', content: 'three' })
  ask({ type: 'message', agent_id: 'a' })
  ask({ type: 'signal' })
  session.receive('{')
  session.receive(new Uint8Array(4))
  session.receive(JSON.stringify({ type: 'message', agent_id: 'a', content: 'x'.repeat(70_000) }))
  await until(() => viewer.texts('error').length === 8, 'eight errors')
  const codes = viewer.texts('error').map((frame) => (frame.data as { code: string }).code)
  expect(codes.sort()).toEqual([
    'agent.not-found',
    'agent.not-running',
    'internal',
    'request.invalid',
    'request.invalid',
    'request.invalid',
    'request.invalid',
    'request.too-large',
  ])
  expect(JSON.stringify(viewer.texts())).not.toContain('secret')
  expect(viewer.texts('message_receipt')).toEqual([])
})

test('one client cannot have any number of messages under way', async () => {
  const streams = open()
  const taskId = streams.addTask('t')
  streams.addAgent(taskId, 'a')
  let answer = () => {}
  const gate = new Promise<void>((resolve) => {
    answer = resolve
  })
  const { viewer, ask } = connect(streams, {
    taskId,
    deliver: async (input) => {
      await gate
      return receipt(input)
    },
  })
  for (let n = 0; n < 20; n++) ask({ type: 'message', agent_id: 'a', content: `${n}` })
  expect(viewer.texts('error')).toHaveLength(4)
  answer()
  await until(() => viewer.texts('message_receipt').length === 16, 'the receipts')
})

const agents = ['a', 'b', 'c'] as const
const piece = fc.record({
  agent: fc.constantFrom(...agents),
  // Now and then a line much longer than a frame.
  lines: fc.array(fc.oneof({ weight: 9, arbitrary: fc.nat(300) }, fc.nat(150_000)), {
    maxLength: 4,
  }),
  cut: fc.nat(100),
  take: fc.nat(120_000),
})

/** Prints lines in pieces that are cut anywhere, and remembers what was printed. */
function createPrinter(streams: TestStreams) {
  const truth = new Map<string, string[]>(agents.map((id) => [id, []]))
  const held = new Map<string, string>()
  let count = 0
  return {
    truth,
    print({ agent, lines, cut }: { agent: string; lines: number[]; cut: number }): void {
      const whole = lines.map((length) => `${agent}:${count++}${agent.repeat(length)}`)
      truth.get(agent)?.push(...whole)
      const output = (held.get(agent) ?? '') + whole.map((line) => `${line}\n`).join('')
      const at = Math.floor((output.length * cut) / 100)
      streams.print(agent, output.slice(0, at))
      held.set(agent, output.slice(at))
    },
    finish(): void {
      for (const id of agents) {
        streams.print(id, held.get(id) ?? '')
        streams.outputs.end(id)
      }
    },
  }
}

test('lines of agents never cut each other and each agent is complete and in order (U8)', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 25 }), fc.nat(25), async (pieces, joinAt) => {
      using streams = openTestStreams({ tailBytes: 8192, tailTotalBytes: 16_384 })
      const taskId = streams.addTask('t')
      for (const id of agents) streams.addAgent(taskId, id)
      const printer = createPrinter(streams)
      const early = pieces.slice(0, joinAt)
      for (const part of early) printer.print(part)
      const { viewer, session } = connect(streams, {
        taskId,
        greedy: false,
        pump: { coalesceMs: 1 },
      })
      for (const part of pieces.slice(joinAt)) {
        printer.print(part)
        if (viewer.take(part.take)) session.drain()
        await new Promise((resolve) => setTimeout(resolve, 0))
      }
      printer.finish()
      const total = agents.reduce((sum, id) => sum + streams.outputs.size(id), 0)
      await drainAll({ viewer, session }, () => viewer.binary().length >= total)
      session.close()
      const seen = text(viewer.binary()).split('\n')
      expect(seen.pop()).toBe('')
      expect(seen).toHaveLength([...printer.truth.values()].flat().length)
      for (const id of agents)
        expect(seen.filter((line) => line.startsWith(`${id}:`))).toEqual(
          printer.truth.get(id) ?? [],
        )
    }),
    { numRuns: 60 },
  )
}, 60_000)
