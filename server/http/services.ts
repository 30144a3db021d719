import type { EngineResources } from '#agents/engine-resources.ts'
import type { Checkpoints } from '#checkpoints/checkpoints.ts'
import type { CheckpointViews } from '#checkpoints/look-into.ts'
import type { ChangeConfig, PublicConfig } from '#contract/config.ts'
import type { RecoveryReport } from '#contract/recovery.ts'
import type { RetentionReport } from '#contract/retention.ts'
import type { AgentStats } from '#contract/stats.ts'
import type { Check, SystemState } from '#contract/system.ts'
import type { Credentials } from '#credentials/credentials.ts'
import type { Files } from '#files/files.ts'
import type { Works } from '#files/works.ts'
import type { KeptSetups } from '#setups/kept-setups.ts'
import type { EventLog } from '#streams/event-log.ts'
import type { OutputStore } from '#streams/output-store.ts'
import type { Looks } from '#tasks/looks.ts'
import type { Tasks } from '#tasks/tasks.ts'
import type { RepoTemplates } from '#templates/repositories.ts'
import type { Teams } from '#templates/teams.ts'
import type { Usage } from '#usage/usage.ts'
import type { Webhooks } from '#webhooks/webhooks.ts'
import type { Workspaces } from '#workspaces/workspaces.ts'
import type { AccessServices } from './authenticate.ts'

/** What the routes call. Each resource takes only its own. */
export type Services = AccessServices & {
  tasks: Tasks
  teams: Teams
  repoTemplates: RepoTemplates
  keptSetups: Pick<KeptSetups, 'list' | 'remove'>
  credentials: Credentials
  webhooks: Pick<Webhooks, 'state' | 'set' | 'remove' | 'test'>
  checkpoints: Pick<Checkpoints, 'list' | 'get' | 'take' | 'remove'>
  checkpointViews: CheckpointViews
  files: Files
  workspaces: Pick<Workspaces, 'changes' | 'diff' | 'checkSource'>
  works: Works
  looks: Looks
  events: Pick<EventLog, 'list'>
  outputs: Pick<OutputStore, 'size' | 'read' | 'isEnded'>
  system: System
  resources: EngineResources
  /** Containers of a task's running agents, measured now. */
  stats: (taskId: string) => Promise<AgentStats[]>
  usage: Usage
  retention: Retention
  config: Settings
  health: Health
  /** Bytes of one upload, all its files together. */
  maxUploadBytes: number
  now: () => number
}

type System = {
  state(): SystemState
  /** What this start found. */
  recovery(): RecoveryReport
  /** Runs the doctor's checks; tells each as soon as it is known. */
  check(options?: { signal?: AbortSignal; onCheck?: (check: Check) => void }): Promise<Check[]>
  /** Begins a build in the background; a running one goes on. Throws `engine.unreachable`. */
  buildImage(): Promise<void>
}

type Retention = {
  /** What would be removed now. */
  preview(): Promise<RetentionReport>
  run(): Promise<RetentionReport>
}

type Settings = {
  show(): PublicConfig
  /** Throws `request.invalid`, `config.fixed`, `config.invalid`. */
  change(change: ChangeConfig): void
}

type Health = {
  version: string
  /** Whether the database answers a query. */
  database(): boolean
  /** Of this run, to those who know its key. */
  prove(challenge: string): string
}
