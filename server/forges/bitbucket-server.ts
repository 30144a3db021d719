/**
 * Bitbucket Data Center (formerly Server). From its REST API documentation, version 8 and later: "Pull Requests", "Builds and Deployments"
 * (commit build status). It has no issues. Every change names the version it is made to; drafts came with 8.18.
 */

import * as v from 'valibot'
import type {
  CheckState,
  PullRequest,
  PullRequestCheck,
  ReviewComment,
} from '#contract/delivery.ts'
import { type Forge, ForgeError, openOrFind } from './forge.ts'
import type { Api, NextPage } from './http.ts'
import { pullCalls } from './pulls.ts'
import { byTime, logOf, orNothing, toAnswer } from './shapes.ts'

const Person = v.object({ name: v.string() })
const Pull = v.object({
  id: v.number(),
  version: v.number(),
  title: v.string(),
  description: v.optional(v.string(), ''),
  state: v.string(),
  draft: v.optional(v.boolean(), false),
  fromRef: v.object({ id: v.string() }),
  toRef: v.object({ id: v.string() }),
  reviewers: v.optional(
    v.array(v.object({ user: Person, status: v.optional(v.string(), 'UNAPPROVED') })),
    [],
  ),
  links: v.object({ self: v.array(v.object({ href: v.string() })) }),
})
type Pull = v.InferOutput<typeof Pull>
const Activity = v.object({
  id: v.number(),
  action: v.string(),
  createdDate: v.number(),
  user: v.optional(Person),
  commentAction: v.optional(v.string()),
  comment: v.optional(
    v.object({
      id: v.number(),
      text: v.string(),
      author: Person,
      state: v.optional(v.string()),
      threadResolved: v.optional(v.boolean()),
    }),
  ),
  commentAnchor: v.optional(v.object({ path: v.string(), line: v.optional(v.number()) })),
})
const Mergeability = v.object({ conflicted: v.boolean() })
const Build = v.object({
  key: v.string(),
  name: v.optional(v.string()),
  state: v.string(),
  description: v.optional(v.string()),
  url: v.optional(v.string()),
})

export const bitbucketServerHeaders = (token: string): Record<string, string> => ({
  Authorization: `Bearer ${token}`,
  // Without it a server may take a request that changes something for a forged one.
  'X-Atlassian-Token': 'no-check',
})

export const bitbucketServerNeeds = 'needs the permission to write to the repository'

const valuesOf = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'values' in body ? body.values : undefined
const Page = v.fallback(
  v.object({ isLastPage: v.boolean(), nextPageStart: v.nullish(v.number()) }),
  { isLastPage: true },
)
const nextOf: NextPage = (body) => {
  const { isLastPage, nextPageStart } = v.parse(Page, body)
  return isLastPage || typeof nextPageStart !== 'number'
    ? undefined
    : { start: String(nextPageStart) }
}

/** `builds` is the same server's other API, for the status of commits. */
export function createBitbucketServer(
  { api, builds }: { api: Api; builds: Api },
  host: string,
  [key = '', slug = '']: string[],
): Forge {
  const repository = { slug, project: { key } }
  const at = `/projects/${encodeURIComponent(key)}/repos/${encodeURIComponent(slug)}/pull-requests`
  const find: Forge['find'] = async ({ head, base }) => {
    const query = { state: 'OPEN', direction: 'OUTGOING', at: refOf(head), limit: '100' }
    const call = { path: at, query, doing: 'list the pull requests' }
    const pulls = await api.list(call, { item: Pull, itemsOf: valuesOf, next: nextOf })
    const found = pulls.find(({ toRef }) => toRef.id === refOf(base))
    return found && toPull(found)
  }
  const { read, change: replace, create } = pullCalls(api, at, { schema: Pull, change: 'PUT' })
  /** What is not sent would be emptied. */
  const change = async (number: number, body: object, doing?: string): Promise<Pull> => {
    const { version, title, description, reviewers } = await read(number)
    const present = reviewers.map(({ user }) => ({ user: { name: user.name } }))
    const whole = { title, description, reviewers: present, ...body, version }
    return await replace(number, whole, doing)
  }
  const add = async (number: number, name: string): Promise<string[]> =>
    await toAnswer(async () => {
      const present = (await read(number)).reviewers.map(({ user }) => user.name)
      const names = [...new Set([...present, name])]
      const reviewers = names.map((other) => ({ user: { name: other } }))
      await change(number, { reviewers }, `ask ${name} for a review`)
    })
  return {
    kind: 'bitbucket-server',
    host,
    find,
    open: (input) =>
      openOrFind(find, input, async () => {
        const { head, base, title, body, isDraft } = input
        const request = {
          title,
          description: body,
          fromRef: { id: refOf(head), repository },
          toRef: { id: refOf(base), repository },
          draft: isDraft,
        }
        return toPull(await create(input, request))
      }),
    update: async (number, { title, body }) =>
      toPull(await change(number, { title, description: body })),
    async get(number) {
      const pull = toPull(await read(number))
      if (pull.state !== 'open') return pull
      const call = { path: `${at}/${number}/merge`, doing: 'ask whether it merges' }
      const merge = await orNothing(api.send(call, Mergeability))
      return merge ? { ...pull, mergeable: !merge.conflicted } : pull
    },
    // One by one: a name it does not know refuses the whole change.
    async invite(number, reviewers) {
      const notes: string[] = []
      for (const name of reviewers) notes.push(...(await add(number, name)))
      return notes
    },
    label: async () => [
      'Bitbucket Data Center has no labels for pull requests: they were left out.',
    ],
    checks: (commit) => listChecks(builds, commit),
    comments: (number) => listComments(api, `${at}/${number}/activities`),
    // Builds are told of by programs elsewhere, which keep their logs.
    log: () => logOf(host, async () => undefined),
    // Only who may read the repository, by name, can comment there, and the rights of others take an administrator to ask.
    mayWrite: async () => true,
    async issue() {
      throw new ForgeError(
        'refused',
        'Bitbucket Data Center has no issues (they are in Jira): describe the task in your own words.',
      )
    },
  }
}

async function listChecks(builds: Api, commit: string): Promise<PullRequestCheck[]> {
  const call = { path: `/commits/${commit}`, query: { limit: '100' }, doing: 'read the checks' }
  const found = await builds.list(call, { item: Build, itemsOf: valuesOf, next: nextOf })
  return found.map(({ key, name, state, description, url }) => ({
    name: name ?? key,
    state: states[state] ?? 'pending',
    ...(url ? { url } : {}),
    ...(description ? { summary: description } : {}),
  }))
}

async function listComments(api: Api, path: string): Promise<ReviewComment[]> {
  const call = { path, query: { limit: '100' }, doing: 'read the comments' }
  const activities = await api.list(call, { item: Activity, itemsOf: valuesOf, next: nextOf })
  return byTime(activities.flatMap(toComments))
}

const refOf = (branch: string): string => `refs/heads/${branch}`

const states: Record<string, CheckState> = {
  SUCCESSFUL: 'passed',
  INPROGRESS: 'pending',
  FAILED: 'failed',
  CANCELLED: 'failed',
}

const verdicts: Record<string, ReviewComment['verdict']> = {
  APPROVED: 'approved',
  REVIEWED: 'changes-requested',
}

function toComments(activity: v.InferOutput<typeof Activity>): ReviewComment[] {
  const {
    id,
    action,
    comment,
    commentAction = 'ADDED',
    commentAnchor,
    createdDate,
    user,
  } = activity
  const created_at = new Date(createdDate).toISOString()
  const verdict = verdicts[action]
  if (verdict)
    return [{ id: `review-${id}`, author: user?.name ?? '', body: '', verdict, created_at }]
  if (action !== 'COMMENTED' || !comment || commentAction !== 'ADDED') return []
  return [
    {
      id: String(comment.id),
      author: comment.author.name,
      ...(comment.threadResolved || comment.state === 'RESOLVED' ? { is_resolved: true } : {}),
      body: comment.text,
      ...(commentAnchor ? { path: commentAnchor.path } : {}),
      ...(commentAnchor?.line ? { line: commentAnchor.line } : {}),
      created_at,
    },
  ]
}

const toPull = (pull: Pull): PullRequest => ({
  number: pull.id,
  url: pull.links.self[0]?.href ?? '',
  title: pull.title,
  state: pull.state === 'OPEN' ? 'open' : pull.state === 'MERGED' ? 'merged' : 'closed',
  is_draft: pull.draft,
})
