/** What states mean for a page: sentences, figures and who is at work. Their words are `#contract/status-words.ts`. */
import type { Agent } from '#contract/agent.ts'
import { agentStatus, taskStatus } from '#contract/status-words.ts'
import type { Task } from '#contract/task.ts'
import type { GlyphName } from '../lib/glyph-name.ts'
import { plural } from '../lib/text.ts'

/** What it does, in its own words, or why it does nothing. */
export function describeAgent(
  agent: Pick<Agent, 'status' | 'activity' | 'error' | 'queue_position'> &
    Partial<Pick<Agent, 'kind' | 'phase'>>,
  task: Pick<Task, 'phase'> | undefined,
): string {
  const { glyph, word } = agentStatus(agent, task)
  if (glyph === 'need') return word
  if (agent.status === 'queued')
    return agent.queue_position === undefined
      ? 'Waits for a slot'
      : `Number ${agent.queue_position} in the queue for a slot`
  if (agent.status === 'failed' || agent.status === 'lost') return agent.error ?? 'Failed'
  return isLive(agent) ? (agent.activity ?? word) : word
}

/** Whether `describeAgent` quotes it, so that it is set as code. */
export const isDoing = (
  agent: Pick<Agent, 'status' | 'activity'> & Partial<Pick<Agent, 'kind' | 'phase'>>,
  task: Pick<Task, 'phase'> | undefined,
): boolean =>
  agent.status === 'running' && Boolean(agent.activity) && agentStatus(agent, task).glyph !== 'need'

const finished = ['completed', 'cancelled'] as const
export const isFinished = ({ status: state }: Pick<Task, 'status'>): boolean =>
  finished.some((each) => each === state)
/** Has a slot or waits for one; an agent that is only being made ready does neither. */
export const isAtWork = ({ status: state }: Pick<Agent, 'status'>): boolean =>
  state === 'running' || state === 'queued'
export const isLive = ({ status: state }: Pick<Agent, 'status'>): boolean =>
  state === 'running' || state === 'queued' || state === 'created'

/** Its files can be looked at before it hands in. A planner only reads. */
export const isEditing = (agent: Pick<Agent, 'status' | 'kind'>): boolean =>
  agent.status === 'running' && agent.kind !== 'planner'

/** One letter per subtask for the strip, in the order done, failed, running, waiting, skipped. */
export function toStrip({
  progress,
  status: state,
}: Pick<Task, 'progress' | 'status'>): GlyphName[] {
  const { total, completed, running, failed, skipped } = progress
  const waiting = Math.max(0, total - completed - running - failed - skipped)
  const rest: GlyphName = state === 'paused' ? 'pause' : 'wait'
  const segments: [GlyphName, number][] = [
    ['done', completed],
    ['fail', failed],
    [state === 'paused' ? 'pause' : 'run', running],
    [rest, waiting],
    ['skip', skipped],
  ]
  // More than fit are shown in proportion.
  const scale = Math.min(1, 40 / Math.max(1, total))
  return segments.flatMap(([name, count]) =>
    Array.from({ length: count > 0 ? Math.max(1, Math.round(count * scale)) : 0 }, () => name),
  )
}

/** "2 of 7 done, 3 running, 1 failed". Empty before there is a plan. */
export function describeProgress({ progress }: Pick<Task, 'progress'>): string {
  const { total, completed, running, failed, skipped } = progress
  if (total === 0) return ''
  return [
    `${completed} of ${total} done`,
    running > 0 ? `${running} running` : '',
    failed > 0 ? `${failed} failed` : '',
    skipped > 0 ? `${skipped} skipped` : '',
  ]
    .filter(Boolean)
    .join(', ')
}

/** Milliseconds the task has taken, or undefined before it began. */
export function taskDuration(task: Task, now: number): number | undefined {
  if (!task.started_at) return undefined
  const end = task.completed_at ? Date.parse(task.completed_at) : now
  return end - Date.parse(task.started_at)
}

export function agentDuration(agent: Agent, now: number): number | undefined {
  if (!agent.started_at) return undefined
  return (agent.completed_at ? Date.parse(agent.completed_at) : now) - Date.parse(agent.started_at)
}

/** What a task's source is called in a header. */
export function sourceName({ source }: Pick<Task, 'source'>): string {
  switch (source.kind) {
    case 'empty':
      return 'empty repository'
    case 'files':
      return 'uploaded files'
    case 'git':
      return source.url.replace(/^https?:\/\//, '').replace(/\.git$/, '')
    case 'local':
      return source.path
  }
}

/** What a task does now, in words. */
export function describeNow(task: Task, agents: readonly Agent[] = []): string {
  const active = agents.find((agent) => agent.status === 'running' && agent.activity)
  switch (taskStatus(task).word) {
    case 'Needs you':
      if (task.pending_questions)
        return plural(task.pending_questions, 'question of an agent', 'questions of agents')
      return task.pending_permissions
        ? `${plural(task.pending_permissions, 'agent asks', 'agents ask')} for permission`
        : 'Asks you before it plans'
    case 'Plan ready':
      return 'Waits for your approval'
    case 'Starting':
      return 'Preparing the repository'
    case 'Planning':
      return active?.activity ?? 'Reading the repository'
    case 'Queued':
      return 'Waits for an agent slot'
    case 'Draft':
      return 'Not started'
    case 'Stopped':
      return 'Stopped by you. Everything is saved.'
    case 'Stopping':
      return 'Agents are saving their work'
    case 'Done':
      return 'Merged on the task branch'
    case 'Cancelled':
      return 'Cancelled by you'
    default:
      return task.error ?? active?.activity ?? countRunning(task)
  }
}

const countRunning = ({ progress }: Pick<Task, 'progress'>): string =>
  progress.running > 0
    ? `${progress.running} ${progress.running === 1 ? 'subtask runs' : 'subtasks run'}`
    : ''
