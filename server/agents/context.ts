import type { Db } from '#db/open.ts'
import type { Engine } from '#docker/engine.ts'
import type { Clock } from '#lib/clock.ts'
import type { Log } from '#lib/log.ts'
import type { EventLog } from '#streams/event-log.ts'
import type { OutputStore } from '#streams/output-store.ts'
import type { ContainerSettings } from './container.ts'
import type { Freezer } from './freezer.ts'
import type { Retry } from './retry.ts'
import type { ToolHolder } from './tools.ts'

/** What every part of `agents/` works with. */
export type AgentsContext = {
  engine: Engine
  db: Db
  events: EventLog
  output: OutputStore
  clock: Clock
  log: Log
  retry: Retry
  settings: ContainerSettings
  /** Tag of an agent image that is on the engine; builds it when it is missing. */
  image: (signal?: AbortSignal) => Promise<string>
  /** The same for an agent of the task that begins with a clone: what its workspace and home hold at first. `image` when absent. */
  cloneImage?: (taskId: string, signal?: AbortSignal) => Promise<string>
  /** The same where its files are there already. `image` when absent. */
  projectImage?: (taskId: string, signal?: AbortSignal) => Promise<string>
  /** Environment entries for the CLI that must not be seen in `docker inspect`. Asked anew for every start of a CLI. */
  credentials: () => Promise<Record<string, string>>
  /** Variables that a task wants for its workers, and which of their values may be kept nowhere. Throws `credentials.missing`. */
  environmentOf: (taskId: string) => { values: Record<string, string>; secrets: string[] }
  /** Where the CLI finds the Messages API, seen from a container. Empty: Anthropic's. */
  baseUrl: string
  /** Who is frozen. */
  freezer: Freezer
  /** Tools of ours that agents are offered. */
  tools: ToolHolder
}
