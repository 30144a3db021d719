/** What a pull request calls for, and who is to see to it. Pure. */
import type { PullRequestCheck, ReviewComment } from '#contract/delivery.ts'
import type { FollowUpKind } from '#contract/follow-up.ts'
import type { DeliveryRow } from '#db/deliveries.ts'
import type { FollowUpRow } from '#db/follow-ups.ts'

export type Want = {
  kind: FollowUpKind
  checks: PullRequestCheck[]
  comments: ReviewComment[]
  /** Why a person is wanted; absent: an agent goes on by itself. */
  reason?: string
}

type Known = Pick<DeliveryRow, 'pullRequest' | 'pushedCommit' | 'settings' | 'newsAt'>
type FollowUps = readonly Pick<
  FollowUpRow,
  'kind' | 'state' | 'commit' | 'checks' | 'comments' | 'startedAt' | 'byPerson'
>[]

/** How often it happens without a person, unless the task says otherwise. */
export const defaultFollowUps = 3
/** The rest of the checks may tell more; so long they are waited for. */
const checksPatienceMs = 10 * 60_000
/** A reviewer who has written something writes on, where comments come one by one. */
const quietMs = 60_000

export function wanted(delivery: Known, followUps: FollowUps, now: number): Want[] {
  if (delivery.pullRequest?.state !== 'open' || delivery.pushedCommit === null) return []
  if (followUps.some(({ state }) => state === 'working')) return []
  const kept = followUps.filter(({ state }) => state !== 'withdrawn')
  const most = delivery.settings.max_follow_ups ?? defaultFollowUps
  const sent = kept.filter(({ startedAt, byPerson }) => startedAt !== null && !byPerson).length
  const spent =
    sent >= most
      ? `It was sent back ${sent === 1 ? 'once' : `${sent} times`} already, as often as the task allows without you.`
      : undefined
  return [
    ...wantedChecks(delivery, kept, { now, spent }),
    ...wantedComments(delivery, kept, { now, spent }),
  ]
}

type Now = { now: number; spent: string | undefined }

function wantedChecks(
  { pullRequest, pushedCommit, settings, newsAt }: Known,
  followUps: FollowUps,
  { now, spent }: Now,
): Want[] {
  const all = pullRequest?.checks ?? []
  const seen = new Set(
    followUps
      .filter(({ commit }) => commit === pushedCommit)
      .flatMap(({ checks }) => checks.map(({ name }) => name)),
  )
  const checks = all.filter(({ name, state }) => state === 'failed' && !seen.has(name))
  const isRunning = all.some(({ state }) => state === 'pending')
  if (checks.length === 0 || (isRunning && now - (newsAt ?? 0) < checksPatienceMs)) return []
  const reason = settings.auto_fix_checks ? spent : 'The task does not say that agents fix checks.'
  return [{ kind: 'checks', checks, comments: [], ...(reason === undefined ? {} : { reason }) }]
}

function wantedComments(
  { pullRequest, settings }: Known,
  followUps: FollowUps,
  { now, spent }: Now,
): Want[] {
  const seen = new Set(followUps.flatMap(({ comments }) => comments.map(({ id }) => id)))
  const fresh = openComments(pullRequest?.comments ?? []).filter(({ id }) => !seen.has(id))
  if (fresh.some(({ created_at: at }) => now - Date.parse(at) < quietMs)) return []
  if (!settings.auto_address_comments)
    return toWants(fresh, 'The task does not say that agents answer comments.')
  const mayWrite = ({ may_write }: ReviewComment): boolean => may_write === true
  return [
    ...toWants(fresh.filter(mayWrite), spent),
    ...toWants(
      fresh.filter((comment) => !mayWrite(comment)),
      'Who wrote this may not write to the repository.',
    ),
  ]
}

const toWants = (comments: ReviewComment[], reason: string | undefined): Want[] =>
  comments.length === 0
    ? []
    : [{ kind: 'comments', checks: [], comments, ...(reason === undefined ? {} : { reason }) }]

/** What somebody still wants: words of a person, in a thread that nobody has closed. */
export const openComments = (comments: readonly ReviewComment[]): ReviewComment[] =>
  comments.filter(
    ({ body, is_resolved, verdict, by_program }) =>
      body.trim() !== '' && !is_resolved && !by_program && verdict !== 'approved',
  )

/** What is left of something that waits for a person: checks that were run again and threads that were closed are not. */
export function leftOf(
  { kind, commit, checks, comments }: Pick<FollowUpRow, 'kind' | 'commit' | 'checks' | 'comments'>,
  { pullRequest, pushedCommit }: Known,
): Pick<FollowUpRow, 'checks' | 'comments'> {
  if (pullRequest?.state !== 'open') return { checks: [], comments: [] }
  if (kind === 'comments') {
    const open = new Set(openComments(pullRequest.comments ?? []).map(({ id }) => id))
    return { checks: [], comments: comments.filter(({ id }) => open.has(id)) }
  }
  if (commit !== pushedCommit) return { checks: [], comments: [] }
  const isFailed = (name: string): boolean =>
    (pullRequest.checks ?? []).some((check) => check.name === name && check.state === 'failed')
  return { checks: checks.filter(({ name }) => isFailed(name)), comments: [] }
}
