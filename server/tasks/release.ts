/** Which agents are of no more use, and how each of them ends. Part of `decide`, so pure as well. */
import type { AgentStatus } from '#contract/agent.ts'
import type { TaskStatus } from '#contract/task.ts'
import type { AgentRow } from '#db/agents.ts'
import type { SubtaskRow } from '#db/subtasks.ts'
import { currentManager } from './comms/lead.ts'
import { stoppedByPerson } from './records.ts'
import { resolverOf } from './reviewers.ts'
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
  if (agent.kind === 'resolver') return task.status === 'running' && isResolving(subtask, agent)
  return subtask.agentId === agent.id
    ? isAtWork(task.status, subtask)
    : isNext(view, subtask, agent)
}

function isAtWork(task: TaskStatus, { status, resolution, verdict }: SubtaskRow): boolean {
  // Its work is handed in; whoever brings it together with others has a clone of its own.
  if (status === 'integrating') return resolverOf(resolution) === undefined
  // It has said what it had to say.
  if (verdict?.question_id !== undefined) return false
  return task === 'running' && (status === 'queued' || status === 'running')
}

function isNext(view: View, subtask: SubtaskRow, agent: AgentRow): boolean {
  const { status } = view.task
  const isAhead = status === 'planned' || status === 'approved' || status === 'running'
  return isAhead && subtask.status === 'pending' && spareAgent(view, subtask)?.id === agent.id
}

const isResolving = (subtask: SubtaskRow, { id }: AgentRow): boolean =>
  subtask.status === 'integrating' && resolverOf(subtask.resolution) === id

function isDisposable(view: View, agent: AgentRow): boolean {
  const { task, subtasks } = view
  if (agent.isReplaced) return true
  if (task.intent === 'cancel' || task.intent === 'delete') return true
  if (task.status === 'cancelled') return true
  // Its pull request may have something to say to it.
  if (task.status === 'completed') return !(agent.kind === 'worker' && isFollowed(view))
  if (agent.kind === 'resolver') {
    const subtask = subtasks.find(({ id }) => id === agent.subtaskId)
    // What could not be brought together stays for whoever wants to look.
    return subtask?.resolution?.agent_id !== agent.id || subtask.resolution.state === 'resolved'
  }
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
  if (agent.kind === 'resolver') return resolverEnding(view, agent)
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

function resolverEnding(
  { subtasks }: View,
  { id, subtaskId }: AgentRow,
): { status: AgentStatus; error?: string } {
  const resolution = subtasks.find((row) => row.id === subtaskId)?.resolution
  if (resolution?.agent_id !== id || resolution.state === 'resolving') return { status: 'stopped' }
  if (resolution.state === 'resolved') return { status: 'completed' }
  return { status: 'failed', error: resolution.problem ?? '' }
}

function workerEnding(
  { subtasks }: View,
  agent: AgentRow,
): { status: AgentStatus; error?: string } {
  const subtask = subtasks.find(({ id }) => id === agent.subtaskId)
  if (!subtask) return { status: 'stopped' }
  if (subtask.agentId !== agent.id) return earlierEnding(subtask, agent)
  if (hasHandedIn(subtask)) return { status: 'completed' }
  if (subtask.status !== 'failed') return { status: 'stopped' }
  const error = subtask.error ?? ''
  return { status: error === stoppedByPerson ? 'stopped' : 'failed', error }
}

const hasHandedIn = ({ status, verdict, resolution }: SubtaskRow): boolean =>
  status === 'completed' ||
  verdict?.question_id !== undefined ||
  (status === 'integrating' && resolverOf(resolution) !== undefined)

/** Of one that another agent took over from. */
function earlierEnding(
  { attempt, feedback }: SubtaskRow,
  agent: AgentRow,
): { status: AgentStatus; error?: string } {
  if (agent.report?.kind === 'reviewed') return { status: 'completed' }
  const hasTried = agent.attempt <= attempt && feedback
  return hasTried ? { status: 'failed', error: feedback } : { status: 'stopped' }
}
