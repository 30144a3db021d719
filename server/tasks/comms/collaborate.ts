/**
 * The collaborative policy: the manager begins, a worker begins when it has its directive, and the run is over when the manager has
 * approved it. What became of a worker is told to the manager; one that ends its turns while nobody works and nothing is approved is
 * reminded, and then the run ends and says so. Pure.
 */
import type { SubtaskRow } from '#db/subtasks.ts'
import { isSettled, type Node } from '#tasks/dag.ts'
import type { Change, Step } from '#tasks/step.ts'
import type { View } from '#tasks/view.ts'
import { isCollaborative, type Lead } from './lead.ts'

const maxReminders = 2

/** Changes that a collaborative run asks for before anything is started; empty for any other run. */
export function beforeStarts(view: View): Change[] {
  if (!isCollaborative(view.task)) return []
  if (!view.lead) return [{ kind: 'add-manager' }]
  return view.subtasks
    .filter((row) => isSettled(row) && row.signal !== signalOf(row))
    .map(({ id }) => ({ kind: 'signal', subtaskId: id }))
}

/** Of `ready`, what has a directive. */
export const directed = <T extends Pick<Node, 'id'>>(view: View, ready: readonly T[]): T[] =>
  view.lead ? ready.filter(({ id }) => view.lead?.directed.has(id)) : [...ready]

/** What the end of all work calls for. */
export function atTheEnd(view: View): Change[] {
  if (!view.lead || view.task.approvedAt !== null) return [{ kind: 'finish' }]
  return idleChanges(view, view.lead)
}

/** Changes while some work is still to come, but nothing of it can begin. */
export function whileIdle(view: View): Change[] {
  const isAnybodyBusy = view.subtasks.some(
    ({ status }) => status === 'queued' || status === 'running' || status === 'integrating',
  )
  return view.lead && !isAnybodyBusy ? idleChanges(view, view.lead) : []
}

function idleChanges(_view: View, { isAtWork, isWanted, reminders }: Lead): Change[] {
  if (isAtWork || isWanted) return []
  return [reminders < maxReminders ? { kind: 'remind' } : { kind: 'unapproved' }]
}

export function manageSteps({ lead, task }: View): Step[] {
  if (!lead || task.approvedAt !== null) return []
  return lead.isAtWork || lead.isWanted ? [{ kind: 'manage', agentId: lead.agent.id }] : []
}

/** Names the end of a subtask: another end has another name. */
export const signalOf = ({ status, attempt, rounds }: SubtaskRow): string =>
  `${status}:${attempt}:${rounds}`
