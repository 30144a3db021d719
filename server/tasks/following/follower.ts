/**
 * Asks forges about pull requests when the rows say that it is time. What it keeps in memory is only who is being asked, so a restart goes
 * on where the rows are.
 */
import { isNoRoom, toMessage } from '#contract/errors.ts'
import { findDelivery, listFollowed, updateDelivery } from '#db/deliveries.ts'
import { type FollowDeps, lookOnce } from './look-once.ts'

export type Follower = {
  /** From now on forges are asked. */
  start(): void
  /** The rows have changed. */
  wake(): void
  /** Asks about this one as soon as possible. False when it is not followed. */
  soon(taskId: string): boolean
  /** Asks about this one now. Resolves when what was found is written down. */
  look(taskId: string): Promise<void>
  close(): Promise<void>
}

/** At the same time, over all forges. */
const maxAtOnce = 4
/** Until rows that could not be written are looked at again. */
const noRoomPauseMs = 30_000

export function createFollower(deps: FollowDeps): Follower {
  const { db, clock, log, eventLog } = deps
  const closing = new AbortController()
  const underWay = new Map<string, Promise<void>>()
  let isStarted = false
  let alarm: AbortController | undefined

  const ask = (taskId: string): Promise<void> => {
    const running = underWay.get(taskId)
    if (running) return running
    const work = lookOnce(deps, taskId, closing.signal)
      .catch((error: unknown) => {
        log.error('pull request not followed', { task: taskId, error: toMessage(error) })
        if (!isNoRoom(error)) return
        return clock.sleep(noRoomPauseMs, closing.signal).catch(() => {})
      })
      .finally(() => {
        underWay.delete(taskId)
        wake()
      })
    underWay.set(taskId, work)
    return work
  }

  const wake = (): void => {
    if (!isStarted || closing.signal.aborted) return
    alarm?.abort()
    const waiting = listFollowed(db).filter(({ taskId }) => !underWay.has(taskId))
    const now = clock.now()
    const due = waiting.filter(({ pollAt }) => pollAt <= now)
    for (const { taskId } of due.slice(0, Math.max(0, maxAtOnce - underWay.size))) void ask(taskId)
    const next = waiting.find(({ pollAt }) => pollAt > now)
    if (next) sleepUntil(next.pollAt)
  }
  const sleepUntil = (at: number): void => {
    const waiting = new AbortController()
    alarm = waiting
    const signal = AbortSignal.any([waiting.signal, closing.signal])
    // An abort means that another time was set, or none.
    clock.sleep(at - clock.now(), signal).then(wake, () => {})
  }

  return {
    wake,
    look: ask,
    start() {
      isStarted = true
      wake()
    },
    soon(taskId) {
      const isFollowed = eventLog.transact((tx) => {
        if (findDelivery(tx, taskId)?.pollAt == null) return false
        updateDelivery(tx, taskId, { pollAt: clock.now() }, clock.now())
        return true
      })
      if (isFollowed) wake()
      return isFollowed
    },
    async close() {
      closing.abort()
      alarm?.abort()
      await Promise.all(underWay.values())
    },
  }
}
