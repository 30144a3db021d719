/** Moments of a task that can be gone back to. See README.md in this folder. */
import type { Agents } from '#agents/agents.ts'
import type { TreeToRestore } from '#agents/restore.ts'
import type { Checkpoint } from '#contract/checkpoint.ts'
import type { LaidAgent } from '#contract/restore.ts'
import type { Tx } from '#db/open.ts'
import type { Clock } from '#lib/clock.ts'
import type { Log } from '#lib/log.ts'
import type { EventLog } from '#streams/event-log.ts'
import type { OutputStore } from '#streams/output-store.ts'
import type { Workspaces } from '#workspaces/workspaces.ts'
import type { Manifest } from './manifest.ts'

export type CheckpointConfig = {
  /** Whether they are taken on an interval while agents work. */
  auto: boolean
  intervalMs: number
  /** Of one task; the newest stay. */
  maxCheckpoints: number
  retentionMs: number
}

export type CheckpointDeps = {
  db: Tx
  eventLog: Pick<EventLog, 'transact' | 'subscribe'>
  agents: Pick<Agents, 'save' | 'restore'>
  workspaces: Workspaces
  outputs: Pick<OutputStore, 'size'>
  clock: Clock
  newId: () => string
  log: Log
  config: CheckpointConfig
}

export type Checkpoints = {
  /** Newest first, also those that are being taken or could not be. Throws `task.not-found`. */
  list(taskId: string): Checkpoint[]
  /** Throws `checkpoint.not-found`, and `checkpoint.removed` for one that was there. */
  get(taskId: string, id: string): Checkpoint
  /** Begins one; it is `ready` or `failed` a little later. One that is under way is returned instead of a second. */
  take(taskId: string, options: { label?: string }): Checkpoint
  /**
   * All that is written down in one. Throws `checkpoint.not-found`, `checkpoint.removed`, `checkpoint.not-ready`, and `git.failed` when
   * something of it is missing or damaged.
   */
  read(taskId: string, id: string): Promise<Manifest>
  /** Takes the one called `id`, unless it is there, and waits for it: what a restore can be undone with. Throws why it cannot be taken. */
  keep(taskId: string, id: string): Promise<void>
  /** Lays a save of the task into fresh volumes of another agent, whose row says `preparing`. May be asked again; done once. */
  lay(
    taskId: string,
    agent: LaidAgent,
    options: { signal: AbortSignal; readOnly?: TreeToRestore['readOnly'] },
  ): Promise<void>
  /** Throws what `get` throws, and `task.busy` while it is being taken or gone back to. */
  remove(taskId: string, id: string): Promise<void>
  /** Goes on with what was under way, and takes them by itself from here on; again is fine. */
  start(): void
  /** Resolves when nothing is being taken or removed. */
  settled(): Promise<void>
  close(): Promise<void>
}
