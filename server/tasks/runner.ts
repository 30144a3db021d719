/** All actors, the one scheduler they share, and the start after a crash. */
import type { AgentStatus } from '#contract/agent.ts'
import { isNoRoom } from '#contract/errors.ts'
import { type AgentRow, findAgent, updateAgent } from '#db/agents.ts'
import { listTaskIdsToTend, updateTask } from '#db/tasks.ts'
import { type Actor, createActor } from './actor.ts'
import type { TaskDeps } from './deps.ts'
import { createEngineWatch } from './engine-watch.ts'
import { resumeAfterShutdown } from './pauses.ts'
import { about } from './records.ts'
import { createScheduler, type QueueChange, type Scheduler } from './scheduler.ts'
import { isActive } from './states.ts'
import { currentPlanner, readView, type View } from './view.ts'

export type Runner = {
  /** To be called after every change a person made. */
  wake(taskId: string): void
  /** Takes up everything that was unfinished when the last server ended. */
  recover(): Promise<void>
  /** Resolves when the task, its containers and files are gone. */
  erased(taskId: string): Promise<void>
  scheduler: Pick<Scheduler, 'state' | 'serve'>
  /** Why no engine answers, as a sentence; undefined when one does. Steps go on by themselves, this is for people. */
  engineAway(sentence: string | undefined): void
  /** Why no agent may begin, as a sentence; undefined when all may. Those that work go on. */
  holdBack(sentence: string | undefined): void
  close(): Promise<void>
  settled(): Promise<void>
}

export function createRunner(deps: TaskDeps): Runner {
  const actors = new Map<string, Actor>()
  const erasing = new Map<string, PromiseWithResolvers<void>>()
  let isClosed = false

  const engine = createEngineWatch()
  const room = createEngineWatch()
  const scheduler = createScheduler({
    get total() {
      return deps.config.maxAgents
    },
    isHeldBack: room.isMissing,
    onQueue(changes) {
      recordQueue(deps, changes)
      for (const taskId of new Set(changes.map((change) => change.taskId))) wake(taskId)
    },
  })

  const spareLimit = (taskId: string): number =>
    room.isMissing() ? 0 : Math.max(0, deps.config.warmAgents - sparesOfOthers(actors, taskId))

  const actorOf = (taskId: string): Actor => {
    const known = actors.get(taskId)
    if (known) return known
    const actor = createActor(
      { ...deps, scheduler, engine, room },
      {
        taskId,
        spareLimit: () => spareLimit(taskId),
        onIdle: () => actors.delete(taskId),
        onErased(error) {
          if (error === undefined) erasing.get(taskId)?.resolve()
          else erasing.get(taskId)?.reject(error)
          erasing.delete(taskId)
        },
      },
    )
    actors.set(taskId, actor)
    return actor
  }
  const wake = (taskId: string): void => {
    if (!isClosed) actorOf(taskId).wake()
  }
  const settled = async (): Promise<void> => {
    await Promise.all([...actors.values()].map((actor) => actor.settled()))
  }

  return {
    wake,
    scheduler,
    engineAway: engine.tell,
    holdBack(sentence) {
      room.tell(sentence)
      scheduler.serve()
    },
    settled,
    async recover() {
      const found = await deps.agents.reconcile()
      resumeAfterShutdown(deps)
      // A task with an actor was begun by this server: nothing of it is left over.
      const views = listTaskIdsToTend(deps.db)
        .filter((taskId) => !actors.has(taskId))
        .map((taskId) => readView(deps.db, taskId))
        .filter((view) => view !== undefined)
      for (const view of views) {
        for (const agentId of slotHolders(view)) scheduler.retake(agentId, view.task.id)
        if (isActive(view.task.status) || view.task.intent) recordRecovery(deps, view, found)
      }
      for (const { task } of views) wake(task.id)
    },
    async erased(taskId) {
      const waiting = erasing.get(taskId) ?? Promise.withResolvers<void>()
      erasing.set(taskId, waiting)
      wake(taskId)
      await waiting.promise
    },
    async close() {
      isClosed = true
      await Promise.all([...actors.values()].map((actor) => actor.close()))
    },
  }
}

const sparesOfOthers = (actors: ReadonlyMap<string, Actor>, taskId: string): number =>
  [...actors].filter(([id]) => id !== taskId).reduce((sum, [, actor]) => sum + actor.spares(), 0)

/** Agents that held a slot when the last server ended; they go on without queueing. */
function slotHolders(view: View): string[] {
  if (view.task.intent) return []
  if (view.task.status === 'planning') {
    const planner = currentPlanner(view)
    const isOpen = view.questions.some(({ status }) => status === 'pending')
    return planner && view.task.phase === 'exploring' && !isOpen ? [planner.id] : []
  }
  if (view.task.status !== 'running') return []
  return view.subtasks.flatMap(({ status, agentId }) =>
    status === 'running' && agentId ? [agentId] : [],
  )
}

function recordRecovery(
  { eventLog, clock }: TaskDeps,
  { task, agents }: View,
  found: Awaited<ReturnType<TaskDeps['agents']['reconcile']>>,
): void {
  const mine = (ids: readonly string[]): string[] =>
    ids.filter((id) => agents.some((agent) => agent.id === id))
  eventLog.transact((tx, record) => {
    // On an active task it only ever says what is being waited for, and nothing is any more.
    if (isActive(task.status)) updateTask(tx, task.id, { error: null }, clock.now())
    const data = {
      status: task.status,
      adopted: mine(found.adopted),
      ended: mine(found.ended),
      removed: mine(found.removed),
    }
    record({ taskId: task.id, type: 'task.recovered', data })
  })
}

/** The queue as people see it: the status of the row, and the position in an event whenever it changes. */
function recordQueue({ eventLog, log }: TaskDeps, changes: readonly QueueChange[]): void {
  try {
    writeQueue(eventLog, changes)
  } catch (error) {
    // Slots are given out all the same: what the queue looked like meanwhile is only for the eye.
    if (!isNoRoom(error)) throw error
    log.warn('queue not recorded', { error: error instanceof Error ? error.message : '' })
  }
}

function writeQueue(eventLog: TaskDeps['eventLog'], changes: readonly QueueChange[]): void {
  eventLog.transact((tx, record) => {
    for (const change of changes) {
      const row = findAgent(tx, change.agentId)
      const status = row && statusAfter(row, change)
      if (!status) continue
      updateAgent(tx, row.id, { status })
      const position = change.position === null ? {} : { queue_position: change.position }
      record({ ...about(row), type: 'agent.status', data: { status, ...position } })
    }
  })
}

/** Undefined when the agent left the queue without a slot: whoever took it out says what became of it. */
function statusAfter(row: AgentRow, { position, granted }: QueueChange): AgentStatus | undefined {
  if (position !== null) return 'queued'
  if (!granted || row.status !== 'queued') return undefined
  return row.containerId === null ? 'created' : 'running'
}
