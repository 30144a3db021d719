/**
 * The start after a crash: the engine is compared with the rows, slots that were held are taken back, every unfinished task is woken, and
 * what was found is kept to be shown. Until that is done, tasks that need the engine say what they wait for.
 */
import type { Reconciled } from '#agents/agents.ts'
import { toMessage } from '#contract/errors.ts'
import { type RecoveredTask, type RecoveryReport, recoveredAs } from '#contract/recovery.ts'
import { listInputs } from '#db/agent-inputs.ts'
import type { AgentRow } from '#db/agents.ts'
import { listTaskIdsToTend, updateTask } from '#db/tasks.ts'
import { toIso } from '#lib/clock.ts'
import { phaseOf } from './decide.ts'
import type { TaskDeps } from './deps.ts'
import { resumeAfterShutdown } from './pauses.ts'
import { setPhase } from './records.ts'
import { isActive } from './states.ts'
import { currentPlanner, isLive, readView, type View } from './view.ts'

export type Recovery = {
  /** Rejects when the engine cannot be asked; may be called again. */
  run(): Promise<void>
  /** Why no engine answers; only what is not recovered yet has to be told. */
  engineAway(sentence: string | undefined): void
  report(): RecoveryReport
  /** Called whenever the report has changed. Returns the way to stop. */
  subscribe(listener: () => void): () => void
}

export type RecoveryOptions = {
  /** A task that was begun by this server: nothing of it is left over. */
  isBegun: (taskId: string) => boolean
  /** Gives an agent the slot that it held before. */
  retake: (agentId: string, taskId: string) => void
  wake: (taskId: string) => void
}

type Found = RecoveredTask['agents'][number]

export function createRecovery(deps: TaskDeps, options: RecoveryOptions): Recovery {
  const { db, clock } = deps
  const listeners = new Set<() => void>()
  let report: RecoveryReport = {
    state: 'waiting',
    detail: 'Waiting for the engine.',
    started_at: toIso(clock.now()),
    finished_at: null,
    tasks: [],
    removed: [],
    left: [],
  }
  const change = (set: Partial<RecoveryReport>): void => {
    report = { ...report, ...set }
    for (const listener of listeners) listener()
  }
  const leftOver = (): View[] =>
    listTaskIdsToTend(db)
      .filter((taskId) => !options.isBegun(taskId))
      .map((taskId) => readView(db, taskId))
      .filter((view) => view !== undefined)
  const waitFor = (detail: string): void => {
    change({ state: 'waiting', detail })
    for (const view of leftOver()) tellWaiting(deps, view, detail)
  }

  return {
    report: () => report,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    engineAway(sentence) {
      if (report.state !== 'done' && sentence !== undefined) waitFor(sentence)
    },
    async run() {
      change({ state: 'looking', detail: 'Looking for what the last server left.' })
      const found = await deps.agents.reconcile().catch((error: unknown) => {
        waitFor(toMessage(error))
        throw error
      })
      resumeAfterShutdown(deps)
      const views = leftOver()
      const tasks: RecoveredTask[] = []
      for (const view of views) {
        for (const agentId of slotHolders(view)) options.retake(agentId, view.task.id)
        if (!isActive(view.task.status) && !view.task.intent) continue
        const agents = view.agents.flatMap((agent) => whatBecameOf(deps, { view, agent, found }))
        recordRecovery(deps, view, { agents, found })
        const { id, name, status } = view.task
        tasks.push({ task_id: id, name, status, agents })
      }
      const { removed, left } = found
      const all = { tasks, removed, left }
      const finished_at = toIso(clock.now())
      change({ state: 'done', detail: inWords(all), finished_at, ...all })
      for (const { task } of views) options.wake(task.id)
    },
  }
}

/** An active task says as its `error` what it waits for; one that waits for a person does not need the engine. */
function tellWaiting({ eventLog, clock }: TaskDeps, view: View, error: string): void {
  const { task, questions } = view
  if (task.status !== 'planning' && task.status !== 'running') return
  if (task.intent || task.error === error) return
  if (task.status === 'planning' && questions.some(({ status }) => status === 'pending')) return
  const phase = phaseOf({ ...view, task: { ...task, error } })
  eventLog.transact((tx, record) => setPhase({ tx, record, clock }, task, { error, phase }))
}

/** Agents that held a slot when the last server ended; they go on without queueing. */
function slotHolders(view: View): string[] {
  if (view.task.intent) return []
  if (view.task.status === 'planning') {
    const planner = currentPlanner(view)
    const isOpen = view.questions.some(({ status }) => status === 'pending')
    const hasBegun = planner && planner.startedAt !== null && planner.status === 'running'
    return hasBegun && !isOpen ? [planner.id] : []
  }
  if (view.task.status !== 'running') return []
  return view.subtasks.flatMap(({ status, agentId }) =>
    status === 'running' && agentId ? [agentId] : [],
  )
}

function whatBecameOf(
  { db }: Pick<TaskDeps, 'db'>,
  { view, agent, found }: { view: View; agent: AgentRow; found: Reconciled },
): Found[] {
  if (!isLive(agent)) return []
  const { id, role, subtaskId } = agent
  const as = (what: Found['found']): Found[] => [
    { agent_id: id, ...(subtaskId ? { subtask_id: subtaskId } : {}), role, found: what },
  ]
  const isAtWork = slotHolders(view).includes(id)
  // Its end may just have been read from what it printed while nobody was there.
  const hasResult = listInputs(db, id, { kind: 'turn' }).at(-1)?.result != null
  if (isAtWork && hasResult) return as('finished')
  if (found.adopted.includes(id)) return as('adopted')
  if (isAtWork || found.ended.includes(id)) return as(hasResult ? 'finished' : 'resumed')
  return agent.status === 'queued' ? as('waiting') : []
}

function recordRecovery(
  { eventLog, clock }: TaskDeps,
  { task }: View,
  { agents, found }: { agents: Found[]; found: Reconciled },
): void {
  const ids = (what: Found['found']): string[] =>
    agents.filter((agent) => agent.found === what).map(({ agent_id: id }) => id)
  eventLog.transact((tx, record) => {
    // On an active task it only ever says what is being waited for, and nothing is any more.
    if (isActive(task.status) || (task.intent && task.intent !== 'cancel'))
      updateTask(tx, task.id, { error: null }, clock.now())
    const data = {
      status: task.status,
      ...Object.fromEntries(recoveredAs.map((what) => [what, ids(what)])),
      removed: found.removed.length,
    }
    record({ taskId: task.id, type: 'task.recovered', data })
  })
}

const words: Record<Found['found'], (count: number) => string> = {
  adopted: (count) => `${agents(count)} still at work`,
  finished: (count) => `${agents(count)} done meanwhile`,
  resumed: (count) => `${agents(count)} resumed in a new container`,
  waiting: (count) => `${agents(count)} waiting for a slot`,
}
const agents = (count: number): string => (count === 1 ? '1 agent' : `${count} agents`)

function inWords({
  tasks,
  removed,
  left,
}: Pick<RecoveryReport, 'tasks' | 'removed' | 'left'>): string {
  const all = tasks.flatMap((task) => task.agents)
  const parts = recoveredAs.flatMap((what) => {
    const count = all.filter(({ found }) => found === what).length
    return count > 0 ? [words[what](count)] : []
  })
  if (removed.length > 0)
    parts.push(`${removed.length === 1 ? '1 leftover' : `${removed.length} leftovers`} removed`)
  if (left.length > 0) parts.push(`${left.length} refused by the engine`)
  if (tasks.length > 0) {
    const went = tasks.length === 1 ? '1 task goes on' : `${tasks.length} tasks go on`
    return parts.length > 0 ? `${went}: ${parts.join(', ')}.` : `${went}.`
  }
  return parts.length > 0 ? `Nothing was under way: ${parts.join(', ')}.` : 'Nothing was left over.'
}
