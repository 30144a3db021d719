/**
 * A stretch of what a team said, oldest first, that grows at both ends and never has a hole. Knows nothing of the screen or of HTTP.
 */
import type { MessageKind, TeamMessage } from '#contract/event.ts'

export type MessageFilter = {
  kind?: MessageKind | undefined
  /** Said by or to this name. */
  name?: string | undefined
  /** With `name`: only between the two. */
  other?: string | undefined
  search?: string | undefined
}
export type MessageQuery = MessageFilter & { limit: number; after?: number; before?: number }
export type MessageRead = (
  query: Pick<MessageQuery, 'limit' | 'after' | 'before'>,
) => Promise<TeamMessage[]>

export type MessageWindow = {
  messages: readonly TeamMessage[]
  hasOlder: boolean
  hasNewer: boolean
}

export const pageSize = 100

/** The newest, or those around the one with this id. */
export async function openMessages(read: MessageRead, id?: number): Promise<MessageWindow> {
  if (id === undefined) {
    const messages = await read({ limit: pageSize })
    return { messages, hasOlder: messages.length === pageSize, hasNewer: false }
  }
  const [older, newer] = await Promise.all([
    read({ limit: pageSize, before: id + 1 }),
    read({ limit: pageSize, after: id }),
  ])
  return {
    messages: [...older, ...newer],
    hasOlder: older.length === pageSize,
    hasNewer: newer.length === pageSize,
  }
}

export async function addOlder(read: MessageRead, known: MessageWindow): Promise<MessageWindow> {
  const [first] = known.messages
  if (!first || !known.hasOlder) return known
  const older = await read({ limit: pageSize, before: first.id })
  return {
    ...known,
    messages: [...older, ...known.messages],
    hasOlder: older.length === pageSize,
  }
}

/** One page of what came after the last. */
export async function addNewer(read: MessageRead, known: MessageWindow): Promise<MessageWindow> {
  const newer = await read({ limit: pageSize, after: known.messages.at(-1)?.id ?? 0 })
  return {
    ...known,
    messages: newer.length > 0 ? [...known.messages, ...newer] : known.messages,
    hasNewer: newer.length === pageSize,
  }
}

/** Nothing more will become of it. */
export const isSettled = ({ deliveries = [] }: TeamMessage): boolean =>
  deliveries.every(({ state }) => state === 'read')

/** How far those between two of them have come, once more. Reads nothing when all of them were read. */
export async function renew(
  read: MessageRead,
  known: MessageWindow,
  between: { first: number; last: number },
): Promise<MessageWindow> {
  const open = known.messages.filter(
    (message) => message.id >= between.first && message.id <= between.last && !isSettled(message),
  )
  const [first] = open
  const last = open.at(-1)
  if (!first || !last) return known
  const fresh = await read({ limit: pageSize, after: first.id - 1, before: last.id + 1 })
  const byId = new Map(fresh.map((message) => [message.id, message]))
  return { ...known, messages: known.messages.map((message) => byId.get(message.id) ?? message) }
}
