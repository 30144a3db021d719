/** Which agents are of no more use, and how each of them ends. Part of `decide`, so pure as well. */
import type { AgentStatus } from '#contract/agent.ts'
import type { AgentRow } from '#db/agents.ts'
import { currentManager } from './comms/lead.ts'
import { stoppedByPerson } from './records.ts'
import type { Step } from './step.ts'
import { currentPlanner, isLive, spareAgent, type View } from './view.ts'

/**
 * Live agents nobody needs are stopped; volumes are removed as soon as nothing can want them: a planner's and a spare's
 * at once, a worker's when its task is completed or cancelled; while the pull request of a completed one is followed, and may send work
 * back, they stay. A failed worker's stay for whoever wants to look.
 */
export function releases(view: View, abandoned: ReadonlySet<string>): Step[] {
  return view.agents.flatMap((agent): Step[] => {
    if (abandoned.has(agent.id) || isBeingLaid(view, agent) || isNeeded(view, agent)) return []
    const discard = agent.holdsResources && isDisposable(view, agent)
    if (isLive(agent))
      return [{ kind: 'release', agentId: agent.id, end: ending(view, agent), discard }]
    return discard ? [{ kind: 'release', agentId: agent.id, discard }] : []
  })
}

/** A restore under way sees to it. */
const isBeingLaid = ({ task }: View, { id }: AgentRow): boolean =>
  task.intent === 'restore' && (task.restore?.agents ?? []).some(({ to }) => to === id)

function isNeeded(view: View, agent: AgentRow): boolean {
  const { task } = view
  if (task.intent) return false
  if (agent.kind === 'planner')
    return task.status === 'planning' && agent.id === currentPlanner(view)?.id
  if (agent.kind === 'manager')
    return task.status === 'running' && agent.id === currentManager(view)?.id
  const subtask = view.subtasks.find(({ id }) => id === agent.subtaskId)
  if (!subtask) return false
  if (subtask.agentId === agent.id) {
    if (subtask.status === 'integrating') return true
    // It has said what it had to say.
    if (subtask.verdict?.question_id !== undefined) return false
    return (
      task.status === 'running' && (subtask.status === 'queued' || subtask.status === 'running')
    )
  }
  const isAhead =
    task.status === 'planned' || task.status === 'approved' || task.status === 'running'
  return isAhead && subtask.status === 'pending' && spareAgent(view, subtask)?.id === agent.id
}

function isDisposable(view: View, agent: AgentRow): boolean {
  const { task, subtasks } = view
  if (agent.isReplaced) return true
  if (task.intent === 'cancel' || task.intent === 'delete') return true
  if (task.status === 'cancelled') return true
  // Its pull request may have something to say to it.
  if (task.status === 'completed') return !(agent.kind === 'worker' && isFollowed(view))
  if (agent.kind === 'planner')
    return task.status !== 'paused' || agent.id !== currentPlanner(view)?.id
  return isUnused(agent) && !subtasks.some(({ agentId }) => agentId === agent.id)
}

const isFollowed = ({ delivery }: View): boolean =>
  delivery !== undefined &&
  delivery.pollAt !== null &&
  Boolean(delivery.settings.auto_fix_checks || delivery.settings.auto_address_comments)

const isUnused = (agent: AgentRow): boolean => agent.startedAt === null && agent.turns === 0

function ending(view: View, agent: AgentRow): { status: AgentStatus; error?: string } {
  if (agent.kind === 'manager')
    return { status: view.task.status === 'completed' ? 'completed' : 'stopped' }
  return agent.kind === 'planner' ? plannerEnding(view, agent) : workerEnding(view, agent)
}

function plannerEnding(
  { task, plan }: View,
  agent: AgentRow,
): { status: AgentStatus; error?: string } {
  if (agent.attempt !== task.planningSession) return { status: 'stopped' }
  if (task.status === 'failed' && task.error) return { status: 'failed', error: task.error }
  const hasPlanned = plan && ['planned', 'approved', 'running', 'completed'].includes(task.status)
  return { status: hasPlanned ? 'completed' : 'stopped' }
}

function workerEnding(
  { subtasks }: View,
  agent: AgentRow,
): { status: AgentStatus; error?: string } {
  const subtask = subtasks.find(({ id }) => id === agent.subtaskId)
  if (!subtask) return { status: 'stopped' }
  if (subtask.agentId !== agent.id) {
    if (agent.kind === 'reviewer' && agent.report?.kind === 'reviewed')
      return { status: 'completed' }
    const hasTried = agent.attempt <= subtask.attempt && subtask.feedback
    return hasTried ? { status: 'failed', error: subtask.feedback ?? '' } : { status: 'stopped' }
  }
  if (subtask.status === 'completed' || subtask.verdict?.question_id !== undefined)
    return { status: 'completed' }

  if (subtask.status !== 'failed') return { status: 'stopped' }
  const error = subtask.error ?? ''
  return { status: error === stoppedByPerson ? 'stopped' : 'failed', error }
}
