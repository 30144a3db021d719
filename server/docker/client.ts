import type { IncomingMessage } from 'node:http'
import type { Duplex, Readable } from 'node:stream'
import Docker from 'dockerode'
import { AppError } from '#contract/errors.ts'
import { parseEndpoint } from './endpoint.ts'
import { refusal, toEngineError, unreachable } from './failures.ts'

type EngineRequest = {
  /** What the call is for, as in "The engine refused to ...". */
  what: string
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD'
  path: string
  query?: Record<string, string | number | boolean>
  body?: unknown
  /** Sent as a tar instead of a JSON body. */
  file?: Readable | Buffer
  signal?: AbortSignal
  /** For `json`; 0 is no limit. Two minutes unless told otherwise, no limit for uploads. */
  timeoutMs?: number
}

/**
 * HTTP to one engine through dockerode's transport (sockets, pipes, TLS, upgrades). dockerode's own calls never settle
 * when the connection drops in the middle of an answer, so every answer is read here, as a stream, and a drop is an
 * `engine.unreachable`.
 */
export type Client = {
  label: string
  /** Status 2xx or 304 with the whole body as JSON (`undefined` when empty); anything else throws. */
  json(request: EngineRequest): Promise<unknown>
  /** Status 2xx with the body as it comes. Iterating throws `engine.unreachable` when it is cut short. */
  stream(request: EngineRequest): Promise<AsyncGenerator<Uint8Array>>
  /** The raw connection after an upgrade. */
  hijack(request: EngineRequest): Promise<Duplex>
}

type Dialled = IncomingMessage | Duplex
type Dial = {
  path: string
  method: string
  isStream: true
  statusCodes: Record<number, true>
  options: Record<string, unknown>
  abortSignal?: AbortSignal
  file?: Readable | Buffer
  hijack?: boolean
  openStdin?: boolean
  allowEmpty?: boolean
}
/** The one method of docker-modem that is used. */
type Modem = { dial(options: Dial, done: (error: unknown, answer: Dialled) => void): void }

/** The transport's own status handling reads bodies without noticing drops, so it is told that all is well. */
const everyStatus: Record<number, true> = Object.fromEntries(
  Array.from({ length: 500 }, (_, index) => [index + 100, true]),
)

export function createClient(host: string): Client {
  const { label, options } = parseEndpoint(host)
  // dockerode's types have the dialling options wider and the answer as unknown.
  const modem = new Docker(options).modem as unknown as Modem

  const dial = (request: EngineRequest, extra: Partial<Dial> = {}): Promise<Dialled> =>
    new Promise<Dialled>((resolve, reject) => {
      request.signal?.throwIfAborted()
      modem.dial(
        {
          path: `${request.path}?`,
          method: request.method,
          isStream: true,
          statusCodes: everyStatus,
          options: { _query: request.query ?? {}, _body: request.body ?? {} },
          ...(request.signal ? { abortSignal: request.signal } : {}),
          ...(request.file ? { file: request.file } : {}),
          ...extra,
        },
        (error, answer) => (error ? reject(error) : resolve(answer)),
      )
    }).catch((error: unknown) => {
      dropFile(request)
      throw translate(error, request.signal)
    })

  /** An aborted request fails with whatever the transport makes of it; the signal knows why. */
  const translate = (error: unknown, signal: AbortSignal | undefined): unknown => {
    if (!signal?.aborted) return toEngineError(error, label)
    return signal.reason instanceof Deadline ? unreachable(label, signal.reason) : signal.reason
  }

  async function* bytes(answer: IncomingMessage, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
    const stop = (): void => void answer.destroy()
    signal?.addEventListener('abort', stop, { once: true })
    try {
      signal?.throwIfAborted()
      for await (const chunk of answer) yield chunk
      signal?.throwIfAborted()
      if (!answer.complete) throw unreachable(label)
    } catch (error) {
      throw translate(error, signal)
    } finally {
      signal?.removeEventListener('abort', stop)
      answer.destroy()
    }
  }

  const accepted = async (request: EngineRequest): Promise<IncomingMessage> => {
    const answer = await dial(request)
    if (!isAnswer(answer)) throw unreachable(label)
    const status = answer.statusCode ?? 0
    if ((status >= 200 && status < 300) || status === 304) return answer
    dropFile(request)
    throw refusal(request.what, status, await engineMessage(bytes(answer, request.signal)))
  }

  return {
    label,
    async json(request) {
      using deadline = withDeadline(request)
      const limited = { ...request, signal: deadline.signal }
      const text = await readText(bytes(await accepted(limited), limited.signal))
      return text.trim() === '' ? undefined : JSON.parse(text)
    },
    async stream(request) {
      return bytes(await accepted(request), request.signal)
    },
    async hijack(request) {
      try {
        // Anything but an upgrade is a refusal, which the transport reads by itself here.
        const extra = { statusCodes: {}, hijack: true, openStdin: true, allowEmpty: true }
        const answer = await dial(request, extra)
        if (isAnswer(answer)) throw unreachable(label)
        return answer
      } catch (error) {
        throw upgradeRefusal(request.what, error) ?? error
      }
    },
  }
}

/** docker-modem's error for a status: its message is `(HTTP code 404) unexpected - <sentence of the engine> `. */
function upgradeRefusal(what: string, error: unknown): unknown {
  const cause = error instanceof AppError ? error.cause : error
  if (!(cause instanceof Error) || !('statusCode' in cause)) return undefined
  const status = Number(cause.statusCode)
  return refusal(what, status, cause.message.replace(/^\(HTTP code \d+\) \w+ - /, '').trim())
}

/** An engine that accepts a short call and never answers is as good as none. */
class Deadline extends Error {}

const shortCallMs = 120_000

/** Uploads take as long as they take; other calls that answer with one document do not. */
function withDeadline(request: EngineRequest): Disposable & { signal: AbortSignal } {
  const controller = new AbortController()
  const limitMs = request.timeoutMs ?? (request.file ? 0 : shortCallMs)
  const timer =
    limitMs === 0
      ? undefined
      : setTimeout(() => controller.abort(new Deadline(`no answer within ${limitMs} ms`)), limitMs)
  const pass = (): void => controller.abort(request.signal?.reason)
  if (request.signal?.aborted) pass()
  request.signal?.addEventListener('abort', pass, { once: true })
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      request.signal?.removeEventListener('abort', pass)
    },
  }
}

/** An upload that the engine does not want any more must not keep its source open. */
function dropFile({ file }: EngineRequest): void {
  if (file && !Buffer.isBuffer(file)) file.destroy()
}

function isAnswer(answer: Dialled): answer is IncomingMessage {
  return 'statusCode' in answer
}

async function readText(source: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of source) text += decoder.decode(chunk, { stream: true })
  return text + decoder.decode()
}

async function engineMessage(source: AsyncIterable<Uint8Array>): Promise<string> {
  const text = (await readText(source)).trim()
  try {
    const parsed: unknown = JSON.parse(text)
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed)
      return String(parsed.message)
  } catch {
    // Proxies in front of an engine answer in plain text.
  }
  return text || 'no reason given'
}
