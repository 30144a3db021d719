/** A reviewer's verdict in words, glyphs and addresses. */
import type { Finding, Verdict } from '#contract/verdict.ts'
import type { GlyphName } from './glyph-name.ts'

export const severityWords: Record<Finding['severity'], string> = {
  blocker: 'Blocker',
  major: 'Major',
  minor: 'Minor',
}

export const severityGlyphs: Record<Finding['severity'], GlyphName> = {
  blocker: 'fail',
  major: 'review',
  minor: 'wait',
}

/** A person's decision is the last word; an open question waits for one. */
export function verdictWords({
  verdict,
  decision,
  question_id,
}: Pick<Verdict, 'verdict' | 'decision' | 'question_id'>): { glyph: GlyphName; word: string } {
  if (question_id !== undefined) return { glyph: 'need', word: 'Not approved, you decide' }
  if (decision === 'accepted') return { glyph: 'done', word: 'Accepted by you as it is' }
  if (decision === 'failed') return { glyph: 'fail', word: 'Failed by you' }
  if (decision === 'another-round') return { glyph: 'review', word: 'Another round, asked by you' }
  return verdict === 'approved'
    ? { glyph: 'done', word: 'Approved' }
    : { glyph: 'review', word: 'Needs changes' }
}

export const findingPlace = ({ path, line }: Pick<Finding, 'path' | 'line'>): string =>
  line === undefined ? (path ?? '') : `${path ?? ''}:${line}`

/** Its line in the changes of the task; undefined for one that is about no file. */
export function findingHref(
  taskId: string,
  { path, line }: Pick<Finding, 'path' | 'line'>,
): string | undefined {
  if (path === undefined) return undefined
  const query = new URLSearchParams({
    file: path,
    ...(line === undefined ? {} : { line: `${line}` }),
  })
  return `/tasks/${encodeURIComponent(taskId)}/changes?${query}`
}
