/** Time that counts against an agent: all but what it waits for a person, and what a person keeps it frozen. */
import type { Clock } from '#lib/clock.ts'
import { isAsking } from './claude/permission.ts'
import type { Freezer } from './freezer.ts'
import type { Recorder } from './recorder.ts'

export type Patience = {
  /** Milliseconds it has spent waiting for a person since this began to look. */
  waitedMs(): number
  /** Epoch milliseconds of the last answer or unfreezing, if there was one. */
  lastAnswerAt(): number | undefined
  /** Resolves at once when it does not wait. Rejects when `signal` aborts. */
  untilAnswered(signal: AbortSignal): Promise<void>
  stop(): void
}

export function createPatience(
  clock: Clock,
  recorder: Pick<Recorder, 'state' | 'subscribe'>,
  ice?: { agentId: string; freezer: Pick<Freezer, 'isFrozen' | 'subscribe'> },
): Patience {
  const isHeld = (): boolean =>
    isAsking(recorder.state()) || (ice?.freezer.isFrozen(ice.agentId) ?? false)
  let since = isHeld() ? clock.now() : undefined
  let waited = 0
  let lastAnswerAt: number | undefined
  let answered = Promise.withResolvers<void>()

  const look = (): void => {
    const isWaiting = isHeld()
    if (isWaiting === (since !== undefined)) return
    const now = clock.now()
    if (since === undefined) {
      since = now
      return
    }
    waited += now - since
    since = undefined
    lastAnswerAt = now
    answered.resolve()
    answered = Promise.withResolvers()
  }
  const stopHearing = recorder.subscribe(({ type }) => {
    if (type.startsWith('request')) look()
  })
  const stopFeeling = ice?.freezer.subscribe(ice.agentId, look)

  return {
    stop() {
      stopHearing()
      stopFeeling?.()
    },
    waitedMs: () => waited + (since === undefined ? 0 : clock.now() - since),
    lastAnswerAt: () => lastAnswerAt,
    async untilAnswered(signal) {
      const aborted = Promise.withResolvers<never>()
      const onAbort = (): void => aborted.reject(signal.reason)
      signal.throwIfAborted()
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        while (since !== undefined) await Promise.race([answered.promise, aborted.promise])
      } finally {
        signal.removeEventListener('abort', onAbort)
      }
    },
  }
}
