import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { toMessage } from '#contract/errors.ts'

/** The part of `Config['claude']` that says where the credentials come from. */
export type LoginSettings = {
  auth_mode: 'host' | 'env'
  /** Absolute path of the host's `~/.claude`. */
  host_dir: string
  /** An API key or a long-lived token; only used in env mode. */
  session_key: string
}

export type Usable = {
  kind: 'api-key' | 'oauth'
  value: string
  /** Epoch ms; absent when the credential does not say. */
  expiresAtMs?: number
}

/** `message` is a sentence with what to do. */
export type Credentials = Usable | { kind: 'missing' | 'expired'; message: string }

/** `.credentials.json` as the CLI writes it; everything else in it stays unread. */
const HostLogin = v.object({
  claudeAiOauth: v.object({
    accessToken: v.pipe(v.string(), v.minLength(1)),
    expiresAt: v.number(),
  }),
})

const renew =
  'Run "claude" on this machine to log in again, or better "claude setup-token" and give its token as CLAUDE_SESSION_KEY with claude.auth_mode "env"'

/**
 * What agents log in with, read anew on every call because the host's CLI renews its login. In host mode only the
 * access token is taken: its refresh token works once, so two users of one login would log each other out.
 */
export async function readCredentials(
  settings: LoginSettings,
  nowMs: number,
): Promise<Credentials> {
  if (settings.auth_mode === 'host') return await readHostLogin(settings.host_dir, nowMs)
  const value = settings.session_key.trim()
  if (value === '') {
    return {
      kind: 'missing',
      message:
        'There is no key for Claude: set CLAUDE_SESSION_KEY to an API key or to the token that "claude setup-token" prints',
    }
  }
  return { kind: value.startsWith('sk-ant-oat') ? 'oauth' : 'api-key', value }
}

/** The variable under which the CLI reads a credential of this kind. */
export function toCliEnvironment(credentials: Usable): Record<string, string> {
  const name = credentials.kind === 'oauth' ? 'CLAUDE_CODE_OAUTH_TOKEN' : 'ANTHROPIC_API_KEY'
  return { [name]: credentials.value }
}

export function isUsable(credentials: Credentials): credentials is Usable {
  return credentials.kind === 'api-key' || credentials.kind === 'oauth'
}

async function readHostLogin(hostDir: string, nowMs: number): Promise<Credentials> {
  const path = join(hostDir, '.credentials.json')
  const text = await readText(path)
  if (text === undefined) {
    return {
      kind: 'missing',
      message: `Nobody is logged in to Claude here (there is no ${path}). ${renew}`,
    }
  }
  if (typeof text !== 'string')
    return { kind: 'missing', message: `${path} cannot be read: ${text.problem}` }
  const login = v.safeParse(v.pipe(v.string(), v.parseJson(), HostLogin), text)
  if (!login.success) return { kind: 'missing', message: `${path} holds no Claude login. ${renew}` }
  const { accessToken, expiresAt } = login.output.claudeAiOauth
  if (expiresAt <= nowMs) {
    return {
      kind: 'expired',
      message: `The Claude login of this machine expired at ${new Date(expiresAt).toISOString()}. ${renew}`,
    }
  }
  return { kind: 'oauth', value: accessToken, expiresAtMs: expiresAt }
}

async function readText(path: string): Promise<string | { problem: string } | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    return isMissing ? undefined : { problem: toMessage(error) }
  }
}
