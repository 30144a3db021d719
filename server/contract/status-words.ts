/** The one place where states become a glyph and a word: pages and terminal say the same of the same thing. */
import type { Agent } from './agent.ts'
import type { Subtask } from './plan.ts'
import type { Task } from './task.ts'

/** One shape per kind of state; hue only repeats it. */
export type StatusGlyph =
  | 'wait'
  | 'run'
  | 'need'
  | 'review'
  | 'pause'
  | 'stopping'
  | 'done'
  | 'fail'
  | 'skip'
  | 'unknown'

export type Status = { glyph: StatusGlyph; word: string }

const status = (glyph: StatusGlyph, word: string): Status => ({ glyph, word })

/** Phases that say more than the status does. */
const phaseFirst: Partial<Record<NonNullable<Task['phase']>, Status>> = {
  stopping: status('stopping', 'Stopping'),
  cancelling: status('stopping', 'Cancelling'),
  restoring: status('stopping', 'Restoring'),
  queued: status('wait', 'Queued'),
}

export function taskStatus(
  task: Pick<
    Task,
    'status' | 'phase' | 'pending_permissions' | 'pending_questions' | 'frozen_since'
  >,
): Status {
  const before = task.phase === null ? undefined : phaseFirst[task.phase]
  if (before) return before
  if (task.frozen_since) return status('pause', 'Frozen')
  switch (task.status) {
    case 'created':
      return status('wait', 'Draft')
    case 'planning':
      if (task.phase === 'awaiting_answers') return status('need', 'Needs you')
      return task.phase === 'preparing_source'
        ? status('run', 'Starting')
        : status('run', 'Planning')
    case 'planned':
      return status('need', 'Plan ready')
    case 'approved':
      return status('wait', 'Queued')
    case 'running':
      return task.pending_permissions || task.pending_questions
        ? status('need', 'Needs you')
        : runningStatus(task.phase)
    case 'paused':
      return status('pause', 'Stopped')
    case 'completed':
      return status('done', 'Done')
    case 'failed':
      return status('fail', 'Failed')
    case 'cancelled':
      return status('skip', 'Cancelled')
  }
}

function runningStatus(phase: Task['phase']): Status {
  if (phase === 'testing') return status('review', 'Testing')
  if (phase === 'delivering') return status('run', 'Delivering')
  if (phase === 'setting_up') return status('run', 'Setting up')
  if (phase === 'reviewing') return status('review', 'Reviewing')
  return phase === 'waiting' ? status('pause', 'Waiting') : status('run', 'Running')
}

const subtaskStatuses: Readonly<Record<Subtask['status'], Status>> = {
  pending: status('wait', 'Waiting'),
  queued: status('wait', 'Queued'),
  running: status('run', 'Running'),
  integrating: status('review', 'Merging'),
  completed: status('done', 'Done'),
  failed: status('fail', 'Failed'),
  skipped: status('skip', 'Skipped'),
}

/** A review that a person has to decide is open for as long as nobody has; an agent with both sides of a conflict is no failure. */
export function subtaskStatus({
  status: state,
  verdict,
  resolution,
}: Pick<Subtask, 'status'> & Partial<Pick<Subtask, 'verdict' | 'resolution'>>): Status {
  const isUnderWay = state === 'running' || state === 'queued'
  if (isUnderWay && verdict?.question_id !== undefined) return status('need', 'Needs you')
  return resolution?.state === 'resolving' && (isUnderWay || state === 'integrating')
    ? status('review', 'Resolving')
    : subtaskStatuses[state]
}

/** It asked for a permission or an answer, or its review is to be decided. Only of one that runs. */
export const isAwaitingPerson = ({
  phase,
  asks_person: asks = false,
}: Partial<Pick<Agent, 'phase' | 'asks_person'>>): boolean =>
  asks || phase === 'awaiting_permission'

/** `task` tells that a planner does not idle but waits for answers; undefined only while it is being loaded. */
export function agentStatus(
  agent: Pick<Agent, 'status'> &
    Partial<Pick<Agent, 'kind' | 'phase' | 'frozen_since' | 'asks_person'>>,
  task: Pick<Task, 'phase'> | undefined,
): Status {
  const isAsking = agent.kind === 'planner' && agent.status === 'running'
  if (isAsking && task?.phase === 'awaiting_answers') return status('need', 'Needs you')
  if (agent.phase === 'stopping') return status('stopping', 'Stopping')
  if (agent.frozen_since) return status('pause', 'Frozen')
  switch (agent.status) {
    case 'queued':
      return status('wait', 'Queued')
    case 'created':
      return agent.phase === 'warm' ? status('wait', 'Ready') : status('wait', 'Starting')
    case 'running':
      if (isAwaitingPerson(agent)) return status('need', 'Needs you')
      return agent.phase === 'idle' ? status('run', 'Idle') : status('run', 'Running')
    case 'completed':
      return status('done', 'Done')
    case 'failed':
      return status('fail', 'Failed')
    case 'stopped':
      return status('pause', 'Stopped')
    case 'lost':
      return status('unknown', 'Lost contact')
  }
}
