/** All actors, the one scheduler they share, and the start after a crash. */
import type { AgentStatus } from '#contract/agent.ts'
import type { Removed } from '#contract/ending.ts'
import { AppError, isNoRoom } from '#contract/errors.ts'
import type { SourceProgress } from '#contract/source-progress.ts'
import { type AgentRow, findAgent, updateAgent } from '#db/agents.ts'
import { type Actor, createActor } from './actor.ts'
import type { RunnerDeps, TaskDeps } from './deps.ts'
import { createEngineWatch } from './engine-watch.ts'
import { about } from './records.ts'
import { createRecovery, type Recovery } from './recovery.ts'
import { createScheduler, type QueueChange, type Scheduler } from './scheduler.ts'
import type { Seat } from './seat.ts'

export type Runner = {
  /** To be called after every change a person made. */
  wake(taskId: string): void
  /** Takes up everything that was unfinished when the last server ended. */
  recover(): Promise<void>
  /** What `recover` has found so far. */
  recovery: Pick<Recovery, 'report' | 'subscribe'>
  /** Resolves with what there was when the task, its containers and files are gone. */
  erased(taskId: string): Promise<Removed>
  scheduler: Pick<Scheduler, 'state' | 'serve'>
  /** Why no engine answers, as a sentence; undefined when one does. Steps go on by themselves, this is for people. */
  engineAway(sentence: string | undefined): void
  isEngineAway(): boolean
  /** Why no agent may begin, as a sentence; undefined when all may. Those that work go on. */
  holdBack(sentence: string | undefined): void
  /** How the repository of a task gets here; undefined when it is not on its way. */
  fetchingOf(taskId: string): SourceProgress | undefined
  close(): Promise<void>
  settled(): Promise<void>
}

export function createRunner(deps: TaskDeps & Pick<RunnerDeps, 'followed'>): Runner {
  const actors = new Map<string, Actor>()
  const erasing = new Map<string, PromiseWithResolvers<Removed>>()
  let isClosed = false

  const [engine, room] = [createEngineWatch(), createEngineWatch()]
  const seats = new Map<string, Seat>()
  const fetching = new Map<string, SourceProgress>()
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
      { ...deps, scheduler, engine, room, seats, fetching },
      {
        taskId,
        spareLimit: () => spareLimit(taskId),
        onIdle: () => actors.delete(taskId),
        onErased(end) {
          if ('removed' in end) erasing.get(taskId)?.resolve(end.removed)
          else erasing.get(taskId)?.reject(end.error)
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
  const recovery = createRecovery(deps, {
    isBegun: (taskId) => actors.has(taskId),
    retake: (agentId, taskId) => scheduler.retake(agentId, taskId),
    wake,
  })
  const settled = async (): Promise<void> => {
    await Promise.all([...actors.values()].map((actor) => actor.settled()))
  }

  return {
    wake,
    scheduler,
    isEngineAway: engine.isMissing,
    engineAway(sentence) {
      engine.tell(sentence)
      recovery.engineAway(sentence)
    },
    holdBack(sentence) {
      room.tell(sentence)
      scheduler.serve()
    },
    settled,
    fetchingOf: (taskId) => fetching.get(taskId),
    recover: recovery.run,
    recovery: { report: recovery.report, subscribe: recovery.subscribe },
    async erased(taskId) {
      const waiting = erasing.get(taskId) ?? Promise.withResolvers<Removed>()
      erasing.set(taskId, waiting)
      wake(taskId)
      return await waiting.promise
    },
    async close() {
      isClosed = true
      for (const { reject } of erasing.values()) reject(new AppError('server.stopping', stopping))
      await Promise.all([...actors.values()].map((actor) => actor.close()))
    },
  }
}

const stopping = 'Klaudio is stopping. The deletion goes on when it starts again.'

const sparesOfOthers = (actors: ReadonlyMap<string, Actor>, taskId: string): number =>
  [...actors].filter(([id]) => id !== taskId).reduce((sum, [, actor]) => sum + actor.spares(), 0)

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
