/** Bitbucket Data Center as its REST API documentation of version 8 describes it: "Pull Requests", "Builds and Deployments". */
import type { ApiReply, ApiRequest, Dialect, ForgeState, Pull } from './world.ts'

const error = (status: number, message: string, exceptionName: string): ApiReply => ({
  status,
  body: {
    errors: [{ context: null, message, exceptionName: `com.atlassian.bitbucket.${exceptionName}` }],
  },
})

export const bitbucketServer: Dialect = {
  // Two APIs below it: `api/latest` and `build-status/latest`.
  root: '/rest',
  gitPath: ({ owner, name }) => `/scm/${owner.toLowerCase()}/${name}.git`,
  tokenOf: (headers) => headers.get('authorization')?.replace(/^Bearer /, ''),
  unauthorized: error(
    401,
    'Authentication failed. Please check your credentials and try again.',
    'auth.IncorrectPasswordAuthenticationException',
  ),
  forbidden: error(401, 'You are not permitted to access this resource', 'AuthorisationException'),
  open: ({ path }) =>
    path[2] === 'application-properties'
      ? { status: 200, body: { version: '8.19.1', displayName: 'Bitbucket' } }
      : undefined,
  answer(state, request) {
    const [api, , ...rest] = request.path
    if (api === 'build-status') return builds(state, request, rest[1] ?? '')
    const [, key, , slug, , id, part] = rest
    if (key?.toUpperCase() !== state.owner || slug !== state.name)
      return error(
        404,
        `Repository ${key}/${slug} does not exist.`,
        'repository.NoSuchRepositoryException',
      )
    if (id === undefined)
      return request.method === 'POST' ? create(state, request) : list(state, request)
    const pull = state.pulls.find(({ number }) => String(number) === id)
    if (!pull)
      return error(404, `Pull request ${id} does not exist.`, 'pull.NoSuchPullRequestException')
    if (part === 'merge')
      return { status: 200, body: { canMerge: true, conflicted: pull.hasConflicts ?? false } }
    if (part === 'activities') return activities(state, request, pull)
    if (request.method === 'PUT') return change(state, request, pull)
    return { status: 200, body: toBody(state, pull) }
  },
}

function paged<T>(state: ForgeState, { query }: ApiRequest, items: readonly T[]): ApiReply {
  const limit = Math.min(state.maxPage, Number(query.get('limit') ?? 25))
  const start = Number(query.get('start') ?? 0)
  const values = items.slice(start, start + limit)
  const isLastPage = start + limit >= items.length
  const nextPageStart = isLastPage ? null : start + limit
  return {
    status: 200,
    body: { values, size: values.length, limit, start, isLastPage, nextPageStart },
  }
}

const person = (name: string) => ({
  name,
  slug: name,
  displayName: name.toUpperCase(),
  active: true,
})

const toBody = (state: ForgeState, pull: Pull) => ({
  id: pull.number,
  version: pull.version,
  title: pull.title,
  description: pull.body,
  state: { open: 'OPEN', merged: 'MERGED', closed: 'DECLINED' }[pull.state],
  open: pull.state === 'open',
  closed: pull.state !== 'open',
  draft: pull.isDraft,
  fromRef: {
    id: `refs/heads/${pull.head}`,
    displayId: pull.head,
    latestCommit: state.tip(pull.head),
  },
  toRef: {
    id: `refs/heads/${pull.base}`,
    displayId: pull.base,
    latestCommit: state.tip(pull.base),
  },
  reviewers: pull.reviewers.map((name) => ({
    ...{ user: person(name), role: 'REVIEWER', approved: false, status: 'UNAPPROVED' },
  })),
  links: {
    self: [
      {
        href: `${state.origin}/projects/${state.owner}/repos/${state.name}/pull-requests/${pull.number}`,
      },
    ],
  },
})

/** `at` is a whole ref, the source with `direction=OUTGOING`. */
function list(state: ForgeState, request: ApiRequest): ApiReply {
  const { query } = request
  const from = query.get('direction') === 'OUTGOING' ? query.get('at') : null
  const items = state.pulls
    .filter(({ state: word }) => (query.get('state') ?? 'OPEN') !== 'OPEN' || word === 'open')
    .filter(({ head }) => from === null || from === `refs/heads/${head}`)
    .map((pull) => toBody(state, pull))
  return paged(state, request, items)
}

const refName = (value: unknown): string =>
  String((value as { id?: unknown } | undefined)?.id ?? '').replace('refs/heads/', '')

function create(state: ForgeState, { body }: ApiRequest): ApiReply {
  const [head, base] = [refName(body.fromRef), refName(body.toRef)]
  for (const branch of [head, base])
    if (!state.tip(branch))
      return error(
        404,
        `No branch or tag exists with the id or name '${branch}'.`,
        'commit.NoSuchCommitException',
      )
  const present = state.pulls.find((p) => p.state === 'open' && p.head === head && p.base === base)
  if (present)
    return {
      status: 409,
      body: {
        errors: [
          {
            context: null,
            message: 'Only one pull request may be open for a given source and target branch',
            exceptionName: 'com.atlassian.bitbucket.pull.DuplicatePullRequestException',
            existingPullRequest: toBody(state, present),
          },
        ],
      },
    }
  const pull: Pull = {
    ...{ number: state.pulls.length + 1, title: String(body.title), head, base, state: 'open' },
    ...{ body: String(body.description ?? ''), isDraft: body.draft === true, reviewers: [] },
    ...{ labels: [], version: 0 },
  }
  state.pulls.push(pull)
  return { status: 201, body: toBody(state, pull) }
}

/** What is left out is emptied; a change to another version than the present one is refused. */
function change(state: ForgeState, { body }: ApiRequest, pull: Pull): ApiReply {
  if (body.version !== pull.version)
    return error(
      409,
      'You are attempting to modify a pull request based on out-of-date information.',
      'pull.PullRequestOutOfDateException',
    )
  const reviewers = Array.isArray(body.reviewers)
    ? body.reviewers.map((reviewer: { user?: { name?: string } }) => reviewer.user?.name ?? '')
    : []
  const strange = reviewers.find((name) => !state.people.includes(name))
  if (strange !== undefined)
    return error(409, `${strange} is not a user.`, 'pull.InvalidPullRequestReviewersException')
  pull.title = String(body.title)
  pull.body = String(body.description ?? '')
  pull.reviewers = reviewers
  pull.version++
  return { status: 200, body: toBody(state, pull) }
}

function activities(state: ForgeState, request: ApiRequest, pull: Pull): ApiReply {
  const items = state.remarks
    .filter(({ pull: number }) => number === pull.number)
    .map(({ id, author, body, path, line, verdict, at, isResolved = false }) => ({
      ...{ id, createdDate: Date.parse(at), user: person(author) },
      ...(verdict
        ? { action: verdict === 'approved' ? 'APPROVED' : 'REVIEWED' }
        : {
            action: 'COMMENTED',
            commentAction: 'ADDED',
            comment: {
              id,
              version: 0,
              text: body,
              author: person(author),
              state: 'OPEN',
              threadResolved: isResolved,
              createdDate: Date.parse(at),
            },
            ...(path && { commentAnchor: { path, ...(line && { line }), lineType: 'ADDED' } }),
          }),
    }))
    .reverse()
  const opened = { id: 1, createdDate: 0, user: person('ann'), action: 'OPENED' }
  return paged(state, request, [...items, opened])
}

function builds(state: ForgeState, request: ApiRequest, sha: string): ApiReply {
  const words = {
    pending: 'INPROGRESS',
    passed: 'SUCCESSFUL',
    failed: 'FAILED',
    skipped: 'UNKNOWN',
  }
  const items = state.checks
    .filter(({ commit }) => commit === sha)
    .map(({ name, state: word, url, about }) => ({
      ...{ key: name, name, state: words[word], url, description: about, dateAdded: 0 },
    }))
  return paged(state, request, items)
}
