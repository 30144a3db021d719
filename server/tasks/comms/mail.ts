/** Messages of a team: stored with whom they are for, before anybody is told. */
import { createHash } from 'node:crypto'
import type { MessagePriority } from '#contract/agent.ts'
import { managerName } from '#contract/team-tools.ts'
import type { AgentRow } from '#db/agents.ts'
import { insertDeliveries } from '#db/message-deliveries.ts'
import { insertMessage, type MessageRow } from '#db/messages.ts'
import type { Tx } from '#db/open.ts'
import type { RecordEvent } from '#streams/event-log.ts'
import { quote } from '#tasks/prompts.ts'
import { nameOf } from './roster.ts'

export type Letter = {
  taskId: string
  msgType: MessageRow['msgType']
  content: string
  /** Names in the team; nobody is told of it when empty. */
  recipients: readonly string[]
  /** The agent whose pipe it came through. */
  sender?: AgentRow
  /** What a sender without a pipe is called: a person, the server. */
  from?: string
  /** Said to this agent of `to` in its next prompt, so nobody else is told. */
  toAgent?: { id: string; name: string }
  /** Meant for everybody, however many there are. */
  isBroadcast?: boolean
  /** Under this id of its sender's it is told once. */
  sentAs?: string
  /** When an agent at work reads it; between two steps of its turn unless told. */
  priority?: MessagePriority
}

export function post(
  { tx, record, now }: { tx: Tx; record: RecordEvent; now: number },
  {
    taskId,
    msgType,
    content,
    recipients,
    sender,
    from,
    toAgent,
    isBroadcast = false,
    sentAs,
    priority,
  }: Letter,
): MessageRow {
  const name = sender ? nameOf(sender) : (from ?? null)
  const [only = null] = recipients.length === 1 && !isBroadcast ? recipients : []
  const message = insertMessage(tx, {
    taskId,
    fromAgentId: sender?.id ?? null,
    fromSubtaskId: name,
    toAgentId: toAgent?.id ?? null,
    toSubtaskId: toAgent?.name ?? only,
    msgType,
    content,
    sentAs: sentAs ?? null,
    priority: priority ?? null,
    createdAt: now,
  })
  insertDeliveries(tx, message, recipients)
  record({
    taskId,
    type: 'message.sent',
    ...(sender && { agentId: sender.id }),
    ...(sender?.subtaskId && { subtaskId: sender.subtaskId }),
    data: { message_id: message.id, from: name, to: message.toSubtaskId, msg_type: msgType },
  })
  return message
}

/** Under this id a message is said to a running agent: the same however often it is tried. */
export function steerId(messageId: number, agentId: string): string {
  const hex = createHash('sha256').update(`${messageId}/${agentId}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** One message as an agent reads it: named for what it is, and fenced, so that it cannot pass for anything else. */
export function toText({ fromSubtaskId, content, msgType }: MessageRow): string {
  const from = fromSubtaskId ?? 'a person'
  if (msgType === 'directive' && from === managerName)
    return `Directive of your manager:\n\n${quote(content)}`
  if (msgType === 'system') return `Signal of the server:\n\n${quote(content)}`
  return `Message from ${from}:\n\n${quote(content)}`
}
