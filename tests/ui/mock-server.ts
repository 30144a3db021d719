/**
 * A stand-in for the server with made-up tasks, to look at the pages: `bun tests/ui/mock-server.ts`, then open the address.
 * Answers routes and `/ws/live` like the real one, keeps nothing, and serves `dist/ui`.
 */

import { join, normalize } from 'node:path'
import type { ServerWebSocket } from 'bun'
import * as v from 'valibot'
import type { Agent } from '#contract/agent.ts'
import type { WebhookState } from '#contract/outgoing-webhook.ts'
import { LiveRequest, outputHeaderBytes, writeOutputHeader } from '#contract/socket.ts'
import { listAnswered, listAttention } from './mock-attention.ts'
import { checkpointsOf, restorePreviewOf } from './mock-checkpoints.ts'
import { busyAgents, listEvents, listTasks, liveAgents, questions, tasks } from './mock-data.ts'
import { addDeciding } from './mock-decide.ts'
import { keptRoutes, sendLines } from './mock-kept.ts'
import { listMessages, postMessage } from './mock-messages.ts'
import { answerPermission, type PermissionAnswer, permissions } from './mock-permissions.ts'
import { planRoutes } from './mock-plans.ts'
import { reviewRoutes } from './mock-review.ts'
import { planner, redisStore, redisStoreLive } from './mock-stream.ts'
import {
  config,
  recovery,
  resources,
  sessions,
  streamChecks,
  system,
  tokens,
} from './mock-system.ts'
import { templateRoutes } from './mock-templates.ts'
import { installationUsage, usageOf } from './mock-usage.ts'
import {
  listChanges,
  listFiles,
  listLiveChanges,
  sendArchive,
  sendFile,
  toDiff,
  work,
} from './mock-work.ts'

if (process.env.DECIDE) addDeciding()

const dist = join(import.meta.dir, '../../dist/ui')
const port = Number(process.env.PORT ?? 8099)
const encoder = new TextEncoder()
const outputs = new Map<string, Uint8Array>([
  ['agent-redis-store', encoder.encode(redisStore())],
  ['agent-planner', encoder.encode(planner())],
  ['agent-limit-policy', encoder.encode(redisStore() + longTalk())],
  ['agent-planner-2', encoder.encode(planner())],
  ['agent-planner-3', encoder.encode(planner())],
])

/** Some megabytes, so that what is before is not loaded at first. */
function longTalk(): string {
  const say = (at: number): string =>
    JSON.stringify({
      type: 'assistant',
      uuid: `long-${at}`,
      message: {
        id: `m${at}`,
        content: [{ type: 'text', text: `Step ${at}. ${'So it goes. '.repeat(60)}` }],
      },
    })
  return Array.from({ length: 4000 }, (_, at) => `${say(at)}\n`).join('')
}

export type Handler = (match: string[], request: Request) => unknown
const routes: [string, RegExp, Handler][] = [
  ['GET', /^\/api\/access$/, () => ({ required: true, signed_in: true })],
  ['GET', /^\/api\/sessions$/, () => ({ sessions })],
  ['GET', /^\/api\/tokens$/, () => ({ tokens })],
  ['GET', /^\/api\/tasks$/, (_, request) => listTasks(new URL(request.url).searchParams)],
  ['GET', /^\/api\/tasks\/([^/]+)$/, ([id]) => tasks.find((task) => task.id === id)],
  ...planRoutes,
  [
    'GET',
    /^\/api\/tasks\/([^/]+)\/questions$/,
    ([id = '']) => ({ questions: questions[id] ?? [] }),
  ],
  [
    'POST',
    /^\/api\/tasks\/([^/]+)\/questions\/([^/]+)\/answer$/,
    ([id = '', qid]) => {
      for (const question of questions[id] ?? [])
        if (question.id === qid) question.status = 'answered'
      return { status: 'answered' }
    },
  ],
  [
    'GET',
    /^\/api\/tasks\/([^/]+)\/permissions$/,
    ([id]) => ({ permissions: permissions.filter((each) => each.task_id === id) }),
  ],
  [
    'POST',
    /^\/api\/tasks\/([^/]+)\/permissions\/([^/]+)\/answer$/,
    async ([, id = ''], request) =>
      answerPermission(id, (await request.json()) as PermissionAnswer),
  ],
  [
    'GET',
    /^\/api\/tasks\/([^/]+)\/events$/,
    (_, request) => listEvents(new URL(request.url).searchParams),
  ],
  [
    'GET',
    /^\/api\/tasks\/([^/]+)\/messages$/,
    ([id = ''], { url }) => listMessages(id, new URL(url).searchParams),
  ],
  [
    'POST',
    /^\/api\/tasks\/([^/]+)\/messages$/,
    async ([id = ''], request) =>
      postMessage(id, (await request.json()) as { from: string; content: string; to?: string }),
  ],
  ['GET', /^\/api\/tasks\/([^/]+)\/checkpoints$/, ([id]) => ({ checkpoints: checkpointsOf(id) })],
  [
    'GET',
    /^\/api\/tasks\/([^/]+)\/checkpoints\/([^/]+)\/restore$/,
    ([, id]) => restorePreviewOf(id),
  ],
  ...keptRoutes,
  ...reviewRoutes,
  ...templateRoutes,
  ['GET', /^\/api\/tasks\/([^/]+)\/work$/, () => ({ work })],
  ['GET', /^\/api\/tasks\/([^/]+)\/files$/, (_, { url }) => listFiles(new URL(url).searchParams)],
  ['POST', /^\/api\/tasks\/([^/]+)\/files$/, () => ({ uploaded: [] })],
  ['GET', /^\/api\/tasks\/([^/]+)\/files\/.+$/, (_, request) => sendFile(request)],
  ['GET', /^\/api\/tasks\/([^/]+)\/archive$/, sendArchive],
  [
    'GET',
    /^\/api\/tasks\/([^/]+)\/changes$/,
    (_, { url }) => listChanges(new URL(url).searchParams),
  ],
  [
    'GET',
    /^\/api\/tasks\/([^/]+)\/diff$/,
    (_, { url }) => new Response(toDiff(new URL(url).searchParams)),
  ],
  [
    'GET',
    /^\/api\/tasks\/([^/]+)\/agents\/([^/]+)\/changes$/,
    ([, agent = '']) => listLiveChanges(agent),
  ],
  [
    'GET',
    /^\/api\/tasks\/([^/]+)\/agents\/([^/]+)\/diff$/,
    ([, agent = ''], { url }) => {
      const asked = new URL(url).searchParams
      asked.set('agent', agent)
      return new Response(toDiff(asked))
    },
  ],
  [
    'GET',
    /^\/api\/tasks\/([^/]+)\/agents\/([^/]+)\/inputs$/,
    () => ({
      inputs: [
        {
          id: '22222222-0000-4000-8000-000000000002',
          agent_id: 'agent-redis-store',
          content: 'Use defineCommand.',
          priority: 'next',
          state: 'read',
          created_at: new Date().toISOString(),
        },
        {
          id: 'i2',
          agent_id: 'agent-redis-store',
          content: 'Then run the whole suite once more.',
          priority: 'later',
          state: 'queued',
          created_at: new Date().toISOString(),
        },
      ],
    }),
  ],
  [
    'GET',
    /^\/api\/agents$/,
    () => ({ agents: liveAgents(), slots: { used: 7, total: 12 }, waiting: [] }),
  ],
  [
    'GET',
    /^\/api\/tasks\/([^/]+)\/stats$/,
    () => ({
      agents: ['agent-redis-store', 'agent-middleware'].map((agent_id, index) => ({
        agent_id,
        stats: { cpu_percent: 84 + index * 31, memory_usage: 4.1e8, memory_limit: 4e9 },
      })),
    }),
  ],
  ['GET', /^\/api\/tasks\/([^/]+)\/usage$/, ([id = '']) => usageOf(id)],
  ['GET', /^\/api\/usage$/, (_, { url }) => installationUsage(new URL(url).searchParams)],
  ['GET', /^\/api\/attention$/, () => listAttention()],
  ['GET', /^\/api\/attention\/answered$/, () => listAnswered()],
  ['GET', /^\/api\/system$/, () => system],
  ['GET', /^\/api\/config$/, () => config],
  ['GET', /^\/api\/outgoing-webhook$/, () => webhook],
  [
    'POST',
    /^\/api\/source\/check$/,
    () => ({
      branch: 'main',
      commit: '4f1c2d7e9a0b3c5d6e7f8091a2b3c4d5e6f70819',
      committed_at: new Date(Date.now() - 3 * 3_600_000).toISOString(),
      size_bytes: 224_395_264,
      branches: ['main', 'next', 'release/2.0'],
    }),
  ],
  ['GET', /^\/api\/recovery$/, () => recovery],
  [
    'GET',
    /^\/api\/retention$/,
    () =>
      Response.json({
        items: [
          { what: 'output', count: 14, bytes: 1_204_000_000 },
          { what: 'events', count: 20_512, bytes: 9_400_000 },
        ],
        bytes: 1_213_400_000,
        kept: { database: 84_000_000, output: 6_310_000_000 },
      }),
  ],
  ['GET', /^\/api\/doctor\/stream$/, () => streamChecks()],
  ['GET', /^\/api\/resources$/, () => ({ resources })],
  [
    'POST',
    /^\/api\/resources\/remove-orphans$/,
    () => {
      const orphans = resources.filter(({ owner }) => owner === 'orphan')
      for (const orphan of orphans) resources.splice(resources.indexOf(orphan), 1)
      return { removed: orphans.map(({ name }) => name), failed: [] }
    },
  ],
]

const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString()
const told = { type: 'attention.needed', task_id: 'rate-limits', attempts: 1 } as const
const webhook: WebhookState = {
  webhook: {
    ...{ url: 'https://hooks.example.com/klaudio', updated_at: ago(4000) },
    kinds: ['attention.needed', 'task.failed'],
  },
  deliveries: [
    {
      ...{ ...told, id: 'd3', state: 'waiting', attempts: 3, status: 503, error: 'Answered 503.' },
      ...{ created_at: ago(4), next_at: ago(-2) },
    },
    { ...told, id: 'd2', state: 'delivered', status: 204, created_at: ago(31) },
    {
      ...{ ...told, id: 'd1', type: 'task.failed', state: 'failed', attempts: 8 },
      ...{ error: 'No answer within 15 seconds.', created_at: ago(2900) },
    },
  ],
}

const server = Bun.serve<{ timers: Timer[] }, never>({
  port,
  hostname: '127.0.0.1',
  fetch(request, self) {
    const { pathname } = new URL(request.url)
    if (pathname === '/ws/live')
      return self.upgrade(request, { data: { timers: [] } })
        ? undefined
        : new Response('upgrade', { status: 426 })
    const [, agent] = /^\/api\/tasks\/[^/]+\/agents\/([^/]+)\/output/.exec(pathname) ?? []
    if (agent) return pathname.endsWith('/search') ? search(agent, request) : read(agent, request)
    if (pathname.startsWith('/api/')) return answer(request, pathname)
    return asset(pathname)
  },
  websocket: {
    open(socket) {
      send(socket, {
        type: 'hello',
        instance: 'mock',
        version: '0.1.0',
        now: new Date().toISOString(),
      })
      for (const agent of busyAgents) keepBusy(socket, agent)
    },
    message(socket, message) {
      const request = v.parse(LiveRequest, JSON.parse(String(message)))
      if (request.type === 'output') stream(socket, request)
    },
    close: (socket) => socket.data.timers.forEach(clearTimeout),
  },
})
console.log(`mock at ${server.url}`)

let lastEvent = 1000
const verbs = ['Read', 'Edit', 'Bash pnpm test', 'Grep']

/** What a working agent says about itself: what it does once a second, what it has cost every other. */
function keepBusy(socket: Client, agent: Agent): void {
  let beat = 0
  const say = (): void => {
    beat++
    const activity = `${verbs[beat % verbs.length]} src/part-${beat}.ts`
    agent.cost_usd += 0.01
    const said =
      beat % 2 === 0
        ? { type: 'agent.usage', data: { cost_usd: agent.cost_usd, turns: beat } }
        : { type: 'agent.activity', data: { activity } }
    lastEvent++
    const place = { id: lastEvent, task_id: agent.task_id, seq: lastEvent, agent_id: agent.id }
    send(socket, {
      type: 'event',
      event: { ...place, ...said, created_at: new Date().toISOString() },
    })
    socket.data.timers.push(setTimeout(say, 1000))
  }
  socket.data.timers.push(setTimeout(say, Math.random() * 1000))
}

type Client = ServerWebSocket<{ timers: Timer[] }>

function send(socket: Client, frame: unknown): void {
  socket.send(JSON.stringify(frame))
}

function toOutputFrame(channel: number, offset: number, bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(outputHeaderBytes + bytes.length)
  frame.set(bytes, outputHeaderBytes)
  return writeOutputHeader(frame, channel, offset)
}

const read = (agent: string, request: Request): Response =>
  sendLines(outputs.get(agent) ?? new Uint8Array(), request, agent !== 'agent-redis-store')

function search(agent: string, request: Request): Response {
  const wanted = (new URL(request.url).searchParams.get('q') ?? '').toLowerCase()
  const text = new TextDecoder().decode(outputs.get(agent))
  let offset = 0
  const matches = text.split('\n').flatMap((line) => {
    const start = offset
    offset += encoder.encode(line).length + 1
    const at = line.toLowerCase().indexOf(wanted)
    const excerpt = line.slice(Math.max(0, at - 80), at + 120)
    return at < 0 ? [] : [{ agent_id: agent, offset: start + at, line_offset: start, excerpt }]
  })
  return Response.json({
    matches,
    next_cursor: null,
    searched_bytes: offset,
    total_bytes: offset,
  })
}

function stream(
  socket: Client,
  { agent, from = 0, channel }: { agent: string; from?: number | undefined; channel: number },
): void {
  const bytes = outputs.get(agent) ?? new Uint8Array()
  send(socket, { type: 'output_start', channel, agent, from, size: bytes.length })
  if (from < bytes.length) socket.send(toOutputFrame(channel, from, bytes.subarray(from)))
  if (agent !== 'agent-redis-store') return
  let offset = bytes.length
  for (const [index, line] of redisStoreLive().entries())
    socket.data.timers.push(
      setTimeout(
        () => {
          const chunk = encoder.encode(`${line}\n`)
          socket.send(toOutputFrame(channel, offset, chunk))
          offset += chunk.length
        },
        800 * (index + 1),
      ),
    )
}

async function answer(request: Request, pathname: string): Promise<Response> {
  for (const [method, pattern, handler] of routes) {
    const match = pattern.exec(pathname)
    if (!match || method !== request.method) continue
    const body = await handler(match.slice(1), request)
    if (body instanceof Response) return body
    if (body !== undefined) return Response.json(body)
  }
  return Response.json(
    { error: `The mock has no ${request.method} ${pathname}.`, code: 'route.not-found' },
    { status: 404 },
  )
}

async function asset(pathname: string): Promise<Response> {
  const file = Bun.file(join(dist, normalize(pathname)))
  if (pathname !== '/' && (await file.exists())) return new Response(file)
  const policy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'"
  return new Response(Bun.file(join(dist, 'index.html')), {
    headers: { 'Content-Security-Policy': policy },
  })
}
