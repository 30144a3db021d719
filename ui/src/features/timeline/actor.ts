import type { EventType, TaskEvent } from '#contract/event.ts'
import { nameWord } from '../../lib/messages/words.ts'

const byPerson: readonly EventType[] = [
  'task.created',
  'task.started',
  'task.cancelled',
  'task.resumed',
  'task.renamed',
  'task.forked',
  'task.permission-mode',
  'question.answered',
  'permission.answered',
  'plan.modified',
  'plan.approved',
  'files.uploaded',
  'file.changed',
  'review.sent',
  'changes.discarded',
  'changes.restored',
]

/** An event in words, where who did it stands beside it already. */
export function withoutActor(text: string, actor: string): string {
  const by = actor === 'You' ? 'you' : actor
  const rest = text.startsWith(`${actor} `)
    ? text.slice(actor.length + 1)
    : text.replace(`, ${actor}`, '').replace(` from ${by}`, '')
  return rest.charAt(0).toUpperCase() + rest.slice(1)
}

/** Who did it, in a word. An approval that was settled beforehand is nobody's. */
export function actorOf(event: TaskEvent, names: ReadonlyMap<string, string>): string {
  const { type, data, subtask_id: subtask } = event
  if (data.by_person === true) return 'You'
  if (type === 'plan.approved' && data.auto === true) return 'Klaudio'
  if (byPerson.includes(type)) return 'You'
  if (type === 'message.sent' && typeof data.from === 'string')
    return names.get(data.from) ?? nameWord(data.from)
  if (subtask !== undefined) return names.get(subtask) ?? subtask
  if (type === 'planner.question' || type === 'plan.generated' || event.agent_id) return 'Planner'
  return 'Klaudio'
}
