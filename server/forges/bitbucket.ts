/**
 * Bitbucket Cloud. From its REST API documentation, version 2.0: "Pullrequests", "Commit statuses", "Pipelines" (steps and their logs),
 * "Workspaces" (members). Reviewers are named by account: names ended with the API's version 1. It does not say whether a pull request
 * merges. Issues: "Issue tracker", where a repository has one; kind and component stand for labels.
 */

import * as v from 'valibot'
import type {
  CheckState,
  PullRequest,
  PullRequestCheck,
  ReviewComment,
} from '#contract/delivery.ts'
import { type Forge, openOrFind } from './forge.ts'
import type { Api, NextPage } from './http.ts'
import { pullCalls } from './pulls.ts'
import { byTime, logOf, orNothing, toAnswer, toLog, unknownPerson } from './shapes.ts'

const Account = v.object({
  uuid: v.string(),
  account_id: v.optional(v.string()),
  nickname: v.optional(v.string()),
  display_name: v.optional(v.string()),
})
type Account = v.InferOutput<typeof Account>
const Pull = v.object({
  id: v.number(),
  title: v.string(),
  state: v.string(),
  draft: v.optional(v.boolean(), false),
  links: v.object({ html: v.object({ href: v.string() }) }),
  reviewers: v.optional(v.array(Account), []),
  participants: v.optional(
    v.array(
      v.object({
        user: Account,
        state: v.nullish(v.string()),
        participated_on: v.nullish(v.string()),
      }),
    ),
    [],
  ),
})
type Pull = v.InferOutput<typeof Pull>
const Pulls = v.object({ values: v.array(Pull) })
const Member = v.object({ user: Account })
const Status = v.object({
  key: v.string(),
  name: v.nullish(v.string()),
  state: v.string(),
  description: v.nullish(v.string()),
  url: v.nullish(v.string()),
})
const Pipeline = v.object({ uuid: v.string(), build_number: v.number() })
const PipeStep = v.object({
  uuid: v.string(),
  name: v.nullish(v.string()),
  state: v.nullish(v.object({ result: v.nullish(v.object({ name: v.nullish(v.string()) })) })),
})
const IssueBody = v.object({
  title: v.string(),
  content: v.nullish(v.object({ raw: v.nullish(v.string()) })),
  state: v.string(),
  kind: v.nullish(v.string()),
  component: v.nullish(v.object({ name: v.string() })),
  reporter: v.nullish(Account),
  links: v.object({ html: v.object({ href: v.string() }) }),
})
const Comment = v.object({
  id: v.number(),
  /** Present once the thread is resolved. */
  resolution: v.nullish(v.unknown()),
  content: v.object({ raw: v.string() }),
  user: v.nullish(Account),
  created_on: v.string(),
  deleted: v.optional(v.boolean(), false),
  inline: v.nullish(v.object({ path: v.string(), to: v.nullish(v.number()) })),
  links: v.optional(v.object({ html: v.optional(v.object({ href: v.string() })) })),
})

/** An app password or an API token comes as `name:token`; every other token stands alone. */
export const bitbucketHeaders = (token: string): Record<string, string> => ({
  Authorization: token.includes(':')
    ? `Basic ${Buffer.from(token).toString('base64')}`
    : `Bearer ${token}`,
})

export const bitbucketNeeds =
  'needs the permissions to write repositories and pull requests, to read the workspace for reviewers, and to read pipelines for logs'

const valuesOf = (body: unknown): unknown =>
  typeof body === 'object' && body !== null && 'values' in body ? body.values : undefined
/** Pages name the next one by its whole address. */
const NextOf = v.object({ next: v.optional(v.string()) })
const nextOf: NextPage = (body) => {
  const page = v.safeParse(NextOf, body)
  return page.success ? page.output.next : undefined
}

export function createBitbucket(api: Api, host: string, [space = '', slug = '']: string[]): Forge {
  const repository = `/repositories/${encodeURIComponent(space)}/${encodeURIComponent(slug)}`
  const at = `${repository}/pullrequests`
  const find: Forge['find'] = async ({ head, base }) => {
    const q = `source.branch.name="${head}" AND destination.branch.name="${base}" AND state="OPEN"`
    const { values } = await api.send(
      { path: at, query: { q }, doing: 'list the pull requests' },
      Pulls,
    )
    return values[0] && toPull(values[0])
  }
  const { read, change, create } = pullCalls(api, at, { schema: Pull, change: 'PUT' })
  return {
    kind: 'bitbucket',
    host,
    find,
    open: (input) =>
      openOrFind(find, input, async () => {
        const { head, base, title, body, isDraft } = input
        const request = {
          title,
          description: body,
          source: { branch: { name: head } },
          destination: { branch: { name: base } },
          draft: isDraft,
        }
        return toPull(await create(input, request))
      }),
    update: async (number, { title, body }) =>
      toPull(await change(number, { title, description: body })),
    get: async (number) => toPull(await read(number)),
    async invite(number, reviewers) {
      const { found, notes } = await findPeople(api, { host, space, reviewers })
      if (found.length === 0) return notes
      const { title, reviewers: present } = await read(number)
      const ids = new Set([...present.map(({ uuid }) => uuid), ...found])
      const body = { title, reviewers: [...ids].map((uuid) => ({ uuid })) }
      const doing = `ask ${reviewers.join(', ')} for a review`
      return [...notes, ...(await toAnswer(async () => void (await change(number, body, doing))))]
    },
    label: async () => ['Bitbucket Cloud has no labels for pull requests: they were left out.'],
    checks: (commit) => listChecks(api, `${repository}/commit/${commit}/statuses`),
    async comments(number) {
      const call = {
        path: `${at}/${number}/comments`,
        query: { pagelen: '100' },
        doing: 'read the comments',
      }
      const comments = await api.list(call, { item: Comment, itemsOf: valuesOf, next: nextOf })
      const { participants } = await read(number)
      return byTime([
        ...comments.filter(({ deleted }) => !deleted).map(toComment),
        ...toVerdicts(participants),
      ])
    },
    log: (check, commit) => logOf(host, () => readLog(api, repository, { check, commit })),
    // Nicknames and display names are not unique.
    async mayWrite({ author_id: uuid }) {
      const found = await orNothing(listMembers(api, space))
      return uuid !== undefined && (found ?? []).some(({ user }) => user.uuid === uuid)
    },
    async issue(number) {
      const call = { path: `${repository}/issues/${number}`, doing: `read issue ${number}` }
      const issue = await api.send(call, IssueBody)
      const { title, content, state, kind, component, reporter, links } = issue
      return {
        ...{ number, url: links.html.href, title, body: content?.raw ?? '' },
        labels: [kind, component?.name].filter((label) => typeof label === 'string'),
        ...{ author: nameOf(reporter), is_open: state === 'new' || state === 'open' },
      }
    },
  }
}

async function listChecks(api: Api, path: string): Promise<PullRequestCheck[]> {
  const call = { path, query: { pagelen: '100' }, doing: 'read the checks' }
  const statuses = await api.list(call, { item: Status, itemsOf: valuesOf, next: nextOf })
  return statuses.map(({ key, name, state, description, url }) => ({
    name: name ?? key,
    state: states[state] ?? 'failed',
    ...(url ? { url } : {}),
    ...(description ? { summary: description } : {}),
  }))
}

/** Of how many failed steps of one pipeline. */
const maxSteps = 3

/** The status of a pipeline leads to the page of its result, by number; the API knows it by another name. */
async function readLog(
  api: Api,
  repository: string,
  { check, commit }: { check: PullRequestCheck; commit: string },
): Promise<string | undefined> {
  const number = /\/pipelines\/(?:home#!\/)?results\/(\d+)/.exec(check.url ?? '')?.[1]
  if (number === undefined) return undefined
  const page = { itemsOf: valuesOf, next: nextOf }
  const query = { 'target.commit.hash': commit, pagelen: '100' }
  const all = { path: `${repository}/pipelines/`, query, doing: 'list the pipelines' }
  const pipelines = await api.list(all, { ...page, item: Pipeline })
  const pipeline = pipelines.find(({ build_number }) => String(build_number) === number)
  if (!pipeline) return undefined
  const at = `${repository}/pipelines/${encodeURIComponent(pipeline.uuid)}/steps/`
  const steps = await api.list({ path: at, doing: 'list the steps' }, { ...page, item: PipeStep })
  const failed = steps.filter(({ state }) => failures.includes(state?.result?.name ?? ''))
  const logs: string[] = []
  for (const { uuid, name } of failed.slice(0, maxSteps)) {
    const path = `${at}${encodeURIComponent(uuid)}/log`
    const text = await orNothing(api.end({ path, doing: 'read the log of a step' }))
    const share =
      text && toLog(text)?.slice(-Math.floor(maxLogs / Math.min(failed.length, maxSteps)))
    if (share) logs.push(`${name ?? 'Step'}:\n${share}`)
  }
  return toLog(logs.join('\n\n'))
}

const failures: readonly string[] = ['FAILED', 'ERROR']
/** Characters for the steps together, without their names. */
const maxLogs = 5_400

/** By nickname, display name, account id or uuid; members of the workspace are who can review. */
async function findPeople(
  api: Api,
  { host, space, reviewers }: { host: string; space: string; reviewers: readonly string[] },
): Promise<{ found: string[]; notes: string[] }> {
  const members = await listMembers(api, space)
  const found: string[] = []
  const notes: string[] = []
  for (const name of reviewers) {
    const member = members.find(({ user }) => Object.values(user).includes(name))
    if (member) found.push(member.user.uuid)
    else notes.push(unknownPerson(host, name))
  }
  return { found, notes }
}

function listMembers(api: Api, space: string): Promise<v.InferOutput<typeof Member>[]> {
  const call = {
    path: `/workspaces/${encodeURIComponent(space)}/members`,
    query: { pagelen: '100' },
    doing: 'list the members of the workspace',
  }
  return api.list(call, { item: Member, itemsOf: valuesOf, next: nextOf })
}

const states: Record<string, CheckState> = {
  SUCCESSFUL: 'passed',
  INPROGRESS: 'pending',
  STOPPED: 'failed',
  FAILED: 'failed',
}

const nameOf = (account: Account | null | undefined): string =>
  account?.nickname ?? account?.display_name ?? ''

function toComment(comment: v.InferOutput<typeof Comment>): ReviewComment {
  const { id, content, user, created_on, inline, links, resolution } = comment
  return {
    id: String(id),
    author: nameOf(user),
    ...(user ? { author_id: user.uuid } : {}),
    body: content.raw,
    ...(resolution ? { is_resolved: true } : {}),
    ...(inline ? { path: inline.path } : {}),
    ...(inline?.to ? { line: inline.to } : {}),
    ...(links?.html ? { url: links.html.href } : {}),
    created_at: created_on,
  }
}

const verdicts: Record<string, ReviewComment['verdict']> = {
  approved: 'approved',
  changes_requested: 'changes-requested',
}

const toVerdicts = (participants: Pull['participants']): ReviewComment[] =>
  participants.flatMap(({ user, state, participated_on }) => {
    const verdict = state ? verdicts[state] : undefined
    if (!verdict) return []
    const created_at = participated_on ?? ''
    return [{ id: `review-${user.uuid}`, author: nameOf(user), body: '', verdict, created_at }]
  })

const toPull = (pull: Pull): PullRequest => ({
  number: pull.id,
  url: pull.links.html.href,
  title: pull.title,
  state: pull.state === 'OPEN' ? 'open' : pull.state === 'MERGED' ? 'merged' : 'closed',
  is_draft: pull.draft,
})
