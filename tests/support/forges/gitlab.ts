/** GitLab as its REST API documentation of v4 describes it: "Merge requests", "Users", "Commits", "Notes", "Merge request approvals". */
import { linked } from './pages.ts'
import type { ApiReply, ApiRequest, Dialect, ForgeState, Pull } from './world.ts'

const error = (status: number, message: unknown): ApiReply => ({ status, body: { message } })

export const gitlab: Dialect = {
  root: '/api/v4',
  hasEtags: true,
  gitPath: ({ owner, name }) => `/group/${owner}/${name}.git`,
  tokenOf: (headers) =>
    headers.get('private-token') ?? headers.get('authorization')?.replace(/^Bearer /, ''),
  unauthorized: error(401, '401 Unauthorized'),
  forbidden: {
    status: 403,
    body: {
      error: 'insufficient_scope',
      error_description:
        'The request requires higher privileges than provided by the access token.',
      scope: 'api',
    },
  },
  answer(state, request) {
    const [area, id, part, ...rest] = request.path
    if (area === 'users') return users(state, request)
    if (area !== 'projects' || id !== `group/${state.owner}/${state.name}`)
      return error(404, '404 Project Not Found')
    if (part === 'repository') return statuses(state, request)
    if (part === 'jobs') return trace(state, rest[0] ?? '')
    if (part === 'members') return members(state, request)
    if (part === 'issues') return issue(state, rest[0] ?? '')
    const [iid, more] = rest
    if (iid === undefined)
      return request.method === 'POST' ? create(state, request) : list(state, request)
    const pull = state.pulls.find(({ number }) => String(number) === iid)
    if (!pull) return error(404, '404 Not found')
    return one(state, request, { pull, more })
  },
}

const idOf = ({ people }: ForgeState, name: string): number => people.indexOf(name) + 1

function users(state: ForgeState, { query }: ApiRequest): ApiReply {
  const name = query.get('username') ?? ''
  const body = state.people.includes(name)
    ? [{ id: idOf(state, name), username: name, name, state: 'active' }]
    : []
  return { status: 200, body }
}

const toBody = (state: ForgeState, pull: Pull) => ({
  id: 5000 + pull.number,
  iid: pull.number,
  project_id: 7,
  title: pull.title,
  description: pull.body,
  state: { open: 'opened', merged: 'merged', closed: 'closed' }[pull.state],
  draft: pull.isDraft,
  labels: pull.labels,
  reviewers: pull.reviewers.map((username) => ({ id: idOf(state, username), username })),
  source_branch: pull.head,
  target_branch: pull.base,
  sha: state.tip(pull.head),
  has_conflicts: pull.hasConflicts ?? false,
  detailed_merge_status:
    pull.hasConflicts === undefined ? 'checking' : pull.hasConflicts ? 'conflict' : 'mergeable',
  web_url: `${state.origin}/group/${state.owner}/${state.name}/-/merge_requests/${pull.number}`,
})

function list(state: ForgeState, request: ApiRequest): ApiReply {
  const { query } = request
  const word = { open: 'opened', merged: 'merged', closed: 'closed' } as const
  const items = state.pulls
    .filter((pull) => !query.get('state') || query.get('state') === word[pull.state])
    .filter((p) => !query.get('source_branch') || query.get('source_branch') === p.head)
    .filter((p) => !query.get('target_branch') || query.get('target_branch') === p.base)
    .map((pull) => toBody(state, pull))
  return linked(state, request, { items, size: 'per_page' })
}

/** A title that begins with `Draft:` makes a draft. A second one of the same branches is a conflict. */
function create(state: ForgeState, { body }: ApiRequest): ApiReply {
  const { title, source_branch: head, target_branch: base } = body
  if (typeof title !== 'string' || typeof head !== 'string' || typeof base !== 'string')
    return { status: 400, body: { error: 'title is missing' } }
  if (!state.tip(head)) return error(400, { source_branch: ['does not exist'] })
  if (!state.tip(base)) return error(400, { target_branch: ['does not exist'] })
  const present = state.pulls.find((p) => p.state === 'open' && p.head === head && p.base === base)
  if (present)
    return error(409, [
      `Another open merge request already exists for this source branch: !${present.number}`,
    ])
  const pull: Pull = {
    ...{ number: state.pulls.length + 1, title, body: String(body.description ?? ''), head, base },
    ...{ state: 'open', isDraft: title.startsWith('Draft: '), reviewers: [], labels: [] },
    version: 0,
  }
  state.pulls.push(pull)
  return { status: 201, body: toBody(state, pull) }
}

function one(
  state: ForgeState,
  request: ApiRequest,
  { pull, more }: { pull: Pull; more: string | undefined },
): ApiReply {
  if (more === 'notes') return notes(state, request, pull)
  if (more === 'approvals') {
    const approved_by = state.remarks
      .filter(({ pull: number, verdict }) => number === pull.number && verdict === 'approved')
      .map(({ author }) => ({ user: { id: idOf(state, author), username: author } }))
    return { status: 200, body: { approved: approved_by.length > 0, approved_by } }
  }
  if (request.method === 'PUT') change(state, request, pull)
  return { status: 200, body: toBody(state, pull) }
}

function change(state: ForgeState, { body }: ApiRequest, pull: Pull): void {
  if (typeof body.title === 'string') {
    pull.title = body.title
    pull.isDraft = body.title.startsWith('Draft: ')
  }
  if (typeof body.description === 'string') pull.body = body.description
  // The whole list: who is not in it is no reviewer any more.
  if (Array.isArray(body.reviewer_ids))
    pull.reviewers = body.reviewer_ids.map((id) => state.people[Number(id) - 1] ?? '')
  if (typeof body.add_labels === 'string')
    pull.labels = [...new Set([...pull.labels, ...body.add_labels.split(',')])]
}

function notes(state: ForgeState, request: ApiRequest, pull: Pull): ApiReply {
  const items = state.remarks
    .filter(({ pull: number, body }) => number === pull.number && body)
    .map(({ id, author, body, path, line, at, isResolved = false }) => ({
      ...{ id, body, author: { username: author }, system: false, created_at: at },
      ...(path && { resolvable: true, resolved: isResolved }),
      type: path ? 'DiffNote' : null,
      ...(path && { position: { new_path: path, new_line: line ?? null } }),
    }))
  const system = { id: 1, body: 'added 1 commit', author: { username: 'ann' }, system: true }
  return linked(state, request, {
    items: [{ ...system, created_at: '2026-01-01T00:00:00Z', type: null }, ...items],
    size: 'per_page',
  })
}

function statuses(state: ForgeState, request: ApiRequest): ApiReply {
  const sha = request.path[4]
  const words = { pending: 'running', passed: 'success', failed: 'failed', skipped: 'skipped' }
  const items = state.checks
    .filter(({ commit }) => commit === sha)
    .map(({ name, state: word, url, about }) => ({
      id: 300 + state.checks.findIndex((check) => check.commit === sha && check.name === name),
      ...{ name, status: words[word], allow_failure: false, target_url: url, description: about },
    }))
  return linked(state, request, { items, size: 'per_page' })
}

/** "Get a log file": plain text. */
function trace({ checks }: ForgeState, id: string): ApiReply {
  const check = checks[Number(id) - 300]
  return check?.log ? { status: 200, body: check.log } : error(404, '404 Not Found')
}

/** "List all members", with `query`. */
function members(state: ForgeState, { query }: ApiRequest): ApiReply {
  const part = query.get('query') ?? ''
  const body = state.people
    .filter((name) => name.includes(part))
    .map((username) => ({ id: idOf(state, username), username, access_level: 30 }))
  return { status: 200, body }
}

function issue({ origin, owner, name, issues }: ForgeState, iid: string): ApiReply {
  const found = issues.find(({ number }) => String(number) === iid)
  if (!found) return error(404, '404 Not found')
  const { number, title, body, labels, author, isOpen } = found
  return {
    status: 200,
    body: {
      ...{ id: 90 + number, iid: number, title, description: body, labels },
      ...{ state: isOpen ? 'opened' : 'closed', author: { username: author } },
      web_url: `${origin}/group/${owner}/${name}/-/issues/${number}`,
    },
  }
}
