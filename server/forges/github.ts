/**
 * GitHub, on github.com and self-hosted. From its REST API documentation, version 2022-11-28: "Pulls", "Review requests", "Reviews",
 * "Review comments", "Issue comments", "Labels", "Check runs", "Workflow jobs" (logs), "Commit statuses", "Collaborators", "Issues". Whether a thread is resolved
 * only the GraphQL API says (`PullRequestReviewThread.isResolved`).
 */

import * as v from 'valibot'
import type {
  CheckState,
  PullRequest,
  PullRequestCheck,
  ReviewComment,
} from '#contract/delivery.ts'
import { type Forge, ForgeError, openOrFind } from './forge.ts'
import { type Api, linkNext } from './http.ts'
import { pullCalls } from './pulls.ts'
import { byTime, logOf, orNothing, toAnswer, toLog } from './shapes.ts'

const Pull = v.object({
  number: v.number(),
  html_url: v.string(),
  title: v.string(),
  state: v.string(),
  draft: v.optional(v.boolean(), false),
  merged_at: v.nullish(v.string()),
  mergeable: v.nullish(v.boolean()),
})
const User = v.nullish(v.object({ login: v.string(), type: v.optional(v.string()) }))
const CheckRuns = v.object({
  check_runs: v.array(
    v.object({
      id: v.optional(v.number()),
      name: v.string(),
      status: v.string(),
      conclusion: v.nullish(v.string()),
      html_url: v.nullish(v.string()),
      output: v.nullish(v.object({ title: v.nullish(v.string()) })),
    }),
  ),
})
const Run = v.object({
  app: v.nullish(v.object({ slug: v.nullish(v.string()) })),
  output: v.nullish(
    v.object({
      title: v.nullish(v.string()),
      summary: v.nullish(v.string()),
      text: v.nullish(v.string()),
    }),
  ),
})
const Annotation = v.object({
  path: v.string(),
  start_line: v.number(),
  annotation_level: v.nullish(v.string()),
  message: v.nullish(v.string()),
})
const IssueBody = v.object({
  number: v.number(),
  html_url: v.string(),
  title: v.string(),
  body: v.nullish(v.string()),
  state: v.string(),
  user: User,
  labels: v.array(v.union([v.string(), v.object({ name: v.nullish(v.string()) })])),
})
const Threads = v.object({
  data: v.object({
    repository: v.object({
      pullRequest: v.object({
        reviewThreads: v.object({
          nodes: v.array(
            v.object({
              isResolved: v.boolean(),
              comments: v.object({
                nodes: v.array(v.object({ databaseId: v.nullish(v.number()) })),
              }),
            }),
          ),
        }),
      }),
    }),
  }),
})
const Combined = v.object({
  statuses: v.array(
    v.object({
      context: v.string(),
      state: v.string(),
      description: v.nullish(v.string()),
      target_url: v.nullish(v.string()),
    }),
  ),
})
const Comment = v.object({
  id: v.number(),
  user: User,
  body: v.nullish(v.string()),
  html_url: v.string(),
  created_at: v.string(),
  path: v.optional(v.string()),
  line: v.nullish(v.number()),
})
const Review = v.object({
  id: v.number(),
  user: User,
  body: v.nullish(v.string()),
  state: v.string(),
  html_url: v.string(),
  submitted_at: v.nullish(v.string()),
})

export const githubHeaders = (token: string): Record<string, string> => ({
  Authorization: `Bearer ${token}`,
  Accept: 'application/vnd.github+json',
  'X-GitHub-Api-Version': '2022-11-28',
})

export const githubNeeds =
  'needs the permissions "Contents" and "Pull requests" to read and write (or the scope "repo")'

/** `graphql` is the same server's other API. */
export function createGithub(
  { api, graphql }: { api: Api; graphql: Api },
  host: string,
  [owner = '', name = '']: string[],
): Forge {
  const at = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`
  const per_page = '100'
  const find: Forge['find'] = async ({ head, base }) => {
    const query = { state: 'open', head: `${owner}:${head}`, base, per_page }
    const doing = 'list the pull requests'
    const [first] = await api.send({ path: `${at}/pulls`, query, doing }, v.array(Pull))
    return first && toPull(first)
  }
  const calls = pullCalls(api, `${at}/pulls`, { schema: Pull, change: 'PATCH' })
  const { read, change, create } = calls
  return {
    kind: 'github',
    host,
    find,
    open: (input) =>
      openOrFind(find, input, async () => {
        const { title, body, head, base, isDraft } = input
        return toPull(await create(input, { title, body, head, base, draft: isDraft }))
      }),
    update: async (number, text) => toPull(await change(number, text)),
    get: async (number) => toPull(await read(number)),
    invite: (number, reviewers) => invite(api, `${at}/pulls/${number}`, reviewers),
    label: (number, labels) =>
      toAnswer(async () => {
        const path = `${at}/issues/${number}/labels`
        const body = { labels }
        await api.send({ method: 'POST', path, body, doing: 'add the labels' }, v.unknown())
      }),
    checks: (commit) => listChecks(api, `${at}/commits/${commit}`),
    async comments(number) {
      const comments = await listComments(api, at, number)
      if (!comments.some(({ path }) => path !== undefined)) return comments
      const resolved = await listResolved(graphql, { owner, name, number })
      return comments.map((comment) =>
        resolved.has(comment.id) ? { ...comment, is_resolved: true } : comment,
      )
    },
    log: (check) => logOf(host, () => readLog(api, at, check)),
    async mayWrite({ author }) {
      const path = `${at}/collaborators/${encodeURIComponent(author)}/permission`
      const Permission = v.object({ permission: v.string() })
      const answer = await orNothing(api.send({ path, doing: `look up ${author}` }, Permission))
      return ['admin', 'maintain', 'write'].includes(answer?.permission ?? '')
    },
    async issue(number) {
      const call = { path: `${at}/issues/${number}`, doing: `read issue ${number}` }
      const { html_url, title, body, state, user, labels } = await api.send(call, IssueBody)
      return {
        ...{ number, url: html_url, title, body: body ?? '', is_open: state === 'open' },
        labels: labels.flatMap((label) => (typeof label === 'string' ? label : (label.name ?? []))),
        author: user?.login ?? '',
      }
    },
  }
}

/** `team:name` asks a team of the organisation. One name GitHub does not know refuses all: then each is tried alone. */
async function invite(api: Api, at: string, reviewers: readonly string[]): Promise<string[]> {
  const ask = (some: readonly string[]) => {
    const teams = some.filter((name) => name.startsWith('team:'))
    const body = {
      reviewers: some.filter((name) => !name.startsWith('team:')),
      team_reviewers: teams.map((name) => name.slice('team:'.length)),
    }
    const path = `${at}/requested_reviewers`
    const doing = `ask ${some.join(', ')} for a review`
    return toAnswer(async () => {
      await api.send({ method: 'POST', path, body, doing }, v.unknown())
    })
  }
  const problems = await ask(reviewers)
  if (problems.length === 0 || reviewers.length === 1) return problems
  const each: string[] = []
  for (const name of reviewers) each.push(...(await ask([name])))
  return each
}

async function listChecks(api: Api, at: string): Promise<PullRequestCheck[]> {
  const doing = 'read the checks'
  const { statuses } = await api.send({ path: `${at}/status`, doing }, Combined)
  const runs = await api
    .send({ path: `${at}/check-runs`, query: { per_page: '100' }, doing }, CheckRuns)
    .catch(unlessForbidden)
  return [
    ...runs.check_runs.map((run) => ({
      ...(run.id === undefined ? {} : { id: String(run.id) }),
      name: run.name,
      state: run.status === 'completed' ? stateOf(run.conclusion ?? '') : ('pending' as const),
      ...(run.html_url ? { url: run.html_url } : {}),
      ...(run.output?.title ? { summary: run.output.title } : {}),
    })),
    ...statuses.map(({ context, state, description, target_url }) => ({
      name: context,
      state: stateOf(state),
      ...(target_url ? { url: target_url } : {}),
      ...(description ? { summary: description } : {}),
    })),
  ]
}

/** Fine-grained tokens cannot read check runs ("Checks" is for apps); statuses are what is left. */
function unlessForbidden(error: unknown): v.InferOutput<typeof CheckRuns> {
  if (error instanceof ForgeError && error.reason === 'permission') return { check_runs: [] }
  throw error
}

/** What the check says of itself and of lines; of a job of Actions also what it printed. A job and its check run share one id. */
async function readLog(
  api: Api,
  at: string,
  { id }: PullRequestCheck,
): Promise<string | undefined> {
  // A commit status has nothing but its words.
  if (id === undefined) return undefined
  const path = `${at}/check-runs/${encodeURIComponent(id)}`
  const doing = 'read what a check says'
  const { output, app } = await api.send({ path, doing }, Run)
  const query = { per_page: '50' }
  const notes = await orNothing(
    api.send({ path: `${path}/annotations`, query, doing }, v.array(Annotation)),
  )
  const { summary, text } = output ?? {}
  const isJob = app?.slug === 'github-actions'
  const job = { path: `${at}/actions/jobs/${encodeURIComponent(id)}/logs`, doing: readJob }
  const lines = (notes ?? []).map(
    ({ path: file, start_line, annotation_level, message }) =>
      `${file}:${start_line}: ${annotation_level ?? 'note'}: ${message ?? ''}`,
  )
  const said = [summary ?? '', text ?? '', ...lines].filter(Boolean)
  // What the check says of itself is worth having when the token may not read its log.
  const printed = await (isJob ? api.end(job) : Promise.resolve('')).catch((error: unknown) => {
    if (said.length > 0 && error instanceof ForgeError && !mayPass.has(error.reason)) return ''
    throw error
  })
  return toLog(printed, said)
}

const readJob = 'read the log of a job (the permission "Actions" to read)'
const mayPass: ReadonlySet<ForgeError['reason']> = new Set(['rate-limit', 'unreachable'])

/** Comments of threads that somebody has closed; none when the token may not ask. */
async function listResolved(
  graphql: Api,
  variables: { owner: string; name: string; number: number },
): Promise<ReadonlySet<string>> {
  const query = `query($owner: String!, $name: String!, $number: Int!) {
    repository(owner: $owner, name: $name) { pullRequest(number: $number) { reviewThreads(first: 100) {
      nodes { isResolved comments(first: 100) { nodes { databaseId } } } } } } }`
  const body = { query, variables }
  const doing = 'read which threads are resolved'
  const answer = await orNothing(
    graphql.send({ method: 'POST', path: '/graphql', body, doing }, Threads),
  )
  const threads = answer?.data.repository.pullRequest.reviewThreads.nodes ?? []
  return new Set(
    threads
      .filter(({ isResolved }) => isResolved)
      .flatMap(({ comments }) => comments.nodes.map(({ databaseId }) => String(databaseId))),
  )
}

const states: Record<string, CheckState> = {
  success: 'passed',
  neutral: 'passed',
  skipped: 'skipped',
  stale: 'skipped',
  pending: 'pending',
  action_required: 'pending',
}
const stateOf = (word: string): CheckState => states[word] ?? 'failed'

async function listComments(api: Api, at: string, number: number): Promise<ReviewComment[]> {
  const doing = 'read the comments'
  const query = { per_page: '100' }
  const page = { next: linkNext }
  const reviews = await api.list(
    { path: `${at}/pulls/${number}/reviews`, query, doing },
    { ...page, item: Review },
  )
  const paths = [`${at}/pulls/${number}/comments`, `${at}/issues/${number}/comments`]
  const comments = await Promise.all(
    paths.map((path) => api.list({ path, query, doing }, { ...page, item: Comment })),
  )
  return byTime([
    ...reviews.filter(saysSomething).map((review) => ({
      id: `review-${review.id}`,
      author: review.user?.login ?? '',
      body: review.body ?? '',
      ...verdictOf(review.state),
      url: review.html_url,
      created_at: review.submitted_at ?? '',
    })),
    ...comments.flat().map((comment) => ({
      id: String(comment.id),
      author: comment.user?.login ?? '',
      ...(comment.user?.type === 'Bot' ? { by_program: true } : {}),
      body: comment.body ?? '',
      ...(comment.path === undefined ? {} : { path: comment.path }),
      ...(comment.line ? { line: comment.line } : {}),
      url: comment.html_url,
      created_at: comment.created_at,
    })),
  ])
}

/** A review that only holds comments on lines says nothing by itself; a pending one is not sent yet. */
const saysSomething = ({ state, body }: v.InferOutput<typeof Review>): boolean =>
  state !== 'PENDING' && (state !== 'COMMENTED' || Boolean(body))

const verdictOf = (state: string): Pick<ReviewComment, 'verdict'> => {
  if (state === 'APPROVED') return { verdict: 'approved' }
  return state === 'CHANGES_REQUESTED' ? { verdict: 'changes-requested' } : {}
}

const toPull = (pull: v.InferOutput<typeof Pull>): PullRequest => ({
  number: pull.number,
  url: pull.html_url,
  title: pull.title,
  state: pull.merged_at ? 'merged' : pull.state === 'open' ? 'open' : 'closed',
  is_draft: pull.draft,
  ...(typeof pull.mergeable === 'boolean' ? { mergeable: pull.mergeable } : {}),
})
