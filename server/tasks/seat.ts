/** One agent's place at work: it takes a slot, gives it back while it waits, and takes one again. */
import { getAgent } from '#db/agents.ts'
import type { RunnerDeps, StepContext } from './deps.ts'
import { reviveAgent } from './records.ts'

export type Seat = {
  take(): Promise<void>
  /** Harmless when there is nothing to give back. */
  leave(): void
  /** Leaves for good. */
  close(): void
}

export function createSeat(
  {
    scheduler,
    eventLog,
    room,
    seats,
  }: Pick<RunnerDeps, 'scheduler' | 'eventLog' | 'room' | 'seats'>,
  { taskId, signal, setWaiting }: Pick<StepContext, 'taskId' | 'signal' | 'setWaiting'>,
  request: { agentId: string; perTask: number; priority?: number },
): Seat {
  let release: (() => void) | undefined
  const sayWhatIsMissing = (): (() => void) => {
    const key = `room for ${request.agentId}`
    let isSaid = false
    const stop = room.subscribe((sentence) => {
      isSaid = sentence !== undefined
      setWaiting(key, sentence)
    })
    return () => {
      stop()
      if (isSaid) setWaiting(key, undefined)
    }
  }
  const leave = (): void => {
    release?.()
    release = undefined
  }
  const seat: Seat = {
    async take() {
      signal.throwIfAborted()
      eventLog.transact((tx, record) => reviveAgent({ tx, record }, getAgent(tx, request.agentId)))
      const stop = scheduler.holds(request.agentId) ? undefined : sayWhatIsMissing()
      try {
        release = await scheduler.acquire({ ...request, taskId, signal })
      } finally {
        stop?.()
      }
    },
    leave,
    close() {
      leave()
      if (seats.get(request.agentId) === seat) seats.delete(request.agentId)
    },
  }
  seats.set(request.agentId, seat)
  return seat
}
