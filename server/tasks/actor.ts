/**
 * The runner of one task: reads the rows, decides, acts, and does it again whenever something ended or a person acted. What
 * it keeps in memory is only which steps are under way; a new one on the same rows does the same.
 */
import type { Removed } from '#contract/ending.ts'
import { isNoRoom, toMessage } from '#contract/errors.ts'
import { findTask, type TaskRow } from '#db/tasks.ts'
import { attemptStep, type StepEnd } from './attempt.ts'
import { apply } from './changes.ts'
import { type Decision, decide } from './decide.ts'
import type { RunnerDeps, StepContext } from './deps.ts'
import { failTask, setPhase } from './records.ts'
import { isActive } from './states.ts'
import { type Step, stepKey } from './step.ts'
import { createUnderWay } from './under-way.ts'
import { readView } from './view.ts'

export type Actor = {
  /** Looks at the rows now; returns when everything that takes no time is done. Never throws. */
  wake(): void
  /** Agents it keeps ready ahead of time. */
  spares(): number
  /** Aborts what can be aborted and lets the rest finish. Containers are left alone. */
  close(): Promise<void>
  settled(): Promise<void>
}

export type ActorOptions = {
  taskId: string
  /** How many agents this task may keep ready, given what other tasks keep. */
  spareLimit: () => number
  /** Called when there is nothing more to do until a person acts, and when the task is gone. */
  onIdle: () => void
  /** The erasing of the task came to its end. */
  onErased: (end: { removed: Removed } | { error: unknown }) => void
}

/** More changes than any task can need without a step in between: a bug, not a task. */
const maxRounds = 1000
/** Until a task whose rows could not be written looks at them again. */
const noRoomPauseMs = 2000

export function createActor(deps: RunnerDeps, options: ActorOptions): Actor {
  const { taskId } = options
  /** Agents that are ready, so that they are not asked to get ready again. */
  const prepared = new Set<string>()
  const abandoned = new Set<string>()
  let spares = 0
  const alarm = createAlarm(deps.clock, () => wake())
  const again = createAlarm(deps.clock, () => wake())
  const once = createLoop((error) => {
    // Nothing can be written now, and nothing was: the rows ask for the same later.
    if (isNoRoom(error)) again.set(deps.clock.now() + noRoomPauseMs)
    else recordBug(deps, taskId, error)
  })

  const wake = (): void => once.run(look)
  const look = (): void => {
    const { steps, wakeAtMs } = settleRows(deps, taskId, () => ({
      spares: options.spareLimit(),
      abandoned,
      now: deps.clock.now(),
    }))
    alarm.set(wakeAtMs)
    const todo = steps.filter((step) => step.kind !== 'prepare' || !prepared.has(step.agentId))
    underWay.keepOnly(new Set(todo.map(stepKey)))
    for (const step of todo) if (!underWay.has(stepKey(step))) underWay.start(step)
    spares = steps.filter(({ kind }) => kind === 'prepare').length
    const task = findTask(deps.db, taskId)
    if (underWay.size() === 0 && !(task && isActive(task.status))) options.onIdle()
  }

  const hear = (step: Step, end: StepEnd): void => {
    if (step.kind === 'prepare' && end.kind !== 'dropped') prepared.add(step.agentId)
    if (step.kind === 'release') prepared.delete(step.agentId)
    if (step.kind === 'release' && end.kind === 'abandoned') abandoned.add(step.agentId)
    if (step.kind !== 'erase' || end.kind === 'dropped') return
    if (end.kind === 'abandoned') options.onErased({ error: end.error })
    else if (end.removed) options.onErased({ removed: end.removed })
  }

  const underWay = createUnderWay({
    taskId,
    setWaiting: createWaiting(deps, taskId, wake),
    changed: wake,
    async work(step, context, ended) {
      try {
        const end = await attemptStep(deps, context, step)
        ended()
        hear(step, end)
        wake()
      } catch (error) {
        // Not even the failure could be written down: going on would only repeat it.
        ended()
        if (isNoRoom(error)) again.set(deps.clock.now() + noRoomPauseMs)
        deps.log.error('step broke', { task: taskId, step: stepKey(step), error: toMessage(error) })
      }
    },
  })

  return {
    wake,
    spares: () => spares,
    settled: underWay.settled,
    async close() {
      once.stop()
      alarm.set(undefined)
      again.set(undefined)
      underWay.abortAll()
      await underWay.settled()
    },
  }
}

/** Applies changes until the rows ask for none; returns what they ask for then. */
function settleRows(
  deps: RunnerDeps,
  taskId: string,
  context: () => Parameters<typeof decide>[1],
): Pick<Decision, 'steps' | 'wakeAtMs'> {
  for (let round = 0; round < maxRounds; round++) {
    const view = readView(deps.db, taskId)
    if (!view) return { steps: [] }
    const decision = decide(view, context())
    const { changes } = decision
    if (changes.length === 0) return decision
    deps.eventLog.transact((tx, record) => {
      for (const change of changes) apply({ ...deps, tx, record }, view, change)
    })
  }
  throw new Error('the task does not come to rest')
}

/** Calls `ring` at the time set last. */
function createAlarm(
  clock: RunnerDeps['clock'],
  ring: () => void,
): { set(atMs: number | undefined): void } {
  let setAtMs: number | undefined
  let waiting: AbortController | undefined
  return {
    set(atMs) {
      if (atMs === setAtMs) return
      setAtMs = atMs
      waiting?.abort()
      if (atMs === undefined) return
      waiting = new AbortController()
      clock.sleep(atMs - clock.now(), waiting.signal).then(
        () => {
          setAtMs = undefined
          ring()
        },
        // Set to another time.
        () => {},
      )
    },
  }
}

/** Runs `work` as often as asked, never inside itself. */
function createLoop(onError: (error: unknown) => void): {
  run(work: () => void): void
  stop(): void
} {
  let isRunning = false
  let isAsked = false
  let isStopped = false
  return {
    run(work) {
      isAsked = true
      if (isRunning) return
      isRunning = true
      try {
        while (isAsked && !isStopped) {
          isAsked = false
          work()
        }
      } catch (error) {
        onError(error)
      } finally {
        isRunning = false
      }
    },
    stop() {
      isStopped = true
    },
  }
}

/** On the way to the end of a cancellation the error is still that of the run. */
const saysWhatItWaitsFor = ({ status, intent }: TaskRow): boolean =>
  intent === null ? isActive(status) : intent !== 'cancel'

/** What the task waits for, as its `error`; with several reasons the oldest. */
function createWaiting(
  { eventLog, clock }: RunnerDeps,
  taskId: string,
  wake: () => void,
): StepContext['setWaiting'] {
  const waiting = new Map<string, string>()
  return (key, sentence) => {
    if (sentence === undefined) waiting.delete(key)
    else waiting.set(key, sentence)
    const [error = null] = waiting.values()
    try {
      eventLog.transact((tx, record) => {
        const task = findTask(tx, taskId)
        if (!task || !saysWhatItWaitsFor(task) || task.error === error) return
        setPhase({ tx, record, clock }, task, { error })
      })
    } catch (failure) {
      // It is only said later: the next change says what is so by then.
      if (!isNoRoom(failure)) throw failure
    }
    wake()
  }
}

function recordBug({ log, eventLog, clock }: RunnerDeps, taskId: string, error: unknown): void {
  log.error('runner failed', { task: taskId, error: toMessage(error) })
  eventLog.transact((tx, record) =>
    failTask({ tx, record, clock }, taskId, `Internal error: ${toMessage(error)}`),
  )
}
