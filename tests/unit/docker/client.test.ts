import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDockerodeEngine } from '#docker/dockerode-engine.ts'
import type { Engine } from '#docker/engine.ts'

/**
 * An engine that misbehaves: each request is answered by the next of `answers`, byte for byte. A connection is ended
 * after its answer unless the answer is `silence`.
 */
const silence = Symbol('silence')
type Answer = string | typeof silence

const running: { server: Server; folder: string; sockets: Set<Socket> }[] = []

async function badEngine(answers: Answer[]): Promise<{ engine: Engine; requests: string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'klaudio-engine-'))
  const path = join(folder, 'docker.sock')
  const requests: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.once('data', (data) => {
      requests.push(String(data).split('\r\n')[0] ?? '')
      const answer = answers.shift() ?? 'HTTP/1.1 500 no more answers\r\n\r\n'
      if (typeof answer === 'string') socket.end(answer)
    })
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  running.push({ server, folder, sockets })
  return { engine: createDockerodeEngine({ host: `unix://${path}` }), requests }
}

afterEach(async () => {
  for (const { server, folder, sockets } of running.splice(0)) {
    for (const socket of sockets) socket.destroy()
    server.close()
    await rm(folder, { recursive: true })
  }
})

const json = (body: unknown, status = '200 OK'): string => {
  const text = JSON.stringify(body)
  return `HTTP/1.1 ${status}\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`
}
/** Says that 1000 bytes come, and stops after a few. */
const cutShort = 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"Id":'
const chunkedAndCut = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'
const inspected = (status: string, exitCode: number): string =>
  json({
    Id: 'c1',
    Name: '/c1',
    State: {
      Status: status,
      ExitCode: exitCode,
      OOMKilled: false,
      StartedAt: '2024-01-01T00:00:00Z',
      FinishedAt: '0001-01-01T00:00:00Z',
    },
    Config: { Image: 'i', Labels: null },
  })

describe('an engine that goes away', () => {
  test('in the middle of an answer is unreachable, not waited for', async () => {
    const { engine } = await badEngine([cutShort])
    expect(engine.inspectContainer('c1')).rejects.toMatchObject({ code: 'engine.unreachable' })
  })

  test('without an answer is unreachable', async () => {
    const { engine } = await badEngine([''])
    expect(engine.startContainer('c1')).rejects.toMatchObject({ code: 'engine.unreachable' })
  })

  test('in the middle of an archive breaks the archive off with an error', async () => {
    const { engine } = await badEngine([chunkedAndCut])
    const archive = await engine.getArchive('c1', '/state')
    expect(Array.fromAsync(archive)).rejects.toMatchObject({ code: 'engine.unreachable' })
  })

  test('ends the events without an error', async () => {
    const event = `${JSON.stringify({
      Action: 'die',
      Actor: { ID: 'c1', Attributes: { a: 'b' } },
      timeNano: 1_700_000_000_123_000_000,
    })}\n`
    const { engine } = await badEngine([
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${event.length.toString(16)}\r\n${event}\r\n`,
    ])
    const signal = new AbortController().signal
    const events = await Array.fromAsync(engine.events({}, { signal }))
    expect(events).toEqual([
      { action: 'die', containerId: 'c1', labels: { a: 'b' }, atMs: 1_700_000_000_123 },
    ])
  })

  test('is asked again by a wait, which then tells the exit code', async () => {
    const { engine, requests } = await badEngine([
      inspected('running', 0),
      cutShort,
      inspected('exited', 7),
    ])
    expect(await engine.waitContainer('c1')).toBe(7)
    expect(requests.map((request) => request.split(' ').slice(0, 2).join(' '))).toEqual([
      'GET /containers/c1/json?',
      'POST /containers/c1/wait?',
      'GET /containers/c1/json?',
    ])
  })
})

describe('an engine that says nothing', () => {
  test('can be left by the signal, with its reason', async () => {
    const { engine, requests } = await badEngine([silence])
    const controller = new AbortController()
    const looking = engine.findImage('x', { signal: controller.signal })
    while (requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
    controller.abort(new Error('enough'))
    expect(looking).rejects.toThrow('enough')
  })

  test('ends a wait by its signal', async () => {
    const { engine, requests } = await badEngine([inspected('running', 0), silence])
    const controller = new AbortController()
    const waiting = engine.waitContainer('c1', { signal: controller.signal })
    while (requests.length < 2) await new Promise((resolve) => setImmediate(resolve))
    controller.abort(new Error('stopping'))
    expect(waiting).rejects.toThrow('stopping')
  })
})

describe('a refusal', () => {
  test('keeps the sentence of the engine and its status', async () => {
    const { engine } = await badEngine([json({ message: 'disk quota' }, '507 Nope')])
    expect(engine.createVolume('v', {})).rejects.toMatchObject({
      code: 'engine.failed',
      message: 'The Docker engine refused to create volume v: disk quota',
      details: { status: 507, reason: 'other' },
    })
  })

  test('in plain text, as a proxy says it, is told too', async () => {
    const { engine } = await badEngine([
      'HTTP/1.1 502 Bad\r\nConnection: close\r\n\r\nno upstream\n',
    ])
    expect(engine.listVolumes({})).rejects.toThrow('no upstream')
  })

  test('to upgrade an attach is an error, not a stream', async () => {
    const { engine } = await badEngine([
      json({ message: 'No such container: c1' }, '404 Not Found'),
    ])
    expect(engine.attach('c1')).rejects.toMatchObject({ details: { reason: 'not-found' } })
  })
})

test('a build that fails is told with the last lines, although the request succeeds', async () => {
  const lines = [
    { stream: 'Step 1/2 : FROM x\n' },
    { stream: 'Step 2/2 : RUN false\n' },
    { errorDetail: { message: 'returned 1' }, error: 'returned a non-zero code: 1' },
  ].map((line) => `${JSON.stringify(line)}\r\n`)
  const { engine } = await badEngine([
    `HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${lines.join('')}`,
  ])
  const steps: unknown[] = []
  const build = engine.buildImage({
    tag: 't',
    context: (async function* () {})(),
    buildArgs: {},
    labels: {},
    onProgress: ({ step, steps: of }) => steps.push([step, of]),
  })
  await expect(build).rejects.toMatchObject({
    code: 'engine.failed',
    details: { reason: 'build-failed', log: 'Step 1/2 : FROM x\nStep 2/2 : RUN false' },
  })
  expect(steps).toEqual([
    [1, 2],
    [2, 2],
  ])
})

test.each([
  ['unix:///nowhere/docker.sock', 'unix:///nowhere/docker.sock'],
  ['tcp://127.0.0.1:1', 'tcp://127.0.0.1:1'],
])('where nothing listens (%s) the endpoint is named, and what to do', async (host, name) => {
  const failure = createDockerodeEngine({ host }).info()
  await expect(failure).rejects.toMatchObject({ code: 'engine.unreachable' })
  await expect(failure).rejects.toThrow(name)
  await expect(failure).rejects.toThrow('doctor --fix')
})
