/**
 * What a task needs next, from its rows alone. Nothing here knows whether the server has just started.
 */
import type { TaskPhase } from '#contract/task.ts'
import { isReviewer } from '#contract/team-rules.ts'
import type { SubtaskRow } from '#db/subtasks.ts'
import { atTheEnd, beforeStarts, directed, manageSteps, whileIdle } from './comms/collaborate.ts'
import { blockers, isSatisfied, isSettled, layers, type Node } from './dag.ts'
import { longestFirst, startable } from './policy.ts'
import { releases } from './release.ts'
import { beforeEnd, isInTest } from './result.ts'
import { resolverOf } from './reviewers.ts'
import { isActive } from './states.ts'
import { type Change, type Step, stepKey } from './step.ts'
import { mayBegin } from './team.ts'
import { currentPlanner, runMode, spareAgent, toNodes, type View } from './view.ts'

export type Decision = {
  changes: Change[]
  steps: Step[]
  /** When to decide again although nothing has happened, epoch ms. */
  wakeAtMs?: number
}

export type Context = {
  /** Idle agents this task may have beside those that work. */
  spares: number
  /** Agents that could not be stopped or removed; nobody waits for them any more. */
  abandoned: ReadonlySet<string>
  now: number
}

export function decide(view: View, context: Context): Decision {
  const { task } = view
  if (task.intent) return carryOut(view, context)
  const running = isActive(task.status) ? active(view, context) : nothing
  const phase = phaseOf(view)
  const changes: Change[] =
    running.changes.length === 0 && phase !== task.phase ? [{ kind: 'phase', phase }] : []
  return {
    changes: [...running.changes, ...changes],
    // A finished merge is never thrown away, whatever became of the task meanwhile.
    steps: dedupe([...running.steps, ...integrations(view), ...releases(view, context.abandoned)]),
    ...(running.wakeAtMs === undefined ? {} : { wakeAtMs: running.wakeAtMs }),
  }
}

const nothing: Decision = { changes: [], steps: [] }

/** What a person asked for: every agent is brought to rest first. */
function carryOut(view: View, { abandoned }: Context): Decision {
  const { intent, phase } = view.task
  const isPause = intent !== 'cancel' && intent !== 'delete'
  const ends = releases(view, abandoned)
  const steps = isPause ? [...integrations(view), ...ends] : ends
  if (steps.length > 0) return { changes: [], steps }
  if (intent === 'restore' && phase !== 'stopping')
    return { changes: [], steps: [{ kind: 'restore' }] }
  if (isPause) return { changes: [{ kind: 'halted' }], steps: [] }
  if (intent === 'cancel') return { changes: [{ kind: 'cancelled' }], steps: [] }
  return { changes: [], steps: [{ kind: 'erase' }] }
}

function active(view: View, context: Context): Decision {
  switch (view.task.status) {
    case 'planning':
      return { changes: [], steps: [...planning(view), ...setupSteps(view)] }
    case 'planned':
      if (view.task.autoApprove) return { changes: [{ kind: 'approve' }], steps: [] }
      return isSetUp(view) ? spares(view, context) : { changes: [], steps: setupSteps(view) }
    case 'approved':
      return { changes: [{ kind: 'begin-run' }], steps: [] }
    case 'running':
      return run(view, context)
    default:
      return nothing
  }
}

function planning(view: View): Step[] {
  if (view.task.baseCommit === null) return [{ kind: 'source' }]
  const planner = currentPlanner(view)
  if (!planner || isAwaitingAnswers(view)) return []
  return [{ kind: 'plan', agentId: planner.id }]
}

const isAwaitingAnswers = (view: View): boolean =>
  view.questions.some((question) => question.status === 'pending')

/** Beside the planning: whoever plans needs nothing of it. */
const setupSteps = ({ setup, task }: View): Step[] =>
  task.baseCommit !== null && (setup?.state === 'waiting' || setup?.state === 'running')
    ? [{ kind: 'setup' }]
    : []

/** Agents may start. */
const isSetUp = ({ setup }: View): boolean =>
  setup === undefined || setup.state === 'ready' || setup.state === 'skipped'

function run(view: View, context: Context): Decision {
  if (view.setup?.state === 'failed') return { changes: [{ kind: 'not-set-up' }], steps: [] }
  if (!isSetUp(view)) return { changes: [], steps: setupSteps(view) }
  const nodes = toNodes(view.subtasks)
  const blocked = blockChanges(nodes)
  if (blocked.length > 0) return { changes: blocked, steps: [] }
  if (view.decided.length > 0)
    return {
      changes: view.decided.map((subtaskId) => ({ kind: 'decide-review', subtaskId })),
      steps: [],
    }
  const first = beforeStarts(view)
  if (first.length > 0) return { changes: first, steps: [] }
  const starts = directed(view, startable(runMode(view), nodes, view.task.team))
  if (starts.length > 0)
    return { changes: starts.map(({ id }) => ({ kind: 'start', subtaskId: id })), steps: [] }
  const idle = nodes.every(isSettled) ? atTheEnd(view) : whileIdle(view)
  // What its manager has yet to approve goes nowhere.
  const isFinished = idle.some(({ kind }) => kind === 'finish')
  const tested = isFinished ? beforeEnd(view) : undefined
  if (tested) return tested
  if (isFinished && isDeliveryDue(view)) return { changes: [], steps: [{ kind: 'deliver' }] }
  if (idle.length > 0) return { changes: idle, steps: [] }
  const ahead = spares(view, context)
  const working = [...manageSteps(view), ...resolveSteps(view), ...workSteps(view)]
  const steps = [...working, ...teamSteps(view), ...ahead.steps]
  return { ...ahead, steps }
}

/** All work is done, and has not been delivered yet. */
const isDeliveryDue = ({ subtasks, delivery }: View): boolean =>
  delivery?.state === 'pending' && subtasks.every(isSatisfied)

function blockChanges(nodes: readonly Node[]): Change[] {
  return [...blockers(nodes)].flatMap(([subtaskId, failedIds]): Change[] => {
    const isSkipped = nodes.find(({ id }) => id === subtaskId)?.status === 'skipped'
    if (isSkipped && failedIds.length === 0) return [{ kind: 'unblock', subtaskId }]
    if (!isSkipped && failedIds.length > 0) return [{ kind: 'block', subtaskId, failedIds }]
    return []
  })
}

/** In the order in which they should be served when all ask for a slot at once. */
function workSteps(view: View): Step[] {
  const busy = view.subtasks.filter(
    (row) => (row.status === 'queued' || row.status === 'running') && !isUndecided(row),
  )
  const steps = longestFirst(toNodes(view.subtasks), toNodes(busy)).flatMap((node): Step[] => {
    const agentId = busy.find(({ id }) => id === node.id)?.agentId
    return agentId ? [{ kind: 'work', agentId, subtaskId: node.id }] : []
  })
  // Several may have been sent back at once.
  return runMode(view) === 'sequential' ? firstInLine(view, steps) : steps
}

function firstInLine({ subtasks }: View, steps: readonly Step[]): Step[] {
  const isRunning = (step: Step): boolean =>
    step.kind === 'work' &&
    subtasks.some(({ id, status }) => id === step.subtaskId && status === 'running')
  const running = steps.filter(isRunning)
  return running.length > 0 ? running : steps.slice(0, 1)
}

/** A review that waits for what a person says of it. */
const isUndecided = ({ verdict }: SubtaskRow): boolean => verdict?.question_id !== undefined

/** Calls that wait, and messages that do not. */
function teamSteps({ held, unaware }: View): Step[] {
  const due = new Set(held.filter(({ isDue }) => isDue).map(({ call }) => call.agentId))
  return [
    ...held.map(({ call: { agentId } }): Step => {
      return due.has(agentId) ? { kind: 'answer', agentId } : { kind: 'hold', agentId }
    }),
    ...unaware.map(({ id }): Step => ({ kind: 'steer', agentId: id })),
  ]
}

function resolveSteps({ subtasks }: View): Step[] {
  return subtasks.flatMap(({ id, status, resolution }): Step[] => {
    const agentId = status === 'integrating' ? resolverOf(resolution) : undefined
    return agentId ? [{ kind: 'resolve', agentId, subtaskId: id }] : []
  })
}

function integrations(view: View): Step[] {
  return view.subtasks.flatMap(({ id, status, agentId, resolution }): Step[] =>
    status === 'integrating' && agentId && resolverOf(resolution) === undefined
      ? [{ kind: 'integrate', agentId, subtaskId: id }]
      : [],
  )
}

/** Agents to start ahead of time: for what waits for a slot, then for what waits only for work that is under way. */
function spares(view: View, { spares: limit, now }: Context): Decision {
  const wanted = soon(view, now).slice(0, limit)
  const dueAtMs = view.subtasks.map(settlesAt).filter((at) => at > now)
  const decision: Decision = {
    changes: [],
    steps: [],
    ...(limit > 0 && dueAtMs.length > 0 ? { wakeAtMs: Math.min(...dueAtMs) } : {}),
  }
  for (const subtask of wanted) {
    const agent =
      subtask.status === 'queued'
        ? view.agents.find(({ id }) => id === subtask.agentId)
        : spareAgent(view, subtask)
    if (agent && agent.startedAt === null)
      decision.steps.push({ kind: 'prepare', agentId: agent.id, subtaskId: subtask.id })
    if (!agent) decision.changes.push({ kind: 'add-spare', subtaskId: subtask.id })
  }
  return decision
}

/**
 * Starting a container costs those that just got to work the machine's attention, so the next ones begin when these
 * have had the time to make their first request.
 */
const quietMs = 3_000
const settlesAt = ({ status, startedAt }: SubtaskRow): number =>
  status === 'running' && startedAt !== null ? startedAt + quietMs : 0

function soon(view: View, now: number): SubtaskRow[] {
  const nodes = toNodes(view.subtasks)
  const byId = new Map(view.subtasks.map((subtask) => [subtask.id, subtask]))
  const pick = (some: readonly Node[]): SubtaskRow[] =>
    longestFirst(nodes, some)
      .map(({ id }) => byId.get(id))
      .filter((subtask) => subtask !== undefined)
  if (view.task.status === 'planned')
    return pick(mayBegin(view.task.team, nodes, layers(nodes)[0] ?? []))
  const isUnderWay = (id: string): boolean => {
    const subtask = byId.get(id)
    if (!subtask) return true
    if (subtask.status === 'running') return now >= settlesAt(subtask)
    return subtask.status === 'integrating' || isSatisfied(subtask)
  }
  return [
    ...pick(nodes.filter((node) => node.status === 'queued')),
    ...pick(
      mayBegin(
        view.task.team,
        nodes,
        nodes.filter((node) => node.status === 'pending' && node.dependsOn.every(isUnderWay)),
      ),
    ),
  ]
}

/** The finer word beside the status. `error` on an active task says what it is waiting for. */
export function phaseOf(view: View): TaskPhase | null {
  const { task } = view
  if (task.status === 'planned') return 'awaiting_approval'
  if (task.status === 'planning') return planningPhase(view)
  if (task.status !== 'running') return null
  if (!isSetUp(view)) return task.error === null ? 'setting_up' : 'waiting'
  const last = lastPhase(view)
  if (last) return task.error === null ? last : 'waiting'
  const has = (status: SubtaskRow['status']): boolean =>
    view.subtasks.some((subtask) => subtask.status === status)
  if (has('running')) return task.error === null ? workPhase(view) : 'waiting'
  if (has('integrating')) return 'integrating'
  const queued = view.subtasks.filter(({ status }) => status === 'queued')
  const isWaiting = ({ agentId }: SubtaskRow): boolean =>
    view.agents.some(({ id, status }) => id === agentId && status === 'queued')
  return queued.length > 0 && queued.every(isWaiting) ? 'queued' : 'working'
}

/** All work is done, and the task is not. */
function lastPhase(view: View): 'testing' | 'delivering' | undefined {
  if (isInTest(view)) return 'testing'
  return isDeliveryDue(view) ? 'delivering' : undefined
}

/** Nobody else works: what there is is being looked at. */
function workPhase({ subtasks, task }: View): TaskPhase {
  const busy = subtasks.filter(
    ({ status }) => status === 'queued' || status === 'running' || status === 'integrating',
  )
  return busy.every(({ spec }) => isReviewer(task.team, spec.agent_role)) ? 'reviewing' : 'working'
}

function planningPhase(view: View): TaskPhase {
  if (view.task.baseCommit === null) return 'preparing_source'
  if (isAwaitingAnswers(view)) return 'awaiting_answers'
  const planner = currentPlanner(view)
  if (planner && planner.status === 'queued') return 'queued'
  return view.task.error === null ? 'exploring' : 'waiting'
}

function dedupe(steps: readonly Step[]): Step[] {
  return [...new Map(steps.map((step) => [stepKey(step), step])).values()]
}
