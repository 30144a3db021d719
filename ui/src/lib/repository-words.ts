/** A repository in a few words. */
import type { RepoTemplate } from '#contract/repo-template.ts'
import type { SourceCheck } from '#contract/source.ts'
import { formatBytes } from './text.ts'
import { formatAgo } from './time.ts'

type Flags = Pick<RepoTemplate, 'auto_branch' | 'auto_push' | 'auto_pr' | 'pr_target'>

/** What becomes of the work, told by its last step. */
export function describeDelivery(delivery: Flags): string {
  if (delivery.auto_pr) return `pull request for ${delivery.pr_target}`
  if (delivery.auto_push) return 'pushed to a branch of its own'
  return 'work stays here'
}

/** "main, 3 days old, 214 MB", as far as it is known. */
export function describeFound(
  { branch, committed_at: at, size_bytes: size }: SourceCheck,
  now: number,
): string {
  if (branch === null) return 'An empty repository: there is no commit yet'
  return [
    branch,
    at ? `last commit ${formatAgo(Date.parse(at), now)}` : '',
    size ? formatBytes(size) : '',
  ]
    .filter(Boolean)
    .join(', ')
}
