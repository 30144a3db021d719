/** How a task's work leaves Klaudio: what a person wants, what goes together, and what came of it. */
import * as v from 'valibot'
import type { TaskSource } from './task.ts'

/** The programs that host repositories, by their APIs. `bitbucket-server` is Bitbucket Data Center, `gitea` Forgejo as well. */
export const forgeKinds = ['github', 'gitlab', 'bitbucket', 'bitbucket-server', 'gitea'] as const
export const ForgeKind = v.picklist(forgeKinds)
export type ForgeKind = v.InferOutput<typeof ForgeKind>

/** A branch name that git, a shell and every forge can only read as one. */
export const BranchName = v.pipe(
  v.string(),
  v.trim(),
  v.maxLength(200),
  v.check(
    isBranchName,
    'A branch name is made of letters, digits and . _ / -, and begins with a letter or digit.',
  ),
)

function isBranchName(name: string): boolean {
  const isPlain = /^[A-Za-z0-9][A-Za-z0-9_./-]*$/.test(name)
  return isPlain && !/\.\.|\/\/|\/\.|\.lock(\/|$)|[./]$/.test(name)
}

const flag = v.optional(v.boolean(), false)
const names = (most: number) =>
  v.optional(
    v.pipe(
      v.array(
        v.pipe(
          v.string(),
          v.trim(),
          v.nonEmpty(),
          v.maxLength(200),
          // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
          v.regex(/^[^\u0000-\u001f\u007f]*$/, 'A name has no control characters.'),
        ),
      ),
      v.maxLength(most),
    ),
    [],
  )

/**
 * What happens to the finished work. The names are the reference's where it has them. Agents' work is always committed in the task's
 * own repository; everything here is about what leaves it.
 */
export const DeliverySettings = v.object({
  /** Work goes to a branch of its own, `klaudio/<id8>` unless `work_branch` says otherwise. */
  auto_branch: flag,
  /** As one commit that says what was done; otherwise the agents' own commits go as they are. */
  auto_commit: flag,
  /** Push that branch to the repository the task started from. */
  auto_push: flag,
  /** Open a pull request for it, or bring the open one up to date. */
  auto_pr: flag,
  /** Branch the work is meant for; absent: the branch the task started from. */
  pr_target: v.optional(BranchName),
  pr_reviewers: names(50),
  pr_labels: names(50),
  pr_draft: flag,
  /** Failed checks of the pull request go back to the agent whose work they are about, and its answer is pushed again. */
  auto_fix_checks: v.optional(v.boolean()),
  /** So do comments of people who may write to the repository. */
  auto_address_comments: v.optional(v.boolean()),
  /** How often both together may happen without a person; three times when absent. */
  max_follow_ups: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(20))),
  work_branch: v.optional(BranchName),
  /** What hosts the repository; found out when absent. */
  forge: v.optional(ForgeKind),
  /** Address of its API, when that cannot be told from the repository's, such as `https://git.example.com/api/v4`. */
  forge_url: v.optional(
    v.pipe(
      v.string(),
      v.trim(),
      v.maxLength(2000),
      v.check(isApiUrl, 'Give the https address of the API, without user name and password.'),
    ),
  ),
})
export type DeliverySettings = v.InferOutput<typeof DeliverySettings>

function isApiUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, username, password, hostname } = new URL(text)
  const isLoopback = hostname === 'localhost' || /^127(\.\d{1,3}){3}$/.test(hostname)
  return !username && !password && (protocol === 'https:' || (protocol === 'http:' && isLoopback))
}

/** Branches that nobody's automation should write to, whatever the forge protects. */
const sharedBranches = /^(main|master|trunk|develop|development|production|HEAD)$|^release(s)?\//i

export const isSharedBranch = (name: string): boolean => sharedBranches.test(name)

/** Why these settings make no sense, each as one sentence that says what to do. Empty when they do. */
export function deliveryProblems(settings: DeliverySettings): string[] {
  const { auto_branch, auto_push, auto_pr, work_branch, pr_target } = settings
  const problems: string[] = []
  if (auto_pr && !auto_push)
    problems.push('auto_pr needs auto_push: a pull request is made of a pushed branch.')
  if ((settings.auto_fix_checks || settings.auto_address_comments) && !auto_pr)
    problems.push(
      'auto_fix_checks and auto_address_comments need auto_pr: they are about a pull request.',
    )
  if (auto_push && !auto_branch)
    problems.push('auto_push needs auto_branch: Klaudio pushes only to a branch of the task.')
  if (work_branch !== undefined && !auto_branch)
    problems.push('work_branch needs auto_branch: without it there is no such branch.')
  if (work_branch !== undefined && work_branch === pr_target)
    problems.push('work_branch and pr_target are the same branch: choose another work_branch.')
  else if (work_branch !== undefined && isSharedBranch(work_branch))
    problems.push(`work_branch may not be "${work_branch}": choose a branch of the task's own.`)
  return problems
}

/** As `deliveryProblems`, for the source that the task starts from. */
export function sourceProblems(settings: DeliverySettings, source: TaskSource): string[] {
  if (!settings.auto_push) return []
  if (source.kind === 'empty' || source.kind === 'files')
    return ['auto_push needs a repository: this task does not start from one. Turn it off.']
  if (settings.work_branch !== undefined && settings.work_branch === source.ref)
    return ['work_branch is the branch the task starts from: choose another.']
  if (!settings.auto_pr) return []
  if (source.kind === 'local')
    return ['auto_pr needs a repository on a forge: one on this machine has no pull requests.']
  if (!/^https?:/i.test(source.url.trim()))
    return ['auto_pr needs the https address of the repository and an access token.']
  return []
}

/** A new try, with what should be different this time. Settings that are absent stay. */
export const Deliver = v.partial(
  v.object({
    auto_commit: v.boolean(),
    auto_pr: v.boolean(),
    pr_target: BranchName,
    pr_reviewers: v.unwrap(DeliverySettings.entries.pr_reviewers),
    pr_labels: v.unwrap(DeliverySettings.entries.pr_labels),
    pr_draft: v.boolean(),
    auto_fix_checks: v.boolean(),
    auto_address_comments: v.boolean(),
    max_follow_ups: v.unwrap(DeliverySettings.entries.max_follow_ups),
    work_branch: BranchName,
    forge: ForgeKind,
    forge_url: v.unwrap(DeliverySettings.entries.forge_url),
    /** Takes the place of the stored token of the task's source. Never returned. */
    access_token: v.pipe(v.string(), v.nonEmpty(), v.maxLength(4096)),
  }),
)
export type Deliver = v.InferOutput<typeof Deliver>

/** `off`: nothing was asked for. `unchanged`: there was nothing to deliver. */
export const deliveryStates = ['off', 'pending', 'delivered', 'unchanged', 'failed'] as const
export const DeliveryState = v.picklist(deliveryStates)
export type DeliveryState = v.InferOutput<typeof DeliveryState>

export const CheckState = v.picklist(['pending', 'passed', 'failed', 'skipped'])
export type CheckState = v.InferOutput<typeof CheckState>

/** What a pipeline or another program says of the pushed commit. */
export const PullRequestCheck = v.object({
  /** The forge's own, where it can be asked for more by it. */
  id: v.optional(v.string()),
  name: v.string(),
  state: CheckState,
  /** Page with more about it. */
  url: v.optional(v.string()),
  summary: v.optional(v.string()),
  /** Of a failed one: the end of what it printed, or what it says of lines, as far as the API gives it. */
  log: v.optional(v.string()),
  /** Of a failed one without a log: a sentence that says why. */
  log_missing: v.optional(v.string()),
})
export type PullRequestCheck = v.InferOutput<typeof PullRequestCheck>

/** What a person wrote about the work. */
export const ReviewComment = v.object({
  id: v.string(),
  author: v.string(),
  /** Where names are not unique. */
  author_id: v.optional(v.string()),
  /** Written by a program, as far as the forge says so. */
  by_program: v.optional(v.boolean()),
  /** The author may write to the repository; absent: not asked. */
  may_write: v.optional(v.boolean()),
  body: v.string(),
  /** The thread was closed by somebody. */
  is_resolved: v.optional(v.boolean()),
  /** File and line it is about. */
  path: v.optional(v.string()),
  line: v.optional(v.number()),
  /** Of a review as a whole. */
  verdict: v.optional(v.picklist(['approved', 'changes-requested'])),
  url: v.optional(v.string()),
  created_at: v.string(),
})
export type ReviewComment = v.InferOutput<typeof ReviewComment>

export const PullRequest = v.object({
  number: v.number(),
  url: v.string(),
  title: v.string(),
  state: v.picklist(['open', 'merged', 'closed']),
  is_draft: v.boolean(),
  /** Whether it merges without conflicts; absent where the forge does not say, or not yet. */
  mergeable: v.optional(v.boolean()),
  checks: v.optional(v.array(PullRequestCheck)),
  comments: v.optional(v.array(ReviewComment)),
  /** When the forge was last asked. */
  checked_at: v.optional(v.string()),
})
export type PullRequest = v.InferOutput<typeof PullRequest>

/** How far the work has come. */
export const Delivery = v.object({
  settings: DeliverySettings,
  state: DeliveryState,
  /** Name of the branch at its destination. */
  branch: v.string(),
  /** Branch it is meant for, once known. */
  target: v.optional(v.string()),
  /** What was pushed. */
  commit: v.optional(v.string()),
  /** Commits that the branch has and its target does not. */
  commits: v.optional(v.number()),
  pushed_at: v.optional(v.string()),
  pull_request: v.optional(PullRequest),
  /** What a person should know although it worked, such as reviewers the forge does not know. */
  notes: v.array(v.string()),
  /** Files in which the work and the newest state of its target differ in the same lines. */
  conflicts: v.optional(v.array(v.string())),
  /** Why it failed and what to do, as one or two sentences. */
  error: v.optional(v.string()),
  attempts: v.number(),
  /** When the forge is asked next what has become of the pull request; absent: it is not followed. */
  next_look_at: v.optional(v.string()),
  /** Why it could not be asked the last time. */
  look_error: v.optional(v.string()),
})
export type Delivery = v.InferOutput<typeof Delivery>
