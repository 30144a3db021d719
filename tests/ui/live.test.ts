import { describe, expect, test } from 'bun:test'
import type { TaskEvent } from '#contract/event.ts'
import { goodbyes, outputHeaderBytes, stoppingCode, writeOutputHeader } from '#contract/socket.ts'
import {
  createLive,
  type LiveOptions,
  type LiveState,
  type Socket,
} from '../../ui/src/data/live.ts'
import { createLineSplitter } from '../../ui/src/lib/lines.ts'

const event = (id: number): TaskEvent => ({
  id,
  task_id: 't',
  seq: id,
  type: 'task.status',
  data: {},
  created_at: '2026-11-22T10:00:00Z',
})

function outputFrame(channel: number, offset: number, text: string): ArrayBuffer {
  const bytes = new TextEncoder().encode(text)
  const frame = new Uint8Array(outputHeaderBytes + bytes.length)
  frame.set(bytes, outputHeaderBytes)
  return writeOutputHeader(frame, channel, offset).buffer as ArrayBuffer
}

/** The page's end of a socket whose server is the test, with timers that the test lets run. */
function setUp(options: Partial<LiveOptions> = {}) {
  const sockets: (Socket & { sent: unknown[] })[] = []
  const timers: { ms: number; work: () => void }[] = []
  const states: LiveState[] = []
  const events: number[] = []
  let fresh = 0
  let now = 1000
  const live = createLive({
    open() {
      const socket = {
        sent: [] as unknown[],
        send: (text: string) => void socket.sent.push(JSON.parse(text)),
        close() {},
        onopen: null,
        onmessage: null,
        onclose: null,
      }
      sockets.push(socket)
      return socket
    },
    onState: (state) => states.push(state),
    onEvent: ({ id }) => events.push(id),
    onSystem() {},
    onFresh: () => fresh++,
    now: () => now,
    after(ms, work) {
      const timer = { ms, work }
      timers.push(timer)
      return () => timers.splice(timers.indexOf(timer), 1)
    },
    ...options,
  })
  const last = () => {
    const socket = sockets.at(-1)
    if (!socket) throw new Error('no socket was opened')
    return socket
  }
  const receive = (frame: unknown): void =>
    last().onmessage?.({ data: frame instanceof ArrayBuffer ? frame : JSON.stringify(frame) })
  return {
    live,
    timers,
    states,
    events,
    fresh: () => fresh,
    sockets,
    sent: () => last().sent,
    receive,
    pass(ms: number) {
      now += ms
    },
    greet(instance = 'one') {
      last().onopen?.()
      receive({ type: 'hello', instance, version: '1', now: '2026-11-22T10:00:00Z' })
    },
    drop(code = 1006, reason = '') {
      last().onclose?.({ code, reason })
    },
    fireTimer() {
      timers.shift()?.work()
    },
  }
}

describe('events on the live socket', () => {
  test('the first connection asks for what happens from now on, and has everything fetched', () => {
    const page = setUp()
    page.greet()
    expect(page.sent()).toEqual([{ type: 'events', from_now: true, gather_ms: 500 }])
    expect(page.fresh()).toBe(1)
    expect(page.states).toEqual([{ kind: 'live' }])
  })

  test('after a loss it goes on after the last event seen, and fetches nothing anew', () => {
    const page = setUp()
    page.greet()
    page.receive({ type: 'event', event: event(41) })
    page.receive({ type: 'event', event: event(42) })
    page.drop()
    page.fireTimer()
    page.greet()
    expect(page.sent()).toEqual([{ type: 'events', after: 42, gather_ms: 500 }])
    page.receive({ type: 'event', event: event(42) })
    page.receive({ type: 'event', event: event(43) })
    expect(page.events).toEqual([41, 42, 43])
    expect(page.fresh()).toBe(1)
  })

  test('several in one frame are told in order, those that are known already are not', () => {
    const page = setUp()
    page.greet()
    page.receive({ type: 'events', events: [event(41), event(42)] })
    page.receive({ type: 'events', events: [event(42), event(43)] })
    expect(page.events).toEqual([41, 42, 43])
  })

  test('when nothing had been heard before the loss, everything is fetched again', () => {
    const page = setUp()
    page.greet()
    page.drop()
    page.fireTimer()
    page.greet()
    expect(page.fresh()).toBe(2)
  })

  test('another installation behind the same address starts from nothing', () => {
    const page = setUp()
    page.greet('one')
    page.receive({ type: 'event', event: event(42) })
    page.drop()
    page.fireTimer()
    page.greet('two')
    expect(page.sent()).toEqual([{ type: 'events', from_now: true, gather_ms: 500 }])
    page.receive({ type: 'event', event: event(1) })
    expect(page.events).toEqual([42, 1])
  })

  test('says since when it is cut off, and waits longer from try to try', () => {
    const page = setUp()
    page.greet()
    page.pass(500)
    page.receive({ type: 'event', event: event(1) })
    page.pass(9000)
    page.drop()
    expect(page.states.at(-1)).toEqual({ kind: 'lost', since: 10_500 })
    const waits: number[] = []
    for (let tries = 0; tries < 8; tries++) {
      waits.push(page.timers[0]?.ms ?? 0)
      page.fireTimer()
      page.drop()
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000, 5000])
    expect(page.states).toHaveLength(2)
  })

  test('a server that takes its leave is told from one that is gone, with what becomes of its agents (L2)', () => {
    const endings = Object.entries(goodbyes).map(([goodbye, reason]) => ({ goodbye, reason }))
    expect(endings).toHaveLength(2)
    for (const { goodbye, reason } of endings) {
      const page = setUp()
      page.greet()
      page.drop(stoppingCode, reason)
      expect(page.states.at(-1)).toMatchObject({ kind: 'lost', goodbye })
    }
  })

  test('a server that does not answer at all is told too', () => {
    const page = setUp()
    page.drop()
    expect(page.states).toEqual([{ kind: 'lost', since: 1000 }])
  })

  test('a person can have it try at once', () => {
    const page = setUp()
    page.greet()
    page.drop()
    page.live.retry()
    expect(page.sockets).toHaveLength(2)
    expect(page.timers).toHaveLength(0)
  })

  test('frames that it does not know are passed over', () => {
    const page = setUp()
    page.greet()
    page.receive({ type: 'from_the_future' })
    page.receive({ type: 'event', event: event(7) })
    expect(page.events).toEqual([7])
  })
})

describe('output on the live socket', () => {
  function subscribe(page: ReturnType<typeof setUp>) {
    const splitter = createLineSplitter()
    const lines: string[] = []
    const ends: number[] = []
    const stop = page.live.output('agent', {
      next: () => splitter.next,
      onBytes(offset, bytes) {
        for (const line of splitter.push(offset, bytes)) lines.push(`${line.offset}:${line.text}`)
      },
      onEnd: (size) => ends.push(size),
    })
    return { lines, ends, stop }
  }

  test('is asked for as soon as there is a connection', () => {
    const page = setUp()
    subscribe(page)
    page.greet()
    expect(page.sent()).toContainEqual({ type: 'output', agent: 'agent', from: 0, channel: 1 })
  })

  test('goes on at the next byte after a loss in the middle of a line', () => {
    const page = setUp()
    page.greet()
    const { lines } = subscribe(page)
    page.receive(outputFrame(1, 0, 'one\ntw'))
    page.drop()
    page.fireTimer()
    page.greet()
    expect(page.sent()).toContainEqual({ type: 'output', agent: 'agent', from: 6, channel: 1 })
    page.receive(outputFrame(1, 6, 'o\nthree\n'))
    expect(lines).toEqual(['0:one', '4:two', '8:three'])
  })

  test('bytes that come twice are taken once', () => {
    const page = setUp()
    page.greet()
    const { lines } = subscribe(page)
    page.receive(outputFrame(1, 0, 'one\n'))
    page.receive(outputFrame(1, 0, 'one\ntwo\n'))
    expect(lines).toEqual(['0:one', '4:two'])
  })

  test('a hole is asked for again and never shown', () => {
    const page = setUp()
    page.greet()
    const { lines } = subscribe(page)
    page.receive(outputFrame(1, 0, 'one\n'))
    page.receive(outputFrame(1, 100, 'late\n'))
    expect(lines).toEqual(['0:one'])
    expect(page.sent().at(-1)).toEqual({ type: 'output', agent: 'agent', from: 4, channel: 1 })
    page.receive({ type: 'gap', channel: 1, from: 4, to: 100 })
    expect(page.sent().at(-1)).toEqual({ type: 'output', agent: 'agent', from: 4, channel: 1 })
  })

  test('the end is told, and nothing is asked for once nobody looks', () => {
    const page = setUp()
    page.greet()
    const { ends, stop } = subscribe(page)
    page.receive({ type: 'output_end', channel: 1, size: 8 })
    expect(ends).toEqual([8])
    stop()
    expect(page.sent().at(-1)).toEqual({ type: 'output_stop', channel: 1 })
    page.drop()
    page.fireTimer()
    page.greet()
    expect(page.sent()).toEqual([{ type: 'events', from_now: true, gather_ms: 500 }])
  })
})

describe('lines from bytes', () => {
  test('a character that is cut in two is whole again', () => {
    const bytes = new TextEncoder().encode('zwölf €\n')
    const splitter = createLineSplitter()
    const lines = [...bytes].flatMap((byte, at) => splitter.push(at, Uint8Array.of(byte)))
    expect(lines).toEqual([{ offset: 0, text: 'zwölf €' }])
  })

  test('opened in the middle, the piece of a line at the start is left out', () => {
    const splitter = createLineSplitter({ from: 5 })
    expect(splitter.push(5, new TextEncoder().encode('rest\nwhole\n'))).toEqual([
      { offset: 10, text: 'whole' },
    ])
  })
})
