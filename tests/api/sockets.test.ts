import { afterEach, expect, test } from 'bun:test'
import { createAdmission } from '#auth/admission.ts'
import { AppError } from '#contract/errors.ts'
import type { TaskEvent } from '#contract/event.ts'
import { parseOutputFrame } from '#contract/socket.ts'
import type { SocketData } from '#http/connections.ts'
import { createSockets, type SocketOptions } from '#http/websocket.ts'
import { systemClock } from '#lib/clock.ts'
import { silentLog } from '#lib/log.ts'
import { until } from '../support/fake-viewer.ts'
import { quietSystem } from '../support/live.ts'
import { openTestStreams, type TestStreams } from '../support/streams.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

type Listening = {
  streams: TestStreams
  url: string
  close: () => void
  server: Bun.Server<SocketData>
}

/** A real listener whose sockets read a real database and real files. */
function listen(options: Partial<SocketOptions> = {}): Listening {
  const streams = openTestStreams()
  cleanups.push(() => streams[Symbol.dispose]())
  const sockets = createSockets({
    allow: () => ({ kind: 'open' }),
    access: { isValid: () => true, tokens: () => [], subscribe: () => () => {} },
    admission: createAdmission({ total: 1024, perAddress: 1024 }),
    taskExists: streams.hasTask,
    agentOf: streams.agentOf,
    agentsOf: streams.agentsOf,
    outputs: streams.outputs,
    eventLog: streams.eventLog,
    messages: streams.messages,
    deliver: async (input) => ({ ...input, id: 'i', state: 'queued', created_at: '' }),
    openShell: () => Promise.reject(new Error('there is no shell here')),
    sampleStats: async () => [],
    system: quietSystem,
    instance: 'test',
    version: '0.0.0',
    clock: systemClock,
    log: silentLog,
    ...options,
  })
  const server = Bun.serve<SocketData>({
    port: 0,
    hostname: '127.0.0.1',
    fetch: (request, self) => sockets.upgrade(request, self, '127.0.0.1'),
    websocket: sockets.handlers,
  })
  cleanups.push(() => server.stop(true))
  return { streams, url: `ws://127.0.0.1:${server.port}`, close: sockets.close, server }
}

type Client = {
  socket: WebSocket
  texts: (Record<string, unknown> & { type: string })[]
  /** Binary frames as they came. */
  frames: Uint8Array[]
  ask: (request: unknown) => void
  close: Promise<{ code: number; reason: string }>
}

async function connect(address: string): Promise<Client> {
  const socket = new WebSocket(address)
  socket.binaryType = 'arraybuffer'
  cleanups.push(() => socket.close())
  const texts: Client['texts'] = []
  const frames: Uint8Array[] = []
  socket.onmessage = ({ data }) => {
    if (typeof data === 'string') texts.push(JSON.parse(data))
    else frames.push(new Uint8Array(data))
  }
  const close = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.onclose = ({ code, reason }) => resolve({ code, reason })
  })
  await new Promise<void>((resolve, reject) => {
    socket.onopen = () => resolve()
    socket.onerror = () => reject(new Error(`${address} was refused`))
  })
  return { socket, texts, frames, ask: (request) => socket.send(JSON.stringify(request)), close }
}

/** What one channel brought so far; throws when two frames do not fit together. */
function received({ frames }: Client, channel: number): { from: number; bytes: Buffer } {
  const pieces = frames.flatMap((frame) => parseOutputFrame(frame) ?? [])
  const mine = pieces.filter((piece) => piece.channel === channel)
  const from = mine[0]?.offset ?? 0
  let next = from
  for (const piece of mine) {
    if (piece.offset !== next) throw new Error(`frame at ${piece.offset}, expected ${next}`)
    next += piece.bytes.length
  }
  return { from, bytes: Buffer.concat(mine.map((piece) => piece.bytes)) }
}

const noise = (length: number, seed = 7): Buffer =>
  Buffer.from(Uint8Array.from({ length }, (_, n) => (n * seed + (n >> 8)) % 256))

const httpOf = (url: string) => url.replace('ws:', 'http:')
const handshake = { upgrade: 'websocket', connection: 'upgrade' }

test.each([
  ['/ws/nothing', 404, 'route.not-found'],
  ['/ws/tasks/nope/stream', 404, 'task.not-found'],
  ['/ws/tasks/nope/messages', 404, 'task.not-found'],
  ['/ws/tasks/nope/stats', 404, 'task.not-found'],
  ['/ws/tasks/t/stream?agent=nope', 404, 'agent.not-found'],
  ['/ws/tasks/t/stream?agent=foreign', 404, 'agent.not-found'],
  ['/ws/tasks/t/other', 404, 'route.not-found'],
  ['/ws/tasks/t/stream/more', 404, 'route.not-found'],
])('%s is refused before the upgrade with %i %s', async (path, status, code) => {
  const { streams, url } = listen()
  streams.addTask('t')
  streams.addAgent(streams.addTask('other'), 'foreign')
  const response = await fetch(httpOf(url) + path, { headers: handshake })
  expect(response.status).toBe(status)
  expect(await response.json()).toMatchObject({ code, error: expect.any(String) })
})

test('a client that is not allowed, or speaks no WebSocket, is refused with the reason', async () => {
  const { streams, url } = listen({
    allow(request) {
      if (request.headers.get('origin') === 'http://evil.example')
        throw new AppError('auth.forbidden', 'Not from there.')
      return { kind: 'open' }
    },
  })
  streams.addTask('t')
  const headers = { ...handshake, origin: 'http://evil.example' }
  const refused = await fetch(`${httpOf(url)}/ws/live`, { headers })
  expect(refused.status).toBe(403)
  expect(await refused.json()).toEqual({ code: 'auth.forbidden', error: 'Not from there.' })
  const plain = await fetch(`${httpOf(url)}/ws/live`)
  expect(plain.status).toBe(400)
  expect(await plain.json()).toMatchObject({ code: 'request.invalid' })
})

test('connections beyond the limit are refused and a closed one makes room', async () => {
  const { url } = listen({ admission: createAdmission({ total: 2, perAddress: 2 }) })
  const first = await connect(`${url}/ws/live`)
  await connect(`${url}/ws/live`)
  const refused = await fetch(`${httpOf(url)}/ws/live`, { headers: handshake })
  expect(refused.status).toBe(429)
  expect(refused.headers.get('retry-after')).toBe('1')
  first.socket.close()
  await first.close
  await until(() => first.socket.readyState === WebSocket.CLOSED, 'closed')
  let third: Client | undefined
  while (!third) third = await connect(`${url}/ws/live`).catch(() => undefined)
  await until(() => third.texts.length > 0, 'the greeting')
})

test('a stop says goodbye to every client with 1001 and takes no new one', async () => {
  const { url, close } = listen()
  const clients = [await connect(`${url}/ws/live`), await connect(`${url}/ws/live`)]
  close()
  for (const client of clients)
    expect(await client.close).toEqual({ code: 1001, reason: 'Klaudio is stopping' })
  const late = await fetch(`${httpOf(url)}/ws/live`, { headers: handshake })
  expect(late.status).toBe(429)
})

test('a message over the limit is answered, a monstrous one hung up on, and the server goes on (U7)', async () => {
  const { url } = listen()
  const client = await connect(`${url}/ws/live`)
  client.socket.send('x'.repeat(100_000))
  await until(() => client.texts.some((frame) => frame.code === 'request.too-large'), 'the answer')
  client.socket.send('x'.repeat(3_000_000))
  expect((await client.close).code).not.toBe(1000)
  const next = await connect(`${url}/ws/live`)
  await until(() => next.texts.length >= 2, 'a new client is greeted')
})

test('a session that fails hangs up on its own client only (U7)', async () => {
  const { streams, url } = listen({
    agentOf: (id) => {
      if (id === 'broken') throw new Error('the database is gone')
      return { taskId: 't', ended: false }
    },
  })
  streams.addAgent(streams.addTask('t'), 'a')
  const [bad, good] = [await connect(`${url}/ws/live`), await connect(`${url}/ws/live`)]
  bad.ask({ type: 'output', agent: 'broken', channel: 1 })
  expect((await bad.close).code).toBe(1011)
  good.ask({ type: 'output', agent: 'a', channel: 1 })
  streams.print('a', 'still served')
  await until(() => received(good, 1).bytes.length === 12, 'output')
})

test('clients that close in any way, at any moment, leave nothing behind (U7)', async () => {
  const { streams, url, server } = listen()
  streams.addAgent(streams.addTask('t'), 'a')
  streams.print('a', noise(2_000_000))
  for (let round = 0; round < 20; round++) {
    const paths = ['/ws/live', '/ws/tasks/t/stream', '/ws/tasks/t/messages', '/ws/tasks/t/stats']
    const clients = await Promise.all(paths.map((path) => connect(url + path)))
    clients[0]?.ask({ type: 'output', agent: 'a', channel: 1 })
    for (const [n, client] of clients.entries())
      if ((round + n) % 2 === 0) client.socket.terminate()
      else client.socket.close()
    streams.print('a', noise(10_000))
  }
  await until(() => server.pendingWebSockets === 0, 'all connections are gone')
  streams.print('a', 'x')
  expect(
    streams.outputs.readHot('a', streams.outputs.size('a') - 1, streams.outputs.size('a')),
  ).toBe(undefined)
})

test('a viewer who joins late and reconnects from its offset has every byte once (U5, U8)', async () => {
  const { streams, url } = listen()
  streams.addAgent(streams.addTask('t'), 'a')
  const truth = noise(6_000_000)
  streams.print('a', truth.subarray(0, 2_000_000))
  let at = 2_000_000
  const printer = setInterval(() => {
    streams.print('a', truth.subarray(at, at + 40_000))
    at = Math.min(at + 40_000, truth.length)
    if (at === truth.length) clearInterval(printer)
  }, 1)
  cleanups.push(() => clearInterval(printer))
  let got = Buffer.alloc(0)
  for (let leg = 0; got.length < truth.length; leg++) {
    const client = await connect(`${url}/ws/live`)
    client.ask({ type: 'output', agent: 'a', from: got.length, channel: leg })
    const enough = Math.min(truth.length, got.length + 700_000)
    await until(() => got.length + received(client, leg).bytes.length >= enough, 'some output')
    client.socket.terminate()
    const part = received(client, leg)
    expect(part.from).toBe(got.length)
    got = Buffer.concat([got, part.bytes])
  }
  expect(got.equals(truth)).toBe(true)
})

test('a client that stops reading and goes on later gets all the rest, with nothing new to push it on', async () => {
  const { streams, url, server } = listen()
  streams.addAgent(streams.addTask('t'), 'a')
  const truth = noise(24_000_000, 3)
  streams.print('a', truth)
  let received = 0
  const socket = await Bun.connect({
    hostname: '127.0.0.1',
    port: Number(server.port),
    socket: {
      data: (_socket, bytes) => {
        received += bytes.length
      },
    },
  })
  cleanups.push(() => socket.terminate())
  socket.write(rawHandshake('/ws/tasks/t/stream?agent=a', Number(server.port)))
  socket.pause()
  await until(() => server.pendingWebSockets === 1, 'the client is connected')
  // A second client gets everything meanwhile, so the first one has long been full.
  const other = await connect(`${url}/ws/tasks/t/stream?agent=a`)
  await until(() => other.texts.some((frame) => frame.type === 'backfill_end'), 'the other one')
  expect(Buffer.concat(other.frames).equals(truth)).toBe(true)
  expect(received).toBeLessThan(truth.length / 2)
  socket.resume()
  await until(() => received > truth.length, 'the rest')
})

test('a client that never reads delays nobody: 20 others get every byte meanwhile (U6)', async () => {
  const { streams, url, server } = listen()
  streams.addAgent(streams.addTask('t'), 'a')
  const stalled = await Bun.connect({
    hostname: '127.0.0.1',
    port: Number(server.port),
    socket: { data: (socket) => socket.pause(), drain: () => {}, close: () => {} },
  })
  cleanups.push(() => stalled.terminate())
  stalled.write(rawHandshake(`/ws/tasks/t/stream?agent=a`, Number(server.port)))
  await until(() => server.pendingWebSockets === 1, 'the stalled client is connected')
  const clients = await Promise.all(Array.from({ length: 20 }, () => connect(`${url}/ws/live`)))
  for (const [n, client] of clients.entries())
    client.ask({ type: 'output', agent: 'a', channel: 100 + n })
  const truth = noise(8_000_000, 13)
  for (let at = 0; at < truth.length; at += 100_000) {
    streams.print('a', truth.subarray(at, at + 100_000))
    await new Promise((resolve) => setImmediate(resolve))
  }
  streams.outputs.end('a')
  await until(
    () => clients.every((client) => client.texts.some((frame) => frame.type === 'output_end')),
    'all twenty have the end',
  )
  for (const [n, client] of clients.entries())
    expect(received(client, 100 + n).bytes.equals(truth)).toBe(true)
  expect(server.pendingWebSockets).toBe(21)
})

/** An upgrade request written by hand, for a client that then does not read. */
function rawHandshake(path: string, port: number): string {
  return [
    `GET ${path} HTTP/1.1`,
    `Host: 127.0.0.1:${port}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
    '\r\n',
  ].join('\r\n')
}

test('events resume after the last one a client has, while more are written (U9)', async () => {
  const { streams, url } = listen()
  streams.addTask('t')
  for (let n = 0; n < 300; n++) streams.record({ taskId: 't', type: 'agent.activity' })
  const seqs: number[] = []
  for (let leg = 0; leg < 5; leg++) {
    const client = await connect(`${url}/ws/live`)
    client.ask({ type: 'events', task: 't', after: seqs.at(-1) ?? 0 })
    const events = () => client.texts.filter((frame) => frame.type === 'event')
    await until(() => client.texts.some((frame) => frame.type === 'events_live'), 'live')
    const stored = events().length
    for (let n = 0; n < 20; n++) streams.record({ taskId: 't', type: 'agent.activity' })
    await until(() => events().length >= stored + 20, 'live events')
    client.socket.terminate()
    seqs.push(...events().map((frame) => (frame.event as TaskEvent).seq))
  }
  expect(seqs).toEqual(Array.from({ length: 400 }, (_, n) => n + 1))
})

test('the reference sockets speak the reference frames to a client written for it (U2, U9, U11, U18)', async () => {
  const { streams, url } = listen()
  streams.addAgent(streams.addTask('t'), 'a')
  streams.print('a', '{"type":"system"}\n')
  streams.sendMessage('t', 'hello team')
  const stream = await connect(`${url}/ws/tasks/t/stream?agent=a`)
  const messages = await connect(`${url}/ws/tasks/t/messages`)
  const stats = await connect(`${url}/ws/tasks/t/stats?interval=500ms`)
  await until(() => stream.texts.some((frame) => frame.type === 'backfill_end'), 'the backfill')
  streams.print('a', '{"type":"result"}\n')
  streams.record({ taskId: 't', type: 'task.completed' })
  stream.ask({ type: 'message', agent_id: 'a', content: 'Well done.' })
  await until(() => stream.texts.length >= 4 && stream.frames.length >= 2, 'live frames')
  expect(stream.texts.map((frame) => frame.type)).toEqual([
    'backfill_start',
    'backfill_end',
    'task.completed',
    'message_receipt',
  ])
  expect(Buffer.concat(stream.frames).toString()).toBe('{"type":"system"}\n{"type":"result"}\n')
  await until(() => messages.texts.length >= 3, 'messages')
  expect(messages.texts.map((frame) => frame.type)).toEqual([
    'message_backfill_start',
    'agent_message',
    'message_backfill_end',
  ])
  await until(() => stats.texts.length >= 1, 'stats')
  expect(stats.texts[0] as unknown).toMatchObject({ task_id: 't', agents: [] })
})
