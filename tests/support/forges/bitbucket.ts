/** Bitbucket Cloud as its REST API documentation of version 2.0 describes it: "Pullrequests", "Commit statuses", "Workspaces". */
import type { ApiReply, ApiRequest, Dialect, ForgeState, Pull } from './world.ts'

const error = (status: number, message: string, fields?: Record<string, string[]>): ApiReply => ({
  status,
  body: { type: 'error', error: { message, ...(fields && { fields }) } },
})

export const bitbucket: Dialect = {
  root: '/2.0',
  gitPath: ({ owner, name }) => `/${owner}/${name}.git`,
  tokenOf: (headers) => headers.get('authorization')?.replace(/^Bearer /, ''),
  unauthorized: error(401, 'Token is invalid, expired, or not supported for this endpoint.'),
  forbidden: error(403, 'Your credentials lack one or more required privilege scopes.'),
  answer(state, request) {
    const [area, owner, name, ...rest] = request.path
    if (area === 'workspaces') return members(state, request)
    if (area !== 'repositories' || owner !== state.owner || name !== state.name)
      return error(404, `Repository ${owner}/${name} not found`)
    if (rest[0] === 'issues') return issue(state, rest[1] ?? '')
    if (rest[0] === 'pipelines') return pipelines(state, request, rest)
    if (rest[0] === 'commit') return statuses(state, request, rest[1] ?? '')
    const [, id, part] = rest
    if (id === undefined)
      return request.method === 'POST' ? create(state, request) : list(state, request)
    const pull = state.pulls.find(({ number }) => String(number) === id)
    if (!pull) return error(404, 'Not found')
    if (part === 'comments') return comments(state, request, pull)
    if (request.method === 'PUT') return change(state, request, pull)
    return { status: 200, body: toBody(state, pull) }
  },
}

/** `next` is a whole address. */
function paged<T>(state: ForgeState, request: ApiRequest, items: readonly T[]): ApiReply {
  const pagelen = Math.min(state.maxPage, Number(request.query.get('pagelen') ?? 10))
  const page = Number(request.query.get('page') ?? 1)
  const values = items.slice((page - 1) * pagelen, page * pagelen)
  const next = new URL(request.url)
  next.searchParams.set('page', String(page + 1))
  const more = page * pagelen < items.length ? { next: next.href } : {}
  return { status: 200, body: { values, page, pagelen, size: items.length, ...more } }
}

const account = (name: string) => ({
  type: 'user',
  uuid: `{uuid-of-${name}}`,
  account_id: `557058:${name}`,
  nickname: name,
  display_name: name.toUpperCase(),
})

const members = (state: ForgeState, request: ApiRequest): ApiReply =>
  request.path[1] === state.owner && request.path[2] === 'members'
    ? paged(
        state,
        request,
        state.people.map((name) => ({ user: account(name) })),
      )
    : error(404, 'Not found')

const toBody = (state: ForgeState, pull: Pull) => ({
  type: 'pullrequest',
  id: pull.number,
  title: pull.title,
  description: pull.body,
  state: { open: 'OPEN', merged: 'MERGED', closed: 'DECLINED' }[pull.state],
  draft: pull.isDraft,
  source: { branch: { name: pull.head }, commit: { hash: state.tip(pull.head)?.slice(0, 12) } },
  destination: { branch: { name: pull.base } },
  reviewers: pull.reviewers.map(account),
  participants: state.remarks
    .filter(({ pull: number, verdict }) => number === pull.number && verdict)
    .map(({ author, verdict, at }) => ({
      user: account(author),
      role: 'REVIEWER',
      approved: verdict === 'approved',
      state: verdict === 'approved' ? 'approved' : 'changes_requested',
      participated_on: at,
    })),
  links: {
    html: { href: `${state.origin}/${state.owner}/${state.name}/pull-requests/${pull.number}` },
  },
})

/** "Filter and sort API objects": `q` with `=` and `AND`. */
function list(state: ForgeState, request: ApiRequest): ApiReply {
  const q = request.query.get('q') ?? ''
  const wanted = (field: string) => new RegExp(`${field}\\s*=\\s*"([^"]*)"`).exec(q)?.[1]
  const items = state.pulls
    .map((pull) => ({ pull, body: toBody(state, pull) }))
    .filter(({ body }) => body.state === (wanted('state') ?? 'OPEN'))
    .filter(({ pull }) => pull.head === (wanted('source\\.branch\\.name') ?? pull.head))
    .filter(({ pull }) => pull.base === (wanted('destination\\.branch\\.name') ?? pull.base))
    .map(({ body }) => body)
  return paged(state, request, items)
}

const branchOf = (value: unknown): string => {
  const found = value as { branch?: { name?: unknown } } | undefined
  return String(found?.branch?.name ?? '')
}

/** A second one of the same branches is the first, changed. */
function create(state: ForgeState, request: ApiRequest): ApiReply {
  const { body } = request
  const head = branchOf(body.source)
  const base = branchOf(body.destination) || 'main'
  if (typeof body.title !== 'string')
    return error(400, 'Bad request', { title: ['This field is required.'] })
  if (!state.tip(head)) return error(400, 'Bad request', { source: ['branch not found'] })
  if (!state.tip(base)) return error(400, 'Bad request', { destination: ['branch not found'] })
  const present = state.pulls.find((p) => p.state === 'open' && p.head === head && p.base === base)
  if (present) return change(state, request, present)
  const pull: Pull = {
    ...{ number: state.pulls.length + 1, title: body.title, body: String(body.description ?? '') },
    ...{ head, base, state: 'open', isDraft: body.draft === true, reviewers: [], labels: [] },
    version: 0,
  }
  state.pulls.push(pull)
  return { status: 201, body: toBody(state, pull) }
}

function change(state: ForgeState, { body }: ApiRequest, pull: Pull): ApiReply {
  if (typeof body.title !== 'string')
    return error(400, 'Bad request', { title: ['This field is required.'] })
  if (Array.isArray(body.reviewers)) {
    const uuids = body.reviewers.map((reviewer: { uuid?: string }) => reviewer.uuid ?? '')
    const names = uuids.map((uuid) => state.people.find((name) => account(name).uuid === uuid))
    if (names.includes(undefined))
      return error(400, 'Bad request', { reviewers: ['Malformed reviewers list'] })
    pull.reviewers = names.filter((name) => name !== undefined)
  }
  pull.title = body.title
  if (typeof body.description === 'string') pull.body = body.description
  return { status: 200, body: toBody(state, pull) }
}

function comments(state: ForgeState, request: ApiRequest, pull: Pull): ApiReply {
  const items = state.remarks
    .filter(({ pull: number, verdict }) => number === pull.number && !verdict)
    .map(({ id, author, body, path, line, at, isResolved }) => ({
      ...{ id, content: { raw: body, markup: 'markdown' }, user: account(author), created_on: at },
      resolution: isResolved ? { type: 'comment_resolution', user: account('bob') } : null,
      deleted: false,
      ...(path && { inline: { path, to: line ?? null, from: null } }),
      links: { html: { href: `${state.origin}/comment/${id}` } },
    }))
  return paged(state, request, items)
}

function statuses(state: ForgeState, request: ApiRequest, sha: string): ApiReply {
  const words = {
    pending: 'INPROGRESS',
    passed: 'SUCCESSFUL',
    failed: 'FAILED',
    skipped: 'STOPPED',
  }
  const items = state.checks
    .filter(({ commit }) => commit === sha)
    .map(({ name, state: word, url, about }) => ({
      ...{ key: name, name, state: words[word], url, description: about },
    }))
  return paged(state, request, items)
}

/** "List pipelines", "List steps for a pipeline", "Get log file for a step". The log of a step that is over is kept elsewhere. */
function pipelines(
  state: ForgeState,
  request: ApiRequest,
  [, pipeline, , step, log]: string[],
): ApiReply {
  const found = state.checks.find(({ log: text }) => text)
  const commit = request.query.get('target.commit.hash')
  if (!pipeline) {
    const all = [11, 12].map((build) => ({ uuid: `{pipeline-${build}}`, build_number: build }))
    return paged(state, request, found?.commit === commit ? all : [])
  }
  if (pipeline !== '{pipeline-12}') return error(404, 'Not found')
  const step2 = { uuid: '{step-2}', name: 'Test', state: { result: { name: 'FAILED' } } }
  const step1 = { uuid: '{step-1}', name: 'Build', state: { result: { name: 'SUCCESSFUL' } } }
  if (!step) return paged(state, request, [step1, step2])
  if (step !== '{step-2}' || log !== 'log' || !found?.log) return error(404, 'Not found')
  return { status: 307, body: undefined, headers: { Location: state.store(found.log) } }
}

function issue({ origin, owner, name, issues }: ForgeState, id: string): ApiReply {
  const found = issues.find(({ number }) => String(number) === id)
  if (!found) return error(404, 'Issue not found')
  const { number, title, body, labels, author, isOpen } = found
  return {
    status: 200,
    body: {
      ...{ id: number, title, content: { raw: body }, reporter: account(author) },
      ...{ state: isOpen ? 'new' : 'resolved', kind: labels[0] ?? 'bug', priority: 'major' },
      component: labels[1] ? { name: labels[1] } : null,
      links: { html: { href: `${origin}/${owner}/${name}/issues/${number}/a-title` } },
    },
  }
}
