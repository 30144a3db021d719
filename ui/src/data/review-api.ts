/** What a person says to lines of the work, and takes out of it. */
import * as v from 'valibot'
import type { MessagePriority } from '#contract/agent.ts'
import type { WorkScope } from '#contract/file.ts'
import {
  type AddComment,
  type ChangeComment,
  CommentList,
  CommentsSent,
  Discard,
  type DiscardChanges,
  DiscardList,
  ReviewComment,
} from '#contract/review.ts'
import { ask } from './api.ts'

const id = encodeURIComponent
const task = (taskId: string): string => `/api/tasks/${id(taskId)}`
const comment = (taskId: string, commentId: string): string =>
  `${task(taskId)}/comments/${id(commentId)}`

export type NewComment = v.InferInput<typeof AddComment>

export const reviewApi = {
  /** With where their lines stand in these changes. */
  comments: (taskId: string, scope: WorkScope = { kind: 'all' }) =>
    ask(
      CommentList,
      `${task(taskId)}/comments${scope.kind === 'all' ? '' : `?${scope.kind}=${id(scope.id)}`}`,
    ),
  /** With where their lines stand in what was read from the agent's container; undefined: in what is read now. */
  liveComments: (taskId: string, agentId: string, to: string | undefined) =>
    ask(CommentList, `${task(taskId)}/comments?live=${id(agentId)}${to ? `&to=${id(to)}` : ''}`),
  addComment: (taskId: string, body: NewComment) =>
    ask(ReviewComment, `${task(taskId)}/comments`, { method: 'POST', body }),
  changeComment: (taskId: string, commentId: string, body: ChangeComment) =>
    ask(ReviewComment, comment(taskId, commentId), { method: 'PATCH', body }),
  removeComment: (taskId: string, commentId: string) =>
    ask(v.unknown(), comment(taskId, commentId), { method: 'DELETE' }),
  sendComments: (taskId: string, priority: MessagePriority = 'next') =>
    ask(CommentsSent, `${task(taskId)}/comments/send`, { method: 'POST', body: { priority } }),
  discards: (taskId: string) => ask(DiscardList, `${task(taskId)}/discards`),
  discard: (taskId: string, body: DiscardChanges) =>
    ask(Discard, `${task(taskId)}/discards`, { method: 'POST', body }),
  undoDiscard: (taskId: string, commit: string) =>
    ask(Discard, `${task(taskId)}/discards/${id(commit)}`, { method: 'DELETE' }),
}
