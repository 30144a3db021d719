/** The server's API as the commands use it. Every answer that is no success becomes a `Failure` with the server's own sentence. */
import { type ExitCode, exitCodes } from '#cli/exit-codes.ts'
import { toMessage } from '#contract/errors.ts'
import { Failure } from './failure.ts'
import { toSafeText } from './safe-text.ts'

export type Query = Record<string, string | number | undefined>

export type Api = {
  /** Without a trailing slash. */
  url: string
  /** For a socket, too. */
  headers: Readonly<Record<string, string>>
  get<T>(path: string, query?: Query): Promise<T>
  send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T>
  upload<T>(path: string, form: FormData): Promise<T>
  /** A body as it came. */
  read(path: string, query?: Query): Promise<Response>
}

export type ApiOptions = { url: string; token?: string; signal: AbortSignal }

export function createApi({ url, token, signal }: ApiOptions): Api {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const call = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const response = await attempt(url, () =>
      fetch(url + path, {
        ...init,
        signal,
        // A token goes to the server that was named and nowhere else.
        redirect: 'manual',
        headers: { ...headers, ...init.headers },
      }),
    )
    if (response.ok) return response
    throw toFailure(url, response.status, await response.text())
  }
  const parse = async <T>(response: Response): Promise<T> => {
    const text = await attempt(url, () => response.text())
    const parsed = parseJson(text)
    if (typeof parsed !== 'object' || parsed === null) throw notKlaudio(url)
    // The shape is the server's contract, which its own tests hold; what came is passed on as it is.
    return parsed as T
  }
  return {
    url,
    headers,
    get: async (path, query) => parse(await call(path + toQuery(query))),
    send: async (method, path, body) =>
      parse(
        await call(path, {
          method,
          ...(body === undefined
            ? {}
            : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        }),
      ),
    upload: async (path, form) => parse(await call(path, { method: 'POST', body: form })),
    read: (path, query) => call(path + toQuery(query)),
  }
}

/** Aborting is not a failure of the server's. */
async function attempt<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw error
    throw new Failure(
      exitCodes.unreachable,
      `No Klaudio answers at ${url}: ${reasonOf(error)} Start one with "klaudio", or name another with --server or KLAUDIO_SERVER.`,
      { code: 'client.unreachable', cause: error },
    )
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ConnectionRefused' || code === 'ECONNREFUSED') return 'the connection is refused.'
  const text = toMessage(error).trim()
  return /[.!?]$/.test(text) ? text : `${text}.`
}

const exitCodeOf: Readonly<Record<number, ExitCode>> = {
  400: exitCodes.usage,
  401: exitCodes.auth,
  403: exitCodes.auth,
  404: exitCodes.notFound,
  409: exitCodes.conflict,
  410: exitCodes.notFound,
  412: exitCodes.conflict,
  413: exitCodes.usage,
  415: exitCodes.usage,
  422: exitCodes.usage,
}

export function toFailure(url: string, status: number, text: string): Failure {
  const body = parseJson(text)
  if (typeof body !== 'object' || body === null || !('error' in body)) return notKlaudio(url)
  const code = 'code' in body ? String(body.code) : 'internal'
  const lines = adviceOn(status)
  // A file that may not be read is no question of who asks.
  const exitCode = code === 'file.forbidden' ? exitCodes.usage : exitCodeOf[status]
  return new Failure(exitCode ?? exitCodes.unable, toSafeText(String(body.error)), { code, lines })
}

function adviceOn(status: number): string[] {
  if (status !== 401) return []
  return ['Give an access token in KLAUDIO_TOKEN, or a file that holds it with --token-file.']
}

function notKlaudio(url: string): Failure {
  return new Failure(exitCodes.unreachable, `What answers at ${url} is not Klaudio.`, {
    code: 'client.not-klaudio',
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function toQuery(query: Query = {}): string {
  const given = Object.entries(query).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, String(value)]],
  )
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}
