import type { SystemState } from '#contract/system.ts'
import type { Clock } from '#lib/clock.ts'
import { type Credentials, isUsable, type Usable } from './credentials.ts'

export type LoginState = SystemState['credentials']

const anthropic = 'https://api.anthropic.com'
const timeoutMs = 5_000

export type ProbeOptions = {
  /** Where the Messages API is; empty for Anthropic's. */
  baseUrl: string
  fetch: (url: string, init: RequestInit) => Promise<Response>
  signal?: AbortSignal
}

/**
 * Asks the API whether it takes the credentials, with the cheapest call there is (listing one model: no tokens).
 * `unknown` when it does not answer or answers neither yes nor no; never throws, but for an abort.
 */
export async function probeCredentials(
  credentials: Credentials,
  options: ProbeOptions,
): Promise<LoginState> {
  if (!isUsable(credentials)) return { state: credentials.kind, detail: credentials.message }
  const base = (options.baseUrl || anthropic).replace(/\/+$/, '')
  try {
    const timeout = AbortSignal.timeout(timeoutMs)
    const answer = await options.fetch(`${base}/v1/models?limit=1`, {
      headers: { 'anthropic-version': '2023-06-01', ...authorization(credentials) },
      signal: options.signal ? AbortSignal.any([options.signal, timeout]) : timeout,
    })
    await answer.body?.cancel()
    return judge(answer.status, credentials, new URL(base).host)
  } catch {
    options.signal?.throwIfAborted()
    return {
      state: 'unknown',
      detail: `There is ${nameOf(credentials)}, but ${new URL(base).host} does not answer: check the network, the proxy settings or claude.base_url`,
    }
  }
}

function judge(status: number, credentials: Usable, host: string): LoginState {
  if (status === 401 || status === 403) {
    return {
      state: 'refused',
      detail: `${host} refuses ${nameOf(credentials)} (HTTP ${status}): ${remedy(credentials)}`,
    }
  }
  // A rate limit is told only to those who may ask.
  if ((status >= 200 && status < 300) || status === 429)
    return { state: 'ok', detail: `${host} takes ${nameOf(credentials)}` }
  return {
    state: 'unknown',
    detail: `There is ${nameOf(credentials)}; ${host} answers, but with HTTP ${status} it does not tell whether it takes it`,
  }
}

function nameOf(credentials: Usable): string {
  return credentials.kind === 'oauth' ? 'the Claude login' : 'the API key'
}

function remedy(credentials: Usable): string {
  return credentials.kind === 'oauth'
    ? 'run "claude" to log in again, or make a new token with "claude setup-token"'
    : 'make a new key in the Claude console and set CLAUDE_SESSION_KEY to it'
}

/** As the CLI sends them: keys in a header of their own, tokens as a bearer with its beta flag. */
function authorization(credentials: Usable): Record<string, string> {
  if (credentials.kind === 'api-key') return { 'x-api-key': credentials.value }
  return {
    authorization: `Bearer ${credentials.value}`,
    'anthropic-beta': 'oauth-2025-04-20',
  }
}

/** How long an answer of the API holds for the same credential. */
const validMs = { ok: 10 * 60_000, other: 60_000 }

/**
 * The state of the login for a status display: may be asked every few seconds, reads the credentials each time and asks
 * the API only when they changed or its last answer is old.
 */
export function createLoginState(options: {
  read: (nowMs: number) => Promise<Credentials>
  probe: (credentials: Credentials) => Promise<LoginState>
  clock: Pick<Clock, 'now'>
}): () => Promise<LoginState> {
  let last: { value: string; state: LoginState; atMs: number } | undefined
  return async () => {
    const nowMs = options.clock.now()
    const credentials = await options.read(nowMs)
    if (!isUsable(credentials)) return { state: credentials.kind, detail: credentials.message }
    const limitMs = last?.state.state === 'ok' ? validMs.ok : validMs.other
    if (last?.value === credentials.value && nowMs - last.atMs < limitMs) return last.state
    last = { value: credentials.value, state: await options.probe(credentials), atMs: nowMs }
    return last.state
  }
}
