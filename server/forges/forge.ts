/** What Klaudio asks of a program that hosts repositories, whichever it is. */
import type { ForgeKind, PullRequest, PullRequestCheck, ReviewComment } from '#contract/delivery.ts'
import { AppError } from '#contract/errors.ts'
import type { Issue } from '#contract/issue.ts'

/** From `head` into `base`, both branches of the same repository. */
export type Branches = { head: string; base: string }

export type NewPullRequest = Branches & { title: string; body: string; isDraft: boolean }

/** One of the two. */
export type CheckLog = Pick<PullRequestCheck, 'log' | 'log_missing'>

/** Of one repository. Every call throws `ForgeError` with a sentence that says what to do. */
export type Forge = {
  readonly kind: ForgeKind
  /** As people know it, such as `github.com`. */
  readonly host: string
  /** The open pull request between the two branches. */
  find(branches: Branches): Promise<PullRequest | undefined>
  /** Where there is an open one already, that one. */
  open(input: NewPullRequest): Promise<PullRequest>
  update(number: number, text: { title: string; body: string }): Promise<PullRequest>
  /** In whatever state. */
  get(number: number): Promise<PullRequest>
  /** Asks people for a review. Resolves with a sentence for everything that was not possible. */
  invite(number: number, reviewers: readonly string[]): Promise<string[]>
  /** Adds labels. Resolves like `invite`. */
  label(number: number, labels: readonly string[]): Promise<string[]>
  /** What programs say of a commit. */
  checks(commit: string): Promise<PullRequestCheck[]>
  /** What people wrote, oldest first. */
  comments(number: number): Promise<ReviewComment[]>
  /** Of a failed check of a commit: the end of what it printed and what it says of lines, or why there is nothing. */
  log(check: PullRequestCheck, commit: string): Promise<CheckLog>
  /** Whether who wrote this could change the repository anyway. */
  mayWrite(comment: Pick<ReviewComment, 'author' | 'author_id'>): Promise<boolean>
  issue(number: number): Promise<Issue>
}

export type ForgeFailure =
  | 'token'
  | 'permission'
  | 'not-found'
  | 'exists'
  | 'refused'
  | 'rate-limit'
  | 'unreachable'
  | 'unexpected'

export class ForgeError extends AppError {
  readonly reason: ForgeFailure
  /** What the forge itself said, in one bounded line. */
  readonly said: string
  /** Of a rate limit: when requests are answered again, epoch milliseconds. */
  readonly untilMs: number | undefined

  constructor(
    reason: ForgeFailure,
    message: string,
    options: { said?: string; cause?: unknown; untilMs?: number } = {},
  ) {
    super('forge.failed', message, { cause: options.cause, details: { reason } })
    this.name = 'ForgeError'
    this.reason = reason
    this.said = options.said ?? ''
    this.untilMs = options.untilMs
  }
}

/** `open` for a forge that says no when there is one already: asked twice, it is one. */
export async function openOrFind(
  find: Forge['find'],
  input: NewPullRequest,
  open: () => Promise<PullRequest>,
): Promise<PullRequest> {
  try {
    return await open()
  } catch (error) {
    if (!(error instanceof ForgeError) || !['exists', 'refused'].includes(error.reason)) throw error
    const present = await find(input)
    if (present) return present
    throw error
  }
}
