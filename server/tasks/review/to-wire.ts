import type { ReviewComment } from '#contract/review.ts'
import type { CommentRow } from '#db/reviews.ts'
import { toIso } from '#lib/clock.ts'

export function toComment(
  row: CommentRow,
  {
    now,
    isElsewhere = false,
    states,
  }: {
    now: number | undefined
    isElsewhere?: boolean
    /** How far messages have come, by id. */
    states: ReadonlyMap<number, NonNullable<ReviewComment['delivery']>>
  },
): ReviewComment {
  const { id, path, side, line, endLine, commit, quote, body, state, author } = row
  const delivery = row.messageId === null ? undefined : states.get(row.messageId)
  return {
    ...{ id, path, side, line, end_line: endLine, commit, quote, body, state, author },
    ...(row.subtaskId !== null && { to: row.subtaskId }),
    ...(row.messageId !== null && { message_id: row.messageId }),
    ...(delivery !== undefined && { delivery }),
    ...(now !== undefined ? { now } : isElsewhere && { elsewhere: true }),
    ...(row.agentId !== null && { agent: row.agentId }),
    created_at: toIso(row.createdAt),
    updated_at: toIso(row.updatedAt),
    ...(row.sentAt !== null && { sent_at: toIso(row.sentAt) }),
  }
}
