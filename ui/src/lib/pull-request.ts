/** What a pull request says after it was opened, in words. */
import type {
  CheckState,
  PullRequest,
  PullRequestCheck,
  ReviewComment,
} from '#contract/delivery.ts'
import type { FollowUp, FollowUpState } from '#contract/follow-up.ts'
import type { GlyphName } from './glyph-name.ts'
import { plural } from './text.ts'

export const checkGlyphs: Record<CheckState, GlyphName> = {
  pending: 'run',
  passed: 'done',
  failed: 'fail',
  skipped: 'skip',
}

export const checkWords: Record<CheckState, string> = {
  pending: 'runs',
  passed: 'passed',
  failed: 'failed',
  skipped: 'skipped',
}

/** An address is a link only where a browser would follow it to a page. */
export const isPage = (url: string): boolean => /^https?:\/\//i.test(url)

export function pullState({ state, is_draft, mergeable }: PullRequest): string {
  if (state === 'merged') return 'merged'
  if (state === 'closed') return 'closed without being merged'
  return `${is_draft ? 'draft' : 'open'}${mergeable === false ? ', has conflicts' : ''}`
}

/** "3 checks: 1 failed, 1 runs". */
export function summarizeChecks(checks: readonly PullRequestCheck[]): string {
  const count = (state: CheckState): number => checks.filter((one) => one.state === state).length
  const parts = (['failed', 'pending'] as const)
    .filter((state) => count(state) > 0)
    .map((state) => `${count(state)} ${state === 'pending' ? 'running' : 'failed'}`)
  const all = plural(checks.length, 'check')
  return parts.length > 0 ? `${all}: ${parts.join(', ')}` : `${all} passed`
}

export function worstOf(checks: readonly PullRequestCheck[]): GlyphName {
  if (checks.some(({ state }) => state === 'failed')) return 'fail'
  return checks.some(({ state }) => state === 'pending') ? 'run' : 'done'
}

const said: Record<NonNullable<ReviewComment['verdict']>, string> = {
  approved: 'approved',
  'changes-requested': 'asks for changes',
}

/** "ann, src/a.ts:3" or "ann approved". */
export function describeComment(comment: ReviewComment): string {
  const { author, path, line, verdict, is_resolved } = comment
  const who = author || 'Somebody'
  if (verdict) return `${who} ${said[verdict]}`
  const where = path ? `, ${path}${line ? `:${line}` : ''}` : ''
  return `${who}${where}${is_resolved ? ', resolved' : ''}`
}

/** Resolved ones are over, and an approval without words says all in the list's title. */
export const openComments = (comments: readonly ReviewComment[]): ReviewComment[] =>
  comments.filter(({ is_resolved, body, verdict }) => !is_resolved && (body || verdict))

export const followUpGlyphs: Record<FollowUpState, GlyphName> = {
  waiting: 'need',
  working: 'run',
  done: 'done',
  dismissed: 'skip',
  withdrawn: 'skip',
}

const about = ({ kind, checks, comments }: FollowUp): string =>
  kind === 'checks'
    ? checks.length === 1
      ? `the failed check ${checks[0]?.name ?? ''}`
      : `${checks.length} failed checks`
    : plural(comments.length, 'comment')

export function followUpTitle(followUp: FollowUp): string {
  if (followUp.kind === 'comments')
    return `${plural(followUp.comments.length, 'comment')} to answer`
  const [first] = followUp.checks
  return followUp.checks.length === 1 && first
    ? `The check ${first.name} failed`
    : `${followUp.checks.length} checks failed`
}

export function describeFollowUp(followUp: FollowUp): string {
  const { state, subtask_id: subtask, answer } = followUp
  if (state === 'waiting') return `${followUpTitle(followUp)}, and you are asked what to do.`
  if (state === 'dismissed') return `You dismissed ${about(followUp)}.`
  if (state === 'withdrawn') return `${followUpTitle(followUp)}: not so any more.`
  const to = subtask ? ` to ${subtask}` : ''
  const end = state === 'done' ? `, answered with ${answer?.slice(0, 7) ?? 'a push'}` : ''
  return `Sent ${about(followUp)} back${to}${end}.`
}
