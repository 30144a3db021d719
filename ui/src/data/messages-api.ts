/** What the parts of a team say to each other, and what a person says to them. */
import type * as v from 'valibot'
import { MessageList, MessageSent } from '#contract/answers.ts'
import type { TeamMessage } from '#contract/event.ts'
import type { MessageQuery } from '../lib/messages/window.ts'
import { ask } from './api.ts'

const path = (taskId: string): string => `/api/tasks/${encodeURIComponent(taskId)}/messages`

/** Oldest first: what comes after `after`, else the newest of what comes before `before`. */
export async function readMessages(taskId: string, query: MessageQuery): Promise<TeamMessage[]> {
  const { limit, after, before, kind, name, other, search } = query
  const asked = new URLSearchParams({ limit: String(limit) })
  if (after !== undefined) asked.set('after_id', String(after))
  if (before !== undefined) asked.set('before_id', String(before))
  if (kind) asked.set('kind', kind)
  if (name) asked.set('with', name)
  if (name && other) asked.set('and', other)
  if (search) asked.set('search', search)
  return (await ask(MessageList, `${path(taskId)}?${asked}`)).messages
}

/** To everybody without `to`. Sent again under the same id it is the same message. */
export const postMessage = (
  taskId: string,
  message: { id: string; to?: string | undefined; content: string },
): Promise<v.InferOutput<typeof MessageSent>> =>
  ask(MessageSent, path(taskId), { method: 'POST', body: { from: person, ...message } })

/** What a person is called among agents. */
export const person = 'user'
