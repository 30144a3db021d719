/**
 * Gitea and Forgejo. From the OpenAPI description that each instance serves at `/api/swagger`, version 1: `repository` (pulls, reviews,
 * statuses, collaborators, jobs of Actions and their logs from Gitea 1.24 on) and `issue` (labels, comments).
 */

import * as v from 'valibot'
import type {
  CheckState,
  PullRequest,
  PullRequestCheck,
  ReviewComment,
} from '#contract/delivery.ts'
import { type Forge, openOrFind } from './forge.ts'
import { type Api, linkNext } from './http.ts'
import type { Place } from './locate.ts'
import { pullCalls } from './pulls.ts'
import { byTime, logOf, orNothing, toAnswer, toLog } from './shapes.ts'

const Branch = v.object({ ref: v.string() })
const Pull = v.object({
  number: v.number(),
  html_url: v.string(),
  title: v.string(),
  state: v.string(),
  draft: v.optional(v.boolean()),
  merged: v.optional(v.boolean(), false),
  mergeable: v.optional(v.boolean()),
  head: Branch,
  base: Branch,
})
type Pull = v.InferOutput<typeof Pull>
const Label = v.object({ id: v.number(), name: v.string() })
const User = v.nullish(v.object({ login: v.string() }))
const Combined = v.object({
  statuses: v.nullish(
    v.array(
      v.object({
        context: v.string(),
        status: v.string(),
        description: v.nullish(v.string()),
        target_url: v.nullish(v.string()),
      }),
    ),
  ),
})
const Job = v.object({ id: v.number(), html_url: v.nullish(v.string()) })
const Review = v.object({
  id: v.number(),
  user: User,
  body: v.nullish(v.string()),
  state: v.string(),
  html_url: v.optional(v.string()),
  submitted_at: v.nullish(v.string()),
  comments_count: v.optional(v.number(), 0),
})
const IssueBody = v.object({
  html_url: v.string(),
  title: v.string(),
  body: v.nullish(v.string()),
  state: v.string(),
  user: User,
  labels: v.nullish(v.array(v.object({ name: v.string() }))),
})
const Comment = v.object({
  id: v.number(),
  user: User,
  /** Who closed the thread. */
  resolver: v.nullish(v.unknown()),
  body: v.string(),
  html_url: v.optional(v.string()),
  created_at: v.string(),
  path: v.optional(v.string()),
  position: v.optional(v.number()),
})

export const giteaHeaders = (token: string): Record<string, string> => ({
  Authorization: `token ${token}`,
})

export const giteaNeeds = 'needs the scopes "write:repository" and "write:issue"'

/** What the title of a draft begins with, as an instance has it unless its owner chose otherwise. */
const draftPrefix = 'WIP: '

export function createGitea(api: Api, { host, api: home, path }: Place): Forge {
  const [owner = '', name = ''] = path
  const at = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`
  const find: Forge['find'] = async ({ head, base }) => {
    // It has no filter by branch: what is open is looked through.
    const query = { state: 'open', limit: '50' }
    const call = { path: `${at}/pulls`, query, doing: 'list the pull requests' }
    const pulls = await api.list(call, { item: Pull, next: linkNext })
    const found = pulls.find((pull) => pull.head.ref === head && pull.base.ref === base)
    return found && toPull(found)
  }
  const calls = pullCalls(api, `${at}/pulls`, { schema: Pull, change: 'PATCH' })
  const { read, change, create } = calls
  return {
    kind: 'gitea',
    host,
    find,
    open: (input) =>
      openOrFind(find, input, async () => {
        const { head, base, body, isDraft } = input
        const title = isDraft ? `${draftPrefix}${input.title}` : input.title
        return toPull(await create(input, { title, body, head, base }))
      }),
    async update(number, { title, body }) {
      const isDraft = toPull(await read(number)).is_draft
      const text = { title: isDraft ? `${draftPrefix}${title}` : title, body }
      return toPull(await change(number, text))
    },
    get: async (number) => toPull(await read(number)),
    // One by one: a name it does not know refuses all of them.
    async invite(number, reviewers) {
      const notes: string[] = []
      const path = `${at}/pulls/${number}/requested_reviewers`
      for (const person of reviewers) {
        const body = person.startsWith('team:')
          ? { team_reviewers: [person.slice('team:'.length)] }
          : { reviewers: [person] }
        const call = { method: 'POST', path, body, doing: `ask ${person} for a review` } as const
        notes.push(...(await toAnswer(async () => void (await api.send(call, v.unknown())))))
      }
      return notes
    },
    label: (number, labels) => label(api, { at, number, labels }),
    async checks(commit) {
      const call = { path: `${at}/commits/${commit}/status`, doing: 'read the checks' }
      const { statuses } = await api.send(call, Combined)
      return (statuses ?? []).map(({ context, status, description, target_url }) => ({
        name: context,
        state: states[status] ?? 'failed',
        ...pageOf(target_url, home),
        ...(description ? { summary: description } : {}),
      }))
    },
    comments: (number) => listComments(api, at, number),
    log: (check) => logOf(host, () => readLog(api, at, check)),
    async mayWrite({ author }) {
      const path = `${at}/collaborators/${encodeURIComponent(author)}/permission`
      const Permission = v.object({ permission: v.string() })
      const answer = await orNothing(api.send({ path, doing: `look up ${author}` }, Permission))
      return ['owner', 'admin', 'write'].includes(answer?.permission ?? '')
    },
    async issue(number) {
      const call = { path: `${at}/issues/${number}`, doing: `read issue ${number}` }
      const { html_url, title, body, state, user, labels } = await api.send(call, IssueBody)
      return {
        ...{ number, url: html_url, title, body: body ?? '', is_open: state === 'open' },
        ...{ labels: (labels ?? []).map((label) => label.name), author: user?.login ?? '' },
      }
    },
  }
}

/**
 * A status of Actions leads to the page of its job, which the list of jobs names as well. An instance without that list answers 404.
 */
async function readLog(
  api: Api,
  at: string,
  { url }: PullRequestCheck,
): Promise<string | undefined> {
  const page = pathOf(url)
  if (!page || !/\/actions\/runs\/\d+\/jobs\/\d+$/.test(page)) return undefined
  const call = {
    path: `${at}/actions/jobs`,
    query: { status: 'failure', limit: '50' },
    doing: 'list the jobs that failed',
  }
  const jobs = await api.list(call, { item: Job, itemsOf: jobsOf, next: linkNext })
  const job = jobs.find(({ html_url }) => pathOf(html_url) === page)
  if (!job) return undefined
  const path = `${at}/actions/jobs/${job.id}/logs`
  return toLog(await api.end({ path, doing: 'read the log of a job' }))
}

const jobsOf = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'jobs' in body ? (body.jobs ?? []) : undefined

const pathOf = (url: string | null | undefined): string | undefined =>
  url && URL.canParse(url) ? new URL(url).pathname : undefined

/** Statuses of Actions name their pages without the host. */
const pageOf = (url: string | null | undefined, home: string): { url?: string } =>
  url && URL.canParse(url, home) ? { url: new URL(url, home).href } : {}

/** Labels go by number; those of a name the repository does not have are said, not made. */
async function label(
  api: Api,
  { at, number, labels }: { at: string; number: number; labels: readonly string[] },
): Promise<string[]> {
  const call = { path: `${at}/labels`, query: { limit: '50' }, doing: 'list the labels' }
  const known = await api.list(call, { item: Label, next: linkNext })
  const ids = known.filter(({ name }) => labels.includes(name)).map(({ id }) => id)
  const notes = labels
    .filter((name) => !known.some((other) => other.name === name))
    .map((name) => `The repository has no label "${name}": it was left out.`)
  if (ids.length === 0) return notes
  const path = `${at}/issues/${number}/labels`
  const add = { method: 'POST', path, body: { labels: ids }, doing: 'add the labels' } as const
  return [...notes, ...(await toAnswer(async () => void (await api.send(add, v.unknown()))))]
}

const states: Record<string, CheckState> = {
  success: 'passed',
  pending: 'pending',
  warning: 'passed',
  skipped: 'skipped',
}

async function listComments(api: Api, at: string, number: number): Promise<ReviewComment[]> {
  const doing = 'read the comments'
  const page = { next: linkNext }
  const reviewsAt = `${at}/pulls/${number}/reviews`
  const query = { limit: '50' }
  const reviews = await api.list({ path: reviewsAt, query, doing }, { ...page, item: Review })
  const sent = reviews.filter(({ state }) => state !== 'PENDING' && state !== 'REQUEST_REVIEW')
  const lines = await Promise.all(
    sent
      .filter(({ comments_count }) => comments_count > 0)
      .map(({ id }) => api.send({ path: `${reviewsAt}/${id}/comments`, doing }, v.array(Comment))),
  )
  const path = `${at}/issues/${number}/comments`
  const plain = await api.send({ path, doing }, v.array(Comment))
  return byTime([
    ...sent.flatMap(toVerdict),
    ...lines.flat().map(toComment),
    ...plain.map(toComment),
  ])
}

const verdicts: Record<string, ReviewComment['verdict']> = {
  APPROVED: 'approved',
  REQUEST_CHANGES: 'changes-requested',
}

function toVerdict(review: v.InferOutput<typeof Review>): ReviewComment[] {
  const verdict = verdicts[review.state]
  if (!verdict && !review.body) return []
  return [
    {
      id: `review-${review.id}`,
      author: review.user?.login ?? '',
      body: review.body ?? '',
      ...(verdict ? { verdict } : {}),
      ...(review.html_url ? { url: review.html_url } : {}),
      created_at: review.submitted_at ?? '',
    },
  ]
}

const toComment = (comment: v.InferOutput<typeof Comment>): ReviewComment => ({
  id: String(comment.id),
  author: comment.user?.login ?? '',
  body: comment.body,
  ...(comment.path ? { path: comment.path } : {}),
  ...(comment.position ? { line: comment.position } : {}),
  ...(comment.html_url ? { url: comment.html_url } : {}),
  ...(comment.resolver ? { is_resolved: true } : {}),
  created_at: comment.created_at,
})

const toPull = (pull: Pull): PullRequest => ({
  number: pull.number,
  url: pull.html_url,
  title: pull.title.replace(/^WIP: /, ''),
  state: pull.merged ? 'merged' : pull.state === 'open' ? 'open' : 'closed',
  is_draft: pull.draft ?? pull.title.startsWith(draftPrefix),
  ...(typeof pull.mergeable === 'boolean' && !pull.merged ? { mergeable: pull.mergeable } : {}),
})
