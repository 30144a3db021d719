/**
 * What every forge is behind its API: one real bare repository that git reaches over HTTP with a token, and pull requests of it.
 * The dialects (`github.ts`, ...) speak about this world as the public documents of their APIs say.
 */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CheckState, ForgeKind } from '#contract/delivery.ts'
import { runBackend } from '../git-server.ts'
import { bitbucket } from './bitbucket.ts'
import { bitbucketServer } from './bitbucket-server.ts'
import { gitea } from './gitea.ts'
import { github } from './github.ts'
import { gitlab } from './gitlab.ts'

export type Pull = {
  number: number
  title: string
  body: string
  head: string
  base: string
  state: 'open' | 'merged' | 'closed'
  isDraft: boolean
  reviewers: string[]
  labels: string[]
  /** Counts changes. */
  version: number
  hasConflicts?: boolean
}
export type Remark = {
  id: number
  pull: number
  author: string
  body: string
  path?: string
  line?: number
  verdict?: 'approved' | 'changes-requested'
  isResolved?: boolean
  at: string
}
export type Check = {
  commit: string
  name: string
  state: CheckState
  url: string
  about: string
  /** What it printed. */
  log?: string
}
export type IssueOf = {
  number: number
  title: string
  body: string
  labels: string[]
  author: string
  isOpen: boolean
}

export type ForgeState = {
  readonly origin: string
  readonly owner: string
  readonly name: string
  readonly token: string
  readonly pulls: Pull[]
  readonly people: string[]
  readonly labels: string[]
  readonly remarks: Remark[]
  readonly checks: Check[]
  readonly issues: IssueOf[]
  /** Address of a text, on another server that is told no token. */
  store(text: string): string
  /** Most entries of one page, whatever is asked for. */
  maxPage: number
  /** Object at the head of a branch of the real repository. */
  tip(branch: string): string | undefined
}

export type ApiRequest = {
  method: string
  /** Below the API's own root, decoded segment by segment. */
  path: string[]
  query: URLSearchParams
  headers: Headers
  body: Record<string, unknown>
  url: URL
}
export type ApiReply = { status: number; body: unknown; headers?: Record<string, string> }

export type Dialect = {
  /** Path of the API. */
  root: string
  /** Path of the repository for git. */
  gitPath: (state: ForgeState) => string
  /** The header with the token, or undefined when it is missing. */
  tokenOf: (headers: Headers) => string | undefined
  unauthorized: ApiReply
  forbidden: ApiReply
  /** Answers carry an `ETag`, and 304 is one of them. */
  hasEtags?: boolean
  /** Pages that need no token. */
  open?: (request: ApiRequest) => ApiReply | undefined
  answer: (state: ForgeState, request: ApiRequest) => ApiReply
  /** Path of another API beside it. */
  graphql?: string
}

/** Where a job of what the forge itself runs has its page, as its statuses name it. */
export const jobPages: Partial<Record<ForgeKind, string>> = {
  gitea: '/team/next.app/actions/runs/3/jobs/0',
  bitbucket: 'https://bitbucket.org/team/next.app/pipelines/results/12',
}

const dialects: Record<ForgeKind, Dialect> = {
  github,
  gitlab,
  bitbucket,
  'bitbucket-server': bitbucketServer,
  gitea,
}

export type ForgeWorld = ForgeState & {
  kind: ForgeKind
  /** Address of the repository. */
  url: string
  /** Address of the API. */
  api: string
  /** Directory of the bare repository. */
  dir: string
  requests: { method: string; path: string; authorization: string | null; body: string }[]
  /** Paths that were answered with 304. */
  unchanged: string[]
  /** What was told to the server that keeps texts. */
  told: Headers[]
  /** Answers of the next requests to the API, in place of its own; undefined lets one pass. */
  instead: ((request: { method: string; path: string }) => Response | undefined)[]
  /** May the token write? */
  mayWrite: boolean
  pull(number: number): Pull
  [Symbol.asyncDispose](): Promise<void>
}

export async function serveForge(kind: ForgeKind): Promise<ForgeWorld> {
  const dialect = dialects[kind]
  const root = mkdtempSync(join(tmpdir(), 'klaudio-forge-'))
  const state = {
    owner: kind === 'bitbucket-server' ? 'TEAM' : 'team',
    name: 'next.app',
    token: `secret-${kind}-token-0123456789`,
    pulls: [] as Pull[],
    people: ['ann', 'bob'],
    labels: ['bot', 'ready'],
    remarks: [] as Remark[],
    checks: [] as Check[],
    issues: [] as IssueOf[],
    maxPage: 100,
    tip: (branch: string) => readTip(join(root, 'served.git'), branch),
  }
  const world = {
    requests: [] as ForgeWorld['requests'],
    instead: [] as ForgeWorld['instead'],
    unchanged: [] as string[],
    told: [] as Headers[],
  }
  const texts: string[] = []
  const storage = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch(request) {
      world.told.push(request.headers)
      return new Response(texts[Number(new URL(request.url).searchParams.get('sig'))])
    },
  })
  const rules = { mayWrite: true }
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    fetch: (request) => serve(request),
  })
  const origin = `http://127.0.0.1:${server.port}`
  const store = (text: string) => `${storage.url.origin}/logs?sig=${texts.push(text) - 1}`
  const whole = { ...state, origin, store }
  const gitPath = dialect.gitPath(whole)
  const dir = join(root, 'served.git')
  makeBare(dir)

  const serve = async (request: Request): Promise<Response> => {
    const url = new URL(request.url)
    const authorization = request.headers.get('authorization')
    const isApi = isApiPath(dialect, url.pathname)
    const body = isApi ? await request.text() : ''
    world.requests.push({ method: request.method, path: url.pathname, authorization, body })
    if (!isApi) return serveGitRequest(request, url)
    const other = world.instead.shift()?.({ method: request.method, path: url.pathname })
    if (other) return other
    const response = toResponse(answerApi(toApiRequest(request, url, body)))
    if (!dialect.hasEtags || request.method !== 'GET') return response
    const known = await withEtag(response, request)
    if (known.status === 304) world.unchanged.push(url.pathname)
    return known
  }
  const toApiRequest = (request: Request, url: URL, body: string): ApiRequest => ({
    method: request.method,
    path: url.pathname
      .slice((url.pathname === dialect.graphql ? '/api' : dialect.root).length + 1)
      .split('/')
      .map(decodeURIComponent),
    query: url.searchParams,
    headers: request.headers,
    // Bodies are objects on all of these APIs.
    body: body ? (JSON.parse(body) as Record<string, unknown>) : {},
    url,
  })
  const answerApi = (request: ApiRequest): ApiReply => {
    const open = dialect.open?.(request)
    if (open) return open
    if (dialect.tokenOf(request.headers) !== state.token) return dialect.unauthorized
    if (request.method !== 'GET' && !rules.mayWrite) return dialect.forbidden
    return dialect.answer(pass, request)
  }
  const serveGitRequest = (request: Request, url: URL): Promise<Response> | Response => {
    const login = Buffer.from(
      request.headers.get('authorization')?.replace(/^Basic /, '') ?? '',
      'base64',
    ).toString()
    if (login.slice(login.indexOf(':') + 1) !== state.token)
      return new Response('no', {
        status: 401,
        headers: { 'WWW-Authenticate': 'Basic realm="git"' },
      })
    if (!rules.mayWrite && url.href.includes('git-receive-pack'))
      return new Response('no', { status: 403 })
    if (!url.pathname.startsWith(gitPath)) return new Response('not found', { status: 404 })
    const inner = new URL(url)
    inner.pathname = `/served.git${url.pathname.slice(gitPath.length)}`
    return runBackend(request, inner, root)
  }

  const pass = Object.assign(whole, {
    kind,
    url: `${origin}${gitPath}`,
    api: `${origin}${dialect.root}`,
    dir,
    ...world,
    get mayWrite() {
      return rules.mayWrite
    },
    pull(number: number): Pull {
      const found = state.pulls.find((pull) => pull.number === number)
      if (!found) throw new Error(`there is no pull request ${number}`)
      return found
    },
    async [Symbol.asyncDispose]() {
      await server.stop(true)
      await storage.stop(true)
      rmSync(root, { recursive: true, force: true })
    },
  })
  Object.defineProperty(pass, 'mayWrite', {
    get: () => rules.mayWrite,
    set: (value: boolean) => {
      rules.mayWrite = value
    },
  })
  return pass
}

const isApiPath = ({ root, graphql }: Dialect, path: string): boolean =>
  path.startsWith(`${root}/`) || path === graphql

async function withEtag(response: Response, { headers }: Request): Promise<Response> {
  const text = await response.text()
  const etag = `W/"${Bun.hash(text).toString(16)}"`
  if (headers.get('if-none-match') === etag) return new Response(null, { status: 304 })
  const tagged = new Headers(response.headers)
  tagged.set('ETag', etag)
  return new Response(text, { status: response.status, headers: tagged })
}

function toResponse({ status, body, headers = {} }: ApiReply): Response {
  if (typeof body === 'string') return new Response(body, { status, headers })
  if (body === undefined) return new Response(null, { status, headers })
  return Response.json(body, { status, headers })
}

/** Made once and copied: a repository with one commit on `main`. */
let first: string | undefined

function makeBare(dir: string): void {
  first ??= makeFirst()
  cpSync(first, dir, { recursive: true })
}

function makeFirst(): string {
  const dir = mkdtempSync(join(tmpdir(), 'klaudio-forge-first-'))
  process.on('exit', () => rmSync(dir, { recursive: true, force: true }))
  text(['git', 'init', '-q', '--bare', '--template=', '--initial-branch=main', dir], '')
  const git = (input: string, ...args: string[]): string => text(['git', '-C', dir, ...args], input)
  git('', 'config', 'http.receivepack', 'true')
  const blob = git('hello\n', 'hash-object', '-w', '--stdin')
  const tree = git(`100644 blob ${blob}\tREADME.md\n`, 'mktree')
  git('', 'update-ref', 'refs/heads/main', git('', 'commit-tree', tree, '-m', 'Start'))
  return dir
}

const gitEnv = {
  PATH: process.env.PATH ?? '',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ann',
  GIT_AUTHOR_EMAIL: 'ann@example.com',
  GIT_COMMITTER_NAME: 'Ann',
  GIT_COMMITTER_EMAIL: 'ann@example.com',
}

function text(command: string[], input: string): string {
  const { stdout, exitCode, stderr } = Bun.spawnSync(command, {
    env: gitEnv,
    stdin: Buffer.from(input),
  })
  if (exitCode !== 0) throw new Error(stderr.toString())
  return stdout.toString().trim()
}

/** A pull request is asked for its heads so often that reading the file saves hundreds of processes; nothing packs refs here. */
function readTip(dir: string, branch: string): string | undefined {
  const path = join(dir, 'refs', 'heads', branch)
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined
}

/** A commit on a branch of a served repository, as somebody else's push: files replace those of the same name. */
export function commitTo(
  dir: string,
  branch: string,
  files: Record<string, string>,
  message = 'A change',
): string {
  const env = { ...gitEnv, GIT_INDEX_FILE: join(dir, `index-${branch.replaceAll('/', '-')}`) }
  const run = (args: string[], input = ''): string => {
    const { stdout, stderr, exitCode } = Bun.spawnSync(['git', '-C', dir, ...args], {
      env,
      stdin: Buffer.from(input),
    })
    if (exitCode !== 0) throw new Error(stderr.toString())
    return stdout.toString().trim()
  }
  const parent = readTip(dir, branch) ?? readTip(dir, 'main')
  if (!parent) throw new Error('the repository is empty')
  run(['read-tree', parent])
  for (const [path, content] of Object.entries(files)) {
    const blob = run(['hash-object', '-w', '--stdin'], content)
    run(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`])
  }
  const commit = run(['commit-tree', run(['write-tree']), '-p', parent, '-m', message])
  run(['update-ref', `refs/heads/${branch}`, commit])
  return commit
}
