/** A pull request as its forge has it now, bounded: what people and programs say of it is kept with the task. */
import type {
  DeliverySettings,
  PullRequest,
  PullRequestCheck,
  ReviewComment,
} from '#contract/delivery.ts'
import type { TaskSource } from '#contract/task.ts'
import type { CheckLog, Forge } from '#forges/forge.ts'
import type { GitLogin } from '#git/login.ts'
import { maskSecrets } from '#lib/mask.ts'

export type LookInput = {
  source: TaskSource
  login?: GitLogin | undefined
  settings: DeliverySettings
  /** As it was known: what was asked of it once is not asked again. */
  pullRequest: PullRequest
  /** What was pushed last. */
  commit: string
  /** What no text from the forge may hold when it is kept. */
  secrets: readonly string[]
  signal: AbortSignal
}

const limits = { checks: 100, comments: 100, body: 4_000, words: 500 }

export async function look(forge: Forge, input: LookInput): Promise<PullRequest> {
  const { pullRequest: known, commit, settings } = input
  const { number } = known
  const now = await forge.get(number)
  // What is over is not looked at any closer.
  if (now.state !== 'open') return { ...known, ...now }
  const checks = (await forge.checks(commit)).slice(0, limits.checks).map(bounded)
  const comments = (await forge.comments(number)).slice(-limits.comments).map(shortened)
  return {
    ...now,
    checks: await withLogs(forge, checks, { ...input, before: known.checks ?? [] }),
    comments: settings.auto_address_comments
      ? await withRights(forge, comments, known.comments ?? [])
      : comments,
  }
}

type Known = Pick<LookInput, 'commit' | 'secrets'> & { before: readonly PullRequestCheck[] }

const logOf = ({ log, log_missing }: PullRequestCheck): CheckLog => ({
  ...(log === undefined ? {} : { log }),
  ...(log_missing === undefined ? {} : { log_missing }),
})

/** The log of a failure is asked for once. */
async function withLogs(
  forge: Forge,
  checks: readonly PullRequestCheck[],
  { before, commit, secrets }: Known,
): Promise<PullRequestCheck[]> {
  const found: PullRequestCheck[] = []
  for (const check of checks) {
    const same = before.find(({ id, name, state }) => {
      return id === check.id && name === check.name && state === check.state
    })
    if (check.state !== 'failed') found.push(check)
    else if (same) found.push({ ...check, ...logOf(same) })
    else {
      const { log, ...rest } = await forge.log(check, commit)
      const masked = log === undefined ? {} : { log: maskSecrets(log, secrets) }
      found.push({ ...check, ...masked, ...rest })
    }
  }
  return found
}

/** Each author is asked about once, and again only when there is something new of theirs. */
async function withRights(
  forge: Forge,
  comments: readonly ReviewComment[],
  before: readonly ReviewComment[],
): Promise<ReviewComment[]> {
  const known = new Map(before.map(({ id, may_write }) => [id, may_write]))
  const rights = new Map<string, boolean>()
  const found: ReviewComment[] = []
  for (const comment of comments) {
    const author = comment.author_id ?? comment.author
    const may_write = known.get(comment.id) ?? rights.get(author) ?? (await forge.mayWrite(comment))
    rights.set(author, may_write)
    found.push({ ...comment, may_write })
  }
  return found
}

const cut = (text: string, most: number): string =>
  text.length <= most ? text : `${text.slice(0, most)}…`

const bounded = (check: PullRequestCheck): PullRequestCheck => ({
  ...check,
  name: cut(check.name, limits.words),
  ...(check.summary === undefined ? {} : { summary: cut(check.summary, limits.words) }),
})

const shortened = (comment: ReviewComment): ReviewComment => ({
  ...comment,
  body: cut(comment.body, limits.body),
})
