/**
 * A server that speaks the Messages API and plays stories, faithfully enough for the real CLI: for the demo, which
 * needs no account, and for the tests. It decides from the conversation alone, so it can be restarted at any time.
 */
import * as v from 'valibot'
import { countTokens, StoryError } from './answer.ts'
import { type Credential, readCredential } from './credential.ts'
import { errorResponse, windowHeaders } from './errors.ts'
import { createPlayer, type Player, type Reply } from './player.ts'
import { MessagesBody, type ModelRequest, toModelRequest } from './request.ts'
import type { Story } from './story.ts'
import { toEvents, toMessage } from './stream.ts'
import { findFault } from './validate.ts'

/** One request as it came, for tests and benches. `atMs` is epoch milliseconds with fractions. */
export type RecordedRequest = {
  atMs: number
  kind: 'answer' | 'compaction' | 'count-tokens' | 'models' | 'other'
  agent: string
  sessionId: string
  round: number
  step: number
  prompt: string
  /** Status of the response; 200 from the moment a stream begins. */
  status: number
  /** Kept only with `keepBodies`. */
  body?: MessagesBody
}

export type ScriptedModel = {
  /** `http://host:port` of the address it listens on. */
  url: string
  port: number
  requests(): RecordedRequest[]
  /** When the first request came whose agent is `marker` or whose prompt contains it. Epoch ms. */
  firstRequestAt(marker: string): number | undefined
  /** What stories asked for that the API could not do; empty when all is well. */
  problems(): string[]
  close(): Promise<void>
}

export type ScriptedModelOptions = {
  host?: string
  /** 0: any free one. */
  port?: number
  /** Asked in order; the first that has something to say does. Nobody's prompts get a plain, helpful answer. */
  stories: Story[]
  keepBodies?: boolean
  /** How many requests `requests` remembers. */
  maxRequests?: number
  /** Asked once a request is recorded; its answer begins when this resolves. */
  hold?: (request: ModelRequest) => Promise<void> | undefined
}

type Context = {
  play: Player
  newId: (prefix: string) => string
  record: (request: Partial<RecordedRequest> & Pick<RecordedRequest, 'kind'>) => void
  onProblem: (sentence: string) => void
  keepBodies: boolean
  hold: NonNullable<ScriptedModelOptions['hold']>
}

export function createScriptedModel(options: ScriptedModelOptions): ScriptedModel {
  const recorded: RecordedRequest[] = []
  const problems: string[] = []
  const newId = createIds()
  const onProblem = (sentence: string) => problems.push(sentence)
  const context: Context = {
    newId,
    onProblem,
    keepBodies: options.keepBodies ?? false,
    hold: options.hold ?? (() => undefined),
    play: createPlayer({ stories: options.stories, newId, now: Date.now }),
    record(request) {
      const atMs = performance.timeOrigin + performance.now()
      recorded.push({ ...unidentified, ...request, atMs })
      if (recorded.length > (options.maxRequests ?? 10_000)) recorded.shift()
    },
  }
  const server = Bun.serve({
    hostname: options.host ?? '127.0.0.1',
    port: options.port ?? 0,
    idleTimeout: 0,
    development: false,
    maxRequestBodySize: 64 * 1024 * 1024,
    async fetch(request) {
      try {
        return await route(request, context)
      } catch (error) {
        // Gone before it had asked: a killed agent is no fault of a story.
        if (request.signal.aborted) return new Response(null)
        throw error
      }
    },
    error(error) {
      onProblem(String(error))
      return errorResponse(500, 'Internal server error', { requestId: newId('req') })
    },
  })
  const port = server.port ?? 0
  return {
    url: `http://${options.host ?? '127.0.0.1'}:${port}`,
    port,
    requests: () => [...recorded],
    firstRequestAt: (marker) =>
      recorded.find(
        ({ kind, agent, prompt }) =>
          kind === 'answer' && (agent === marker || prompt.includes(marker)),
      )?.atMs,
    problems: () => [...problems],
    close: () => server.stop(true),
  }
}

const unidentified = { agent: 'unknown', sessionId: '', round: 0, step: 0, prompt: '', status: 200 }

/** Ids in the form of the API's, unlike those of an earlier run: the CLI keeps them in its transcripts. */
function createIds(): (prefix: string) => string {
  const run = crypto.randomUUID().replaceAll('-', '').slice(0, 16)
  let count = 0
  return (prefix) => `${prefix}_${run}${(++count).toString(16).padStart(8, '0')}`
}

async function route(request: Request, context: Context): Promise<Response> {
  const { pathname } = new URL(request.url)
  if (request.method === 'HEAD' || pathname.endsWith('/api/hello')) return new Response(null)
  const credential = readCredential(request.headers)
  const requestId = context.newId('req')
  if (credential.refusal !== undefined) {
    context.record({ kind: 'other', status: 401 })
    return errorResponse(401, credential.refusal, { requestId })
  }
  const [, path = '', target = ''] = /^(.*)\/v1\/(.*)$/.exec(pathname) ?? []
  if (request.method === 'GET' && /^models(\/|$)/.test(target)) return models(target, context)
  if (request.method === 'POST' && target === 'messages')
    return messages(request, { path, requestId, credential }, context)
  if (request.method === 'POST' && target === 'messages/count_tokens') {
    context.record({ kind: 'count-tokens' })
    return Response.json({ input_tokens: countTokens(await request.text()) })
  }
  return errorResponse(404, 'Not found', { requestId })
}

const modelNames: Record<string, string> = {
  'claude-opus-5-5': 'Claude Opus 5.5',
  'claude-sonnet-5-5': 'Claude Sonnet 5.5',
  'claude-haiku-5-5': 'Claude Haiku 5.5',
}

function models(target: string, context: Context): Response {
  context.record({ kind: 'models' })
  const all = Object.entries(modelNames).map(([id, display_name]) => ({
    type: 'model',
    id,
    display_name,
    created_at: '2026-01-01T00:00:00Z',
  }))
  const wanted = target.slice('models/'.length)
  if (wanted === '')
    return Response.json({
      data: all,
      has_more: false,
      first_id: all[0]?.id,
      last_id: all.at(-1)?.id,
    })
  const found = all.find(({ id }) => id === wanted)
  if (found) return Response.json(found)
  return errorResponse(404, `model: ${wanted}`, { requestId: context.newId('req') })
}

async function messages(
  request: Request,
  origin: { path: string; requestId: string; credential: Credential },
  context: Context,
): Promise<Response> {
  const { requestId, credential, path } = origin
  const raw = await request.text()
  const parsed = v.safeParse(MessagesBody, parseJson(raw))
  const fault = parsed.success ? findFault(parsed.output) : v.summarize(parsed.issues)
  if (!parsed.success || fault !== undefined) {
    context.record({ kind: 'other', status: 400 })
    context.onProblem(`The CLI sent a request the API refuses: ${fault}`)
    return errorResponse(400, fault ?? '', { requestId })
  }
  const body = parsed.output
  const asked = toModelRequest(body, { path, sessionId: findSession(request.headers, body) })
  const reply = tryToPlay(() => context.play(asked, countTokens(raw)), context)
  const { kind, agent, sessionId, round, step, prompt } = asked
  context.record({
    ...{ kind, agent, sessionId, round, step, prompt },
    status: reply.kind === 'error' ? reply.status : reply.kind === 'usage-limit' ? 429 : 200,
    ...(context.keepBodies && { body }),
  })
  await context.hold(asked)
  const limits = credential.kind === 'oauth' ? windowHeaders(Date.now()) : {}
  return toResponse(reply, { request, requestId, limits, isStream: body.stream })
}

function tryToPlay(play: () => Reply, context: Context): Reply {
  try {
    return play()
  } catch (error) {
    if (!(error instanceof StoryError)) throw error
    context.onProblem(error.message)
    return { kind: 'error', status: 400, message: `story: ${error.message}`, headers: {} }
  }
}

async function toResponse(
  reply: Reply,
  to: {
    request: Request
    requestId: string
    limits: Record<string, string>
    isStream: boolean
  },
): Promise<Response> {
  const { request, requestId, limits } = to
  const sleep = (ms: number) => sleepUnlessGone(ms, request.signal)
  switch (reply.kind) {
    case 'error':
      return errorResponse(reply.status, reply.message, {
        requestId,
        headers: { ...limits, ...reply.headers },
      })
    case 'usage-limit':
      return errorResponse(429, 'This request would exceed your account’s rate limit.', {
        requestId,
        headers: windowHeaders(Date.now(), reply.untilMs),
      })
    case 'hang':
      await untilGone(request.signal)
      return new Response(null)
    case 'answer': {
      const headers = { 'request-id': requestId, ...limits }
      if (!to.isStream) {
        await Promise.race([Bun.sleep(reply.answer.waitMs), untilGone(request.signal)])
        return Response.json(toMessage(reply.answer), { headers })
      }
      return new Response(toBody(toEvents(reply.answer, { sleep })), {
        headers: {
          ...headers,
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-cache',
        },
      })
    }
  }
}

/** An error inside breaks the connection, as a cut stream does; a client that left ends it. */
function toBody(events: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await events.next()
        if (done) controller.close()
        else controller.enqueue(encoder.encode(value))
      } catch (error) {
        controller.error(error)
      }
    },
    async cancel() {
      await events.return(undefined)
    },
  })
}

/** Rejects as soon as the client is gone, which ends the stream that waits. */
async function sleepUnlessGone(ms: number, signal: AbortSignal): Promise<void> {
  const waits = Number.isFinite(ms) ? [Bun.sleep(ms)] : []
  await Promise.race([...waits, untilGone(signal)])
  signal.throwIfAborted()
}

function untilGone(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function findSession(headers: Headers, body: MessagesBody): string {
  const named = headers.get('x-claude-code-session-id')
  if (named) return named
  const user = parseJson(body.metadata?.user_id ?? '')
  const session = v.safeParse(v.looseObject({ session_id: v.string() }), user)
  return session.success ? session.output.session_id : ''
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
