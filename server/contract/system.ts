import * as v from 'valibot'
import { RecoverySummary } from './recovery.ts'
import { StorageState } from './storage.ts'

/** One line of `doctor`, in the UI, the API and the terminal. */
export const Check = v.object({
  id: v.string(),
  title: v.string(),
  state: v.picklist(['ok', 'warn', 'fail', 'skip']),
  /** The measured fact. */
  detail: v.string(),
  /** What to do about it; present when the state is not `ok`. */
  fix: v.optional(v.string()),
})
export type Check = v.InferOutput<typeof Check>

/** What the whole installation is doing; sent on the live socket when it changes. */
export const SystemState = v.object({
  engine: v.object({
    state: v.picklist(['unknown', 'reachable', 'unreachable']),
    detail: v.string(),
    version: v.optional(v.string()),
  }),
  image: v.object({
    state: v.picklist(['unknown', 'missing', 'building', 'ready', 'failed']),
    tag: v.string(),
    /** Last line of the build, or why it failed. */
    detail: v.string(),
    step: v.optional(v.number()),
    steps: v.optional(v.number()),
  }),
  slots: v.object({ used: v.number(), total: v.number(), queued: v.number(), warm: v.number() }),
  credentials: v.object({
    state: v.picklist(['unknown', 'ok', 'missing', 'expired', 'refused']),
    detail: v.string(),
  }),
  storage: v.optional(StorageState),
  /** What this start found of the server before it; the whole of it at `/api/recovery`. */
  recovery: v.optional(RecoverySummary),
})
export type SystemState = v.InferOutput<typeof SystemState>

/** A container or volume of this installation on the engine, and whose it is. */
export const EngineResource = v.object({
  kind: v.picklist(['container', 'volume']),
  name: v.string(),
  /** `orphan`: nobody's, and no agent loses anything when it is removed. `standby`: made ahead for an agent to come. */
  owner: v.picklist(['agent', 'standby', 'helper', 'orphan']),
  /** Why nobody owns it. */
  reason: v.optional(v.string()),
  /** Of a container, in the engine's word. */
  state: v.optional(v.string()),
  created_at: v.optional(v.string()),
  /** Of a running container, measured now. */
  memory_bytes: v.optional(v.number()),
  task_id: v.optional(v.string()),
  task_name: v.optional(v.string()),
  agent_id: v.optional(v.string()),
  /** Its subtask, else its role. */
  agent_name: v.optional(v.string()),
})
export type EngineResource = v.InferOutput<typeof EngineResource>

/** What became of the orphans. */
export const OrphansRemoved = v.object({
  /** Names. */
  removed: v.array(v.string()),
  failed: v.array(v.object({ name: v.string(), error: v.string() })),
})
export type OrphansRemoved = v.InferOutput<typeof OrphansRemoved>

/** The doctor's checks in its order, so that their places can be held while it looks. */
export const doctorChecks = [
  { id: 'engine', title: 'Docker engine' },
  { id: 'image', title: 'Agent image' },
  { id: 'cli', title: 'Claude Code CLI' },
  { id: 'credentials', title: 'Claude credentials' },
  { id: 'git', title: 'git' },
  { id: 'data-dir', title: 'Data directory' },
  { id: 'disk', title: 'Free disk' },
  { id: 'port', title: 'Port' },
  { id: 'orphans', title: 'Containers' },
  { id: 'setups', title: 'Kept setups' },
] as const
