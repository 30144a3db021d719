/** Gitea and Forgejo as the OpenAPI description of version 1 that they serve says. */
import { linked } from './pages.ts'
import type { ApiReply, ApiRequest, Dialect, ForgeState, Pull } from './world.ts'

const error = (status: number, message: string): ApiReply => ({
  status,
  body: { message, url: 'https://gitea.example.com/api/swagger' },
})

export const gitea: Dialect = {
  root: '/api/v1',
  gitPath: ({ owner, name }) => `/${owner}/${name}.git`,
  tokenOf: (headers) => headers.get('authorization')?.replace(/^(token|Bearer) /, ''),
  unauthorized: error(401, 'invalid username, password or token'),
  forbidden: error(
    403,
    'token does not have at least one of required scope(s), required=[write:repository]',
  ),
  open: ({ path }) =>
    path[0] === 'version' ? { status: 200, body: { version: '1.22.3' } } : undefined,
  answer(state, request) {
    const [repos, owner, name, area, id, part] = request.path
    if (repos !== 'repos' || owner !== state.owner || name !== state.name)
      return error(404, "The target couldn't be found.")
    if (area === 'labels') {
      const items = state.labels.map((label, index) => ({ id: index + 1, name: label }))
      return linked(state, request, { items, size: 'limit' })
    }
    if (area === 'commits') return status(state, id ?? '')
    const known = beside(state, request)
    if (known) return known
    if (id === undefined)
      return request.method === 'POST' ? create(state, request) : list(state, request)
    const pull = state.pulls.find(({ number }) => String(number) === id)
    if (!pull) return error(404, "The target couldn't be found.")
    if (area === 'issues') return issue(state, request, pull)
    if (part === 'requested_reviewers') return ask(state, request, pull)
    if (part === 'reviews') return reviews(state, request, pull)
    if (request.method !== 'PATCH') return { status: 200, body: toBody(state, pull) }
    change(request, pull)
    return { status: 201, body: toBody(state, pull) }
  },
}

const toBody = ({ origin, owner, name, tip }: ForgeState, pull: Pull) => ({
  id: 900 + pull.number,
  number: pull.number,
  html_url: `${origin}/${owner}/${name}/pulls/${pull.number}`,
  title: pull.title,
  body: pull.body,
  state: pull.state === 'open' ? 'open' : 'closed',
  draft: pull.isDraft,
  merged: pull.state === 'merged',
  mergeable: !pull.hasConflicts,
  labels: pull.labels.map((label) => ({ name: label })),
  requested_reviewers: pull.reviewers.map((login) => ({ login })),
  head: { label: pull.head, ref: pull.head, sha: tip(pull.head) },
  base: { label: pull.base, ref: pull.base, sha: tip(pull.base) },
})

function list(state: ForgeState, request: ApiRequest): ApiReply {
  const wanted = request.query.get('state') ?? 'open'
  const items = state.pulls
    .filter(({ state: word }) => wanted === 'all' || (word === 'open') === (wanted === 'open'))
    .map((pull) => toBody(state, pull))
  return linked(state, request, { items, size: 'limit' })
}

function create(state: ForgeState, { body }: ApiRequest): ApiReply {
  const { title, head, base } = body
  if (typeof title !== 'string' || typeof head !== 'string' || typeof base !== 'string')
    return error(422, '[Title]: Required')
  for (const branch of [head, base])
    if (!state.tip(branch)) return error(404, "The target couldn't be found.")
  const present = state.pulls.find((p) => p.state === 'open' && p.head === head && p.base === base)
  if (present)
    return error(
      409,
      `pull request already exists for these targets [id: ${present.number}, issue_id: ${present.number}, head_repo_id: 1, base_repo_id: 1, head_branch: ${head}, base_branch: ${base}]`,
    )
  const pull: Pull = {
    ...{ number: state.pulls.length + 1, title, body: String(body.body ?? ''), head, base },
    ...{ state: 'open', isDraft: title.startsWith('WIP: '), reviewers: [], labels: [], version: 0 },
  }
  state.pulls.push(pull)
  return { status: 201, body: toBody(state, pull) }
}

function change({ body }: ApiRequest, pull: Pull): void {
  if (typeof body.title === 'string') {
    pull.title = body.title
    pull.isDraft = body.title.startsWith('WIP: ')
  }
  if (typeof body.body === 'string') pull.body = body.body
}

function ask(state: ForgeState, { body }: ApiRequest, pull: Pull): ApiReply {
  const names = Array.isArray(body.reviewers) ? body.reviewers.map(String) : []
  const strange = names.find((name) => !state.people.includes(name))
  if (strange !== undefined) return error(404, `User '${strange}' not exist`)
  pull.reviewers = [...new Set([...pull.reviewers, ...names])]
  return { status: 201, body: [] }
}

function issue(state: ForgeState, request: ApiRequest, pull: Pull): ApiReply {
  if (request.path[5] === 'labels') {
    const { labels } = request.body
    if (!Array.isArray(labels)) return error(422, '[Labels]: Required')
    const names = labels.map((id) => state.labels[Number(id) - 1])
    if (names.includes(undefined)) return error(404, "The target couldn't be found.")
    pull.labels = [...new Set([...pull.labels, ...names.filter((name) => name !== undefined)])]
    return { status: 200, body: pull.labels.map((name) => ({ name })) }
  }
  const items = state.remarks
    .filter(({ pull: number, path, verdict }) => number === pull.number && !path && !verdict)
    .map(({ id, author, body, at }) => ({ id, user: { login: author }, body, created_at: at }))
  // Not paged.
  return { status: 200, body: items }
}

/** Comments on lines belong to reviews: each of these has one of its own. */
function reviews(state: ForgeState, request: ApiRequest, pull: Pull): ApiReply {
  const mine = state.remarks.filter(
    ({ pull: number, path, verdict }) => number === pull.number && (path || verdict),
  )
  const one = request.path[6]
  if (one !== undefined) {
    const found = mine.filter(({ id, path }) => String(id) === one && path)
    const body = found.map(({ id, author, body: text, path, line, at, isResolved }) => ({
      resolver: isResolved ? { login: 'bob' } : null,
      ...{ id, user: { login: author }, body: text, path, position: line ?? 0, created_at: at },
    }))
    return { status: 200, body }
  }
  const words = { approved: 'APPROVED', 'changes-requested': 'REQUEST_CHANGES' }
  const items = mine.map(({ id, author, body, path, verdict, at }) => ({
    ...{ id, user: { login: author }, body: path ? '' : body, submitted_at: at },
    state: verdict ? words[verdict] : 'COMMENT',
    comments_count: path ? 1 : 0,
    html_url: `${state.origin}/review/${id}`,
  }))
  return linked(state, request, { items, size: 'limit' })
}

function status(state: ForgeState, sha: string): ApiReply {
  const words = { pending: 'pending', passed: 'success', failed: 'failure', skipped: 'skipped' }
  const statuses = state.checks
    .filter(({ commit }) => commit === sha)
    .map(({ name, state: word, url, about }) => ({
      ...{ context: name, status: words[word], target_url: url, description: about },
    }))
  return { status: 200, body: { state: 'pending', sha, total_count: statuses.length, statuses } }
}

/** What is not about a pull request. */
function beside(state: ForgeState, { path }: ApiRequest): ApiReply | undefined {
  const [, , , area, id, part] = path
  if (area === 'collaborators') return permission(state, id ?? '')
  if (area === 'actions') return jobs(state, part)
  const issue = area === 'issues' && part === undefined ? findIssue(state, id) : undefined
  return issue && { status: 200, body: issue }
}

/** "Lists all jobs for a repository", and "Downloads the job logs". */
function jobs({ checks, origin }: ForgeState, id: string | undefined): ApiReply {
  const all = checks.flatMap((check, index) =>
    check.log && check.state === 'failed' ? [{ ...check, id: 40 + index }] : [],
  )
  if (id === undefined) {
    const list = all.map(({ id: own, name, url, commit }) => {
      return { id: own, name, html_url: `${origin}${url}`, head_sha: commit, conclusion: 'failure' }
    })
    return { status: 200, body: { total_count: list.length, jobs: list } }
  }
  const found = all.find((job) => String(job.id) === id)
  return found ? { status: 200, body: found.log } : error(404, 'not found')
}

/** Of a user who is no collaborator it says 404 or `read`, depending on who asks. */
const permission = ({ people }: ForgeState, login: string): ApiReply => ({
  status: 200,
  body: { permission: people.includes(login) ? 'write' : 'read', role_name: '', user: { login } },
})

function findIssue({ origin, owner, name, issues }: ForgeState, id: string | undefined) {
  const found = issues.find(({ number }) => String(number) === id)
  if (!found) return undefined
  const { number, title, body, labels, author, isOpen } = found
  return {
    ...{ number, title, body, state: isOpen ? 'open' : 'closed', user: { login: author } },
    html_url: `${origin}/${owner}/${name}/issues/${number}`,
    labels: labels.map((label, index) => ({ id: index + 1, name: label })),
  }
}
