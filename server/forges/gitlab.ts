/**
 * GitLab, on gitlab.com and self-hosted. From its REST API documentation, v4: "Merge requests", "Users", "Commits" (statuses), "Notes",
 * "Merge request approvals", "Jobs" (log), "Members", "Issues".
 */

import * as v from 'valibot'
import type { CheckState, PullRequest, ReviewComment } from '#contract/delivery.ts'
import { type Forge, openOrFind } from './forge.ts'
import { type Api, linkNext } from './http.ts'
import { pullCalls } from './pulls.ts'
import { byTime, logOf, orNothing, toAnswer, toLog, unknownPerson } from './shapes.ts'

const Merge = v.object({
  iid: v.number(),
  web_url: v.string(),
  title: v.string(),
  state: v.string(),
  draft: v.optional(v.boolean(), false),
  has_conflicts: v.nullish(v.boolean()),
  detailed_merge_status: v.nullish(v.string()),
  labels: v.optional(v.array(v.string()), []),
  reviewers: v.optional(v.array(v.object({ id: v.number() })), []),
})
type Merge = v.InferOutput<typeof Merge>
const Found = v.object({ id: v.number(), username: v.string() })
const Member = v.object({ username: v.string(), access_level: v.number() })
const IssueBody = v.object({
  web_url: v.string(),
  title: v.string(),
  description: v.nullish(v.string()),
  state: v.string(),
  labels: v.array(v.string()),
  author: v.nullish(v.object({ username: v.string() })),
})
const Status = v.object({
  id: v.optional(v.number()),
  name: v.string(),
  status: v.string(),
  allow_failure: v.optional(v.boolean(), false),
  description: v.nullish(v.string()),
  target_url: v.nullish(v.string()),
})
const Note = v.object({
  id: v.number(),
  body: v.string(),
  system: v.boolean(),
  created_at: v.string(),
  resolved: v.nullish(v.boolean()),
  author: v.object({ username: v.string() }),
  position: v.nullish(
    v.object({ new_path: v.nullish(v.string()), new_line: v.nullish(v.number()) }),
  ),
})
const Approvals = v.object({
  approved_by: v.array(v.object({ user: v.object({ id: v.number(), username: v.string() }) })),
})

export const gitlabHeaders = (token: string): Record<string, string> => ({
  Authorization: `Bearer ${token}`,
})

export const gitlabNeeds =
  'needs the scopes "api" and "write_repository" and at least the role Developer'

const draftPrefix = 'Draft: '
/** The role from which on somebody may push ("Roles and permissions"). */
const developer = 30

export function createGitlab(api: Api, host: string, path: string[]): Forge {
  const project = `/projects/${encodeURIComponent(path.join('/'))}`
  const at = `${project}/merge_requests`
  const find: Forge['find'] = async ({ head, base }) => {
    const query = { state: 'opened', source_branch: head, target_branch: base, per_page: '100' }
    const doing = 'list the merge requests'
    const [first] = await api.send({ path: at, query, doing }, v.array(Merge))
    return first && toPull(first)
  }
  const calls = pullCalls(api, at, { schema: Merge, noun: 'merge request', change: 'PUT' })
  const { read, change, create } = calls
  return {
    kind: 'gitlab',
    host,
    find,
    open: (input) =>
      openOrFind(find, input, async () => {
        const { head, base, title, body, isDraft } = input
        const request = {
          source_branch: head,
          target_branch: base,
          title: isDraft ? `${draftPrefix}${title}` : title,
          description: body,
        }
        return toPull(await create(input, request))
      }),
    async update(number, { title, body }) {
      // A draft is one by its title: writing a title without the prefix would make it ready.
      const { draft } = await read(number)
      const text = { title: draft ? `${draftPrefix}${title}` : title, description: body }
      return toPull(await change(number, text))
    },
    get: async (number) => toPull(await read(number)),
    async invite(number, reviewers) {
      const { found, notes } = await findPeople(api, host, reviewers)
      const present = (await read(number)).reviewers.map(({ id }) => id)
      const body = { reviewer_ids: [...new Set([...present, ...found])] }
      if (found.length === 0) return notes
      const doing = `ask ${reviewers.join(', ')} for a review`
      return [...notes, ...(await toAnswer(async () => void (await change(number, body, doing))))]
    },
    label: (number, labels) =>
      toAnswer(async () => {
        await change(number, { add_labels: labels.join(',') }, 'add the labels')
      }),
    async checks(commit) {
      const call = {
        path: `${project}/repository/commits/${commit}/statuses`,
        query: { per_page: '100' },
        doing: 'read the checks',
      }
      const statuses = await api.list(call, { item: Status, next: linkNext })
      return statuses.map(({ id, name, status, allow_failure, description, target_url }) => ({
        ...(id === undefined ? {} : { id: String(id) }),
        name,
        state: stateOf(status, allow_failure),
        ...(target_url ? { url: target_url } : {}),
        ...(description ? { summary: description } : {}),
      }))
    },
    comments: (number) => listComments(api, `${at}/${number}`),
    ...aside(api, host, project),
  }
}

/** What is asked for besides merge requests. */
const aside = (
  api: Api,
  host: string,
  project: string,
): Pick<Forge, 'log' | 'mayWrite' | 'issue'> => ({
  // A status that is not of a job has none.
  log: ({ id }) =>
    logOf(host, async () => {
      if (id === undefined) return undefined
      const path = `${project}/jobs/${encodeURIComponent(id)}/trace`
      return toLog(await api.end({ path, doing: 'read the log of a job' }))
    }),
  async mayWrite({ author }) {
    const call = { path: `${project}/members/all`, query: { query: author, per_page: '100' } }
    const found = await orNothing(
      api.send({ ...call, doing: `look up ${author}` }, v.array(Member)),
    )
    return (found ?? []).some((one) => one.username === author && one.access_level >= developer)
  },
  async issue(number) {
    const call = { path: `${project}/issues/${number}`, doing: `read issue ${number}` }
    const { web_url, title, description, state, labels, author } = await api.send(call, IssueBody)
    return {
      ...{ number, url: web_url, title, body: description ?? '', labels },
      ...{ author: author?.username ?? '', is_open: state === 'opened' },
    }
  },
})

async function findPeople(
  api: Api,
  host: string,
  names: readonly string[],
): Promise<{ found: number[]; notes: string[] }> {
  const found: number[] = []
  const notes: string[] = []
  for (const name of names) {
    const username = name.replace(/^@/, '')
    const call = { path: '/users', query: { username }, doing: `look up ${username}` }
    const [user] = await api.send(call, v.array(Found))
    if (user) found.push(user.id)
    else notes.push(unknownPerson(host, name))
  }
  return { found, notes }
}

const states: Record<string, CheckState> = {
  success: 'passed',
  skipped: 'skipped',
  manual: 'skipped',
  canceled: 'failed',
  failed: 'failed',
}
/** Everything else, such as `created`, `running` or `waiting_for_resource`, has not come to its end. */
const stateOf = (word: string, isOptional: boolean): CheckState =>
  word === 'failed' && isOptional ? 'skipped' : (states[word] ?? 'pending')

async function listComments(api: Api, at: string): Promise<ReviewComment[]> {
  const doing = 'read the comments'
  const query = { per_page: '100', sort: 'asc' }
  const notes = await api.list(
    { path: `${at}/notes`, query, doing },
    { item: Note, next: linkNext },
  )
  const approvals = await api.send({ path: `${at}/approvals`, doing }, Approvals)
  return [
    ...byTime(
      notes
        .filter(({ system }) => !system)
        .map(({ id, author, body, position, created_at, resolved }) => ({
          id: String(id),
          author: author.username,
          body,
          ...(position?.new_path ? { path: position.new_path } : {}),
          ...(position?.new_line ? { line: position.new_line } : {}),
          ...(resolved ? { is_resolved: true } : {}),
          created_at,
        })),
    ),
    ...approvals.approved_by.map(({ user }) => ({
      id: `approval-${user.id}`,
      author: user.username,
      body: '',
      verdict: 'approved' as const,
      created_at: '',
    })),
  ]
}

const toPull = (merge: Merge): PullRequest => ({
  number: merge.iid,
  url: merge.web_url,
  title: merge.title.replace(/^Draft: /, ''),
  state: merge.state === 'opened' ? 'open' : merge.state === 'merged' ? 'merged' : 'closed',
  is_draft: merge.draft,
  ...(typeof merge.has_conflicts === 'boolean' && !isUnchecked(merge)
    ? { mergeable: !merge.has_conflicts }
    : {}),
})

const isUnchecked = ({ detailed_merge_status: word }: Merge): boolean =>
  ['unchecked', 'checking', 'preparing'].includes(word ?? '')
