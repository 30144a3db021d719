/**
 * What the runner can do. A `Change` is one transaction; a `Step` is work that takes time and may be asked for again and
 * again until the rows say it is done.
 */
import type { AgentStatus } from '#contract/agent.ts'
import type { TaskPhase } from '#contract/task.ts'

export type Change =
  | { kind: 'approve' }
  | { kind: 'begin-run' }
  | { kind: 'block'; subtaskId: string; failedIds: string[] }
  | { kind: 'unblock'; subtaskId: string }
  | { kind: 'start'; subtaskId: string }
  | { kind: 'add-spare'; subtaskId: string }
  | { kind: 'add-manager' }
  | { kind: 'signal'; subtaskId: string }
  /** A person has answered the question in which a review ended. */
  | { kind: 'decide-review'; subtaskId: string }
  /** The tests fail on what is merged: somebody has to hear it. */
  | { kind: 'result-failed' }
  /** A person has answered the question in which that ended. */
  | { kind: 'decide-result' }
  | { kind: 'remind' }
  | { kind: 'unapproved' }
  | { kind: 'finish' }
  /** The run cannot begin. */
  | { kind: 'not-set-up' }
  | { kind: 'halted' }
  | { kind: 'cancelled' }
  | { kind: 'phase'; phase: TaskPhase | null }

export type Step =
  | { kind: 'source' }
  /** The setup commands of its repository are run, or what they left is found. */
  | { kind: 'setup' }
  | { kind: 'plan'; agentId: string }
  | { kind: 'prepare'; agentId: string; subtaskId: string }
  | { kind: 'work'; agentId: string; subtaskId: string }
  | { kind: 'integrate'; agentId: string; subtaskId: string }
  /** An agent brings two sides together. */
  | { kind: 'resolve'; agentId: string; subtaskId: string }
  /** One turn of the manager. */
  | { kind: 'manage'; agentId: string }
  /** Its calls wait, and it holds no slot meanwhile. */
  | { kind: 'hold'; agentId: string }
  | { kind: 'answer'; agentId: string }
  | { kind: 'steer'; agentId: string }
  | {
      kind: 'release'
      agentId: string
      /** Present while the agent counts as alive: how its row ends. */
      end?: { status: AgentStatus; error?: string }
      discard: boolean
    }
  /** Takes the task back to a checkpoint, or lays the agents of one that was made from one. */
  | { kind: 'restore' }
  /** The tests of all that is merged. */
  | { kind: 'check' }
  | { kind: 'deliver' }
  | { kind: 'erase' }

/** Names a step inside its task: the same step is never under way twice. */
export const stepKey = (step: Step): string =>
  'agentId' in step ? `${step.kind}:${step.agentId}` : step.kind
