/** Comments by the lines they stand at, and what is said of them. */
import type { CommentsSent, ReviewComment } from '#contract/review.ts'
import { plural } from './text.ts'

export type LinePlace = { side: 'old' | 'new'; line: number }

export const placeKey = ({ side, line }: LinePlace): string => `${side}${line}`

/** The line below which a comment is shown; undefined for one whose lines are other ones by now. */
export const placeOfComment = ({
  side,
  now,
  line,
  end_line: end,
}: ReviewComment): LinePlace | undefined =>
  now === undefined ? undefined : { side, line: now + end - line }

/** By path, and there by `placeKey`. */
export function groupComments(
  comments: readonly ReviewComment[],
): Map<string, Map<string, ReviewComment[]>> {
  const found = new Map<string, Map<string, ReviewComment[]>>()
  for (const comment of comments) {
    const place = placeOfComment(comment)
    if (!place) continue
    const file = found.get(comment.path) ?? new Map<string, ReviewComment[]>()
    found.set(comment.path, file)
    file.set(placeKey(place), [...(file.get(placeKey(place)) ?? []), comment])
  }
  return found
}

/** "redis-store 2, middleware 1, nobody yet 1". */
export function recipientsOf(drafts: readonly ReviewComment[]): string {
  const counts = Map.groupBy(drafts, ({ to }) => to ?? 'nobody yet')
  return [...counts].map(([to, own]) => (counts.size > 1 ? `${to} ${own.length}` : to)).join(', ')
}

const howWords: Record<CommentsSent['sent'][number]['how'], string> = {
  told: 'hears it while it works',
  later: 'hears it after its turn',
  'goes-on': 'goes on in its conversation',
  anew: 'is taken up by a new agent',
}

/** "Sent 2 comments to redis-store, which goes on in its conversation." */
export const describeSent = ({ sent }: CommentsSent): string =>
  sent
    .map(
      ({ to, comments, how }) =>
        `Sent ${plural(comments, 'comment')} to ${to}, which ${howWords[how]}.`,
    )
    .join(' ')

const deliveryWords = { waiting: 'not heard yet', sent: 'on its way', read: 'read' } as const

/** "Draft", "Sent to redis-store, read", "Resolved". */
export function describeState({ state, to, delivery }: ReviewComment): string {
  if (state === 'draft') return 'Draft'
  if (state === 'resolved') return 'Resolved'
  return [`Sent to ${to ?? 'its writer'}`, delivery ? deliveryWords[delivery] : '']
    .filter(Boolean)
    .join(', ')
}

/** "src/a.ts, line 12", "lines 3 to 5 before". */
export function describePlace({ path, side, line, end_line: end, now }: ReviewComment): string {
  const from = now ?? line
  const lines = end === line ? `line ${from}` : `lines ${from} to ${from + end - line}`
  return `${path}, ${lines}${side === 'old' ? ' as it was' : ''}`
}
