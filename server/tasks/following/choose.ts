/** Whose agent a follow-up goes to. Pure. */
import type { PullRequestCheck, ReviewComment } from '#contract/delivery.ts'

/** A subtask whose work was delivered. */
export type Candidate = {
  id: string
  agentId: string | null
  completedAt: number
  changes: readonly { path: string; added: number; deleted: number }[]
}

export type Choice = { candidate: Candidate; why: string }

type Findings = { checks: readonly PullRequestCheck[]; comments: readonly ReviewComment[] }

/**
 * The one that changed most of the files that comments stand at, or that checks name in what they say; among equals the one that changed
 * more lines of those. When nothing is named, or nobody changed it: the one that changed the most lines of all; among equals the last to
 * complete.
 */
export function choose(candidates: readonly Candidate[], findings: Findings): Choice | undefined {
  const named = (candidate: Candidate) =>
    candidate.changes.filter(({ path }) => isNamed(path, findings))
  const [best] = candidates.toSorted(
    (a, b) =>
      named(b).length - named(a).length ||
      linesOf(named(b)) - linesOf(named(a)) ||
      linesOf(b.changes) - linesOf(a.changes) ||
      b.completedAt - a.completedAt,
  )
  if (!best) return undefined
  const [first, ...more] = named(best).map(({ path }) => path)
  if (candidates.length === 1) return { candidate: best, why: 'All of the work is its own.' }
  if (first === undefined)
    return {
      candidate: best,
      why: 'No file of the work is named, and it changed the most lines.',
    }
  const rest = more.length > 0 ? ` and ${more.length} more` : ''
  return { candidate: best, why: `It changed ${first}${rest}, which is named there.` }
}

const linesOf = (changes: Candidate['changes']): number =>
  changes.reduce((sum, { added, deleted }) => sum + added + deleted, 0)

const isNamed = (path: string, { checks, comments }: Findings): boolean =>
  comments.some((comment) => comment.path === path || mentions(comment.body, path)) ||
  checks.some(({ log = '', summary = '' }) => mentions(`${summary}\n${log}`, path))

/** As a whole: `a.ts` is not in `data.ts` or `b/a.ts.map`. */
function mentions(text: string, path: string): boolean {
  for (let at = text.indexOf(path); at >= 0; at = text.indexOf(path, at + 1)) {
    const before = text[at - 1] ?? ' '
    const after = text.slice(at + path.length, at + path.length + 2)
    if (!/[\w.-]/.test(before) && !/^(\w|[-/]|\.\w)/.test(after)) return true
  }
  return false
}
