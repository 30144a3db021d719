/** One agent's place at work: it takes a slot, gives it back while it waits, and takes one again. */
import { getAgent } from '#db/agents.ts'
import type { RunnerDeps, StepContext } from './deps.ts'
import { reviveAgent } from './records.ts'

export type Seat = {
  take(): Promise<void>
  /** Harmless when there is nothing to give back. */
  leave(): void
}

export function createSeat(
  { scheduler, eventLog }: Pick<RunnerDeps, 'scheduler' | 'eventLog'>,
  { taskId, signal }: Pick<StepContext, 'taskId' | 'signal'>,
  request: { agentId: string; perTask: number; priority?: number },
): Seat {
  let release: (() => void) | undefined
  return {
    async take() {
      signal.throwIfAborted()
      eventLog.transact((tx, record) => reviveAgent({ tx, record }, getAgent(tx, request.agentId)))
      release = await scheduler.acquire({ ...request, taskId, signal })
    },
    leave() {
      release?.()
      release = undefined
    },
  }
}
