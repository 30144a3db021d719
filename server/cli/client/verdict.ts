import { type ExitCode, exitCodes } from '#cli/exit-codes.ts'
import type { Task } from '#contract/task.ts'

/** What only a person can give. */
export type Waits = 'start' | 'answers' | 'approval'

export type Verdict =
  | { kind: 'over'; exitCode: ExitCode }
  | { kind: 'waits'; for: Waits }
  | { kind: 'going' }

/** How a task stands, for whoever waits for its end. One that is stopped has come to rest: it goes on only when told to. */
export function judgeTask({ status, phase }: Pick<Task, 'status' | 'phase'>): Verdict {
  switch (status) {
    case 'created':
      return { kind: 'waits', for: 'start' }
    case 'planning':
      return phase === 'awaiting_answers' ? { kind: 'waits', for: 'answers' } : { kind: 'going' }
    case 'planned':
      return { kind: 'waits', for: 'approval' }
    case 'completed':
      return { kind: 'over', exitCode: exitCodes.ok }
    case 'failed':
      return { kind: 'over', exitCode: exitCodes.failed }
    case 'paused':
    case 'cancelled':
      return phase === null ? { kind: 'over', exitCode: exitCodes.stopped } : { kind: 'going' }
    case 'approved':
    case 'running':
      return { kind: 'going' }
  }
}
