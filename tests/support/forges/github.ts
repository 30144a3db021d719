/** GitHub as its REST API documentation of version 2022-11-28 describes it, self-hosted: the API is below `/api/v3`. */
import { linked } from './pages.ts'
import type { ApiReply, ApiRequest, Dialect, ForgeState, Pull } from './world.ts'

const docs = 'https://docs.github.com/rest'
const error = (status: number, message: string, errors?: unknown[]): ApiReply => ({
  status,
  body: { message, ...(errors && { errors }), documentation_url: docs, status: String(status) },
})

export const github: Dialect = {
  root: '/api/v3',
  graphql: '/api/graphql',
  hasEtags: true,
  gitPath: ({ owner, name }) => `/${owner}/${name}.git`,
  // Requests without a User-Agent are turned away ("Getting started with the REST API").
  tokenOf: (headers) =>
    headers.get('user-agent') && headers.get('x-github-api-version') === '2022-11-28'
      ? headers.get('authorization')?.replace(/^Bearer /, '')
      : undefined,
  unauthorized: error(401, 'Bad credentials'),
  forbidden: error(403, 'Resource not accessible by personal access token'),
  open: ({ path }) =>
    path[0] === 'meta'
      ? { status: 200, body: { verifiable_password_authentication: true } }
      : undefined,
  answer(state, request) {
    const [repos, owner, name, ...rest] = request.path
    if (repos === 'graphql') return threads(state, request)
    if (repos !== 'repos' || owner !== state.owner || name !== state.name)
      return error(404, 'Not Found')
    const [area, id, part] = rest
    if (area === 'pulls' && id === undefined)
      return request.method === 'POST' ? create(state, request) : list(state, request)
    if (area === 'commits') return commit(state, id ?? '', part ?? '')
    const known = beside(state, rest)
    if (known) return known
    const pull = state.pulls.find(({ number }) => String(number) === id)
    if (!pull) return error(404, 'Not Found')
    return area === 'issues' ? issue(state, request, pull) : one(state, request, pull)
  },
}

const toBody = ({ origin, owner, name, tip }: ForgeState, pull: Pull) => ({
  id: 1000 + pull.number,
  number: pull.number,
  html_url: `${origin}/${owner}/${name}/pull/${pull.number}`,
  state: pull.state === 'open' ? 'open' : 'closed',
  title: pull.title,
  body: pull.body,
  draft: pull.isDraft,
  merged_at: pull.state === 'merged' ? '2026-01-01T00:00:00Z' : null,
  head: { ref: pull.head, label: `${owner}:${pull.head}`, sha: tip(pull.head) },
  base: { ref: pull.base, label: `${owner}:${pull.base}`, sha: tip(pull.base) },
  // It is worked out later.
  mergeable: pull.hasConflicts === undefined ? null : !pull.hasConflicts,
  requested_reviewers: pull.reviewers.map((login) => ({ login })),
  labels: pull.labels.map((label) => ({ name: label })),
})

/** "List pull requests": `head` is `user:branch`. */
function list(state: ForgeState, request: ApiRequest): ApiReply {
  const { query } = request
  const head = query.get('head')
  const items = state.pulls
    .filter(
      (pull) => (query.get('state') ?? 'open') === (pull.state === 'open' ? 'open' : 'closed'),
    )
    .filter((pull) => !head?.includes(':') || head === `${state.owner}:${pull.head}`)
    .filter((pull) => !query.get('base') || query.get('base') === pull.base)
    .map((pull) => toBody(state, pull))
  return linked(state, request, { items, size: 'per_page' })
}

/** "Create a pull request": 422 with `errors` for a branch that is not there and for a second one. */
function create(state: ForgeState, { body }: ApiRequest): ApiReply {
  const { title, head, base } = body
  const invalid = (field: string) =>
    error(422, 'Validation Failed', [{ resource: 'PullRequest', field, code: 'invalid' }])
  if (typeof title !== 'string') return invalid('title')
  if (typeof base !== 'string' || !state.tip(base)) return invalid('base')
  if (typeof head !== 'string' || !state.tip(head)) return invalid('head')
  const custom = (message: string) =>
    error(422, 'Validation Failed', [{ resource: 'PullRequest', code: 'custom', message }])
  if (state.tip(head) === state.tip(base)) return custom(`No commits between ${base} and ${head}`)
  if (state.pulls.some((p) => p.state === 'open' && p.head === head && p.base === base))
    return custom(`A pull request already exists for ${state.owner}:${head}.`)
  const pull: Pull = {
    ...{ number: state.pulls.length + 1, title, body: String(body.body ?? ''), head, base },
    ...{ state: 'open', isDraft: body.draft === true, reviewers: [], labels: [], version: 0 },
  }
  state.pulls.push(pull)
  return { status: 201, body: toBody(state, pull) }
}

function one(state: ForgeState, request: ApiRequest, pull: Pull): ApiReply {
  const [, , , , , part] = request.path
  if (part === undefined) {
    if (request.method === 'PATCH') {
      const { title, body } = request.body
      if (typeof title === 'string') pull.title = title
      if (typeof body === 'string') pull.body = body
    }
    return { status: 200, body: toBody(state, pull) }
  }
  if (part === 'requested_reviewers') return ask(state, request, pull)
  const remarks = state.remarks.filter((remark) => remark.pull === pull.number)
  if (part === 'reviews')
    return linked(state, request, {
      size: 'per_page',
      items: remarks
        .filter(({ verdict }) => verdict)
        .map(({ id, author, body, verdict, at }) => ({
          ...{ id, user: { login: author }, body, html_url: `${state.origin}/review/${id}` },
          state: verdict === 'approved' ? 'APPROVED' : 'CHANGES_REQUESTED',
          submitted_at: at,
        })),
    })
  if (part !== 'comments') return error(404, 'Not Found')
  return linked(state, request, {
    size: 'per_page',
    items: remarks.filter(({ path }) => path).map((remark) => comment(state, remark)),
  })
}

const comment = (state: ForgeState, remark: ForgeState['remarks'][number]) => ({
  ...{ id: remark.id, user: { login: remark.author }, body: remark.body, created_at: remark.at },
  html_url: `${state.origin}/comment/${remark.id}`,
  ...(remark.path && { path: remark.path, line: remark.line ?? null }),
})

/** "Request reviewers": 422 when one is no collaborator, and then nobody is asked. */
function ask(state: ForgeState, { body }: ApiRequest, pull: Pull): ApiReply {
  const names = Array.isArray(body.reviewers) ? body.reviewers.map(String) : []
  if (names.some((name) => !state.people.includes(name)))
    return error(
      422,
      'Reviews may only be requested from collaborators. One or more of the users or teams you specified is not a collaborator of the repository.',
    )
  pull.reviewers = [...new Set([...pull.reviewers, ...names])]
  return { status: 201, body: toBody(state, pull) }
}

function issue(state: ForgeState, request: ApiRequest, pull: Pull): ApiReply {
  const [, , , , , part] = request.path
  if (part === 'labels') {
    const { labels } = request.body
    if (!Array.isArray(labels)) return error(422, 'Invalid request.')
    // A label that is not there is made.
    pull.labels = [...new Set([...pull.labels, ...labels.map(String)])]
    return { status: 200, body: pull.labels.map((name) => ({ name })) }
  }
  const items = state.remarks
    .filter(({ pull: number, path, verdict }) => number === pull.number && !path && !verdict)
    .map((remark) => comment(state, remark))
  return linked(state, request, { items, size: 'per_page' })
}

/** "Check runs" for a ref, and "Get the combined status". */
function commit(state: ForgeState, sha: string, part: string): ApiReply {
  const found = state.checks.filter((check) => check.commit === sha)
  if (part === 'status')
    return { status: 200, body: { state: 'pending', statuses: [], total_count: 0, sha } }
  const words = { pending: null, passed: 'success', failed: 'failure', skipped: 'skipped' }
  const check_runs = found.map(({ name, state: word, url, about }) => ({
    id: idOfRun(state, sha, name),
    ...{ name, html_url: url, output: { title: about } },
    status: word === 'pending' ? 'in_progress' : 'completed',
    conclusion: words[word],
  }))
  return { status: 200, body: { total_count: check_runs.length, check_runs } }
}

/** What is not about a pull request. */
function beside(state: ForgeState, [area, id = '', part]: string[]): ApiReply | undefined {
  if (area === 'check-runs') return run(state, id, part)
  if (area === 'actions') return log(state, part)
  if (area === 'collaborators') return permission(state, id)
  const issue = area === 'issues' && part === undefined ? findIssue(state, id) : undefined
  return issue && { status: 200, body: issue }
}

const idOfRun = ({ checks }: ForgeState, sha: string, name: string): number =>
  700 + checks.findIndex((check) => check.commit === sha && check.name === name)

/** "Get a check run", and its annotations. One that printed something is a job of Actions. */
function run({ checks }: ForgeState, id: string, part: string | undefined): ApiReply {
  const check = checks[Number(id) - 700]
  if (!check) return error(404, 'Not Found')
  const [path, start_line, message] = ['src/a.ts', 3, check.about]
  if (part === 'annotations')
    return {
      status: 200,
      body: check.log
        ? [{ path, start_line, end_line: 3, annotation_level: 'failure', message }]
        : [],
    }
  const output = { title: check.about, summary: `## ${check.about}`, text: null }
  const app = { slug: check.log ? 'github-actions' : 'spelling-app' }
  return { status: 200, body: { id: Number(id), name: check.name, output, app } }
}

/** "Download job logs for a workflow run": at another address, for a minute. */
function log({ checks, store }: ForgeState, id: string | undefined): ApiReply {
  const text = checks[Number(id) - 700]?.log
  if (!text) return error(404, 'Not Found')
  return { status: 302, body: undefined, headers: { Location: store(text) } }
}

/** "Get repository permissions for a user". */
const permission = ({ people }: ForgeState, login: string): ApiReply =>
  people.includes(login)
    ? { status: 200, body: { permission: 'write', role_name: 'write', user: { login } } }
    : error(404, `${login} is not a user`)

function findIssue({ origin, owner, name, issues }: ForgeState, id: string | undefined) {
  const found = issues.find(({ number }) => String(number) === id)
  if (!found) return undefined
  const { number, title, body, labels, author, isOpen } = found
  return {
    ...{ number, title, body, state: isOpen ? 'open' : 'closed', user: { login: author } },
    html_url: `${origin}/${owner}/${name}/issues/${number}`,
    labels: labels.map((label, index) => ({ id: index, name: label })),
  }
}

/** GraphQL: the one query that is asked. */
function threads(state: ForgeState, { body }: ApiRequest): ApiReply {
  const { number } = (body.variables ?? {}) as { number?: number }
  const nodes = state.remarks
    .filter(({ pull, path }) => pull === number && path)
    .map(({ id, isResolved = false }) => ({
      isResolved,
      comments: { nodes: [{ databaseId: id }] },
    }))
  return {
    status: 200,
    body: { data: { repository: { pullRequest: { reviewThreads: { nodes } } } } },
  }
}
