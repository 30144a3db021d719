/** Which API speaks for a repository, from its address; where that does not tell, the host is asked. */
import type { ForgeKind } from '#contract/delivery.ts'
import { ForgeError } from './forge.ts'

export type Place = {
  kind: ForgeKind
  /** Address of the API, without a slash at its end. */
  api: string
  /** Path of the repository as the API wants it: two names, on GitLab two or more. */
  path: string[]
  host: string
}

type Settings = { forge?: ForgeKind | undefined; forge_url?: string | undefined }

/** Undefined when the kind cannot be told from the address. */
export function kindOf({ hostname, pathname }: URL): ForgeKind | undefined {
  if (hostname === 'github.com' || hostname.endsWith('.ghe.com')) return 'github'
  if (hostname === 'bitbucket.org') return 'bitbucket'
  if (hostname === 'codeberg.org') return 'gitea'
  // The path under which Bitbucket Data Center serves git.
  if (/\/scm\/[^/]+\/[^/]+/.test(pathname)) return 'bitbucket-server'
  const named: [RegExp, ForgeKind][] = [
    [/(^|\.)(github|ghe)\./, 'github'],
    [/(^|\.)gitlab\./, 'gitlab'],
    [/(^|\.)(gitea|forgejo)\./, 'gitea'],
    [/(^|\.)(bitbucket|stash)\./, 'bitbucket-server'],
  ]
  return named.find(([pattern]) => pattern.test(hostname))?.[1]
}

/** Throws `ForgeError` for an address that has no repository in it. */
export function placeOf(address: string, kind: ForgeKind, settings: Settings = {}): Place {
  const url = new URL(address)
  const names = url.pathname
    .replace(/\.git\/?$/, '')
    .split('/')
    .filter(Boolean)
    .map(decode)
  const { before, path } = split(names, kind)
  if (path.length < 2 || path.some((name) => name === '.' || name === '..'))
    throw new ForgeError(
      'not-found',
      `${url.host} cannot have a repository at ${url.pathname}: give its address as it stands in the browser.`,
    )
  const context = before.length > 0 ? `/${before.join('/')}` : ''
  const api = settings.forge_url?.replace(/\/+$/, '') ?? apiOf(url, kind, context)
  return { kind, api, path, host: url.host }
}

/** The repository's own names, and what comes before them where the forge is not at the root of its host. */
function split(names: string[], kind: ForgeKind): { before: string[]; path: string[] } {
  if (kind === 'gitlab') return { before: [], path: names }
  const rest = names.slice(0, -2)
  const before = kind === 'bitbucket-server' && rest.at(-1) === 'scm' ? rest.slice(0, -1) : rest
  return { before, path: names.slice(-2) }
}

function apiOf(url: URL, kind: ForgeKind, context: string): string {
  switch (kind) {
    case 'github':
      if (url.hostname === 'github.com') return 'https://api.github.com'
      if (url.hostname.endsWith('.ghe.com')) return `https://api.${url.host}`
      return `${url.origin}/api/v3`
    case 'gitlab':
      return `${url.origin}/api/v4`
    case 'bitbucket':
      return 'https://api.bitbucket.org/2.0'
    case 'bitbucket-server':
      return `${url.origin}${context}/rest/api/latest`
    case 'gitea':
      return `${url.origin}${context}/api/v1`
  }
}

/** Pages that anybody may ask for, and by what their answers can be told apart. No token goes along. */
const probes: { kind: ForgeKind; path: string; is: (status: number, body: string) => boolean }[] = [
  {
    kind: 'gitea',
    path: '/api/v1/version',
    is: (status, body) => status === 200 && /^\s*\{\s*"version"/.test(body),
  },
  {
    kind: 'gitlab',
    path: '/api/v4/version',
    is: (status, body) =>
      (status === 401 && body.includes('401 Unauthorized')) ||
      (status === 200 && body.includes('"revision"')),
  },
  {
    kind: 'github',
    path: '/api/v3/meta',
    is: (status, body) =>
      (status === 200 && body.includes('verifiable_password_authentication')) ||
      (status === 401 && body.includes('documentation_url')),
  },
  {
    kind: 'bitbucket-server',
    path: '/rest/api/latest/application-properties',
    is: (status, body) => status === 200 && /"displayName"\s*:\s*"Bitbucket"/.test(body),
  },
]

export async function probe(address: string, signal?: AbortSignal): Promise<ForgeKind | undefined> {
  const { origin } = new URL(address)
  for (const { kind, path, is } of probes) {
    const answer = await ask(`${origin}${path}`, signal)
    if (answer && is(answer.status, answer.body)) return kind
  }
  return undefined
}

async function ask(
  url: string,
  signal?: AbortSignal,
): Promise<{ status: number; body: string } | undefined> {
  const limit = AbortSignal.timeout(10_000)
  try {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { Accept: 'application/json', 'User-Agent': 'klaudio' },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    })
    return { status: response.status, body: (await response.text()).slice(0, 64 * 1024) }
  } catch (error) {
    if (signal?.aborted) throw error
    return undefined
  }
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}
