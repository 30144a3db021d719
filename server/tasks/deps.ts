/** What the folder stands on, and the numbers it goes by. */
import type { Agents } from '#agents/agents.ts'
import type { Vault } from '#auth/vault.ts'
import type { Checkpoints } from '#checkpoints/checkpoints.ts'
import type { PermissionMode } from '#contract/permission.ts'
import type { SourceProgress } from '#contract/source-progress.ts'
import type { Credentials } from '#credentials/credentials.ts'
import type { Tx } from '#db/open.ts'
import type { Delivery } from '#delivery/delivery.ts'
import type { Files } from '#files/files.ts'
import type { Clock } from '#lib/clock.ts'
import type { Log } from '#lib/log.ts'
import type { RepoMemories } from '#repo-memory/memories.ts'
import type { Setups } from '#setups/setups.ts'
import type { EventLog } from '#streams/event-log.ts'
import type { OutputStore } from '#streams/output-store.ts'
import type { Workspaces } from '#workspaces/workspaces.ts'
import type { EngineWatch } from './engine-watch.ts'
import type { Scheduler } from './scheduler.ts'
import type { Seat } from './seat.ts'

export type RunConfig = {
  maxAgents: number
  maxAgentsPerTask: number
  /** Idle agents started ahead of time, over all tasks. */
  warmAgents: number
  model: string
  plannerModel: string
  /** Wall clock of one turn, and time without output, after which an agent counts as stuck. */
  subtaskTimeoutMs: number
  plannerTimeoutMs: number
  idleTimeoutMs: number
  /** Of one agent; 0: no limit. */
  maxOutputBytes: number
  maxAttempts: number
  /** How often the manager of a team may send one worker back. */
  maxFixRounds: number
  /** 0: no limit. */
  maxTurns: number
  maxCostUsd: number
  /** How agents of a task that does not say ask before they use a tool. */
  permissionMode: PermissionMode
  /** Whether a person may open a terminal in an agent's container. */
  allowsShells: boolean
}

export type TaskDeps = {
  eventLog: Pick<EventLog, 'transact'>
  db: Tx
  agents: Agents
  workspaces: Pick<
    Workspaces,
    | 'prepare'
    | 'fork'
    | 'forkCheckpoint'
    | 'dropOrigin'
    | 'moveBranch'
    | 'savedBy'
    | 'savedChanges'
    | 'head'
    | 'bundle'
    | 'archive'
    | 'receive'
    | 'integrate'
    | 'resolve'
    | 'changes'
    | 'diff'
    | 'list'
    | 'read'
    | 'remove'
    | 'mergeOf'
    | 'mergesOf'
    | 'outside'
    | 'fetchSubmodules'
    | 'submoduleFiles'
    | 'discard'
    | 'undoDiscard'
    | 'readLines'
    | 'keepObject'
    | 'dropObject'
    | 'handedIn'
    | 'handedInBy'
    | 'placeLines'
    | 'writerOf'
    | 'isTouched'
  >
  checkpoints: Pick<Checkpoints, 'read' | 'keep' | 'lay'>
  delivery: Delivery
  /** Runs the setup commands of a repository. */
  setups: Pick<Setups, 'make'>
  files: Pick<Files, 'inputs' | 'inputDir' | 'copyInputs' | 'remove'>
  outputs: Pick<OutputStore, 'size' | 'remove'>
  /** Keeps a source's access token. */
  vault: Vault
  /** What opens sources and takes deliveries, by reference. */
  credentials: Pick<Credentials, 'reveal'>
  /** What is known of repositories. */
  memories: Pick<RepoMemories, 'learn' | 'recall' | 'examine'>
  clock: Clock
  newId: () => string
  log: Log
  config: RunConfig
}

/** What steps get on top. */
export type RunnerDeps = TaskDeps & {
  /** A pull request is to be followed, or to be asked about at another time than before. */
  followed: () => void
  scheduler: Scheduler
  engine: EngineWatch
  /** Whether there is room for new work. */
  room: EngineWatch
  /** Of agents at work, by their ids. */
  seats: Map<string, Seat>
  /** Tasks whose repository is being fetched, and how that gets on. */
  fetching: Map<string, SourceProgress>
}

/** One running step's view of its surroundings. */
export type StepContext = {
  taskId: string
  /** Aborts when the step is no longer wanted or the server closes. */
  signal: AbortSignal
  /** From here on the step is not aborted: what it holds must be recorded first. */
  pin(): void
  /** Resolves when no step of that name is under way for this agent; never rejects. */
  idle(kind: 'prepare', agentId: string): Promise<void>
  /** The step has changed rows and goes on: something else may be due now. */
  changed(): void
  /** Says what the task waits for, or with `undefined` that it goes on. Shown as `error` and phase `waiting`. */
  setWaiting(key: string, sentence: string | undefined): void
}

/** Ends a step quietly: the rows have moved on and it is not wanted any more. */
export class Superseded extends Error {}
