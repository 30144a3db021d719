/** What follows from the way a turn ended. Pure; the same for planners and workers. */
import type { TurnFailure, TurnOutcome } from '#agents/agents.ts'

export type Verdict =
  | { kind: 'answered'; text: string; structured?: unknown }
  /** The same agent goes on in the same session, not before `untilMs`. */
  | { kind: 'go-on'; prompt: string; untilMs: number; reason?: string; isLimit: boolean }
  /** This agent will not get there; `canRetry` says whether another one might. */
  | { kind: 'over'; reason: string; code: TurnFailure; canRetry: boolean }
  /** No agent of this task can get anywhere before a person acts. */
  | { kind: 'hopeless'; reason: string }

type Failure = Extract<TurnOutcome, { kind: 'failed' }>

/** Turns in a row that may fail for a passing reason before the agent is given up. */
const maxTransient = 4
const firstPauseMs = 5_000
const limitPauseMs = 60_000

/** Another agent would meet the same end, or double the bill. */
const hopelessForOthers: readonly TurnFailure[] = ['model-not-found', 'budget', 'max-turns']

export function judge(
  outcome: TurnOutcome,
  { failuresInARow, now }: { failuresInARow: number; now: number },
): Verdict {
  switch (outcome.kind) {
    case 'completed':
      return { ...outcome, kind: 'answered' }
    case 'interrupted':
      return { kind: 'go-on', prompt: afterInterrupt, untilMs: now, isLimit: false }
    case 'failed':
      return judgeFailure(outcome, failuresInARow, now)
  }
}

function judgeFailure(outcome: Failure, failuresInARow: number, now: number): Verdict {
  const { code, reason, retryable, retryAtMs } = outcome
  switch (code) {
    case 'credentials':
      return { kind: 'hopeless', reason }
    case 'rate-limit':
    case 'usage-limit':
      return {
        kind: 'go-on',
        prompt: afterFailure,
        untilMs: retryAtMs ?? now + limitPauseMs * 2 ** Math.min(failuresInARow, 4),
        reason,
        isLimit: true,
      }
    case 'api-error':
    case 'cli-exited':
    case 'container-lost':
      if (!retryable || failuresInARow + 1 >= maxTransient)
        // An agent whose work is gone cannot go on; another one can begin anew.
        return { kind: 'over', reason, code, canRetry: retryable || code === 'container-lost' }
      return {
        kind: 'go-on',
        prompt: afterFailure,
        untilMs: retryAtMs ?? now + firstPauseMs * 3 ** failuresInARow,
        reason,
        isLimit: false,
      }
    default: {
      const canRetry = (retryable || code === 'timeout') && !hopelessForOthers.includes(code)
      return { kind: 'over', reason, code, canRetry }
    }
  }
}

const afterInterrupt =
  'You were interrupted. If a person has sent you a message, follow it. Otherwise look at what is already done and go on with your task where you were.'
const afterFailure =
  'Your last turn was cut off by a technical failure that has passed. Look at what is already done and go on with your task where you were.'
