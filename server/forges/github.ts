/**
 * GitHub, on github.com and self-hosted. From its REST API documentation, version 2022-11-28: "Pulls", "Review requests", "Reviews",
 * "Review comments", "Issue comments", "Labels", "Check runs", "Commit statuses".
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
import { byTime, toAnswer } from './shapes.ts'

const Pull = v.object({
  number: v.number(),
  html_url: v.string(),
  title: v.string(),
  state: v.string(),
  draft: v.optional(v.boolean(), false),
  merged_at: v.nullish(v.string()),
})
const User = v.nullish(v.object({ login: v.string() }))
const CheckRuns = v.object({
  check_runs: v.array(
    v.object({
      name: v.string(),
      status: v.string(),
      conclusion: v.nullish(v.string()),
      html_url: v.nullish(v.string()),
      output: v.nullish(v.object({ title: v.nullish(v.string()) })),
    }),
  ),
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

export function createGithub(api: Api, host: string, [owner = '', name = '']: string[]): Forge {
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
    comments: (number) => listComments(api, at, number),
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
})
