/** What is new about a pull request, as events of its task. Pure. */
import type { PullRequest, PullRequestCheck, ReviewComment } from '#contract/delivery.ts'
import type { EventType } from '#contract/event.ts'

export type News = { type: EventType; data: Record<string, unknown> }

const maxExcerpt = 200

export function newsOf(before: PullRequest, after: PullRequest): News[] {
  return [
    ...stateNews(before, after),
    ...(after.checks ?? []).flatMap((check) => checkNews(before.checks ?? [], check)),
    ...(after.comments ?? []).flatMap((comment) => commentNews(before.comments ?? [], comment)),
  ]
}

function stateNews(before: PullRequest, after: PullRequest): News[] {
  const { number, url, state, is_draft, mergeable } = after
  const isSame =
    before.state === state && before.is_draft === is_draft && before.mergeable === mergeable
  if (isSame) return []
  const merges = mergeable === undefined ? {} : { mergeable }
  const data = { number, url, from: before.state, state, is_draft, ...merges }
  return [{ type: 'pull-request.state', data }]
}

/** The same check of another commit is told again only when it says something else. */
function checkNews(before: readonly PullRequestCheck[], check: PullRequestCheck): News[] {
  const { name, state, url } = check
  const known = before.find((other) => other.name === name)
  if (known?.state === state) return []
  const data = { name, state, ...(known && { from: known.state }), ...(url && { url }) }
  return [{ type: 'pull-request.check', data }]
}

function commentNews(before: readonly ReviewComment[], comment: ReviewComment): News[] {
  const { id, author, body, path, line, url, verdict, is_resolved } = comment
  const known = before.find((other) => other.id === id)
  const isSame = known?.is_resolved === is_resolved && known?.verdict === verdict
  if (known && isSame) return []
  const data = {
    ...{ id, author, excerpt: body.slice(0, maxExcerpt) },
    ...(path && { path }),
    ...(line && { line }),
    ...(url && { url }),
    ...(verdict && { verdict }),
    ...(is_resolved && { is_resolved }),
  }
  return [{ type: 'pull-request.comment', data }]
}
