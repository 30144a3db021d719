/** Who said what to whom, and how far it has come, in words. */
import { type MessageKind, messageKinds, type TeamMessage } from '#contract/event.ts'
import { managerName } from '#contract/team-tools.ts'

export const kinds = ['message', 'directive', 'report', 'signal'] as const satisfies MessageKind[]

export const kindWords: Record<MessageKind, { one: string; many: string }> = {
  message: { one: 'Message', many: 'Messages' },
  directive: { one: 'Directive', many: 'Directives' },
  report: { one: 'Report', many: 'Reports' },
  signal: { one: 'Signal', many: 'Signals' },
}

export const kindOf = ({ msg_type: type }: { msg_type?: unknown }): MessageKind =>
  kinds.find((kind) => messageKinds[kind].some((each) => each === type)) ?? 'message'

/** Names that are no part of the team. */
const outside: Record<string, string> = { user: 'You', orchestrator: 'Klaudio' }

export function nameWord(name: string): string {
  return outside[name] ?? (name === managerName ? 'Manager' : name)
}

/** How one of a team is called, by its name in the team. */
export type WordOf = (name: string) => string

export const senderOf = (
  { from_subtask_id: name }: TeamMessage,
  wordOf: WordOf = nameWord,
): string => (name === undefined ? 'Somebody' : wordOf(name))

/** What an agent is told of the team comes to it fenced, with the sender in front: both, or the text alone as a person wrote it. */
export function unfence(content: string): { from: string; text: string } {
  const told =
    /^(?:Message from (.+)|Directive of your (manager)|Signal of the (server)):\n\n(`{3,})\n([\s\S]*)\n\4$/.exec(
      content,
    )
  if (!told) return { from: 'You', text: content }
  const [, sender, manager, , , text = ''] = told
  if (sender !== undefined) return { from: sender === 'a person' ? 'You' : nameWord(sender), text }
  return { from: manager === undefined ? 'Klaudio' : 'Manager', text }
}

const shownNames = 3
const list = (names: readonly string[]): string => {
  const rest = names.length - shownNames
  const shown = names.slice(0, rest > 0 ? shownNames : names.length)
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

/** Without an agent behind it and without an address it was meant for everybody, however many there were. */
const isForAll = ({ from_agent_id: agent, to_subtask_id: to, deliveries = [] }: TeamMessage) =>
  to === undefined && (agent === undefined || deliveries.length === 0)

/** The one or the ones it was addressed to. */
export function receiverOf(message: TeamMessage, wordOf: WordOf = nameWord): string {
  const { to_subtask_id: to, deliveries = [] } = message
  if (to !== undefined) return wordOf(to)
  return isForAll(message) ? 'everybody' : list(deliveries.map((each) => wordOf(each.to)))
}

export type Progress = 'waiting' | 'sent' | 'read'

/** The state of the one who is least far. */
export function progressOf({ deliveries = [] }: TeamMessage): Progress | undefined {
  const order = ['waiting', 'sent', 'read'] as const
  return order.find((state) => deliveries.some((each) => each.state === state))
}

/** Undefined where nobody in particular is to read it: a report is read by whoever builds on the work. */
export function deliveryWords(message: TeamMessage, wordOf: WordOf = nameWord): string | undefined {
  const { deliveries = [] } = message
  if (deliveries.length === 0) return wordsForNobody(message)
  const of = (state: Progress): string[] =>
    deliveries.filter((each) => each.state === state).map(({ to }) => wordOf(to))
  const [read, sent, waiting] = [of('read'), of('sent'), of('waiting')]
  const [only] = deliveries
  if (only && deliveries.length === 1)
    return isForAll(message) ? wordsForLast(only, wordOf) : words[only.state]
  if (read.length === deliveries.length) return `Read by all ${deliveries.length}`
  const parts = [
    `Read by ${read.length} of ${deliveries.length}`,
    ...(sent.length > 0 ? [`on its way to ${list(sent)}`] : []),
    ...(waiting.length > 0 ? [`stored for ${list(waiting)}`] : []),
  ]
  return parts.join('; ')
}

const words: Record<Progress, string> = {
  waiting: 'Stored, not delivered yet',
  sent: 'On its way',
  read: 'Read',
}

/** To all, when only one was left to hear it. */
function wordsForLast({ to, state }: { to: string; state: Progress }, wordOf: WordOf): string {
  const before = { waiting: 'Stored for', sent: 'On its way to', read: 'Read by' }
  return `${before[state]} ${wordOf(to)}`
}

function wordsForNobody(message: TeamMessage): string | undefined {
  if (message.to_agent_id !== undefined) return 'Part of its next prompt'
  if (kindOf(message) !== 'message' || message.to_subtask_id !== undefined) return undefined
  return 'Nobody was there; read by whoever starts later'
}
