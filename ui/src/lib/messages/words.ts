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

export const kindOf = ({ msg_type: type }: TeamMessage): MessageKind =>
  kinds.find((kind) => messageKinds[kind].some((each) => each === type)) ?? 'message'

/** Names that are no part of the team. */
const outside: Record<string, string> = { user: 'You', orchestrator: 'Klaudio' }

export function nameWord(name: string): string {
  return outside[name] ?? (name === managerName ? 'Manager' : name)
}

export const senderOf = ({ from_subtask_id: name }: TeamMessage): string =>
  name === undefined ? 'Somebody' : nameWord(name)

/** "everybody" of a team, or those it was for by name. */
export function receiverOf({ to_subtask_id: to, deliveries = [] }: TeamMessage): string {
  if (to !== undefined) return nameWord(to)
  return deliveries.length === 1 && deliveries[0] ? nameWord(deliveries[0].to) : 'everybody'
}

const shownNames = 3
const list = (names: readonly string[]): string => {
  const rest = names.length - shownNames
  const shown = names.slice(0, rest > 0 ? shownNames : names.length)
  return `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`
}

export type Progress = 'waiting' | 'sent' | 'read'

/** The state of the one who is least far. */
export function progressOf({ deliveries = [] }: TeamMessage): Progress | undefined {
  const order = ['waiting', 'sent', 'read'] as const
  return order.find((state) => deliveries.some((each) => each.state === state))
}

/** Undefined where nobody in particular is to read it: a report is read by whoever builds on the work. */
export function deliveryWords(message: TeamMessage): string | undefined {
  const { deliveries = [] } = message
  if (deliveries.length === 0) return wordsForNobody(message)
  const of = (state: Progress): string[] =>
    deliveries.filter((each) => each.state === state).map(({ to }) => nameWord(to))
  const [read, sent, waiting] = [of('read'), of('sent'), of('waiting')]
  if (deliveries.length === 1) {
    if (read.length === 1) return 'Read'
    return sent.length === 1 ? 'On its way' : 'Stored, not delivered yet'
  }
  if (read.length === deliveries.length) return `Read by all ${deliveries.length}`
  const parts = [
    `Read by ${read.length} of ${deliveries.length}`,
    ...(sent.length > 0 ? [`on its way to ${list(sent)}`] : []),
    ...(waiting.length > 0 ? [`stored for ${list(waiting)}`] : []),
  ]
  return parts.join('; ')
}

function wordsForNobody(message: TeamMessage): string | undefined {
  if (message.to_agent_id !== undefined) return 'Part of its next prompt'
  if (kindOf(message) !== 'message' || message.to_subtask_id !== undefined) return undefined
  return 'Nobody was there; read by whoever starts later'
}
